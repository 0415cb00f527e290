import Testing

@testable import Perceptron

/// One row's loss and gradient in `losses.json`.
struct GoldenLoss: Sendable {
  let output: [Double]
  let targets: [Double]
  let value: Double
  let gradient: [Double]
}

/// A table of `losses.json` that one loss must meet.
struct GoldenLosses: Sendable, CustomTestStringConvertible {
  let name: String
  let loss: Loss
  let points: [GoldenLoss]
  /// Whether tiny numbers keep their digits.
  var keepsTails = (loss: true, gradient: true)

  /// What Double must keep to: relative 10⁻¹², and where digits are lost 10⁻¹⁵.
  var lossTolerance: Tolerance { keepsTails.loss ? LossGoldenTests.tails : LossGoldenTests.loose }
  var gradient: Tolerance { keepsTails.gradient ? LossGoldenTests.tails : LossGoldenTests.loose }

  var testDescription: String { name }

  static let file = Result { try Gold(file: "losses.json") }

  static func covered() throws -> [GoldenLosses] {
    let file = try file.get()
    let elementwise = try file["elementwise"].elements
    func errors(_ name: String) throws -> [GoldenLoss] {
      try elementwise.filter { try $0["loss"].text == name }.map { try point($0, "prediction") }
    }
    let logits = try file["bce_with_logits"].elements.filter { try $0["pos_weight"].number == 1 }
    func binary(certain: Bool) throws -> [GoldenLoss] {
      try logits.map { try point($0, "logit") }.filter {
        [[0], [1]].contains($0.targets) == certain
      }
    }
    let classes = try file["cross_entropy"].elements.filter {
      try $0["label_smoothing"].number == 0
    }
    return [
      GoldenLosses(
        name: "bce", loss: .binaryCrossEntropy,
        points: try file["bce"].elements.map { try point($0, "probability") }),
      GoldenLosses(
        name: "bce_with_logits, pos_weight 1", loss: Loss(.binaryCrossEntropyFromLogits),
        points: try binary(certain: true)),
      // Near 0 the slope of a target of one half is the difference of two halves.
      GoldenLosses(
        name: "bce_with_logits, pos_weight 1, soft", loss: Loss(.binaryCrossEntropyFromLogits),
        points: try binary(certain: false), keepsTails: (loss: true, gradient: false)),
      // Of a near-certain class the loss is ln(1 + tiny) and the slope p - 1.
      GoldenLosses(
        name: "cross_entropy, no smoothing", loss: Loss(.crossEntropyFromLogits),
        points: try classes.map { gold in
          let z = try gold["logits"].numbers
          let label = try gold["target"].integer
          return GoldenLoss(
            output: z, targets: z.indices.map { $0 == label ? 1 : 0 },
            value: try gold["value"].number, gradient: try gold["gradient"].numbers)
        }, keepsTails: (loss: false, gradient: false)),
      GoldenLosses(
        name: "half_squared_error", loss: .halfSquaredError,
        points: try errors("half_squared_error")),
      GoldenLosses(name: "mse", loss: .mse, points: try errors("mse")),
      GoldenLosses(name: "mse as squared error", loss: .squaredError, points: try errors("mse")),
      GoldenLosses(name: "mae", loss: .mae, points: try errors("mae")),
      GoldenLosses(name: "huber", loss: .huber(), points: try errors("huber")),
      GoldenLosses(name: "log_cosh", loss: .logCosh, points: try errors("log_cosh")),
      GoldenLosses(name: "hinge", loss: .hinge, points: try errors("hinge")),
      GoldenLosses(
        name: "squared_hinge", loss: .squaredHinge, points: try errors("squared_hinge")),
      GoldenLosses(name: "poisson_nll", loss: .poisson, points: try errors("poisson_nll")),
      GoldenLosses(
        name: "kl_divergence", loss: .klDivergence(),
        points: try file["kl_divergence"].elements.map { gold in
          GoldenLoss(
            output: try gold["probabilities"].numbers, targets: try gold["target"].numbers,
            value: try gold["value"].number, gradient: try gold["gradient"].numbers)
        }, keepsTails: (loss: false, gradient: true)),
    ]
  }

