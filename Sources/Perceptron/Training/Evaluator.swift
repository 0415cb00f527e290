/// Loss and outputs of a network on examples, in blocks of rows; planned once.
final class Evaluator<Element: Scalar> {
  private let runner: PlanRunner<Element>
  private let loss: Loss

  init(
    _ model: MLP<Element>, loss: Loss, largestBatch: Int = 256, threads: Threads = .automatic,
    executor: Executor = .kernels, inputForm: InputForm = .numbers,
    hasSampleWeights: Bool = false
  ) throws {
    self.loss = loss
    let folding = Folding(model.architecture)
    runner = try Self.runner(
      folding.result, loss, largestBatch, threads, executor, inputForm, hasSampleWeights,
      ownsParameters: true)
    runner.workspace.write(folding.parameters(model.parameters), to: .parameters)
  }

  /// Reads the parameters where they are, at every evaluation what they are then; they must stay
  /// there as long as this is used.
  init(
    _ architecture: Architecture, parametersAt parameters: UnsafePointer<Element>, loss: Loss,
    threads: Threads = .automatic, inputForm: InputForm, hasSampleWeights: Bool = false
  ) throws {
    self.loss = loss
    runner = try Self.runner(
      architecture, loss, 256, threads, .kernels, inputForm, hasSampleWeights,
      ownsParameters: false)
    runner.workspace.point(.parameters, at: parameters)
  }

  private static func runner(
    _ architecture: Architecture, _ loss: Loss, _ largestBatch: Int, _ threads: Threads,
    _ executor: Executor, _ inputForm: InputForm, _ hasSampleWeights: Bool,
    ownsParameters: Bool
  ) throws -> PlanRunner<Element> {
    try loss.validate(output: architecture.outputActivation, units: architecture.outputs)
    let plan = Plan(
      architecture, .evaluate(loss.reduced(by: .sum)), largestBatch: largestBatch,
      keepsEverything: true, inputForm: inputForm, hasSampleWeights: hasSampleWeights)
    return try PlanRunner(
      plan, executor: executor, threads: threads, ownsParameters: ownsParameters)
  }

  private func check(_ examples: Examples<Element>) {
    if examples.form != runner.plan.inputForm {
      misuse("a plan for \(runner.plan.inputForm) was given \(examples.form)")
    }
    if (examples.allWeights != nil) != runner.plan.hasSampleWeights {
      misuse("a plan \(runner.plan.hasSampleWeights ? "with" : "without") weights was given others")
    }
  }

  /// The first layer whose values on some of the rows are not finite numbers.
  func firstNonFinite(_ examples: Examples<Element>) -> String? {
    check(examples)
    return examples.bound(to: runner.workspace.memory) {
      var place: String?
      examples.forEachBlock(of: runner.plan.largestBatch) { call in
        runner.run(call)
        place = runner.firstNonFinite(rows: call.rows)
        return place == nil
      }
      return place
    }
  }

  /// The loss over all rows: ΣE in blocks, summed in `Double` in row order, times the factor c. Rows
  /// and classes have their weights. With other processes each takes some of the blocks, and all have
  /// the result of one by itself, to the bit.
  func evaluate(
    _ examples: Examples<Element>, with others: (any Communicator)? = nil
  ) -> Evaluation<Element> {
    let plan = runner.plan
    let columns = plan.architecture.outputs
    var sums: [Double] = []
    var outputs: [Element] = []
    let blocks = (examples.rows + plan.largestBatch - 1) / plan.largestBatch
    let counts = (0..<(others?.count ?? 1)).map { process in
      let processes = others?.count ?? 1
      return blocks * (process + 1) / processes - blocks * process / processes
    }
    let own = blocks * (others?.rank ?? 0) / counts.count
    let ownRows =
      own
      * plan.largestBatch..<min(
        examples.rows, (own + counts[others?.rank ?? 0]) * plan.largestBatch)
    outputs.reserveCapacity(ownRows.count * columns)
    run(examples, ownRows) { sum, output in
      sums.append(sum)
      outputs.append(contentsOf: output)
    }
    if let others {
      sums = others.gather(sums, counts: counts, filler: 0)
      var first = 0
      let outputCounts = counts.map { blocks in
        defer { first += blocks * plan.largestBatch }
        return max(0, min(examples.rows - first, blocks * plan.largestBatch)) * columns
      }
      outputs = others.gather(outputs, counts: outputCounts, filler: 0)
    }
    return Evaluation(
      loss: sums.reduce(0, +)
        * loss.factor(weight: examples.rows == 0 ? 1 : examples.weight(in: loss), columns: columns),
      outputs: Matrix(rows: examples.rows, columns: columns, values: outputs),
      targets: examples.targets, hasScores: loss.kind.targets == .signs)
  }
}

