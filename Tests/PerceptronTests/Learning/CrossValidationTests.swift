import Testing

@testable import Perceptron

@Suite("Cross-validation")
struct CrossValidationTests {
  private func data(_ text: String = Tables.flowers, drop: [String] = []) throws -> Dataset<Double>
  {
    try Dataset(table(text), target: "kind", options: DatasetOptions(drop: drop))
  }

  private let recipe = TrainingRecipe(
    layers: [.dense(4, .tanh), .dense(3, .softmax)],
    options: TrainingOptions(
      loss: .crossEntropy, optimizer: .adam(learningRate: 0.05), epochs: 4, batchSize: 8, seed: 5,
      threads: .exactly(1)))

  /// 90 rows in groups of very different sizes, their classes uneven.
  private static let visits = Tables.table("x,patient,kind", rows: 90) { i in
    let patient = i < 20 ? 0 : i < 36 ? 1 : i < 46 ? 2 : 3 + i % 11
    return "\(i % 13),p\(patient),\(["iris", "rose", "lily"][patient % 3])"
  }

  // MARK: Which rows

  @Test("every row is in one fold; sizes and classes are even", arguments: [2, 3, 7])
  func even(_ folds: Int) throws {
    let data = try data()
    let assignment = try CrossValidation(folds: folds, seed: 4).assignment(of: data)
    #expect(assignment.count == 60)
    let sizes = (0..<folds).map { fold in assignment.count { $0 == fold } }
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    for members in data.groups() {
      let counts = (0..<folds).map { fold in members.count { assignment[$0] == fold } }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    }
  }

  @Test("seed and repetition decide, and nothing else")
  func drawn() throws {
    let data = try data()
    func draw(_ seed: UInt64, _ repetition: Int, isStratified: Bool = true) throws -> [Int] {
      try CrossValidation(folds: 4, repeats: 3, isStratified: isStratified, seed: seed)
        .assignment(of: data, repetition: repetition)
    }
    #expect(try draw(1, 0) == draw(1, 0))
    #expect(try draw(1, 0) != draw(2, 0))
    #expect(try draw(1, 0) != draw(1, 1))
    #expect(try draw(1, 0) != draw(1, 0, isStratified: false))
  }

