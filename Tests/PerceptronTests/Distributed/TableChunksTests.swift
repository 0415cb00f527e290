import Testing

@testable import Perceptron

@Suite("Tables piece by piece")
struct TableChunksTests {
  /// All cells of a column, read in pieces of a size.
  private func texts(
    _ text: String, column: String, size: Int
  ) throws -> (cells: [String?], pieces: Int) {
    let folder = try TemporaryFolder()
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("rows.csv"))
    var cells: [String?] = []
    var pieces = 0
    try TableChunks.forEach(folder("rows.csv"), chunkSize: size) { piece in
      cells += piece.texts(
        column: try piece.index(of: column), rows: Array(0..<piece.rowCount))
      pieces += 1
    }
    return (cells, pieces)
  }

  @Test(
    "the same cells in pieces of any size: quotes, newlines in them, blank lines, every line end",
    arguments: ["\n", "\r\n", "\r"])
  func cells(_ lineEnd: String) throws {
    let lines = [
      "name,\"a \"\"b\"\"\",n", "x,1,2", "\"p,q\",\"two" + lineEnd + "lines\",3", "",
      "\"\"\"\",NA,4", "é,\"\",5", "last,7,6",
    ]
    for ending in [lineEnd, ""] {
      let text = lines.joined(separator: lineEnd) + ending
      let whole = try table(text)
      for name in whole.columns.map(\.name) {
        let expected = try whole.texts(
          column: whole.index(of: name), rows: Array(0..<whole.rowCount))
        for size in [1, 7, 20, 33, 1000] {
          let found = try texts(text, column: name, size: size)
          #expect(found.cells == expected, "\(name) in pieces of \(size)")
          #expect(size > 20 || found.pieces > 1)
        }
      }
    }
  }

  @Test("tables without a header keep the names of the whole")
  func noHeader() throws {
    let found = try texts("1,2\n3,4\n5,6\n", column: "2", size: 4)
    #expect(found.cells == ["2", "4", "6"] && found.pieces == 2)
  }

  @Test("a table of one column stays one, whatever its later cells hold")
  func oneColumn() throws {
    let text = "name\n" + (0..<40).map { "n\($0)\n" }.joined() + "a,b;c\n"
    let whole = try table(text)
    #expect(whole.columns.count == 1)
    for size in [1, 60, 1000] {
      let found = try texts(text, column: "name", size: size)
      #expect(found.cells == whole.texts(column: 0, rows: Array(0..<whole.rowCount)))
    }
  }

  @Test("ends of lines are counted eight bytes at a time as one by one")
  func lineEnds() {
    var stream = RandomStream(seed: 4, purpose: .data)
    for count in Array(0..<40) + [2040, 2041, 2048, 5000] {
      let bytes = (0..<count).map { _ in [10, 13, 97, 34, 138][Int(stream.next() % 5)] as UInt8 }
      bytes.withUnsafeBufferPointer {
        #expect($0.lineEnds == $0.line(at: count) - 1, "\(bytes)")
      }
    }
  }

  @Test("errors name the file's line, in whatever piece")
  func lines() throws {
    let rows = (1...40).map { "\($0),\"a\nb\"\n" }.joined()
    for size in [1, 50, 10_000] {
      expectRefusal(.table, "line 82", "3 cells") {
        _ = try texts("n,t\n" + rows + "1,2,3\n", column: "n", size: size)
      }
    }
  }

  @Test("a compressed file is the same, and a damaged one is refused")
  func compressed() throws {
    // printf 'n,t\n1,a\n2,b\n' | gzip -n
    let gzip: [UInt8] = [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0xD3, 0x29, 0xE1, 0x32,
      0xD4, 0x49, 0xE4, 0x32, 0xD2, 0x49, 0xE2, 0x02, 0x00,
    ]
    let sums = withUnsafeBytes(
      of: CRC32.checksum(of: "n,t\n1,a\n2,b\n").littleEndian, Array.init)
    let folder = try TemporaryFolder()
    let whole = gzip + sums + [12, 0, 0, 0]
    try FileSystem.writeAtomically(whole + whole, to: folder("rows.csv.gz"))
    #expect(try Table(contentsOf: folder("rows.csv.gz")).rowCount == 5)
    try FileSystem.writeAtomically(whole, to: folder("rows.csv.gz"))
    #expect(
      try Table(contentsOf: folder("rows.csv.gz")).texts(column: 1, rows: [0, 1]) == ["a", "b"])
    var cells: [String?] = []
    try TableChunks.forEach(folder("rows.csv.gz"), chunkSize: 1) {
      cells += $0.texts(column: 1, rows: Array(0..<$0.rowCount))
    }
    #expect(cells == ["a", "b"])
    for place in [12, whole.count - 6, whole.count - 2] {
      var damaged = whole
      damaged[place] ^= 0x10
      try FileSystem.writeAtomically(damaged, to: folder("rows.csv.gz"))
      expectRefusal(.file, "damaged") {
        try TableChunks.forEach(folder("rows.csv.gz")) { _ in }
      }
    }
  }

  @Test("decompression through a window reaches back over its end")
  func window() throws {
    // A text whose matches reach back 30,000 bytes, longer than the window: stored, then matches.
    let unit = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var text: [UInt8] = []
    for number in 0..<80 {
      let length = unit.count
      bytes += [number == 79 ? 1 : 0, UInt8(length & 255), UInt8(length >> 8)]
      bytes += [UInt8(~length & 255), UInt8(~length >> 8 & 255)] + unit
      text += unit
    }
    bytes += withUnsafeBytes(
      of: text.withUnsafeBufferPointer { CRC32.checksum($0) }.littleEndian, Array.init)
    bytes += withUnsafeBytes(of: UInt32(text.count).littleEndian, Array.init)
    var found: [UInt8] = []
    var largest = 0
    try bytes.withUnsafeBufferPointer {
      try Gzip.decompress($0, name: "text") { piece in
        largest = max(largest, piece.count)
        found.append(contentsOf: piece)
      }
    }
    #expect(found == text && largest <= 1 << 20 + Inflate.reach)
  }
}

extension CRC32 {
  fileprivate static func checksum(of text: String) -> UInt32 {
    Array(text.utf8).withUnsafeBufferPointer { checksum($0) }
  }
}
