import Foundation
import Perceptron

/// The forward and backward pass on the rows of the next update, with every number: what the page
/// plays layer by layer, and puts into its formulas.
struct BackwardView: Sendable, Encodable {
  /// A matrix as Doubles, row by row.
  struct Numbers: Sendable, Encodable {
    let rows: Int
    let columns: Int
    let values: Data

    init(_ matrix: Matrix<Double>) {
      rows = matrix.rows
      columns = matrix.columns
      values = PackedNumbers.data(matrix.values)
    }
  }

  /// A gradient beside its finite differences.
  struct Check: Sendable, Encodable {
    /// `W1`, `b1`.
    let name: String
    /// Entries that were tried.
    let tried: Int
    let relativeError: Double
    /// The entry that is off most, its gradient and its difference quotient.
    let row: Int
    let column: Int
    let analytic: Double
    let numeric: Double
    let kinks: Int
    let isTested: Bool
    let passed: Bool
  }

  /// One layer of the stack, dropout among them.
  struct LayerView: Sendable, Encodable {
    /// Counted from 1.
    let number: Int
    /// `4:tanh`, `dropout:0.2`.
    let name: String
    let isDense: Bool
    let activation: String
    /// Z, A, Ā (nil where loss and activation are differentiated together) and Z̄.
    let preActivation: Numbers
    let activationValues: Numbers
    let outputGradient: Numbers?
    let preActivationGradient: Numbers
    /// W̄ and b̄ of a dense layer.
    let weightsGradient: Numbers?
    let biasGradient: Numbers?
    /// ‖Z̄‖ and ‖W̄‖.
    let norm: Double
    let weightsNorm: Double
    let deadShare: Double?
    let saturatedShare: Double?
    let checks: [Check]
  }

  let updates: Int
  /// The rows of the batch, as numbers of training points.
  let rows: [Int]
  let loss: Double
  let lossName: String
  let inputs: Numbers
  let targets: Numbers
  let layers: [LayerView]
  /// What is wrong with the gradient's way, in words; empty when nothing is.
  let findings: [String]
  let passed: Bool
  let tolerance: Double
}

extension PlaygroundTraining {
  /// Entries of each tensor that are held against differences, where there are more: fewer where each
  /// costs more, so that the page need not wait.
  private var mostChecked: Int {
    let (x, _) = nextBatch
    return min(max(1_500_000 / max(model.parameters.count * x.rows, 1), 6), 64)
  }

  /// Both passes on the rows of the next update.
  mutating func backwardView() throws -> BackwardView {
    try refreshModel()
    let (x, t) = nextBatch
    let pass = try model.backwardPass(inputs: x, targets: t, loss: loss)
    let check = try GradientCheck(
      model, inputs: x, targets: t, loss: loss,
      sample: .init(largest: mostChecked, seed: UInt64(settings.seed)))
    let diagnosis = try TrainingDiagnosis(model, inputs: x, targets: t, loss: loss)
    // A sure output is no trouble where loss and activation are differentiated in one step.
    let isFused = pass.layers.last?.outputGradient == nil
    let findings = diagnosis.findings.filter {
      !(isFused && $0.kind == .saturated && $0.layer == pass.layers.count)
    }
    let layers = pass.layers.enumerated().map { place, own in
      let layer = model.architecture.layers[place]
      let state = diagnosis.layers[place]
      let names = model.architecture.parameters.filter { $0.layer == place }.map(\.name)
      return BackwardView.LayerView(
        number: place + 1, name: LayerStack.text([layer]), isDense: layer.isDense,
        activation: layer.activation.name, preActivation: .init(own.preActivation),
        activationValues: .init(own.activation),
        outputGradient: own.outputGradient.map { .init($0) },
        preActivationGradient: .init(own.preActivationGradient),
        weightsGradient: own.gradient(of: .weights).map { .init($0) },
        biasGradient: own.biasGradient.map { .init($0) }, norm: state.gradientNorm,
        weightsNorm: state.weightsGradientNorm, deadShare: state.deadShare,
        saturatedShare: state.saturatedShare,
        checks: check.leaves.filter { names.contains($0.name) }.map { .init($0) })
    }
    return BackwardView(
      updates: updates, rows: nextRows, loss: pass.loss, lossName: loss.label, inputs: .init(x),
      targets: .init(t), layers: layers, findings: findings.map(\.message),
      passed: check.passed, tolerance: GradientCheck.tolerance)
  }
}

extension BackwardView.Check {
  fileprivate init(_ leaf: GradientCheck.Leaf) {
    name = leaf.name
    tried = leaf.tried
    relativeError = leaf.relativeError
    row = leaf.worst.row
    column = leaf.worst.column
    analytic = leaf.analytic
    numeric = leaf.numeric
    kinks = leaf.kinks
    isTested = leaf.isTested
    passed = leaf.passed
  }
}
