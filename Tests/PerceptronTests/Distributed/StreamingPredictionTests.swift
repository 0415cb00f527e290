import Testing

@testable import Perceptron

@Suite("Predictions of tables piece by piece")
struct StreamingPredictionTests {
  /// Columns in another order than the model's, one more with quotes and lines in it, missing values,
  /// numbers of every spelling, blank lines, no end of the last line.
  private static let lines: String = {
    var rows = [#"note,"a ""b""",c,colour,late"#]
    let numbers = [
      "1", "-2.5", "", " 7 ", "\"3\"", "1e3", "+5", "NA", "16777217.0000000001", "0.1", "1e-40",
      "-0", "12345678901234567890123", "3.4e37", ".5", "5.",
    ]
    for row in 0..<48 {
      let note = row % 7 == 3 ? "\"two\nlines, \"\"quoted\"\"\"" : "\(row)"
      let colour = ["red", "\"blue\"", "1.0", "violet", "?", "grün"][row % 6]
      rows.append(
        "\(note),\(numbers[row % 16]),\(numbers[(row * 5 + 3) % 16]),\(colour),"
          + (row < 40 ? "\(row)" : "text"))
      if row % 11 == 5 { rows += ["", "  "] }
    }
    return rows.joined(separator: "\n")
  }()

  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layers: [(units: Int, activation: Activation)]
    let targets: [Preprocessing.Target]
    var shift = 0.25
    var scale = 1.5

    func model<Element: Scalar>(_: Element.Type = Element.self) throws -> MLP<Element> {
      var model = try MLP<Element>(inputs: 6, layers, seed: 3)
      model.preprocessing = Preprocessing(
        inputs: [
          .init(name: "c", encoding: .numeric(imputed: 2, shift: shift, scale: scale)),
          .init(
            name: "colour",
            encoding: .categorical(categories: ["red", "1", "a,b"], mostFrequent: 1)),
          .init(name: "a \"b\"", encoding: .numeric(imputed: -1.5, shift: 0, scale: 1)),
        ], targets: targets)
      return model
    }
  }

  private static func number(
    _ name: String, _ output: Preprocessing.Target.Output = .direct
  ) -> Preprocessing.Target {
    .init(name: name, kind: .number(shift: 2, scale: 3), output: output)
  }

  static let kinds = [
    Kind(
      testDescription: "three classes", layers: [(4, .tanh), (3, .softmax)],
      targets: [.init(name: "k", kind: .classes(["one", "\"two\"", "a,b"]))]),
    Kind(
      testDescription: "two classes", layers: [(1, .sigmoid)],
      targets: [.init(name: "k", kind: .classes(["no", "yes"]))]),
    Kind(
      testDescription: "a score", layers: [(1, .identity)],
      targets: [.init(name: "k", kind: .classes(["no", "yes"]), output: .score)]),
    Kind(testDescription: "a number", layers: [(1, .identity)], targets: [number("n")]),
    Kind(
      testDescription: "a number, inputs as they are", layers: [(1, .sigmoid)],
      targets: [number("n")], shift: 0, scale: 1),
    Kind(
      testDescription: "a logarithm", layers: [(1, .tanh)], targets: [number("n", .logarithm)]),
    Kind(
      testDescription: "numbers", layers: [(2, .identity)],
      targets: [number("n"), number("m, o")]),
    Kind(
      testDescription: "labels", layers: [(2, .sigmoid)],
      targets: [
        .init(name: "k", kind: .classes(["no", "yes"])),
        .init(name: "l", kind: .classes(["0", "1"])),
      ]),
  ]

  /// The columns of predictions: names, cells of text, and numbers of the array.
  private typealias Column = (name: String, text: (Int) -> String, number: ((Int) -> Double)?)

