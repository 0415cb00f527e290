/// A sweep of the learning rate from too small to too large in one short training: where the loss
/// falls fastest is a good rate to train with.
///
/// The rate grows by the same factor from update to update. The sweep ends where the smoothed loss
/// is four times its lowest, or no number any more. The network that is given is not changed.
///
/// Source: Smith 2017, Cyclical learning rates for training neural networks.
public struct LearningRateFinder: Sendable, Hashable {
  /// The rule whose rate is looked for; its own rate does not matter.
  public var optimizer: Optimizer
  /// What is done to a gradient before the update.
  public var regularization: Regularization
  /// The first rate tried, and the last.
  public var rates: ClosedRange<Double>
  /// Updates, each with a rate of its own.
  public var steps: Int
  /// Rows of an update.
  public var batchSize: Int
  /// The order of the rows is a function of it.
  public var seed: UInt64
  /// How many threads may run a step; the result does not depend on it.
  public var threads: Threads

  /// From 10⁻⁷ to 10 in a hundred updates unless said.
  public init(
    optimizer: Optimizer = .adam(), regularization: Regularization = Regularization(),
    rates: ClosedRange<Double> = 1e-7...10, steps: Int = 100, batchSize: Int = 32,
    seed: UInt64 = 0, threads: Threads = .automatic
  ) {
    self.optimizer = optimizer
    self.regularization = regularization
    self.rates = rates
    self.steps = steps
    self.batchSize = batchSize
    self.seed = seed
    self.threads = threads
  }

  /// What a sweep came to.
  public struct Sweep: Sendable, Hashable {
    /// One update.
    public struct Point: Sendable, Hashable {
      /// The rate it was made with.
      public let learningRate: Double
      /// The batch's loss before it.
      public let loss: Double
      /// The mean of the losses so far, the last ones weighing most: nine tenths of what it was and a
      /// tenth of the new, corrected for its start.
      public let smoothed: Double
    }

    /// In the order of the rates.
    public let points: [Point]
    /// Whether it ended before the last rate.
    public let hasDiverged: Bool

    /// The rate at which the smoothed loss falls fastest, over the logarithm of the rate; nil where it
    /// never falls.
    public var steepest: Double? {
      // At equal distances the differences are the slopes; over a sixth of the sweep the noise of
      // single batches cancels. What comes behind the lowest loss is none of it.
      let near = max(2, points.count / 12)
      let lowest = points.indices.min { points[$0].smoothed < points[$1].smoothed } ?? 0
      var best: (slope: Double, rate: Double)?
      for k in near..<max(near, min(points.count - near, lowest)) {
        let slope = points[k + near].smoothed - points[k - near].smoothed
        if slope < best?.slope ?? 0 { best = (slope, points[k].learningRate) }
      }
      return best?.rate
    }

    /// A tenth of the rate at which the smoothed loss is lowest: the more careful rule.
    public var tenthOfLowest: Double? {
      points.min { $0.smoothed < $1.smoothed }.map { $0.learningRate / 10 }
    }

    /// The rate to try: the steepest, or where there is none a tenth of the lowest.
    public var suggestion: Double? { steepest ?? tenthOfLowest }

    /// The losses over the rates, as one self-contained SVG.
    public func svg(title: String = "Learning rate") -> String {
      var series = [
        LineChart.Series(name: "loss", points: points.map { ($0.learningRate, $0.loss) }),
        LineChart.Series(name: "smoothed", points: points.map { ($0.learningRate, $0.smoothed) }),
      ]
      let values = points.map(\.smoothed)
      if let suggestion, let low = values.min(), let high = values.max() {
        series.append(
          LineChart.Series(
            name: "suggestion \(suggestion)", points: [(suggestion, low), (suggestion, high)]))
      }
      return LineChart(
        title: title, xLabel: "learning rate", yLabel: "loss", series: series, xScale: .log
      ).svg()
    }
  }

  /// Sweeps on rows of a table.
  ///
  /// - Throws: `PerceptronError` where the network cannot be trained on them, or a number is out of
  ///   range.
  public func sweep<Element: Scalar>(
    _ model: MLP<Element>, on data: Dataset<Element>, loss: Loss
  ) throws -> Sweep {
    let rows = try data.examples(
      outputs: model.outputs, encodedBy: data.preprocessing(fittedOn: data))
    return try sweep(model, on: rows, loss: loss)
  }

  /// Sweeps on matrices.
  ///
  /// - Throws: as the form for data sets does.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func sweep<Element: Scalar>(
    _ model: MLP<Element>, on examples: Examples<Element>, loss: Loss
  ) throws -> Sweep {
    guard rates.lowerBound > 0, rates.upperBound.isFinite, rates.lowerBound < rates.upperBound,
      (5...1_000_000).contains(steps), batchSize > 0
    else {
      throw PerceptronError(
        .option,
        "a sweep needs rates above 0 that grow, at least 5 steps and batches of at least 1 row")
    }
    guard !optimizer.isFullBatch else {
      throw PerceptronError(.option, "lbfgs looks for the length of its steps itself")
    }
    try model.checkShapes(examples)
    let batch = min(batchSize, examples.rows)
    var step = try TrainingStep(
      model, loss: loss, optimizer: optimizer, regularization: regularization,
      largestBatch: batch, inputForm: examples.form, threads: threads)
    let growth = Double.log(rates.upperBound / rates.lowerBound) / Double(steps - 1)
    let batches = (examples.rows - 1) / batch + 1
    var order = [Int32](repeating: 0, count: examples.rows)
    var points: [Sweep.Point] = []
    var (mean, weight, lowest) = (0.0, 0.0, Double.infinity)
    for number in 0..<steps {
      if number.isMultiple(of: batches) {
        RandomStream.shuffle(&order, seed: seed, epoch: number / batches)
        if let rows = examples.selection {
          for place in order.indices { order[place] = rows[Int(order[place])] }
        }
      }
      let rate = rates.lowerBound * Double.exp(growth * Double(number))
      step.optimizer = optimizer.with(learningRate: rate)
      let first = number % batches * batch
      let loss = Double(
        order.withUnsafeBufferPointer {
          step.run(
            examples, rows: min(batch, examples.rows - first), order: $0.baseAddress! + first)
        })
      mean = 0.9 * mean + 0.1 * loss
      weight = 0.9 * weight + 0.1
      let smoothed = mean / weight
      guard smoothed.isFinite else { return Sweep(points: points, hasDiverged: true) }
      points.append(Sweep.Point(learningRate: rate, loss: loss, smoothed: smoothed))
      lowest = min(lowest, smoothed)
      if smoothed > 4 * lowest { return Sweep(points: points, hasDiverged: true) }
    }
    return Sweep(points: points, hasDiverged: false)
  }
}
