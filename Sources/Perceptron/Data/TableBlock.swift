/// The rows of a stretch of a file, parsed: numbers as numbers, of texts the places.
struct TableBlock: Sendable {
  /// One column of the block.
  enum Cells: Sendable {
    /// NaN where a value is missing.
    case numbers([Double])
    /// The offset of each cell's first byte.
    case places([UInt32])
  }

  /// What has been seen of a column.
  struct Tally: Sendable {
    var missing = 0
    /// Cells that are neither missing nor a number.
    var texts = 0
    /// The first row of the block with such a cell.
    var firstText = 0
  }

  /// Where the block begins, and the first byte that is not part of its last row.
  let start: Int
  private(set) var end: Int
  /// Where each row begins, and the line it begins on; the block's first line is 0.
  private(set) var rows: [UInt32] = []
  private(set) var lines: [UInt32] = []
  /// The lines that begin in the block.
  private(set) var lineCount = 0
  var columns: [Cells] = []
  private(set) var tallies: [Tally]
  /// What is wrong in it, on a line counted from the block's first as 0; then nothing else counts.
  private(set) var failure: CellReader.Malformation?

  var rowCount: Int { rows.count }

  /// Parses the rows that begin in `range`, which starts where a row may start.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, separator: UInt8, width: Int,
    _ scratch: inout TableScratch
  ) {
    start = range.lowerBound
    end = range.upperBound
    tallies = Array(repeating: Tally(), count: width)
    var reader = CellReader(bytes, from: range.lowerBound, separator: separator, line: 0)
    do throws(CellReader.Malformation) {
      try parse(&reader, until: range.upperBound, width: width, &scratch)
    } catch {
      failure = error
      return
    }
    end = max(reader.position, range.upperBound)
    lineCount = reader.line
    columns = (0..<width).map { column in
      tallies[column].texts == 0
        ? .numbers(scratch.numbers(column, width: width, rows: rows.count))
        : .places(scratch.places(column, width: width, rows: rows.count))
    }
  }

  private mutating func parse(
    _ reader: inout CellReader, until limit: Int, width: Int, _ scratch: inout TableScratch
  ) throws(CellReader.Malformation) {
    while reader.findRow(before: limit) {
      let row = rows.count
      let line = reader.line
      rows.append(UInt32(truncatingIfNeeded: reader.position))
      lines.append(UInt32(truncatingIfNeeded: line))
      scratch.makeRoom(for: (row + 1) * width)
      var column = 0
      var isLast = false
      while !isLast {
        var start = reader.position
        let value: Double
        if let number = reader.readPlainNumber() {
          (value, isLast) = number
        } else {
          let cell = try reader.readText()
          (start, isLast) = (cell.start, cell.isLast)
          value = column < width ? judge(cell.cell.content, row: row, column: column) : 0
        }
        if column < width { scratch.put(value, start, at: row * width + column) }
        column += 1
      }
      if column != width {
        throw CellReader.Malformation(
          line: line,
          message: "has \(column) \(column == 1 ? "cell" : "cells") where \(width) "
            + (width == 1 ? "is expected" : "are expected"))
      }
    }
  }

  /// The number a cell holds; otherwise NaN, and it is counted.
  @inline(never)
  private mutating func judge(
    _ content: UnsafeBufferPointer<UInt8>, row: Int, column: Int
  ) -> Double {
    if let number = DecimalNumber.parse(content, as: Double.self) { return number }
    if MissingValue.isMissing(content) {
      tallies[column].missing += 1
    } else {
      if tallies[column].texts == 0 { tallies[column].firstText = row }
      tallies[column].texts += 1
    }
    return .nan
  }

  /// Turns the numbers of a column back into places: in another block it has texts.
  mutating func makePlaces(
    ofColumn column: Int, in bytes: UnsafeBufferPointer<UInt8>, separator: UInt8
  ) {
    guard case .numbers = columns[column] else { return }
    columns[column] = .places(
      rows.map { row in
        UInt32(truncatingIfNeeded: bytes.cellStart(column, ofRowAt: Int(row), separator: separator))
      })
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Where a cell starts, given where its row does; the row has been found well-formed before.
  func cellStart(_ column: Int, ofRowAt row: Int, separator: UInt8) -> Int {
    var reader = CellReader(self, from: row, separator: separator)
    for _ in 0..<column { _ = try? reader.readCell() }
    return (try? reader.readCell().start) ?? row
  }

  /// The cell that starts at `start`.
  @inline(__always)
  func cell(at start: Int, separator: UInt8) -> UnsafeBufferPointer<UInt8> {
    var reader = CellReader(self, from: start, separator: separator)
    return (try? reader.readText().cell) ?? part(start..<start)
  }
}

/// Memory for the cells of one block at a time, row by row.
struct TableScratch: ~Copyable {
  private var values: UnsafeMutablePointer<Double>
  private var starts: UnsafeMutablePointer<UInt32>
  private var capacity = 0

  init() {
    values = .allocate(capacity: 1)
    starts = .allocate(capacity: 1)
  }

  deinit {
    values.deallocate()
    starts.deallocate()
  }

  @inline(__always)
  mutating func makeRoom(for count: Int) {
    if count > capacity { grow(to: max(count, 2 * capacity)) }
  }

  @inline(never)
  private mutating func grow(to count: Int) {
    let (oldValues, oldStarts) = (values, starts)
    values = .allocate(capacity: count)
    starts = .allocate(capacity: count)
    values.update(from: oldValues, count: capacity)
    starts.update(from: oldStarts, count: capacity)
    oldValues.deallocate()
    oldStarts.deallocate()
    capacity = count
  }

  @inline(__always)
  func put(_ value: Double, _ start: Int, at index: Int) {
    values[index] = value
    starts[index] = UInt32(truncatingIfNeeded: start)
  }

  func numbers(_ column: Int, width: Int, rows: Int) -> [Double] {
    Array(unsafeUninitializedCapacity: rows) { result, count in
      for row in 0..<rows { result.initializeElement(at: row, to: values[row * width + column]) }
      count = rows
    }
  }

  func places(_ column: Int, width: Int, rows: Int) -> [UInt32] {
    Array(unsafeUninitializedCapacity: rows) { result, count in
      for row in 0..<rows { result.initializeElement(at: row, to: starts[row * width + column]) }
      count = rows
    }
  }
}
