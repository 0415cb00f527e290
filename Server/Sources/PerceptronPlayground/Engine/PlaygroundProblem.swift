import Perceptron

/// What is to be learned: rows to train and to test on, and the plane they are drawn in.
///
/// Generated points are a table too, with a column for every engineered input, so that a model that
/// leaves the playground takes rows of that table like any other.
struct PlaygroundProblem: Sendable {
  /// What the target is.
  enum Target: Sendable, Hashable {
    /// Classes by their names, in the order of the outputs.
    case classes([String])
    /// A number, and the range that colours stand for.
    case number(ClosedRange<Double>)
  }

  /// Where rows are drawn.
  struct Plane: Sendable, Hashable {
    /// The columns' names.
    let across: String
    let upwards: String
    let xRange: ClosedRange<Double>
    let yRange: ClosedRange<Double>
    /// Which inputs they are.
    let xInput: Int?
    let yInput: Int?
  }

  /// One row as it is drawn: its class, or its number.
  struct DrawnPoint: Sendable, Hashable {
    let x: Double
    let y: Double
    let value: Double
  }

  let dataset: Dataset<Double>
  let train: Dataset<Double>
  let test: Dataset<Double>
  let plane: Plane
  let target: Target
  let targetName: String
  let inputNames: [String]
  /// Columns that can be drawn, and those that can be predicted; of a table alone.
  let drawable: [String]
  let columns: [String]
  /// The points of `train` and `test`, in their order.
  let trainPoints: [DrawnPoint]
  let testPoints: [DrawnPoint]
  /// The inputs of a point of the plane.
  private let encoding: PlaneEncoding

  /// The most rows, inputs and classes of a table.
  static let mostRows = 20_000
  static let mostInputs = 64
  static let mostClasses = 8

  /// - Throws: `PerceptronError` when there is no table, or it cannot be learned or drawn.
  init(_ settings: PlaygroundSettings, table: Table?) throws {
    if settings.data == .table {
      guard let table else {
        throw PerceptronError(.dataset, "there is no table yet: open a CSV file first")
      }
      try self.init(settings, own: table)
    } else {
      try self.init(generated: settings)
    }
  }

  private init(generated settings: PlaygroundSettings) throws {
    let points = settings.data.points(
      count: settings.rows, noise: Double(settings.noise) / 100, seed: UInt64(settings.seed))
    let isClassification = settings.data.isClassification
    let inputs = settings.inputs
    var text = inputs.map(\.title).joined(separator: ",") + ",target\n"
    for point in points {
      text += inputs.map { "\($0.value(point.x, point.y))" }.joined(separator: ",")
      text += isClassification ? (point.value > 0 ? ",B\n" : ",A\n") : ",\(point.value)\n"
    }
    let table = try Table(
      bytes: Array(text.utf8), name: settings.data.rawValue, separator: .comma, header: .present)
    dataset = try Dataset(
      table, target: "target",
      options: DatasetOptions(
        task: isClassification ? .classification : .regression, scaling: .none))
    (train, test) = dataset.split(
      test: 1 - Double(settings.trainShare) / 100, stratified: true, seed: UInt64(settings.seed))
    plane = Plane(
      across: "x", upwards: "y", xRange: -6...6, yRange: -6...6, xInput: nil, yInput: nil)
    target =
      dataset.classNames.map { .classes($0) } ?? .number(-1...1)
    targetName = isClassification ? "class" : "value"
    inputNames = inputs.map(\.title)
    (drawable, columns) = ([], [])
    encoding = .engineered(inputs)
    func drawn(_ part: Dataset<Double>) -> [DrawnPoint] {
      part.rows.map { row in
        let point = points[row]
        return DrawnPoint(
          x: point.x, y: point.y,
          value: isClassification ? (point.value > 0 ? 1 : 0) : point.value)
      }
    }
    (trainPoints, testPoints) = (drawn(train), drawn(test))
  }

