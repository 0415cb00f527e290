import Testing

@testable import Perceptron

@Suite("Data sets")
struct DatasetTests {
  /// A table of one input and the targets given.
  private func data(
    _ targets: [String], _ options: DatasetOptions = DatasetOptions()
  ) throws -> Dataset<Float> {
    let lines = targets.enumerated().map { "\($0).5,\($1)" }
    return try Dataset(
      table("x,t\n" + lines.joined(separator: "\n")), target: "t", options: options)
  }

  private func cycle(_ values: [String], _ count: Int) -> [String] {
    (0..<count).map { values[$0 % values.count] }
  }

  // MARK: The task

  @Test("few whole numbers are classes, in the order of numbers")
  func digits() throws {
    let targets = cycle(["10", "9", "2", "0", "-1", "100"], 18)
    #expect(try data(targets).classNames == ["-1", "0", "2", "9", "10", "100"])
    #expect(try data(cycle(["1.0", "0.0"], 6)).classNames == ["0.0", "1.0"])
    #expect(try data(cycle((0..<20).map(String.init), 40)).classNames?.count == 20)
  }

  @Test("many whole numbers, or fractions, are numbers")
  func numbers() throws {
    #expect(try data(cycle((0..<21).map(String.init), 63)).classNames == nil)
    #expect(try data(cycle(["1", "2", "3"], 5)).classNames == nil)
    #expect(try data(cycle(["0.5", "1", "2"], 30)).classNames == nil)
    #expect(try data(cycle(["1e15", "2e15"], 8)).classNames == nil)
  }

  @Test("text is classes, in the order of bytes")
  func text() throws {
    let targets = cycle(["b", "a", "Z", "é", "10", "9"], 12)
    #expect(try data(targets).classNames == ["10", "9", "Z", "a", "b", "é"])
  }

