import Testing

@testable import Perceptron

@Suite("Preprocessing")
struct PreprocessingTests {
  /// A data set of one input column `x` and a number `y` to predict.
  private func numbers(
    _ cells: [String], _ scaling: Preprocessing.Scaling = .standard
  ) throws -> Dataset<Double> {
    let lines = cells.enumerated().map { "\($1),\($0).5" }
    return try Dataset(
      table("x,y\n" + lines.joined(separator: "\n")), target: "y",
      options: DatasetOptions(task: .regression, scaling: scaling))
  }

  /// A data set of one input column `x` and the classes n and y in turn.
  private func categories(_ cells: [String]) throws -> Dataset<Double> {
    let lines = cells.enumerated().map { "\($1),\($0.isMultiple(of: 2) ? "n" : "y")" }
    return try Dataset(table("x,c\n" + lines.joined(separator: "\n")), target: "c")
  }

  private func encoding(_ data: Dataset<Double>) -> Preprocessing.Encoding {
    data.preprocessing.inputs[0].encoding
  }

  private func inputs(_ data: Dataset<Double>) throws -> [Double] {
    try data.examples(outputs: 1).inputs.values
  }

  // MARK: Missing values

  @Test("the median of an odd and an even number of numbers, and of none")
  func median() throws {
    #expect(PreprocessingFit.median([9, 1, 4]) == 4)
    #expect(PreprocessingFit.median([9, 1, 4, 6]) == 5)
    #expect(PreprocessingFit.median([7]) == 7)
    #expect(PreprocessingFit.median([]) == 0)
    #expect(
      encoding(try numbers(["9", "?", "1", "4"], .none)) == .numeric(imputed: 4, shift: 0, scale: 1)
    )
    #expect(try inputs(numbers(["9", "", "1", "4", "6"], .none)) == [9, 5, 1, 4, 6])
  }

  @Test("a column without a value in the training rows is imputed with 0")
  func noValueInTraining() throws {
    let part = try numbers(["NA", "NA", "NA", "8", "9"]).selecting(rows: [0, 1, 2])
    #expect(encoding(part) == .numeric(imputed: 0, shift: 0, scale: 1))
    #expect(try inputs(part) == [0, 0, 0])
  }

  @Test("the most frequent category stands for a missing one, the first of equals")
  func mostFrequent() throws {
    let tie = try categories(["b", "a", "?", "b", "a", "c"])
    #expect(encoding(tie) == .categorical(categories: ["a", "b", "c"], mostFrequent: 0))
    let clear = try categories(["b", "a", "?", "b", "a", "b"])
    #expect(encoding(clear) == .categorical(categories: ["a", "b"], mostFrequent: 1))
    let rows = try clear.examples(outputs: 1).inputs
    #expect(Array(rows.row(2)) == [0, 1, 0])
    #expect(Array(rows.row(1)) == [1, 0, 0])
  }

  // MARK: Categories

  @Test("one place for each category in the order of bytes, one more for unknown ones")
  func oneHot() throws {
    let data = try categories(["é", "a", "Z", "é", "a", "Z"])
    #expect(data.preprocessing.inputNames == ["x=Z", "x=a", "x=é", "x=(other)"])
    #expect(data.inputs == 4)
    let unknown: Matrix<Double> = try data.preprocessing.encodeInputs(
      table("x\nnew\nz\né\n?\n"), rows: [0, 1, 2, 3])
    #expect(
      unknown == Matrix([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]))
  }

  @Test("numbers called categorical are names")
  func forcedCategories() throws {
    let data = try Dataset<Float>(
      table("x,c\n10,n\n9,y\n10,n\n9,y\n"), target: "c",
      options: DatasetOptions(categorical: ["x"]))
    #expect(data.preprocessing.inputNames == ["x=10", "x=9", "x=(other)"])
  }

  // MARK: Scaling

  @Test("mean 0 and deviation 1, by hand")
  func standard() throws {
    let data = try numbers(["2", "4", "4", "4", "NA", "5", "5", "7", "9"])
    #expect(encoding(data) == .numeric(imputed: 4.5, shift: 5, scale: 2))
    #expect(try inputs(data) == [-1.5, -0.5, -0.5, -0.5, -0.25, 0, 0, 1, 2])
  }

  @Test("from 0 to 1")
  func minmax() throws {
    let data = try numbers(["-2", "6", "0", "2"], .minmax)
    #expect(encoding(data) == .numeric(imputed: 1, shift: -2, scale: 8))
    #expect(try inputs(data) == [0, 1, 0.25, 0.5])
    // The target keeps its own unit: only `standard` scales it.
    #expect(data.preprocessing.target.kind == .number(shift: 0, scale: 1))
  }

  @Test(
    "a constant column is exactly 0, in both precisions",
    arguments: ["3", "0", "0.1", "100000000.1", "16777217", "-33333333.3"],
    [Preprocessing.Scaling.standard, .minmax])
  func constant(_ number: String, _ scaling: Preprocessing.Scaling) throws {
    let data = try numbers([number, number, "?", number, number, number, number], scaling)
    #expect(try inputs(data) == Array(repeating: 0, count: 7))
    let float: Matrix<Float> = try data.preprocessing.encodeInputs(
      #require(data.table), rows: data.rows)
    #expect(float.values == Array(repeating: 0, count: 7))
  }

  @Test("large numbers that differ little keep their differences in Float")
  func largeNumbers() throws {
    let data = try numbers(["100000000.25", "100000000.5", "100000000.25", "100000000.5"])
    let float: Matrix<Float> = try data.preprocessing.encodeInputs(
      #require(data.table), rows: data.rows)
    #expect(float.values == [-1, 1, -1, 1])
  }

  @Test("a scale is never 0, infinite or NaN")
  func extremes() {
    let columns: [[Double]] = [
      [1e-200, 2e-200], [Double.leastNonzeroMagnitude, 0], [1e308, 1.5e308, 1.7e308],
      [-1.7e308, 1.7e308],
    ]
    for numbers in columns {
      for kind in Preprocessing.Scaling.allCases {
        let (shift, scale) = PreprocessingFit.scaling(numbers, kind)
        #expect(shift.isFinite && scale.isFinite && scale > 0, "\(numbers) \(kind)")
      }
      #expect(PreprocessingFit.median(numbers).isFinite, "\(numbers)")
    }
  }

  @Test("without scaling, numbers come straight from the text, rounded once")
  func raw() throws {
    // Just below the middle of two Floats, but nearest to the middle in Double.
    let number = "1.00000017881393432617187499"
    #expect(Float(Double(number) ?? 0) == 1.000_000_2)
    let data = try Dataset<Float>(
      table("x,y\n\(number),\(number)\n0.1,3\n-7,4.5\n"), target: "y",
      options: DatasetOptions(task: .regression, scaling: .none))
    let examples = try data.examples(outputs: 1)
    #expect(examples.inputs.values == [Float(bitPattern: 0x3F80_0001), 0.1, -7])
    #expect(examples.targets.values == [Float(bitPattern: 0x3F80_0001), 3, 4.5])
  }

  // MARK: The target of a regression

  @Test("the target's scaling is undone in predictions and metrics")
  func target() throws {
    let data = try Dataset<Double>(
      table("x,y\n2,2000\n4,4000\n4,4000\n4,4000\n5,5000\n5,5000\n7,7000\n9,9000\n"), target: "y",
      options: DatasetOptions(task: .regression))
    #expect(data.preprocessing.target.kind == .number(shift: 5000, scale: 2000))
    #expect(
      try data.examples(outputs: 1).targets.values == [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2])

    var model = try MLP<Double>(inputs: 1, [(1, .identity)], initializer: .zeros)
    model.preprocessing = data.preprocessing
    #expect(try model.predict(data) == .numbers(Array(repeating: 5000, count: 8)))
    let mean = try #require(try model.evaluate(data).regression)
    #expect(mean.rmse == 2000)
    #expect(mean.mae == 1500)
    #expect(mean.r2 == 0)
    #expect(try model.evaluate(data).loss == 1)

    model.setParameters([1, 0])
    #expect(
      try model.predict(data) == .numbers([2000, 4000, 4000, 4000, 5000, 5000, 7000, 9000]))
    #expect(try model.evaluate(data).regression?.rmse == 0)
  }

  // MARK: Which rows it is fitted on

  @Test("rows held out for validation do not move it")
  func trainingRowsOnly() throws {
    func rows(outlier: Int?) -> String {
      "x,c\n"
        + (0..<20).map { "\($0 == outlier ? "1e9" : "\($0 * $0)"),\($0 < 12 ? "n" : "y")\n" }
        .joined()
    }
    func fitted(_ text: String) throws -> Preprocessing? {
      let data = try Dataset<Double>(table(text), target: "c")
      var model = try MLP<Double>(inputs: 1, [(1, .sigmoid)])
      try model.fit(
        data, loss: .binaryCrossEntropy, epochs: 1, validation: .fraction(0.2), seed: 11)
      return model.preprocessing
    }
    let data = try Dataset<Double>(table(rows(outlier: nil)), target: "c")
    let parts = try #require(data.splitForValidation(fraction: 0.2, seed: 11))
    #expect(parts.validation.rows.count == 4)
    let plain = try fitted(rows(outlier: nil))
    #expect(plain == parts.train.preprocessing)
    #expect(plain != data.preprocessing)
    for row in parts.validation.rows {
      #expect(try fitted(rows(outlier: row)) == plain, "row \(row)")
    }
    #expect(try fitted(rows(outlier: parts.train.rows[0])) != plain)
  }

  @Test("categories that only held-out rows have keep their inputs")
  func categoriesOfAllRows() throws {
    let data = try categories(["a", "b", "a", "b", "a", "c"])
    let part = data.selecting(rows: [0, 1, 2, 3])
    #expect(part.inputs == 3)
    #expect(
      try data.preprocessing(fittedOn: part).inputs[0].encoding
        == .categorical(categories: ["a", "b", "c"], mostFrequent: 0))
  }

  // MARK: Finding columns

  private let mixed = "a,b,c\n1,x,n\n2,y,y\n3,x,n\n5,y,y\n"

  @Test("columns are found by name, in any order; others are ignored")
  func order() throws {
    let data = try Dataset<Double>(table(mixed), target: "c")
    let shuffled = try table("c,more,b,a\nn,0,x,1\ny,0,y,2\nn,0,x,3\ny,0,y,5\n")
    let expected = try data.examples(outputs: 1)
    let rows = [0, 1, 2, 3]
    #expect(try data.preprocessing.encodeInputs(shuffled, rows: rows) == expected.inputs)
    #expect(
      try data.preprocessing.encodeTargets(shuffled, rows: rows, outputs: 1) == expected.targets)
  }

  @Test("what cannot be encoded is refused with its place")
  func refusals() throws {
    let fit = try Dataset<Double>(table(mixed), target: "c").preprocessing
    func encode(_ text: String) throws {
      _ = try fit.encodeInputs(table(text), rows: [0, 1], as: Float.self)
    }
    func targets(_ text: String) throws {
      _ = try fit.encodeTargets(table(text), rows: [0, 1], outputs: 1, as: Float.self)
    }
    expectRefusal(.dataset, "rows.csv: ", "\"b\"") { try encode("a,c\n1,n\n2,y\n") }
    expectRefusal(.dataset, "line 3, column \"a\"", "\"inf\"") { try encode("a,b\n1,x\ninf,y\n") }
    expectRefusal(.dataset, "line 3, column \"a\"", "\"1e39\"") { try encode("a,b\n1,x\n1e39,y\n") }
    expectRefusal(.table, "line 2, column \"a\"", "\"one\"") { try encode("a,b\none,x\n2,y\n") }
    expectRefusal(.dataset, "line 3, column \"c\"", "\"maybe\"", "n, y") {
      try targets("c\nn\nmaybe\n")
    }
    expectRefusal(.dataset, "line 3, column \"c\"", "missing") { try targets("c\nn\n?\n") }
  }

  @Test("an infinite cell in training rows is refused", arguments: ["inf", "-inf", "1e400"])
  func infinity(_ cell: String) throws {
    expectRefusal(.dataset, "line 4, column \"x\"", "\"\(cell)\"") {
      _ = try numbers(["1", "2", cell, "4"])
    }
    expectRefusal(.dataset, "line 3, column \"y\"", "\"\(cell)\"") {
      _ = try Dataset<Float>(
        table("x,y\n1,1.5\n2,\(cell)\n3,4.5\n4,5.5"), target: "y",
        options: DatasetOptions(task: .regression))
    }
  }

  // MARK: In a file

  @Test("the same after a round trip through JSON")
  func roundTrip() throws {
    let text = #"""
      "a ""quoted""\#nname",größe,κ,c
      0.1,x,u,n
      1e-7,"new\#nline",u,y
      ?,x,"q""",n
      3.3333333333333335,"new\#nline",?,y
      -4,?,"q""",n
      """#
    let data = try Dataset<Double>(table(text), target: "c")
    let json = try JSON.parse(Array(data.preprocessing.description.text().utf8))
    let read = try #require(Preprocessing(json))
    #expect(read == data.preprocessing)
    #expect(data.inputs == 1 + 3 + 3)
    #expect(try data.examples(outputs: 2, encodedBy: read) == data.examples(outputs: 2))
    #expect(read.inputs.map(\.name) == ["a \"quoted\"\nname", "größe", "κ"])
  }

  @Test("nothing depends on the order of a dictionary or set")
  func description() throws {
    // A text written out: hashing differs from process to process, not within one.
    let names = ["k", "d", "a", "j", "c", "b", "i", "f", "h", "e", "g", "l"]
    let cells = (names + names.reversed() + names).enumerated()
    let text = "x,n,c\n" + cells.map { "\($1),\($0 % 4),\($1)\($0 % 2)\n" }.joined()
    let first = try Dataset<Float>(table(text), target: "n")
    let options = DatasetOptions(drop: ["n", "c"], categorical: [])
    #expect(throws: PerceptronError.self) {
      _ = try Dataset<Float>(table(text), target: "x", options: options)
    }
    let categories = names.sorted().map { "\"\($0)\"" }.joined(separator: ",")
    #expect(
      first.preprocessing.inputs[0].encoding
        == .categorical(categories: names.sorted(), mostFrequent: 0))
    let second = try Dataset<Float>(table(text), target: "n")
    #expect(first.preprocessing.description.text() == second.preprocessing.description.text())
    #expect(
      first.preprocessing.description.text().hasPrefix(
        "{\"inputs\":[{\"name\":\"x\",\"kind\":\"categorical\",\"categories\":[\(categories)],"
          + "\"most_frequent\":0}"))
    #expect(
      first.preprocessing.description.text().hasSuffix(
        "\"target\":{\"name\":\"n\",\"kind\":\"classes\",\"classes\":[\"0\",\"1\",\"2\",\"3\"]}}"))
  }
}