  private init(_ settings: PlaygroundSettings, own table: Table) throws {
    guard table.rowCount <= Self.mostRows else {
      throw PerceptronError(
        .dataset,
        "\(table.rowCount) rows are more than the \(Self.mostRows) that can be watched; "
          + "perceptron train takes them", file: table.name)
    }
    columns = table.columns.map(\.name)
    let target = settings.target ?? Self.likelyTarget(table)
    dataset = try Dataset(table, target: target)
    guard dataset.inputs <= Self.mostInputs else {
      throw PerceptronError(
        .dataset, "its columns make \(dataset.inputs) inputs, more than \(Self.mostInputs)",
        file: table.name)
    }
    if let classes = dataset.classNames, classes.count > Self.mostClasses {
      throw PerceptronError(
        .dataset,
        "\(classes.count) classes are more than the \(Self.mostClasses) that can be told apart by "
          + "colour", file: table.name, column: target)
    }
    (train, test) = dataset.split(
      test: 1 - Double(settings.trainShare) / 100, stratified: true, seed: UInt64(settings.seed))
    guard !test.rows.isEmpty, train.rows.count > 1 else {
      throw PerceptronError(.dataset, "it has too few rows to train and to test", file: table.name)
    }
    let own = try TablePlane(
      train.preprocessing, across: settings.across, upwards: settings.upwards)
    drawable = own.drawable
    let examples = try train.examples(outputs: dataset.classNames?.count ?? 1)
    encoding = .columns(own.x, own.y, average: Self.average(examples.inputs))
    let held = try test.examples(
      outputs: dataset.classNames?.count ?? 1, encodedBy: train.preprocessing)
    let values = try Self.values(dataset, table)
    func drawn(_ inputs: Matrix<Double>, _ part: Dataset<Double>) -> [DrawnPoint] {
      part.rows.enumerated().map { i, row in
        DrawnPoint(
          x: own.x.raw(inputs[i, own.x.input]), y: own.y.raw(inputs[i, own.y.input]),
          value: values[row])
      }
    }
    trainPoints = drawn(examples.inputs, train)
    testPoints = drawn(held.inputs, test)
    let all = trainPoints + testPoints
    plane = Plane(
      across: own.x.name, upwards: own.y.name, xRange: Self.range(all.map(\.x)),
      yRange: Self.range(all.map(\.y)), xInput: own.x.input, yInput: own.y.input)
    self.target =
      dataset.classNames.map { .classes($0) } ?? .number(Self.range(all.map(\.value), margin: 0))
    targetName = target
    inputNames = train.preprocessing.inputNames
  }

  /// The last column, unless it is numbers and the first is texts: tables name what they are about on
  /// either side.
  private static func likelyTarget(_ table: Table) -> String {
    let (first, last) = (table.columns[0], table.columns[table.columns.count - 1])
    return last.kind == .numeric && first.kind == .text ? first.name : last.name
  }

  /// Every row's class or number, by its place in the table.
  private static func values(_ dataset: Dataset<Double>, _ table: Table) throws -> [Double] {
    let column = try table.index(of: dataset.target)
    var values = [Double](repeating: 0, count: table.rowCount)
    if let names = dataset.classNames {
      let examples = try dataset.examples(outputs: names.count).targets
      for (i, row) in dataset.rows.enumerated() {
        values[row] = Double(examples.row(i).firstIndex(of: 1).map { $0 - i * names.count } ?? 0)
      }
    } else {
      let numbers = try table.numbers(column: column, rows: dataset.rows, as: Double.self)
      for (row, number) in zip(dataset.rows, numbers) { values[row] = number }
    }
    return values
  }

  private static func average(_ inputs: Matrix<Double>) -> [Double] {
    (0..<inputs.columns).map { j in
      (0..<inputs.rows).reduce(0) { $0 + inputs[$1, j] } / Double(max(inputs.rows, 1))
    }
  }

  private static func range(_ values: [Double], margin: Double = 0.06) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let space = high > low ? (high - low) * margin : 1
    return low - space...high + space
  }

  /// The inputs at the middles of the cells of a square grid over the plane, row by row from the top.
  func grid(_ side: Int) -> Matrix<Double> {
    var values: [Double] = []
    for i in 0..<side {
      for j in 0..<side {
        let x = Self.middle(j, of: side, plane.xRange)
        let y = Self.middle(side - 1 - i, of: side, plane.yRange)
        values += encoding.inputs(x, y)
      }
    }
    return Matrix(rows: side * side, columns: inputNames.count, values: values)
  }

  private static func middle(
    _ cell: Int, of count: Int, _ range: ClosedRange<Double>
  ) -> Double {
    range.lowerBound
      + (range.upperBound - range.lowerBound) * (Double(cell) + 0.5) / Double(count)
  }
}
