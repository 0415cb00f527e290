import ArgumentParser
import Perceptron

/// `perceptron find-lr`: a sweep of the learning rate.
struct FindLearningRate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find-lr",
    abstract: "Find a learning rate by a sweep from too small to too large.",
    discussion: """
      One short training, in which the rate grows from update to update; it ends where the loss \
      explodes. The suggestion is the rate at which the smoothed loss falls fastest; a tenth of the \
      rate of the lowest loss is the more careful choice. No model is written.

      Example:
        perceptron find-lr Examples/penguins.csv --target species --plot sweep.svg
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var stack: StackOptions
  @OptionGroup var optimizing: OptimizerOptions

  @Option(help: "Rows in a step.")
  var batchSize = 32

  @Option(help: "The first rate.")
  var from = 1e-7

  @Option(help: "The last rate.")
  var to = 10.0

  @Option(help: "Updates, each with a rate of its own.")
  var steps = 100

  @Option(help: "What is drawn: the network, the order of the rows.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions

  @Option(help: "float or double.")
  var precision = "float"

  @Option(help: "Write the curve to this SVG file.")
  var plot: String?

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    try data.requireTarget()
    if optimizing.learningRate != nil || optimizing.schedule != nil {
      let option = optimizing.schedule == nil ? "--learning-rate" : "--schedule"
      throw ValidationError("\(option) has no effect here: the rate is what is looked for.")
    }
    guard from > 0, from < to, to.isFinite, (5...1_000_000).contains(steps), batchSize > 0 else {
      throw ValidationError("Give --from above 0 and below --to, and at least 5 --steps.")
    }
  }

  func run() async throws {
    Interruption.ignoreWriteSignals()
    let precision = try named(precision, Precision.self, "precision")
    if let plot { try checkPlot(plot) }
    try threads.limit {
      switch precision {
      case .float: try sweep(Float.self)
      case .double: try sweep(Double.self)
      }
    }
  }

  /// A picture replaces nothing but a picture.
  private func checkPlot(_ path: String) throws {
    try FileSystem.checkWritable(path)
    guard FileSystem.exists(path) else { return }
    guard FileSystem.isRegular(path), try FileSystem.read(path).starts(with: "<svg".utf8) else {
      throw PerceptronError(.file, "it exists and is no picture; choose another --plot", file: path)
    }
  }

  private func sweep<Element: Scalar>(_: Element.Type) throws {
    let rows: Dataset<Element> = try data.read(weightColumn: stack.weights.weightColumn).data
    let optimizer = try optimizing.rule()
    let (layers, loss) = try stack.network(for: rows)
    let model = try MLP<Element>(inputs: rows.inputs, layers: layers, seed: seed)
    let finder = LearningRateFinder(
      optimizer: optimizer, regularization: optimizing.regularization, rates: from...to,
      steps: steps, batchSize: batchSize, seed: seed)
    let sweep = try finder.sweep(model, on: rows, loss: loss)
    if let plot {
      let title = "Learning rate of \(optimizer.name), \(fileName(rows.name))"
      try FileSystem.writeAtomically(Array(sweep.svg(title: title).utf8), to: plot)
    }
    if json {
      Output.result(result(sweep, optimizer).text())
    } else {
      report(sweep, optimizer)
    }
  }

  private func report(_ sweep: LearningRateFinder.Sweep, _ optimizer: Optimizer) {
    Output.result(
      "\(sweep.points.count) updates of \(optimizer.name)"
        + (sweep.hasDiverged ? ", until the loss exploded" : ""))
    if Output.isTerminal, let first = sweep.points.first, let last = sweep.points.last {
      Output.result(curve(sweep.points.map(\.smoothed)))
      Output.result(
        "smoothed loss from \(short(first.learningRate)) to \(short(last.learningRate))")
    }
    if let rate = sweep.steepest {
      Output.result("the loss falls fastest at \(short(rate))")
    } else {
      Output.result("the loss never falls")
    }
    if let rate = sweep.tenthOfLowest {
      Output.result("a tenth of the rate of the lowest loss is \(short(rate))")
    }
    if let rate = sweep.suggestion {
      Output.result("try --learning-rate \(short(rate))")
    }
    if let plot { Output.result("curve written to \(printable(plot, limit: 1000))") }
  }

  /// The values as a line of blocks, as wide as the terminal has room for.
  private func curve(_ values: [Double]) -> String {
    let blocks = Array("▁▂▃▄▅▆▇█")
    let width = max(10, min(values.count, Output.width - 2))
    // What explodes at the end would flatten all the rest.
    let top = values[0] * 1.5
    let low = values.min() ?? 0
    return String(
      (0..<width).map { column in
        let value = min(values[column * values.count / width], top)
        let share = top > low ? (value - low) / (top - low) : 0
        return blocks[min(7, Int(share * 8))]
      })
  }

  /// Two digits: a rate is known no better.
  private func short(_ rate: Double) -> String {
    var (mantissa, exponent) = (rate, 0)
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let digits = Int(mantissa * 10 + 0.5)
    return "\(Double("\(digits)e\(exponent - 1)") ?? rate)"
  }

  private func result(_ sweep: LearningRateFinder.Sweep, _ optimizer: Optimizer) -> JSON {
    [
      "optimizer": .string(optimizer.name),
      "suggestion": sweep.suggestion.map { JSON($0) } ?? .null,
      "steepest": sweep.steepest.map { JSON($0) } ?? .null,
      "tenth_of_lowest": sweep.tenthOfLowest.map { JSON($0) } ?? .null,
      "diverged": .bool(sweep.hasDiverged),
      "points": .array(
        sweep.points.map {
          [
            "learning_rate": JSON($0.learningRate), "loss": JSON($0.loss),
            "smoothed": JSON($0.smoothed),
          ]
        }),
    ]
  }
}