  @Test("groups stay together, in training, validation and judgement", arguments: [2, 4, 5])
  func groups(_ folds: Int) throws {
    let data = try data(Self.visits, drop: ["patient"])
    let method = CrossValidation(
      folds: folds, groupColumn: "patient", validation: 0.25, seed: 1)
    let assignment = try method.assignment(of: data)
    let table = try #require(data.table)
    func patients(_ rows: [Int]) -> Set<String> {
      Set(rows.map { table.text(row: $0, column: 1) ?? "" })
    }
    var seen = 0
    for fold in 0..<folds {
      let parts = try method.parts(of: data, assignment: assignment, fold: fold)
      let held = try #require(parts.validation)
      let sets = [parts.train, held, parts.judged].map { patients($0.rows) }
      for (i, first) in sets.enumerated() {
        #expect(!first.isEmpty)
        for second in sets[(i + 1)...] { #expect(first.isDisjoint(with: second)) }
      }
      #expect(parts.train.rows.count + held.rows.count + parts.judged.rows.count == 90)
      seen += parts.judged.rows.count
    }
    #expect(seen == 90)
  }

  @Test("groups are given out greedily: the largest first, each to the emptiest fold")
  func greedy() {
    var stream = RandomStream(seed: 1, purpose: .folds)
    let sizes = [9, 5, 4, 3, 2, 1]
    let groups = sizes.enumerated().flatMap { Array(repeating: $0, count: $1) }
    let folds = Folds.grouped(
      groups, count: 6, classes: Array(repeating: 0, count: 24), folds: 3, stream: &stream)
    let loads = (0..<3).map { fold in folds.count { $0 == fold } }
    // 9 | 5 + 2 + 1 | 4 + 3: the last group goes to the emptiest.
    #expect(loads.sorted() == [7, 8, 9] || loads == [9, 7, 8])
    let places = sizes.indices.map { folds[groups.firstIndex(of: $0) ?? 0] }
    #expect(places[0] == 0 && places[1] == 1 && places[2] == 2 && places[3] == 2)
  }

  @Test("what cannot be divided is refused")
  func refused() throws {
    let data = try data()
    func refuse(_ method: CrossValidation, _ parts: String...) {
      let error = #expect(throws: PerceptronError.self) { _ = try method.assignment(of: data) }
      for part in parts { #expect(error?.description.contains(part) == true, "\(part)") }
    }
    refuse(CrossValidation(folds: 1), "folds", "1")
    refuse(CrossValidation(folds: 61), "60 rows", "61 folds")
    refuse(CrossValidation(repeats: 0), "repetitions", "0")
    refuse(CrossValidation(validation: 1), "share", "1")
    refuse(CrossValidation(groupColumn: "colour"), "\"colour\" is an input")
    refuse(CrossValidation(groupColumn: "kind"), "is the target")
    refuse(CrossValidation(groupColumn: "colours"), "did you mean")
    let few = try self.data(Tables.flowers, drop: ["colour"])
    expectRefusal(.dataset, "2 groups", "5 folds", "\"colour\"") {
      _ = try CrossValidation(groupColumn: "colour").assignment(of: few)
    }
    let gaps = try self.data(
      "x,g,kind\n"
        + (0..<20).map { "\($0 % 7),\($0 == 11 ? "" : "g\($0 % 6)"),\($0 % 2 == 0 ? "a" : "b")\n" }
        .joined(), drop: ["g"])
    expectRefusal(.dataset, "line 13", "\"g\"", "no group") {
      _ = try CrossValidation(folds: 3, groupColumn: "g").assignment(of: gaps)
    }
  }

  // MARK: What they come to

  @Test("a fold is what training on its rows alone comes to")
  func byHand() throws {
    let data = try data()
    let method = CrossValidation(folds: 3, validation: 0.2, seed: 7)
    let report = try method.run(data, recipe: recipe)
    #expect(report.isComplete && report.folds.map(\.fold) == [0, 1, 2])
    let assignment = try method.assignment(of: data)
    for result in report.folds {
      let judged = data.selecting(
        rows: assignment.indices.filter { assignment[$0] == result.fold }.map { data.rows[$0] })
      let learned = data.selecting(
        rows: assignment.indices.filter { assignment[$0] != result.fold }.map { data.rows[$0] })
      let split = try #require(learned.splitForValidation(fraction: 0.2, seed: 7))
      let (model, history) = try recipe.trained(on: split.train, validation: split.validation)
      // The encoding knows nothing of the fold's rows.
      #expect(model.preprocessing == split.train.preprocessing)
      #expect(result.rows == judged.rows)
      #expect(result.predictions == (try model.predict(judged)))
      #expect(result.metrics == EpochMetrics(try model.evaluate(judged, loss: .crossEntropy)))
      #expect(result.bestEpoch == history.bestEpoch)
      #expect(result.trainingRows == split.train.rows.count)
      #expect(result.validationRows == split.validation.rows.count)
    }
    let losses = report.folds.map(\.metrics.loss)
    let summary = try #require(report.summary(of: .loss))
    let mean = losses.reduce(0, +) / 3
    #expect(abs(summary.mean - mean) < 1e-15)
    let squares = losses.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    #expect(abs(summary.standardDeviation - (squares / 2).squareRoot()) < 1e-15)
    #expect(report.summary(of: .rmse) == nil)
  }

  @Test("a class that a fold has not, and a category that training has not, are no obstacle")
  func absent() throws {
    let text =
      "x,c,kind\n"
      + (0..<24).map { i in
        "\(i % 7),\(i == 5 ? "rare" : "common\(i % 2)"),\(i < 2 ? "iris" : ["rose", "lily"][i % 2])\n"
      }.joined()
    let report = try CrossValidation(folds: 4, validation: 0).run(data(text), recipe: recipe)
    #expect(report.folds.count == 4 && report.judged.count == 4)
    let without = report.folds.filter { result in !result.rows.contains { $0 < 2 } }
    #expect(without.count >= 2)
    for result in without {
      #expect(result.metrics.rocAUC == nil && result.metrics.accuracy != nil)
      guard case .classes(let names, _, _) = result.predictions else {
        Issue.record("no classes")
        continue
      }
      #expect(names.count == 3)
    }
    #expect((report.summary(of: .rocAUC)?.folds ?? 0) <= 2)
  }

  @Test("repetitions divide anew and train with other seeds")
  func repeats() throws {
    let data = try data()
    let report = try CrossValidation(folds: 2, repeats: 2, seed: 3).run(data, recipe: recipe)
    #expect(report.folds.map(\.repetition) == [0, 0, 1, 1])
    #expect(report.folds[0].rows != report.folds[2].rows)
    for repetition in 0...1 {
      let rows = report.folds.filter { $0.repetition == repetition }.flatMap(\.rows)
      #expect(rows.sorted() == Array(0..<60))
    }
  }

  @Test("a fold that diverges is a result, and the mean is without it")
  func diverges() throws {
    // One fold judges, and three learn from, a row that no rate survives.
    let text = Tables.table("x,kind", rows: 40) { i in
      "\(i == 0 ? "1e30" : "\(i % 7)"),\(i % 5).5"
    }
    let data = try Dataset<Float>(
      table(text), target: "kind",
      options: DatasetOptions(task: .regression, scaling: .none))
    var recipe = TrainingRecipe(
      layers: [.dense(3, .relu), .dense(1, .identity)],
      options: TrainingOptions(loss: .mse, optimizer: .sgd(learningRate: 1e-3), epochs: 3))
    recipe.options.threads = .exactly(1)
    let report = try CrossValidation(folds: 4, validation: 0).run(data, recipe: recipe)
    #expect(report.folds.count == 4 && report.isComplete)
    let diverged = report.folds.filter { $0.stopped == .diverged }
    #expect(diverged.count == 3 && !diverged.contains { $0.rows.contains(0) })
    #expect(diverged.allSatisfy { $0.message?.contains("epoch ") == true })
    #expect(report.judged.count == 1 && report.summary(of: .loss)?.folds ?? 0 <= 1)
  }

  // MARK: Taken up again

  @Test("after any number of folds it is taken up to the same result", arguments: 0...4)
  func resumes(_ finished: Int) throws {
    struct Kill: Error {}
    let folder = try TemporaryFolder()
    let data = try data()
    let method = CrossValidation(folds: 2, repeats: 2, seed: 3)
    func file(resumes: Bool) throws -> ResultFile {
      try ResultFile(
        folder("folds"), kind: "folds", identity: [ProvenanceEntry("seed", "3")], resumes: resumes)
    }
    let whole = try method.run(data, recipe: recipe)
    var first: ResultFile? = try file(resumes: false)
    var count = 0
    _ = try? method.run(
      data,
      recipe: { _ in
        if count == finished { throw Kill() }
        return recipe
      }, file: &first
    ) { _ in count += 1 }
    #expect(count == finished)
    var second: ResultFile? = try file(resumes: true)
    #expect(second?.results.count == finished)
    var told = 0
    let resumed = try method.run(data, recipe: { _ in recipe }, file: &second) { _ in told += 1 }
    #expect(told == 4 - finished)
    #expect(resumed == whole)
  }

  @Test("a file of results of another run, or of something else, is refused")
  func otherFile() throws {
    let folder = try TemporaryFolder()
    let path = folder("results")
    var file = try ResultFile(
      path, kind: "folds", identity: [ProvenanceEntry("seed", "3")], resumes: false)
    try file.append(["fold": 1])
    try file.append(["fold": 2])
    func open(_ kind: String, _ seed: String, also: [ProvenanceEntry] = []) throws -> ResultFile {
      try ResultFile(
        path, kind: kind, identity: [ProvenanceEntry("seed", seed)] + also, resumes: true)
    }
    #expect(try open("folds", "3").results == [["fold": 1], ["fold": 2]])
    expectRefusal(.modelFile, path, "seed was \"3\", now it is \"4\"") {
      _ = try open("folds", "4")
    }
    expectRefusal(.modelFile, "not a table of trials") { _ = try open("trials", "3") }
    expectRefusal(.modelFile, "epochs was not set") {
      _ = try open("folds", "3", also: [ProvenanceEntry("epochs", "3")])
    }
    #expect(ResultFile.isReplaceable(path, kind: "folds"))
    #expect(!ResultFile.isReplaceable(path, kind: "trials"))
    try FileSystem.writeAtomically(Array("epoch,loss\n".utf8), to: path)
    #expect(!ResultFile.isReplaceable(path, kind: "folds"))
    expectRefusal(.modelFile, "line 1", "not a table of folds") { _ = try open("folds", "3") }
  }
}
