/// What a model answers on average when one column has a given value in every row.
///
///     f̄(v) = (1/m) Σ_i f(x_i with column j set to v)
///
/// for v on a grid: quantiles of the column's numbers, or its categories. It shows what the model
/// has learned about the column, averaged over the others; where columns go together, some of the
/// rows asked about exist nowhere.
///
/// Source: Friedman, "Greedy function approximation: a gradient boosting machine", Annals of
/// Statistics 29(5), 2001.
public struct PartialDependence: Sendable, Hashable {
  /// The values that the column is given.
  public enum Grid: Sendable, Hashable {
    /// In the column's own unit, increasing.
    case numbers([Double])
    /// Those the model knows, in its order.
    case categories([String])

    /// How many they are.
    public var count: Int {
      switch self {
      case .numbers(let values): values.count
      case .categories(let names): names.count
      }
    }
  }

  /// The average answers of one class, or of the number.
  public struct Curve: Sendable, Hashable {
    /// The class, or the target.
    public let name: String
    /// f̄, a value for each of the grid: the class's mean probability, or the mean number in the
    /// target's own unit.
    public let values: [Double]
  }

  /// The column's name in the header.
  public let column: String
  /// v
  public let grid: Grid
  /// One for each class; one for a number.
  public let curves: [Curve]
  /// m
  public let rows: Int

  /// - Parameters:
  ///   - model: the network; it must know how rows of a table become inputs.
  ///   - table: columns are found by name; a target is not needed.
  ///   - column: the column to set.
  ///   - rows: rows of the table, counted from 0; nil takes all.
  ///   - points: the most values of the grid of a column of numbers, at least 2.
  /// - Throws: `PerceptronError` when the table does not fit the model, the model does not read the
  ///   column, or no row has a value in it.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init<Element: Scalar>(
    _ model: MLP<Element>, _ table: Table, column: String, rows: [Int]? = nil, points: Int = 20
  ) throws {
    if points < 2 { misuse("PartialDependence: \(points) points") }
    let judged = try JudgedRows(model, table, rows: rows)
    let names = judged.encoder.inputs.map(\.name)
    guard let place = names.firstIndex(of: column) else {
      throw unknownName(column, what: "column", among: Array(names.prefix(40)))
    }
    let places = judged.places[place]
    /// What stands in the column's inputs for each value.
    let encoded: [[Element]]
    switch judged.encoder.inputs[place].encoding {
    case .numeric(_, let shift, let scale):
      let numbers = try table.numbers(
        column: table.index(of: column), rows: judged.rows, as: Double.self)
      let values = Self.quantiles(numbers.filter { !$0.isNaN }, points: points)
      guard !values.isEmpty else {
        throw PerceptronError(.dataset, "no row has a value", file: table.name, column: column)
      }
      grid = .numbers(values)
      encoded = values.map { [Element(($0 - shift) / scale)] }
    case .categorical(let categories, _):
      grid = .categories(categories)
      encoded = categories.indices.map { category in
        places.indices.map { $0 - places.lowerBound == category ? 1 : 0 }
      }
    }
    let predictor = try Predictor(model)
    var inputs = judged.inputs
    var outputs = Matrix<Element>(rows: 0, columns: model.outputs)
    let answers = judged.answerNames
    var means = [[Double]](repeating: [], count: answers.count)
    for value in encoded {
      for i in 0..<inputs.rows {
        for (j, number) in zip(places, value) { inputs.values[i * inputs.columns + j] = number }
      }
      predictor.outputs(inputs, into: &outputs)
      var sums = [Double](repeating: 0, count: answers.count)
      for i in 0..<outputs.rows {
        for (k, answer) in judged.answers(outputs.row(i)).enumerated() { sums[k] += answer }
      }
      for k in sums.indices { means[k].append(sums[k] / Double(inputs.rows)) }
    }
    self.column = column
    self.rows = inputs.rows
    curves = zip(answers, means).map { Curve(name: $0, values: $1) }
  }

  /// All different values where they are few, otherwise those at equal distances in the sorted rows.
  static func quantiles(_ values: [Double], points: Int) -> [Double] {
    let sorted = values.sorted()
    var different: [Double] = []
    for value in sorted where different.last != value { different.append(value) }
    guard different.count > points else { return different }
    var grid: [Double] = []
    for point in 0..<points {
      // The nearest row to point / (points − 1) of the way.
      let row = (2 * point * (sorted.count - 1) + points - 1) / (2 * (points - 1))
      if grid.last != sorted[row] { grid.append(sorted[row]) }
    }
    return grid
  }
}
