import Perceptron

/// What a command is about: a network, a loss and where rows come from.
struct NetworkProblem {
  /// A network with the rows it is checked on.
  struct Batch {
    let model: MLP<Double>
    let inputs: Matrix<Double>
    let targets: Matrix<Double>
  }

  let loss: Loss
  let seed: UInt64
  let architecture: Architecture
  private let source: Source
  private let startsAsTraining: Bool
  /// A model's own parameters.
  private let given: MLP<Double>?

  private enum Source {
    case random(rows: Int)
    case table(inputs: Matrix<Double>, targets: Matrix<Double>, name: String, of: Int)
  }

  /// More coordinates (parameters and inputs) are checked by a sample of each tensor.
  static let largestWhole = 20_000
  /// More numbers than this are not a batch for a check: 1 GB.
  static let largestBatch = 1 << 27
  private static let draws = 10

  /// Which rows are taken.
  enum Rows {
    /// So many, drawn from the seed.
    case drawn(Int)
    /// The one with this number in the table, counted from 1.
    case number(Int)
  }

  init(_ options: NetworkOptions, rows: Rows) throws {
    seed = options.seed
    startsAsTraining = options.initializer != nil
    let reduction = try options.reduction.map { try named($0, Loss.Reduction.self, "reduction") }
    if let path = options.model {
      let model = try MLP<Double>(readModel(path))
      given = model
      architecture = model.architecture
      source =
        try options.data.map { data in
          let table = try readTable(data, separator: options.separator ?? "auto")
          guard let encoder = model.preprocessing else {
            throw PerceptronError(
              .modelFile, "it does not say how rows of a table become inputs", file: path)
          }
          let labelled = try encoder.labelled(table, among: Array(0..<table.rowCount))
          return try Self.rows(
            of: table, among: labelled, encoder, model.architecture, options, rows)
        } ?? .random(rows: rows.count)
    } else {
      given = nil
      let layers = try LayerStack.parse(
        options.layers ?? "", bias: !options.noBias,
        initializer: try options.initializer.map { try Initializer(named: $0) })
      if let data = options.data {
        let table = try readTable(data, separator: options.separator ?? "auto")
        let dataset = try Dataset<Double>(table, target: options.target ?? "")
        architecture = try Architecture(inputs: dataset.inputs, layers: layers)
        // Targets as the loss wants them: two classes as 0 and 1, or −1 and 1.
        let encoder = try options.loss.map {
          try dataset.preprocessing.adapted(to: Loss(named: $0), file: table.name)
        }
        source = try Self.rows(
          of: table, among: dataset.rows, encoder ?? dataset.preprocessing, architecture, options,
          rows)
      } else {
        architecture = try Architecture(inputs: options.inputs ?? 0, layers: layers)
        source = .random(rows: rows.count)
      }
    }
    let standard: Loss
    if let given {
      standard = given.standardLoss
    } else {
      standard =
        switch architecture.outputActivation {
        case .softmax: .crossEntropy
        case .sigmoid: .binaryCrossEntropy
        default: .mse
        }
    }
    let wanted = try options.loss.map { try Loss(named: $0) } ?? standard
    loss = reduction.map { wanted.reduced(by: $0) } ?? wanted
    try architecture.validate(training: loss)
    try Self.checkTargets(source, loss)
    try checkSize()
  }

  /// Rows of a table drawn from the seed, in the table's order.
  private static func rows(
    of table: Table, among rows: [Int], _ encoder: Preprocessing, _ architecture: Architecture,
    _ options: NetworkOptions, _ wanted: Rows
  ) throws -> Source {
    var stream = RandomStream(seed: options.seed, purpose: .check)
    let chosen: [Int]
    switch wanted {
    case .drawn(let count):
      chosen = stream.permutation(of: rows.count).prefix(count).map { rows[Int($0)] }.sorted()
    case .number(let number):
      guard rows.contains(number - 1) else {
        throw PerceptronError(
          .option,
          number >= 1 && number <= table.rowCount
            ? "row \(number) has no target"
            : "there is no row \(number): rows 1 to "
              + grouped(table.rowCount), file: table.name)
      }
      chosen = [number - 1]
    }
    if let outputs = encoder.outputCount, architecture.outputs != outputs {
      throw PerceptronError(
        .network,
        "the target \(quoted(encoder.target.name)) is \(outputs == 1 ? "one number" : "one of \(outputs)"), "
          + "the network has \(architecture.outputs) outputs", file: table.name)
    }
    return .table(
      inputs: try encoder.encodeInputs(table, rows: chosen),
      targets: try encoder.encodeTargets(table, rows: chosen, outputs: architecture.outputs),
      name: table.name, of: rows.count)
  }

  /// A loss needs targets of its sort.
  private static func checkTargets(_ source: Source, _ loss: Loss) throws {
    guard case .table(_, let targets, let name, _) = source else { return }
    try loss.validate(targets: targets, file: name)
  }

  /// The rows of a batch.
  var rows: Int {
    switch source {
    case .random(let rows): rows
    case .table(let inputs, _, _, _): inputs.rows
    }
  }

  private func checkSize() throws {
    let widest = architecture.widths.reduce(architecture.inputs, +)
    guard rows <= Self.largestBatch / widest else {
      throw PerceptronError(
        .option, "--batch \(rows) of this network is too large; a few rows are enough")
    }
  }

  /// Whether all coordinates are tried, or a sample of each tensor.
  private var sample: GradientCheck.Sample? {
    architecture.parameterCount + rows * architecture.inputs > Self.largestWhole
      ? GradientCheck.Sample(seed: seed) : nil
  }

  /// Where the rows are from, for people.
  var origin: String {
    switch source {
    case .random(let rows):
      return "\(grouped(rows)) random \(rows == 1 ? "row" : "rows") (seed \(seed))"
    case .table(let inputs, _, let name, let all):
      return "\(grouped(inputs.rows)) of \(grouped(all)) rows of "
        + printable(fileName(name), limit: 60) + " (seed \(seed))"
    }
  }

  /// Checks; what is random is drawn anew, up to ten times, while a tensor has nothing to test.
  func check() throws -> (batch: Batch, check: GradientCheck) {
    var isRandom = given == nil
    if case .random = source { isRandom = true }
    var draw = 0
    while true {
      let batch = try self.batch(draw: draw)
      let check = try GradientCheck(
        batch.model, inputs: batch.inputs, targets: batch.targets, loss: loss, sample: sample)
      draw += 1
      if !check.hasUntestedLeaf || !isRandom || draw == Self.draws { return (batch, check) }
    }
  }

  /// Each draw has numbers of its own.
  func batch(draw: Int = 0) throws -> Batch {
    let model =
      if let given {
        given
      } else if startsAsTraining {
        try MLP<Double>(
          inputs: architecture.inputs, layers: architecture.layers, seed: seed &+ UInt64(draw))
      } else {
        MLP<Double>?.none
      }
    let drawn = try RandomBatch(
      architecture, loss: loss, rows: rows, seed: seed, draw: draw, model: model)
    if case .table(let inputs, let targets, _, _) = source {
      return Batch(model: drawn.model, inputs: inputs, targets: targets)
    }
    return Batch(model: drawn.model, inputs: drawn.inputs, targets: drawn.targets)
  }
}

extension NetworkProblem.Rows {
  /// How many rows, where nothing is read from a table.
  fileprivate var count: Int { if case .drawn(let count) = self { count } else { 1 } }
}