  private static func point(_ gold: Gold, _ output: String) throws -> GoldenLoss {
    GoldenLoss(
      output: [try gold[output].number], targets: [try gold["target"].number],
      value: try gold["value"].number, gradient: [try gold["gradient"].number])
  }
}

@Suite("Losses of the reference")
struct LossGoldenTests {
  static let loose = Tolerance.relative(1e-12, plus: 1e-15)
  static let tails = Tolerance.relative(1e-12, plus: 1e-300)

  @Test("the formula of one row", arguments: try GoldenLosses.covered())
  func rows(_ item: GoldenLosses) {
    for point in item.points {
      let K = point.output.count
      var losses = [Double](repeating: .nan, count: item.loss.kind.isPerRow ? 1 : K)
      var gradient = [Double](repeating: .nan, count: K)
      item.loss.row(
        output: point.output, targets: point.targets, columns: K, factor: 1, losses: &losses,
        gradient: &gradient)
      check(item, point, loss: losses, gradient: gradient)
      // The factor goes to the gradient alone; a power of two does not round.
      item.loss.row(
        output: point.output, targets: point.targets, columns: K, factor: 0.25, losses: &losses,
        gradient: &gradient)
      check(item, point, loss: losses, gradient: gradient.map { $0 * 4 }, ", factor 1/4")
    }
  }

  private func check(
    _ item: GoldenLosses, _ point: GoldenLoss, loss: [Double], gradient: [Double],
    _ note: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let context = "output \(point.output), targets \(point.targets)\(note):"
    expectClose(
      "loss", loss, [point.value], within: item.lossTolerance, context,
      sourceLocation: sourceLocation)
    expectClose(
      "gradient", gradient, point.gradient, within: item.gradient, context,
      sourceLocation: sourceLocation)
  }

  @Test("by every executor", arguments: try GoldenLosses.covered(), Runner.all)
  func executors(_ item: GoldenLosses, _ runner: Runner) throws {
    let loss = item.loss.reduced(by: .sum)
    guard !item.loss.kind.isPerRow else {
      for point in item.points {
        let result = try runner.loss(
          loss, output: Matrix([point.output]), targets: Matrix([point.targets]))
        check(item, point, loss: result.losses.values, gradient: result.gradient.values)
        check(item, point, loss: [result.total], gradient: point.gradient, ", total")
      }
      return
    }
    // All points at once: as one row they fill registers, as one column each stands alone.
    let count = item.points.count
    for (rows, columns) in [(1, count), (count, 1)] {
      func shaped(_ values: [Double]) -> Matrix<Double> {
        Matrix(rows: rows, columns: columns, values: values)
      }
      let result = try runner.loss(
        loss, output: shaped(item.points.flatMap(\.output)),
        targets: shaped(item.points.flatMap(\.targets)))
      expectClose(
        "losses", result.losses, shaped(item.points.map(\.value)), within: item.lossTolerance)
      expectClose(
        "gradient", result.gradient, shaped(item.points.flatMap(\.gradient)),
        within: item.gradient)
    }
  }

  /// Points whose output and targets are numbers of Float too, and whose results Float can hold.
  @Test("in Float", arguments: try GoldenLosses.covered(), Runner.all)
  func float(_ item: GoldenLosses, _ runner: Runner) throws {
    let limit = Double(Float.greatestFiniteMagnitude)
    let points = item.points.filter { point in
      (point.output + point.targets).allSatisfy { Double(Float($0)) == $0 }
        && ([point.value] + point.gradient).allSatisfy { $0.isInfinite || abs($0) <= limit }
    }
    #expect(points.count >= 4)
    for point in points {
      let result = try runner.loss(
        item.loss.reduced(by: .sum),
        output: Matrix([point.output]).rounded(to: Float.self),
        targets: Matrix([point.targets]).rounded())
      let context = "output \(point.output), targets \(point.targets):"
      func tolerance(_ keepsTails: Bool) -> Tolerance {
        .relative(0x1p-21, plus: keepsTails ? 1e-44 : 0x1p-23)
      }
      expectClose(
        "loss", result.losses.values, [point.value], within: tolerance(item.keepsTails.loss),
        context)
      expectClose(
        "gradient", result.gradient.values, point.gradient,
        within: tolerance(item.keepsTails.gradient), context)
    }
  }

