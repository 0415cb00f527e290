import Testing

@testable import Perceptron

@Suite("Rows on a disk")
struct StoredRowsTests {
  /// A table with numbers, texts, missing values and rows without a target.
  private static let text: String = {
    var lines = ["a,b,kind,unused,y"]
    for row in 0..<300 {
      let a = row % 13 == 5 ? "" : "\(Double(row * 7 % 31) / 4)"
      let kind = row % 17 == 3 ? "NA" : ["red", "green", "blue"][row * row % 3]
      lines.append("\(a),\(row * row % 97),\(kind),\(row),\(row % 50 == 9 ? "" : "\(row % 3)")")
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  private func convert(
    _ folder: TemporaryFolder, _ text: String = text, target: String = "y",
    options: DatasetOptions = DatasetOptions(drop: ["unused"]), heldOut: Double = 0,
    chunkSize: Int = 700
  ) throws -> TableConversion.Summary {
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("rows.csv"))
    return try TableConversion(
      folder("rows.csv"), targets: [target], options: options, separator: .automatic,
      heldOut: heldOut, seed: 4, chunkSize: chunkSize
    ).write(to: folder("rows"))
  }

  private func memory(_ options: DatasetOptions) throws -> Dataset<Float> {
    try Dataset(table(Self.text), target: "y", options: options)
  }

  @Test(
    "the encoding is that of a table in memory, and so are the rows",
    arguments: Preprocessing.Scaling.allCases)
  func encoding(_ scaling: Preprocessing.Scaling) throws {
    for task in [DatasetOptions.Task.classification, .regression] {
      let options = DatasetOptions(task: task, scaling: scaling, drop: ["unused"])
      let data = try memory(options)
      for size in [100, 3000, 1 << 20] {
        let folder = try TemporaryFolder()
        let summary = try convert(folder, options: options, chunkSize: size)
        let stored = try StoredRows(contentsOf: folder("rows"))
        #expect(stored == summary.stored)
        #expect(stored.rows == data.rows.count && summary.unlabelledRows == data.unlabelledRows)
        #expect(stored.preprocessing.inputNames == data.preprocessing.inputNames)
        let expected = try data.examples(outputs: stored.outputs)
        let found: Examples<Float> = try stored.examples(0..<stored.rows)
        if scaling == .standard {
          for (a, b) in zip(found.inputs.values, expected.inputs.values) {
            #expect(abs(a - b) <= 1e-6)
          }
        } else {
          #expect(stored.preprocessing == data.preprocessing, "\(size)")
          #expect(found.inputs == expected.inputs && found.targets == expected.targets)
        }
        // The order of the file's pieces must not matter.
        let again = try convert(folder, options: options).stored
        #expect(stored.preprocessing == again.preprocessing)
      }
    }
  }

  @Test("held-out rows come last, are drawn by the seed, and nothing is learned from them")
  func heldOut() throws {
    let folder = try TemporaryFolder()
    let options = DatasetOptions(task: .regression, scaling: .none, drop: ["unused"])
    let stored = try convert(folder, options: options, heldOut: 0.25).stored
    let data = try memory(options)
    let split = RowSplit(share: 0.25, seed: 4)
    let learns = data.rows.indices.filter { !split.isHeldOut($0) }
    let held = data.rows.indices.filter { split.isHeldOut($0) }
    #expect((50...90).contains(held.count) && stored.trainingRows == learns.count)
    let part = data.selecting(rows: learns.map { data.rows[$0] })
    #expect(stored.preprocessing == (try data.preprocessing(fittedOn: part)))
    let all = try data.examples(outputs: 1, encodedBy: stored.preprocessing)
    let found: Examples<Float> = try stored.examples(0..<stored.rows)
    #expect(found.inputs == all.inputs.selecting(rows: learns + held))
    #expect(found.targets == all.targets.selecting(rows: learns + held))
  }

  @Test("a text that comes late makes its column one of texts from the beginning")
  func lateText() throws {
    let folder = try TemporaryFolder()
    var lines = ["a,b,y"] + (0..<40).map { "\($0 % 4),\($0),\($0 % 2)" }
    for row in stride(from: 30, to: 40, by: 1) { lines[row] = "low,\(row),1" }
    let options = DatasetOptions(scaling: .minmax, categorical: ["a"])
    let text = lines.joined(separator: "\n")
    let stored = try convert(
      folder, text, options: DatasetOptions(scaling: .minmax), chunkSize: 60
    ).stored
    #expect(stored.preprocessing.inputNames.contains("a=low"))
    let data = try Dataset<Float>(table(text), target: "y", options: options)
    #expect(stored.preprocessing == data.preprocessing)
  }

  @Test("what cannot be learned from is refused as in memory")
  func refusals() throws {
    let folder = try TemporaryFolder()
    expectRefusal(.table, "no column is called \"z\"") { _ = try convert(folder, target: "z") }
    expectRefusal(.dataset, "identifier", "--drop name") {
      _ = try convert(
        folder, "name,y\n" + (0..<90).map { "n\($0),\($0 % 2)\n" }.joined(),
        options: DatasetOptions())
    }
    expectRefusal(.dataset, "\"seven\" is not a number", "--categorical a") {
      _ = try convert(
        folder, "a,y\n" + (0..<90).map { "\($0 == 77 ? "seven" : "\($0)"),\($0 % 2)\n" }.joined(),
        options: DatasetOptions())
    }
    expectRefusal(.dataset, "every value is missing") {
      _ = try convert(
        folder, "a,b,y\n" + (0..<90).map { ",\($0),\($0 % 2)\n" }.joined(),
        options: DatasetOptions())
    }
    expectRefusal(.dataset, "nothing to learn") {
      _ = try convert(
        folder, "a,y\n" + (0..<9).map { "\($0),same\n" }.joined(), options: DatasetOptions())
    }
    expectRefusal(.table, "line 80") {
      _ = try convert(
        folder, "a,y\n" + (2..<80).map { "\($0),\($0 % 2)\n" }.joined() + "1,2,3\n",
        options: DatasetOptions())
    }
    #expect(!StoredRows.isOne(folder("rows")))
  }

  @Test("a folder that is not finished, or damaged, is refused")
  func damage() throws {
    let folder = try TemporaryFolder()
    _ = try convert(folder)
    let path = folder("rows")
    #expect(StoredRows.isOne(path))
    let inputs = try FileSystem.read(path + "/inputs.npy")
    try FileSystem.writeAtomically(Array(inputs.dropLast(4)), to: path + "/inputs.npy")
    expectRefusal(.dataset, "inputs.npy", "bytes, not") { _ = try StoredRows(contentsOf: path) }
    try FileSystem.writeAtomically([0x94] + inputs.dropFirst(), to: path + "/inputs.npy")
    expectRefusal(.dataset, "its shape is not") { _ = try StoredRows(contentsOf: path) }
    var nan = inputs
    nan.replaceSubrange(128..<132, with: [0, 0, 0xC0, 0x7F])
    try FileSystem.writeAtomically(nan, to: path + "/inputs.npy")
    expectRefusal(.dataset, "nan") {
      _ = try StoredRows(contentsOf: path).examples(0..<5, as: Float.self)
    }
    try FileSystem.writeAtomically(Array("{}".utf8), to: path + "/rows.json")
    expectRefusal(.dataset, "does not describe") { _ = try StoredRows(contentsOf: path) }
  }

  @Test("the median is exact up to the sample's size, and near beyond; the rest is exact to 1e-12")
  func summary() {
    var summary = NumberSummary()
    let split = RowSplit(share: 0, seed: 1)
    let values = (0..<3 * NumberSummary.sampleSize(columns: 1)).map {
      Double($0 * 7919 % 100_003) + 1e6
    }
    for (row, value) in values.enumerated() {
      summary.add(value, ticket: split.ticket(row))
      if row == 999 { #expect(summary.median == PreprocessingFit.median(Array(values[...999]))) }
    }
    #expect(abs(summary.median - 1e6 - 50_001) < 1500)
    let (shift, scale) = summary.scaling(.standard)
    let expected = PreprocessingFit.scaling(values, .standard)
    #expect(abs(shift / expected.shift - 1) < 1e-12 && abs(scale / expected.scale - 1) < 1e-12)
  }
}
