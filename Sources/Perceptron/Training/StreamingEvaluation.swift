/// What a network makes of rows that come piece by piece: to the bit what it makes of all at once, as the
/// blocks are the same. Inputs are let go; outputs and targets are kept.
struct PiecewiseEvaluation<Element: Scalar> {
  private let evaluator: Evaluator<Element>
  private let loss: Loss
  /// Rows of a block that is not full.
  private var waiting: Examples<Element>?
  private var lossSum = 0.0
  /// Whether one of the rows counts.
  private(set) var weighs = false
  /// What the rows weigh together.
  private(set) var weight = 0.0
  private(set) var rows = 0
  private var outputs: [Element] = []
  private var targets: [Element] = []

  /// - Parameter hasSampleWeights: whether the rows to come have weights.
  init(_ model: MLP<Element>, loss: Loss, hasSampleWeights: Bool) throws {
    evaluator = try Evaluator(model, loss: loss, hasSampleWeights: hasSampleWeights)
    self.loss = loss
  }

  /// Adds rows that are kept as numbers.
  mutating func add(_ piece: Examples<Element>) {
    weight = piece.weight(in: loss, after: weight)
    weighs = weighs || piece.allWeights?.contains { $0 > 0 } ?? true
    rows += piece.rows
    targets += piece.allTargets.values
    let all = waiting.map { $0.followed(by: piece) } ?? piece
    let whole = all.rows / evaluator.blockRows * evaluator.blockRows
    run(all, 0..<whole)
    waiting = whole < all.rows ? all.part(whole..<all.rows) : nil
  }

  private mutating func run(_ examples: Examples<Element>, _ rows: Range<Int>) {
    evaluator.run(examples, rows) {
      lossSum += $0
      outputs.append(contentsOf: $1)
    }
  }

  /// What all rows came to.
  mutating func finish() -> Evaluation<Element> {
    if let waiting { run(waiting, 0..<waiting.rows) }
    waiting = nil
    let columns = rows > 0 ? outputs.count / rows : 0
    return Evaluation(
      loss: lossSum * loss.factor(weight: rows == 0 ? 1 : weight, columns: columns),
      outputs: Matrix(rows: rows, columns: columns, values: outputs),
      targets: Matrix(rows: rows, columns: columns, values: targets),
      hasScores: loss.kind.targets == .signs)
  }
}

extension Examples {
  /// These rows and others behind them, all kept as numbers.
  fileprivate func followed(by others: Examples) -> Examples {
    let (first, second) = (inputs, others.inputs)
    return Examples(
      inputs: Matrix(
        rows: first.rows + second.rows, columns: first.columns,
        values: first.values + second.values),
      targets: Matrix(
        rows: rows + others.rows, columns: targetColumns,
        values: targets.values + others.targets.values),
      weights: weights.map { $0 + (others.weights ?? []) })
  }

  /// Some of the rows, kept as numbers.
  fileprivate func part(_ part: Range<Int>) -> Examples {
    func rows(_ matrix: Matrix<Element>) -> Matrix<Element> {
      let columns = matrix.columns
      return Matrix(
        rows: part.count, columns: columns,
        values: Array(matrix.values[part.lowerBound * columns..<part.upperBound * columns]))
    }
    return Examples(
      inputs: rows(inputs), targets: rows(targets), weights: weights.map { Array($0[part]) })
  }
}

extension MLP {
  /// Judges the model on the table in a file, which is read piece by piece: of its rows only what the
  /// network says of them is held, and their targets.
  ///
  /// The report is that of ``evaluate(_:rows:loss:)`` for the whole table, to the bit.
  ///
  /// - Parameters:
  ///   - path: the file, which may be compressed by gzip; `-` is standard input.
  ///   - separator: what stands between its cells; found out where nothing is said.
  ///   - loss: as for a table.
  ///   - begin: is given the first piece.
  /// - Returns: the report, and the rows that were left out since a target is missing.
  /// - Throws: as for a table, and when the file cannot be read.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func evaluate(
    contentsOf path: String, separator: Table.Separator = .automatic, loss: Loss? = nil,
    chunkSize: Int = TableChunks.size, begin: (Table) -> Void = { _ in }
  ) throws -> (report: EvaluationReport, unlabelledRows: Int) {
    let encoder = try requirePreprocessing()
    let loss = loss ?? standardLoss
    let outputs = outputs
    let targets = encoder.targets.map(\.name)
    var evaluation: PiecewiseEvaluation<Element>?
    var truth = targets.map { _ in [Double]() }
    var unlabelledRows = 0
    var name = path
    try TableChunks.forEach(
      path, separator: separator, chunkSize: chunkSize, threads: Threads.available
    ) { first in
      begin(first)
      name = first.name
      _ = try encoder.labelled(first, among: [], allowsNone: true)
      let isWeighted = encoder.weightColumn.map { (try? first.index(of: $0)) != nil } ?? false
      evaluation = try PiecewiseEvaluation(self, loss: loss, hasSampleWeights: isWeighted)
      return {
        { piece in
          let table = try piece.table()
          return TableChunks.Outcome(
            value: try LabelledPiece(table, encoder, outputs: outputs), lineEnds: piece.lineEnds)
        }
      }
    } body: { (piece: LabelledPiece<Element>) in
      unlabelledRows += piece.unlabelledRows
      guard piece.examples.rows > 0 else { return }
      try loss.validate(targets: piece.examples.targets, file: name)
      for place in truth.indices { truth[place] += piece.truth[place] }
      evaluation?.add(piece.examples)
    }
    guard var evaluation, evaluation.rows > 0 else { throw encoder.noLabelled(file: name) }
    guard evaluation.weighs, evaluation.weight > 0 else {
      throw PerceptronError(
        .dataset, "all evaluated rows have weight 0: there is nothing to learn from or judge by")
    }
    return (report(evaluation.finish(), encoder, truth: truth), unlabelledRows)
  }
}

/// The rows of a piece of a table whose targets are known.
private struct LabelledPiece<Element: Scalar>: Sendable {
  let examples: Examples<Element>
  /// For every target that is a number, the numbers.
  let truth: [[Double]]
  let unlabelledRows: Int

  @specialized(where Element == Float)
  @specialized(where Element == Double)
  init(_ table: Table, _ encoder: Preprocessing, outputs: Int) throws {
    let labelled = try encoder.labelled(
      table, among: Array(0..<table.rowCount), allowsNone: true)
    unlabelledRows = table.rowCount - labelled.count
    examples = try encoder.examples(of: table, rows: labelled, outputs: outputs)
    truth = try encoder.truth(of: table, rows: labelled)
  }
}
