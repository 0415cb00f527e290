public import Perceptron

/// The backpropagation of a network, derived, checked, and written in one of four readings.
public struct Explanation: Sendable {
  /// The four readings of one derivation.
  public enum Form: String, Sendable, Hashable, CaseIterable {
    /// Adjoints in topological order, whole matrices, the shape of every left-hand side (texts
    /// `000`, `001`).
    case vectorized
    /// Every weight and every adjoint by its indices (text `000`, equations 2–11; text `002`).
    case elementwise
    /// Every line of the inner-product moves (text `003`).
    case differentials
    /// The recursion of δ_l = ∂L/∂Z_l (text `004`).
    case delta
  }

  /// A network's parameters and the examples it is shown on.
  public struct Batch: Sendable {
    /// The parameters.
    public let model: MLP<Double>
    /// X `[m × n₀]`
    public let inputs: Matrix<Double>
    /// T `[m × n_L]`
    public let targets: Matrix<Double>
    /// A weight for each example; nil where each counts once.
    public let weights: [Double]?

    /// Parameters and examples, one example a row.
    ///
    /// - Parameters:
    ///   - model: the parameters.
    ///   - inputs: X `[m × n₀]`.
    ///   - targets: T `[m × n_L]`.
    ///   - weights: how much each example counts, m numbers; nil where each counts once.
    public init(
      model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>,
      weights: [Double]? = nil
    ) {
      self.model = model
      self.inputs = inputs
      self.targets = targets
      self.weights = weights
    }
  }

  /// The reading.
  public let form: Form
  /// The forward pass.
  public let network: NetworkProgram
  /// Its adjoints, derived.
  public let derivation: Derivation
  /// What the update is shown for.
  public let optimizer: Optimizer
  /// Values to show; nil when the derivation is in symbols alone.
  public let numbers: NetworkNumbers?
  /// What the formulas were checked with: `numbers`, or a drawn network and batch.
  public let checked: NetworkNumbers
  /// Every line that is shown, compared with the one above it.
  public let lines: StepCheck
  /// The first update of every parameter, on what was checked.
  public let updates: [UpdateRule]

  /// Derives and checks.
  ///
  /// - Parameters:
  ///   - architecture: the network.
  ///   - objective: L.
  ///   - form: the reading.
  ///   - layout: where examples stand and which way weights lie.
  ///   - biasForm: where the bias stands.
  ///   - mode: how dropout and batch normalisation behave.
  ///   - batch: parameters and examples; without them there are no values, and the formulas are
  ///     checked on numbers drawn from the seed.
  ///   - optimizer: what the update is shown for.
  ///   - seed: of everything drawn.
  ///   - draw: which of the seed's networks and batches is drawn where none is given.
  /// - Throws: `PerceptronError` when the loss does not fit the network, and when any formula
  ///   disagrees with the training step, the tape or differences: then nothing is shown.
  public init(
    _ architecture: Architecture, objective: NetworkProgram.Objective, form: Form = .vectorized,
    layout: Layout = .rows,
    biasForm: BiasForm = .separate, mode: Mode = .training, batch: Batch? = nil,
    optimizer: Optimizer = .sgd(),
    seed: UInt64 = 0, draw: Int = 0
  ) throws {
    self.form = form
    self.optimizer = optimizer
    let network = try NetworkProgram(
      architecture, objective: objective, rows: batch?.inputs.rows, layout: layout,
      biasForm: biasForm, mode: mode, hasRowWeights: batch?.weights != nil)
    let derivation = Derivation(network.program)
    self.network = network
    self.derivation = derivation
    func evaluated(_ batch: Batch) throws -> NetworkNumbers {
      try NetworkNumbers(
        network, derivation, model: batch.model, inputs: batch.inputs, targets: batch.targets,
        weights: batch.weights, seed: seed)
    }
    if let batch {
      checked = try evaluated(batch)
      numbers = checked
    } else {
      numbers = nil
      // Targets such as the output could be.
      let usual: Loss =
        switch architecture.outputActivation {
        case .softmax: .crossEntropy
        case .sigmoid: .binaryCrossEntropy
        default: .mse
        }
      let drawn = try RandomBatch(
        architecture, loss: objective.loss ?? usual, rows: 4, seed: seed, draw: draw)
      checked = try evaluated(
        Batch(model: drawn.model, inputs: drawn.inputs, targets: drawn.targets))
    }
    guard let loss = checked.evaluation.values[network.program.loss]?.values[0], loss.isFinite
    else {
      throw PerceptronError(
        .network,
        "the loss \(objective.name) is not a finite number on "
          + (batch == nil ? "examples drawn to check it on" : "these examples")
          + ": there is nothing to differentiate")
    }
    // What this reading shows beyond the derivation's own lines.
    let shown =
      switch form {
      case .vectorized, .differentials: MatrixReading(derivation).check(checked.evaluation)
      case .delta: DeltaReading(network, derivation).check(checked.evaluation)
      case .elementwise: StepCheck([])
      }
    lines = checked.lines.adding(shown)
    if let disagreement = checked.disagreement ?? shown.disagreement {
      throw PerceptronError(
        .network,
        "nothing is shown, because \(disagreement); this is a mistake in the program, please report it"
      )
    }
    updates = try checked.update(optimizer)
  }

  /// Whether something could not be compared: an entry on a kink, or an adjoint that is all zeros
  /// and proves nothing. With random numbers another draw may do better.
  public var hasUntested: Bool {
    lines.kinked > 0
      || checked.checks.contains {
        $0.value.kinks > 0 || checked.evaluation.adjoints[$0.key]?.largest == 0
      }
  }
}
