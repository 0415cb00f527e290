import Perceptron

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output and standard error, written at once.
enum Output {
  /// Writes text; a reader that has gone away is no error.
  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { try? FileSystem.writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// A line of the result.
  static func result(_ line: String = "") { write(line + "\n", to: 1) }

  /// Text of the result, as it is.
  static func text(_ text: String) { write(text, to: 1) }

  /// Bytes of the result, as they are.
  static func bytes(_ bytes: [UInt8]) { try? FileSystem.writeAll(bytes, to: 1) }

  /// A line of progress or a message.
  static func message(_ line: String) { write(line + "\n", to: 2) }

  /// Text on standard error, as it is.
  static func progress(_ text: String) { write(text, to: 2) }

  /// Whether standard error is a terminal that can move its cursor.
  static var isTerminal: Bool {
    isatty(2) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// The terminal's columns, or 80.
  static var width: Int {
    var size = winsize()
    #if canImport(Glibc)
      let request = UInt(TIOCGWINSZ)
    #elseif canImport(Musl)
      let request = Int32(TIOCGWINSZ)
    #else
      let request = UInt(TIOCGWINSZ)
    #endif
    guard ioctl(2, request, &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// A table for people: columns as wide as their widest cell, numbers to the right.
struct TextTable {
  var rows: [[String]]

  /// The lines; the first column is set to the left.
  var lines: [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += (column == 0 ? "" : "  ") + (column == 0 ? cell + space : space + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