  @Test("the task may be said")
  func task() throws {
    let numbers = cycle(["1", "2"], 8)
    #expect(try data(numbers, DatasetOptions(task: .regression)).classNames == nil)
    let fractions = cycle(["2.5", "-0.5"], 8)
    #expect(
      try data(fractions, DatasetOptions(task: .classification)).classNames == ["-0.5", "2.5"])
    expectRefusal(.table, "line 3, column \"t\"", "\"two\"") {
      _ = try data(["1", "two", "1", "3"], DatasetOptions(task: .regression))
    }
  }

  @Test("one number written in two ways is one class, and a constant")
  func spellings() throws {
    #expect(try data(["0", "1.0", "1", "0.0", "1", "0"]).classNames?.count == 2)
    expectRefusal(.dataset, "column \"t\"", "nothing to learn") {
      _ = try data(["5", "5.0", "5", "5.00"], DatasetOptions(task: .regression))
    }
  }

  // MARK: Targets that cannot be learned

  @Test("a target that cannot be learned is refused")
  func refusedTargets() throws {
    expectRefusal(.dataset, "rows.csv, column \"t\"", "\"a\" in every row") {
      _ = try data(["a", "a", "a"])
    }
    expectRefusal(.dataset, "column \"t\"", "all 4 values", "differ") {
      _ = try data(["a", "b", "c", "d"])
    }
    expectRefusal(.dataset, "column \"t\"", "3 classes in 5 rows") {
      _ = try data(["a", "b", "c", "a", "b"])
    }
    expectRefusal(.dataset, "column \"t\"", "1 row is too few") { _ = try data(["a"]) }
    expectRefusal(.dataset, "column \"t\"", "1 row is too few") { _ = try data(["a", "?", "NA"]) }
    expectRefusal(.dataset, "column \"t\"", "missing in every row") {
      _ = try data(["?", "NA", ""])
    }
    expectRefusal(.dataset, "line 7, column \"t\"", "\"oops\"", "5 other", "--task classification")
    {
      _ = try data(["1.5", "2.5", "3.5", "4.5", "5.5", "oops"])
    }
  }

  @Test("rows without a target are left out and counted")
  func unlabelled() throws {
    let some = try data(["a", "?", "b", "a", "", "b", "NA"])
    #expect(some.rows == [0, 2, 3, 5])
    #expect(some.unlabelledRows == 3)
    #expect(try some.examples(outputs: 2).inputs.rows == 4)
    // Their inputs count neither for shift nor scale: x is 0.5, 2.5, 3.5 and 5.5.
    #expect(
      some.preprocessing.inputs[0].encoding
        == .numeric(imputed: 3, shift: 3, scale: 3.25.squareRoot()))
  }

  // MARK: Columns that cannot be inputs

  @Test("identifiers are refused together, with what to do")
  func identifiers() throws {
    let lines = (0..<12).map { "name \($0),\($0),t\($0),\($0 % 3),\($0 % 2)" }
    let text = try table("Name,x,Ticket,k,t\n" + lines.joined(separator: "\n"))
    expectRefusal(
      .dataset, "column \"Name\"", "12 different texts in 12 rows", "--drop Name --drop Ticket"
    ) {
      _ = try Dataset<Float>(text, target: "t")
    }
    let kept = try Dataset<Float>(
      text, target: "t", options: DatasetOptions(drop: ["Name", "Ticket"]))
    #expect(kept.preprocessing.inputs.map(\.name) == ["x", "k"])
    let forced = try Dataset<Float>(
      text, target: "t", options: DatasetOptions(drop: ["Name"], categorical: ["Ticket"]))
    #expect(forced.inputs == 1 + 13 + 1)
  }

  @Test("a stray text among numbers is refused with its line")
  func stray() throws {
    let cells = ["1", "2", "?", "3", "x7", "4", "5", "6"]
    let lines = cells.enumerated().map { "\($1),\($0 % 2)" }.joined(separator: "\n")
    expectRefusal(
      .dataset, "line 6, column \"a\"", "\"x7\"", "6 other values", "--categorical a"
    ) {
      _ = try Dataset<Float>(table("a,t\n" + lines), target: "t")
    }
    #expect(
      try Dataset<Float>(
        table("a,t\n" + lines), target: "t", options: DatasetOptions(categorical: ["a"])
      ).inputs == 8)
  }

  @Test("columns that do not exist or options without effect are refused")
  func options() throws {
    let rows = try table("length,width,kind\n1,2,a\n2,3,b\n3,4,a\n4,5,b\n")
    func read(_ target: String, drop: [String] = [], categorical: [String] = []) throws {
      _ = try Dataset<Float>(
        rows, target: target, options: DatasetOptions(drop: drop, categorical: categorical))
    }
    try read("kind", drop: ["width"], categorical: ["length"])
    expectRefusal(.table, "\"knd\"", "did you mean \"kind\"?") { try read("knd") }
    expectRefusal(.table, "\"widht\"", "did you mean \"width\"?") {
      try read("kind", drop: ["widht"])
    }
    expectRefusal(.table, "\"lenght\"", "did you mean \"length\"?") {
      try read("kind", categorical: ["lenght"])
    }
    expectRefusal(.option, "\"kind\" cannot be dropped") { try read("kind", drop: ["kind"]) }
    expectRefusal(.option, "\"kind\" is the target") { try read("kind", categorical: ["kind"]) }
    expectRefusal(.option, "\"width\" is dropped") {
      try read("kind", drop: ["width"], categorical: ["width"])
    }
    expectRefusal(.dataset, "no column is left beside the target \"kind\"") {
      try read("kind", drop: ["width", "length"])
    }
    expectRefusal(.dataset, "column \"length\"", "every value is missing", "--drop length") {
      _ = try Dataset<Float>(table("length,kind\n?,a\n,b\nNA,a\n?,b\n"), target: "kind")
    }
  }

  // MARK: Splitting

  /// 30 of a, 11 of b, 2 of c, mixed.
  private static let classes =
    (0..<43).map { $0 % 20 == 7 ? "c" : $0 % 4 == 3 ? "b" : "a" }

  @Test("a stratified split divides every class alike", arguments: 0..<8)
  func stratified(seed: Int) throws {
    let whole = try data(Self.classes)
    let (train, test) = whole.split(test: 0.3, stratified: true, seed: UInt64(seed))
    #expect(Set(train.rows).isDisjoint(with: test.rows))
    #expect((train.rows + test.rows).sorted() == whole.rows)
    #expect(train.rows == train.rows.sorted() && test.rows == test.rows.sorted())
    for name in ["a", "b", "c"] {
      let all = Double(whole.rows.count { Self.classes[$0] == name })
      let held = test.rows.count { Self.classes[$0] == name }
      #expect(abs(Double(held) - 0.3 * all) <= 1, "\(held) of \(all) \(name)")
      #expect(held >= 1 && train.rows.contains { Self.classes[$0] == name })
    }
    #expect(whole.split(test: 0.3, stratified: true, seed: UInt64(seed)).test.rows == test.rows)
    #expect(whole.split(test: 0.3, stratified: true, seed: UInt64(seed) + 1).test.rows != test.rows)
  }

  @Test("every row is held out under some seed")
  func covers() throws {
    let whole = try data(Self.classes)
    let held = (0..<40).flatMap { whole.split(test: 0.3, seed: UInt64($0)).test.rows }
    #expect(Set(held) == Set(whole.rows))
  }

  @Test("a split that is not stratified, and one of numbers, divide all rows at once")
  func plainSplit() throws {
    let numbers = try data((0..<25).map { "\($0).25" })
    #expect(numbers.split(test: 0.2, seed: 4).test.rows.count == 5)
    let whole = try data(Self.classes)
    #expect(whole.split(test: 0.5, stratified: false, seed: 4).test.rows.count == 22)
    #expect(whole.split(test: 0.01, stratified: false, seed: 4).test.rows.count == 2)
  }

  @Test("each part is encoded by what it is alone, with the classes of the whole")
  func parts() throws {
    let whole = try data(Self.classes)
    let part = whole.selecting(rows: whole.rows.filter { Self.classes[$0] == "a" })
    #expect(part.classNames == ["a", "b", "c"])
    #expect(part.preprocessing != whole.preprocessing)
    #expect(part.unlabelledRows == whole.unlabelledRows)
  }

  @Test("rows for validation: at least 2 and one of each class, or none")
  func validation() throws {
    func sizes(_ targets: [String], _ fraction: Double = 0.1) throws -> [Int]? {
      try data(targets).splitForValidation(fraction: fraction, seed: 9).map {
        [$0.train.rows.count, $0.validation.rows.count]
      }
    }
    #expect(try sizes(["a", "b", "a", "b"]) == [2, 2])
    #expect(try sizes(["a", "b", "a", "b", "c", "c"]) == [3, 3])
    #expect(try sizes(cycle(["a", "b"], 20)) == [18, 2])
    // The only row of a class cannot be on both sides.
    #expect(try sizes(["a", "b", "a", "b", "a", "c"]) == nil)
    #expect(try sizes(["1.5", "2.5", "3.5"]) == nil)
    #expect(try sizes(["1.5", "2.5", "3.5", "4.5"]) == [2, 2])
    #expect(try sizes((0..<40).map { "\($0).5" }) == [36, 4])
    #expect(try sizes((0..<40).map { "\($0).5" }, 0.99) == nil)
  }

  @Test("another table of the same problem keeps its classes and encoding")
  func like() throws {
    let train = try data(["a", "b", "a", "b", "c", "c"])
    let other = try Dataset(table("t,x\nc,9\n?,8\na,7\n"), like: train)
    #expect(other.rows == [0, 2])
    #expect(other.unlabelledRows == 1)
    #expect(other.preprocessing == train.preprocessing)
    #expect(try other.examples(outputs: 3).targets == Matrix([[0, 0, 1], [1, 0, 0]]))
    expectRefusal(.dataset, "column \"t\"", "no row has a target") {
      _ = try Dataset(table("t,x\n?,9\n,8\n"), like: train)
    }
    expectRefusal(.table, "\"t\"") { _ = try Dataset(table("x,y\n1,9\n2,8\n"), like: train) }
  }
}