  private func columns<Element: Scalar>(
    _ predictions: Predictions, _ suffix: String, _: Element.Type
  ) -> [Column] {
    func number(_ name: String, _ value: @escaping (Int) -> Double) -> Column {
      (name + suffix, { "\(Element(value($0)))" }, value)
    }
    switch predictions {
    case .classes(let names, let labels, let probabilities):
      let places = suffix.isEmpty ? Array(names.indices) : [1]
      return [("prediction" + suffix, { csvCell(names[labels[$0]]) }, nil)]
        + places.map { place in
          number("probability" + (suffix.isEmpty ? "_\(names[place])" : "")) {
            probabilities[$0][place]
          }
        }
    case .scores(let names, let labels, let scores):
      return [
        ("prediction" + suffix, { csvCell(names[labels[$0]]) }, nil),
        number("score") { scores[$0] },
      ]
    case .numbers(let values): return [number("prediction") { values[$0] }]
    case .targets(let names, let parts):
      return zip(names, parts).flatMap { columns($1, "_\($0)", Element.self) }
    }
  }

  /// What a table that is read as a whole is predicted to be: as text, and the bytes of an array.
  private func expected<Element: Scalar>(
    _ model: MLP<Element>, _ table: Table
  ) throws -> (text: String, numbers: [UInt8]) {
    let columns = columns(try model.predict(table), "", Element.self)
    let lines = (0..<table.rowCount).map { row in
      columns.map { $0.text(row) }.joined(separator: ",")
    }
    let header = columns.map { csvCell($0.name) }.joined(separator: ",")
    var numbers: [UInt8] = []
    for row in 0..<table.rowCount {
      for column in columns {
        guard let number = column.number else { continue }
        withUnsafeBytes(of: Element(number(row))) { numbers += $0 }
      }
    }
    return (([header] + lines).joined(separator: "\n") + "\n", numbers)
  }

  private func streamed<Element: Scalar>(
    _ model: MLP<Element>, _ path: String, as form: StreamingPrediction<Element>.Form = .text,
    size: Int, threads: Int
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try StreamingPrediction(model, as: form).run(path, pieceSize: size, threads: threads) {
      bytes += $0
    }
    return bytes
  }