  /// σ, 1 - σ and their logarithms: sigmoid on both sides and the two halves of the binary
  /// cross-entropy.
  @Test("saturated sigmoids", arguments: Runner.all)
  func saturation(_ runner: Runner) throws {
    let points = try GoldenLosses.file.get()["sigmoid_saturation"].elements
    #expect(points.count == 30)
    func column(_ key: String, _ sign: Double = 1) throws -> Matrix<Double> {
      Matrix(rows: points.count, columns: 1, values: try points.map { try $0[key].number * sign })
    }
    func binary(_ target: Double) throws -> Matrix<Double> {
      try runner.loss(
        Loss(.binaryCrossEntropyFromLogits, reduction: .sum), output: column("x"),
        targets: Matrix(rows: points.count, columns: 1, repeating: target)
      ).losses
    }
    let sigmoid = try runner.activate(.sigmoid, column("x"))
    let slope = try runner.differentiate(
      .sigmoid, outputGradient: Matrix(rows: points.count, columns: 1, repeating: 1),
      reading: sigmoid)
    expectClose("sigmoid", sigmoid, try column("sigmoid"), within: Self.tails)
    expectClose(
      "1 - sigmoid", try runner.activate(.sigmoid, column("x", -1)),
      try column("one_minus_sigmoid"), within: Self.tails)
    expectClose(
      "-log sigmoid", try binary(1), try column("log_sigmoid", -1), within: Self.tails)
    expectClose(
      "-log(1 - sigmoid)", try binary(0), try column("log_one_minus_sigmoid", -1),
      within: Self.tails)
    expectClose("derivative", slope, try column("sigmoid_derivative"), within: Self.loose)
  }

  /// -log p_k, once from the logits and once from the probabilities, for every class of every row.
  @Test("log-softmax", arguments: try GoldenActivation.rows(), Runner.all)
  func logSoftmax(_ item: GoldenSoftmax, _ runner: Runner) throws {
    let K = item.x.count
    var unit = Matrix<Double>(rows: K, columns: K)
    for k in 0..<K { unit[k, k] = 1 }
    let every = Array(repeating: 0, count: K)
    let fromLogits = try runner.loss(
      Loss(.crossEntropyFromLogits, reduction: .sum),
      output: Matrix([item.x]).selecting(rows: every), targets: unit)
    let surprise = item.logarithm.map { -$0 }
    expectClose("from logits", fromLogits.losses.values, surprise, within: Self.loose)
    let p = try runner.activate(.softmax, Matrix([item.x]))
    let fromProbabilities = try runner.loss(
      Loss(.crossEntropy, reduction: .sum), output: p.selecting(rows: every), targets: unit)
    for k in 0..<K {
      // A probability below the normal numbers has lost digits; 0 costs ∞.
      let isZero = item.softmax[k] == 0
      guard isZero || item.softmax[k].isNormal else { continue }
      expectClose(
        "class \(k) from probabilities", [fromProbabilities.losses.values[k]],
        [isZero ? .infinity : surprise[k]], within: Self.loose)
      let gradient = (0..<K).map { $0 == k ? -1 / item.softmax[k] : 0 }
      expectClose(
        "gradient of class \(k)", Array(fromProbabilities.gradient.row(k)), gradient,
        within: Self.loose)
    }
  }

  @Test("which tables and points are covered")
  func coverage() throws {
    let counts = try GoldenLosses.covered().map { "\($0.name): \($0.points.count)" }
    #expect(
      counts == [
        "bce: 42", "bce_with_logits, pos_weight 1: 60",
        "bce_with_logits, pos_weight 1, soft: 60", "cross_entropy, no smoothing: 38",
        "half_squared_error: 15", "mse: 14", "mse as squared error: 14", "mae: 12", "huber: 19",
        "log_cosh: 23", "hinge: 16", "squared_hinge: 14", "poisson_nll: 24", "kl_divergence: 7",
      ])
    // Every other loss of the elementwise table is one that the library lacks.
    let names = try GoldenLosses.file.get()["elementwise"].elements.map { try $0["loss"].text }
    #expect(Set(names.filter { !Parts.hasLoss($0) }).isEmpty)
    #expect(Parts.hasLoss("kl_divergence"))
  }
}