extension Evaluator {
  /// Rows of a block.
  var blockRows: Int { runner.plan.largestBatch }

  /// Calls `body` with ΣE and the outputs of each block of some rows.
  func run(
    _ examples: Examples<Element>, _ rows: Range<Int>,
    _ body: (Double, UnsafeBufferPointer<Element>) -> Void
  ) {
    let plan = runner.plan
    check(examples)
    examples.bound(to: runner.workspace.memory) {
      examples.forEachBlock(of: plan.largestBatch, in: rows) { call in
        let sum = Double(runner.run(call))
        let count = call.rows * plan.architecture.outputs
        body(
          sum, UnsafeBufferPointer(start: runner.workspace.memory[plan.output], count: count))
        return true
      }
    }
  }
}

/// What a network makes of examples.
struct Evaluation<Element: Scalar> {
  let loss: Double
  let outputs: Matrix<Element>
  let targets: Matrix<Element>
  /// Whether outputs are scores, whose sign is the class, and targets ±1.
  var hasScores = false

  /// The share of rows whose predicted class is the target's, where the targets are classes: one
  /// column of 0 and 1, or of −1 and 1, or one 1 among several columns. Where they are labels, several
  /// columns of 0 and 1, all of a row's must be right. Nil otherwise.
  var accuracy: Double? {
    if hasScores || targets.columns > 1 && isMultiLabel {
      guard outputs.rows > 0 else { return nil }
      let least: Element = hasScores ? 0 : 0.5
      let hits = (0..<outputs.rows).filter { i in
        zip(outputs.row(i), targets.row(i)).allSatisfy { ($0 >= least) == ($1 > 0) }
      }
      return Double(hits.count) / Double(outputs.rows)
    }
    guard outputs.rows > 0, targets.values.allSatisfy({ $0 == 0 || $0 == 1 }) else { return nil }
    var hits = 0
    for i in 0..<outputs.rows {
      if Classes.index(outputs.row(i)) == Classes.index(targets.row(i)) { hits += 1 }
    }
    return Double(hits) / Double(outputs.rows)
  }
}

extension Evaluation {
  /// Whether the targets are 0 and 1, and not one 1 in every row.
  private var isMultiLabel: Bool {
    guard targets.values.allSatisfy({ $0 == 0 || $0 == 1 }) else { return false }
    return !(0..<targets.rows).allSatisfy { targets.row($0).reduce(0, +) == 1 }
  }
}

/// Class labels, which exist only at inference.
enum Classes {
  /// The class that a row of outputs stands for: with one output, 1 from ½ on; with several the
  /// first of the largest.
  static func index<Element: Scalar>(_ row: ArraySlice<Element>) -> Int {
    guard row.count > 1 else { return (row.first ?? 0) >= 0.5 ? 1 : 0 }
    var best = row.startIndex
    for j in row.indices where row[j] > row[best] { best = j }
    return best - row.startIndex
  }

  /// The same of numbers in memory.
  @inline(__always)
  static func index<Element: Scalar>(_ row: UnsafeBufferPointer<Element>) -> Int {
    guard row.count > 1 else { return (row.first ?? 0) >= 0.5 ? 1 : 0 }
    var best = 0
    for j in row.indices where row[j] > row[best] { best = j }
    return best
  }

  /// A score in the place of a probability: at least ½ where it is at least 0, and in the same
  /// order, which is all that is asked of it.
  static func rank<Element: Scalar>(_ score: Element) -> Double {
    0.5 + Double(score) / (2 * (1 + abs(Double(score))))
  }
}