  private func check<Element: Scalar>(_ kind: Kind, _: Element.Type) throws {
    let folder = try TemporaryFolder()
    let model = try kind.model(Element.self)
    for lineEnd in ["\n", "\r\n"] {
      let text = Self.lines.replacing("\n", with: lineEnd)
      try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
      let expected = try expected(model, Table(contentsOf: folder("t.csv")))
      for (size, threads) in [(1, 1), (70, 3), (300, 2), (1 << 20, 2)] {
        let found = try streamed(model, folder("t.csv"), size: size, threads: threads)
        #expect(String(decoding: found, as: UTF8.self) == expected.text, "\(size), \(threads)")
        #expect(
          try streamed(model, folder("t.csv"), as: .numbers, size: size, threads: threads)
            == expected.numbers, "\(size), \(threads)")
      }
    }
  }

  @Test(
    "the bytes of the whole table's, for any size of pieces and number of threads",
    arguments: kinds)
  func same(_ kind: Kind) throws {
    try check(kind, Float.self)
    try check(kind, Double.self)
  }

  @Test("rows are read straight into inputs, to the bit", arguments: [(0.0, 1.0), (0.25, 1.5)])
  func inputs(_ shift: Double, _ scale: Double) throws {
    func check<Element: Scalar>(_: Element.Type) throws {
      var kind = Self.kinds[0]
      (kind.shift, kind.scale) = (shift, scale)
      let encoder = try #require(try kind.model(Element.self).preprocessing)
      let table = try table(Self.lines)
      let expected: Matrix<Element> = try encoder.encodeInputs(
        table, rows: Array(0..<table.rowCount))
      let reader = try #require(
        InputReader<Element>(encoder, columns: table.columns, separator: table.separatorByte))
      let text = Array(Self.lines.utf8)
      let start = try #require(text.firstIndex(of: UInt8(ascii: "\n"))) + 1
      var found = Matrix<Element>(rows: 50, columns: 6)
      let rows = text.withUnsafeBufferPointer { text in
        var cells = CellReader(text, from: start, separator: UInt8(ascii: ","))
        return found.values.withUnsafeMutableBufferPointer {
          reader.read(&cells, into: $0.baseAddress!, atMost: 50)
        }
      }
      #expect(rows == table.rowCount)
      #expect(
        found.values.prefix(expected.values.count).map { Double($0).bitPattern }
          == expected.values.map { Double($0).bitPattern })
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test("one row, no header, one column; nothing but a header is refused")
  func small() throws {
    let folder = try TemporaryFolder()
    var model = try MLP<Float>(inputs: 1, [(1, .identity)])
    model.preprocessing = Preprocessing(
      inputs: [.init(name: "1", encoding: .numeric(imputed: 0, shift: 0, scale: 1))],
      target: Self.number("n"))
    for text in ["5", "5\n", "5\n6\n\n7", "1\r2\r3"] {
      try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
      let expected = try expected(model, Table(contentsOf: folder("t.csv"))).text
      for size in [1, 100] {
        let found = try streamed(model, folder("t.csv"), size: size, threads: 2)
        #expect(String(decoding: found, as: UTF8.self) == expected, "\(text), \(size)")
      }
    }
    for text in ["", "\n\n", "a,b\n", "a,b"] {
      try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
      for size in [1, 100] {
        #expect(throws: PerceptronError.self) {
          _ = try streamed(model, folder("t.csv"), size: size, threads: 2)
        }
      }
    }
  }

  @Test(
    "the first error is that of the whole table, with its line; what comes before is handed out",
    arguments: [
      "0,1,six,red,0", "0,1e39,2,red,0", "0,1,2,red", "0,1,2,red,0,0", "0,1,2,re\"d,0",
      "0,1,\"2,red,0", "0,1,2,red,\u{0},0",
    ])
  func errors(_ row: String) throws {
    let folder = try TemporaryFolder()
    let model = try Self.kinds[0].model(Float.self)
    let rest = (0..<20).map { "\n\"\($0)\n\",1,2,red,0" }.joined()
    let text = Self.lines + rest + "\n" + row + rest
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
    let error = #expect(throws: PerceptronError.self) {
      _ = try expected(model, Table(contentsOf: folder("t.csv")))
    }
    let all = try expected(model, table(Self.lines + rest)).text
    for (size, threads) in [(1, 1), (90, 3), (400, 2), (1 << 20, 2)] {
      var written: [UInt8] = []
      let found = #expect(throws: PerceptronError.self) {
        try StreamingPrediction(model, as: .text)
          .run(folder("t.csv"), pieceSize: size, threads: threads) { written += $0 }
      }
      #expect(found?.line == error?.line && found?.column == error?.column, "\(size)")
      // Offsets are those of a piece.
      if !row.contains("\u{0}") { #expect(found?.description == error?.description, "\(size)") }
      let text = String(decoding: written, as: UTF8.self)
      #expect(all.hasPrefix(text), "\(size)")
      #expect(size > 400 || text.split(separator: "\n").count > 30, "\(size): \(text.count)")
    }
  }

  @Test("a compressed table is the same; large networks too")
  func compressed() throws {
    let folder = try TemporaryFolder()
    let text = Array(Self.lines.utf8)
    // Stored, as gzip allows.
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1]
    for number in [text.count, ~text.count] {
      file += [UInt8(number & 255), UInt8(number >> 8 & 255)]
    }
    file += text
    let sum = text.withUnsafeBufferPointer { CRC32.checksum($0) }
    for number in [sum, UInt32(text.count)] {
      withUnsafeBytes(of: number.littleEndian) { file += $0 }
    }
    try FileSystem.writeAtomically(file, to: folder("t.csv.gz"))
    let model = try Self.kinds[0].model(Float.self)
    let expected = try expected(model, table(Self.lines)).text
    for size in [60, 1 << 20] {
      let found = try streamed(model, folder("t.csv.gz"), size: size, threads: 2)
      #expect(String(decoding: found, as: UTF8.self) == expected)
    }
    try model.predict(contentsOf: folder("t.csv.gz"), writingTo: folder("p.csv"))
    #expect(try FileSystem.read(folder("p.csv")) == Array(expected.utf8))
  }

  @Test("a column that the table lacks is named, and nothing is written")
  func lacking() throws {
    let folder = try TemporaryFolder()
    try FileSystem.writeAtomically(Array("c,colour\n1,red\n".utf8), to: folder("t.csv"))
    let model = try Self.kinds[0].model(Float.self)
    expectRefusal(.dataset, "which the table lacks") {
      try model.predict(contentsOf: folder("t.csv"), writingTo: folder("p.csv"))
    }
    #expect(try folder.content == ["t.csv"])
  }

  /// An array in a file: a few bytes before it, numbers behind.
  private func array(
    _ folder: borrowing TemporaryFolder, _ numbers: [Double], columns: Int
  ) throws -> NumberFile {
    var bytes: [UInt8] = [1, 2, 3]
    for number in numbers { withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 } }
    try FileSystem.writeAtomically(bytes, to: folder("a"))
    return try NumberFile(
      folder("a"), type: .float64, isBigEndian: true, offset: 3,
      rows: numbers.count / columns, columns: columns)
  }

  /// Columns that are scaled and not; 1 is missing here and there.
  private static func numeric<Element: Scalar>(
    outputs: [(units: Int, activation: Activation)] = [(3, .softmax)], _: Element.Type
  ) throws -> MLP<Element> {
    var model = try MLP<Element>(inputs: 3, outputs, seed: 4)
    model.preprocessing = Preprocessing(
      inputs: [
        .init(name: "a", encoding: .numeric(imputed: 2, shift: 0.3, scale: 1.7)),
        .init(name: "b", encoding: .numeric(imputed: -1, shift: 0, scale: 1)),
        .init(name: "c", encoding: .numeric(imputed: 7, shift: -5, scale: 0.01)),
      ], targets: [.init(name: "k", kind: .classes(["one", "two", "three"]))])
    return model
  }

  @Test("an array's rows are the table's, for any size of pieces and number of threads")
  func arrays() throws {
    func check<Element: Scalar>(_: Element.Type) throws {
      let folder = try TemporaryFolder()
      let model = try Self.numeric(Element.self)
      var numbers: [Double] = []
      for place in 0..<3 * 701 {
        let square = place * place % 1009
        numbers.append(place % 11 == 5 ? .nan : Double(square) / 16 - 20)
      }
      let file = try array(folder, numbers, columns: 3)
      let lines = stride(from: 0, to: numbers.count, by: 3).map { first in
        numbers[first..<first + 3].map(NumberText.cell).joined(separator: ",")
      }
      let expected = try expected(model, table((["a,b,c"] + lines).joined(separator: "\n")))
      for (size, threads) in [(1, 1), (100, 3), (24 * 300, 2), (1 << 20, 2)] {
        var (text, array): ([UInt8], [UInt8]) = ([], [])
        try StreamingPrediction(model, as: .text)
          .run(file, pieceSize: size, threads: threads) { text += $0 }
        try StreamingPrediction(model, as: .numbers)
          .run(file, pieceSize: size, threads: threads) { array += $0 }
        #expect(String(decoding: text, as: UTF8.self) == expected.text, "\(size), \(threads)")
        #expect(array == expected.numbers, "\(size), \(threads)")
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test("what is no finite number is named with its row and column; all before it is handed out")
  func infinite() throws {
    let folder = try TemporaryFolder()
    let model = try Self.numeric(Float.self)
    var numbers = [Double](repeating: 1, count: 3000)
    for (number, place) in [(Double.infinity, 1502), (1e39, 1501)] {
      numbers[place] = number
      let file = try array(folder, numbers, columns: 3)
      var lines = 0
      expectRefusal(.dataset, "row 501, column \"\(place == 1502 ? "c" : "b")\": \(number) is not")
      {
        try StreamingPrediction(model, as: .text).run(file, pieceSize: 24 * 50, threads: 2) {
          lines += $0.count { $0 == UInt8(ascii: "\n") }
        }
      }
      #expect(lines == 501)
    }
  }

  @Test("arrays that cannot be read so are left to the table; one that is written to is refused")
  func otherArrays() throws {
    let folder = try TemporaryFolder()
    let file = try array(folder, [1, 2, 3, 4, 5, 6], columns: 3)
    let wide = try array(folder, [1, 2, 3, 4], columns: 4)
    let categories = try StreamingPrediction(Self.kinds[0].model(Float.self), as: .text)
    let prediction = try StreamingPrediction(Self.numeric(Float.self), as: .text)
    #expect(prediction.takes(file))
    #expect(!prediction.takes(wide) && !categories.takes(file))
    expectRefusal(.file, "written to since") {
      try prediction.run(file) { _ in }
    }
  }
}
