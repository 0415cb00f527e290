import Testing

@testable import Perceptron

/// A hidden activation, an output activation, a loss, a reduction, bias or not: generated from what the
/// enums allow, so that a new case cannot escape.
struct Combination: Sendable, CustomTestStringConvertible {
  let hidden: Activation
  let output: Activation
  let loss: Loss
  let bias: Bool

  var testDescription: String {
    "\(hidden.name), \(output.name), \(loss.kind.rawValue) by \(loss.reduction.rawValue)"
      + (bias ? "" : ", no bias")
  }

  /// Parameters are N(0, 1), with an exponential half of that: its higher derivatives would be more
  /// than differences can follow, and what comes behind it would saturate.
  func network(seed: UInt64) throws -> MLP<Double> {
    var model = try Draw.network(
      inputs: 3, [(4, hidden), (3, output)], bias: bias, seed: seed, as: Double.self)
    if hidden == .exponential || output == .exponential {
      model.setParameters(model.parameters.map { $0 / 2 })
    }
    return model
  }

  /// Whether a loss takes the output of an activation.
  static func fits(_ kind: Loss.Kind, _ output: Activation) -> Bool {
    (try? Loss(kind).validate(output: output, units: 3)) != nil
  }

  /// What is proved: the cover in a debug build, everything there is in a release build.
  static let valid: [Combination] = {
    #if DEBUG
      cover
    #else
      product
    #endif
  }()

  /// Every hidden and output activation with every loss and reduction that it may meet, with bias and
  /// without: thousands.
  static let product: [Combination] = trainable.flatMap { hidden in
    trainable.flatMap { output in
      kinds(for: output).flatMap { kind in
        reductions.flatMap { reduction in
          [true, false].map { bias in
            Combination(
              hidden: hidden, output: output, loss: Loss(kind, reduction: reduction), bias: bias)
          }
        }
      }
    }
  }

  /// Of those so many that every two of the five parts that may meet do (a pairwise cover): a fault in
  /// one part, or in how two go together, has nowhere to hide. Made without a search: a diagonal
  /// through the tables of outputs, hidden activations and losses, then the losses that only some outputs
  /// fit with the hidden activations that they have not met.
  static let cover: [Combination] = {
    var result: [Combination] = []
    var met: Set<[Int]> = []
    func add(_ hidden: Int, _ output: Int, _ kind: Loss.Kind, turn: Int) {
      met.insert([hidden, place(kind)])
      result.append(
        Combination(
          hidden: trainable[hidden], output: trainable[output],
          loss: Loss(kind, reduction: reductions[turn % reductions.count]),
          bias: (turn / reductions.count + output / 2) % 2 == 0))
    }
    for output in trainable.indices {
      let kinds = kinds(for: trainable[output])
      for step in 0..<max(trainable.count, kinds.count) {
        add(
          (output + step) % trainable.count, output, kinds[step % kinds.count],
          turn: 2 * output + step)
      }
    }
    for kind in Loss.Kind.allCases {
      let outputs = trainable.indices.filter { fits(kind, trainable[$0]) }
      for hidden in trainable.indices where !met.contains([hidden, place(kind)]) {
        guard !outputs.isEmpty else { continue }
        add(hidden, outputs[hidden % outputs.count], kind, turn: hidden + place(kind))
      }
    }
    return result
  }()

  /// Of the cover what has an output and a loss, a loss and a reduction or a hidden activation that did not
  /// occur before: for tests that take long, of code that sees no more than one of a network's ends.
  static let brief: [Combination] = {
    var met: Set<String> = []
    return cover.filter { item in
      let kind = item.loss.kind.rawValue
      let parts = [
        "\(item.output.name) \(kind)", "\(kind) \(item.loss.reduction)",
        "under \(item.hidden.name)",
      ]
      return parts.map { met.insert($0).inserted }.contains(true)
    }
  }()

  /// What must be refused: one that cannot be trained in either place, with a loss that takes it
  /// otherwise; losses with outputs that they do not fit.
  static let invalid: [Combination] = {
    let silent = Activation.allCases.filter { !$0.isTrainable }
    let dead = silent.flatMap { activation in
      Loss.Kind.allCases.flatMap { kind in
        trainable.filter { fits(kind, $0) }.map {
          Combination(hidden: activation, output: $0, loss: Loss(kind), bias: true)
        }
          + [Combination(hidden: .tanh, output: activation, loss: Loss(kind), bias: true)]
      }
    }
    let unfit = Loss.Kind.allCases.flatMap { kind in
      trainable.filter { !fits(kind, $0) }.flatMap { output in
        reductions.map {
          Combination(hidden: .tanh, output: output, loss: Loss(kind, reduction: $0), bias: false)
        }
      }
    }
    return dead + unfit
  }()

  private static let trainable = Activation.allCases.filter(\.isTrainable)
  private static let reductions = Loss.Reduction.allCases

  private static func kinds(for output: Activation) -> [Loss.Kind] {
    Loss.Kind.allCases.filter { fits($0, output) }
  }

  private static func place(_ kind: Loss.Kind) -> Int {
    Loss.Kind.allCases.firstIndex(of: kind) ?? 0
  }
}
