/// How much worse a model gets when one column of the table is shuffled, so that it says nothing
/// about the rows any more.
///
///     importance of column j = quality(X, y) − quality(X with column j permuted, y)
///
/// averaged over some permutations; for a metric that is an error, the other way round. A positive
/// importance says that the model relies on the column, about 0 that it does not; columns that say
/// the same share theirs, and may both look unimportant. A column of categories is permuted as one,
/// whatever inputs it becomes, and a missing value moves as what it is replaced by.
///
/// The permutation of column j and repeat r is a function of (seed, j, r) alone.
///
/// Sources: Breiman, "Random forests", Machine Learning 45, 2001; Fisher, Rudin, Dominici, "All
/// models are wrong, but many are useful", JMLR 20(177), 2019.
public struct PermutationImportance: Sendable, Hashable {
  /// What gets worse.
  public enum Metric: String, Sendable, Hashable, CaseIterable {
    /// The share of rows whose predicted class is the truth.
    case accuracy
    /// The mean of −ln p of the true class.
    case logLoss = "log-loss"
    /// Root mean squared error, in the target's own unit.
    case rmse
    /// Mean absolute error, in the target's own unit.
    case mae
    /// Coefficient of determination.
    case r2

    /// Whether it is one for classes.
    var isOfClasses: Bool { self == .accuracy || self == .logLoss }
    /// Whether more of it is better.
    var isQuality: Bool { self == .accuracy || self == .r2 }
  }

  /// One column of the table.
  public struct Column: Sendable, Hashable {
    /// The column's name in the header.
    public let name: String
    /// The importance, one a repeat.
    public let values: [Double]

    /// The mean importance.
    public var mean: Double { values.reduce(0, +) / Double(values.count) }
    /// The standard deviation over the repeats, √(Σ (v − mean)² / (r − 1)); nil for one repeat.
    public var standardDeviation: Double? {
      guard values.count > 1 else { return nil }
      let mean = mean
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(values.count - 1)).squareRoot()
    }
  }

  /// What gets worse.
  public let metric: Metric
  /// The metric of the rows as they are.
  public let baseline: Double
  /// How many rows were judged.
  public let rows: Int
  /// In the order of the model's inputs.
  public let columns: [Column]

  /// The columns from the most important one down; equal ones in the model's order.
  public var ranked: [Column] {
    columns.indices.sorted { (columns[$0].mean, $1) > (columns[$1].mean, $0) }.map { columns[$0] }
  }

  /// - Parameters:
  ///   - model: the network; it must know how rows of a table become inputs.
  ///   - table: columns are found by name; rows without a target are left out.
  ///   - rows: rows of the table, counted from 0; nil takes all.
  ///   - metric: what gets worse; nil takes `accuracy` for classes and `rmse` for numbers.
  ///   - repeats: permutations of each column, at least 1.
  ///   - seed: which permutations.
  /// - Throws: `PerceptronError` when the table does not fit the model, or the metric not its target.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init<Element: Scalar>(
    _ model: MLP<Element>, _ table: Table, rows: [Int]? = nil, metric: Metric? = nil,
    repeats: Int = 5, seed: UInt64 = 0
  ) throws {
    if repeats < 1 { misuse("PermutationImportance: \(repeats) repeats") }
    let (judged, truth) = try JudgedRows.labelled(model, table, rows: rows)
    let isOfClasses = judged.encoder.classes != nil
    let metric = metric ?? (isOfClasses ? .accuracy : .rmse)
    guard metric.isOfClasses == isOfClasses else {
      throw PerceptronError(
        .option,
        "\(metric.rawValue) is for \(metric.isOfClasses ? "classes" : "numbers"), and the model "
          + "predicts \(isOfClasses ? "classes" : "a number")", file: table.name)
    }
    let predictor = try Predictor(model)
    var outputs = predictor.outputs(judged.inputs)
    let baseline = Self.value(metric, judged, truth, outputs)
    var inputs = judged.inputs
    let count = inputs.rows
    let width = inputs.columns
    columns = judged.places.enumerated().map { number, places in
      var stream = RandomStream(seed: seed, purpose: .importance, index: UInt32(number))
      let values = (0..<repeats).map { _ in
        let order = stream.permutation(of: count)
        for i in 0..<count {
          for j in places {
            inputs.values[i * width + j] = judged.inputs.values[Int(order[i]) * width + j]
          }
        }
        predictor.outputs(inputs, into: &outputs)
        let permuted = Self.value(metric, judged, truth, outputs)
        return metric.isQuality ? baseline - permuted : permuted - baseline
      }
      for i in 0..<count {
        for j in places { inputs.values[i * width + j] = judged.inputs.values[i * width + j] }
      }
      return Column(name: judged.encoder.inputs[number].name, values: values)
    }
    self.metric = metric
    self.baseline = baseline
    self.rows = count
  }

  private static func value<Element: Scalar>(
    _ metric: Metric, _ rows: JudgedRows<Element>, _ truth: JudgedRows<Element>.Truth,
    _ outputs: Matrix<Element>
  ) -> Double {
    switch truth {
    case .numbers(let numbers):
      let metrics = RegressionMetrics(
        truth: numbers, predictions: (0..<outputs.rows).map { rows.answers(outputs.row($0))[0] })
      return metric == .mae ? metrics.mae : metric == .r2 ? metrics.r2 ?? .nan : metrics.rmse
    case .classes(let labels):
      var sum = 0.0
      for (row, label) in labels.enumerated() {
        if metric == .accuracy {
          sum += Classes.index(outputs.row(row)) == label ? 1 : 0
        } else {
          let probability = rows.answers(outputs.row(row))[label]
          sum -= Double.log(max(probability, .ulpOfOne))
        }
      }
      return sum / Double(labels.count)
    }
  }
}
