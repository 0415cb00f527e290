/// What a user's data, files or options can cause, in one line that names the place.
///
/// Programming mistakes (a matrix of the wrong shape handed to a kernel) are not errors: they stop
/// the program with both shapes in the message, see `misuse(_:)`.
public struct PerceptronError: Error, Sendable, Hashable {
  /// The room the error comes from; what a program may want to tell apart.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A file cannot be opened, read or written.
    case file
    /// A table is not well-formed, or a cell is not what its column needs.
    case table
    /// The data cannot be trained on as asked: target, task, columns, too few rows.
    case dataset
    /// A network, a loss or their combination is impossible.
    case network
    /// A model file or checkpoint is malformed or does not fit.
    case modelFile
    /// An option is unknown, out of range or would have no effect.
    case option
    /// The loss or a parameter stopped being a finite number.
    case diverged
  }

  /// What a program may want to tell apart.
  public let kind: Kind
  /// The file the error is about, as the user named it.
  public let file: String?
  /// The line in that file, counted from 1, header included.
  public let line: Int?
  /// The column's name (or its number, counted from 1, where it has no name).
  public let column: String?
  /// What is wrong, and where it helps, what to do. One line, no period at the end.
  public let message: String

  /// An error with as much of its place as is known.
  public init(
    _ kind: Kind, _ message: String, file: String? = nil, line: Int? = nil, column: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.file = file
    self.line = line
    self.column = column
  }
}

extension PerceptronError: CustomStringConvertible {
  /// `penguins.csv, line 3, column "sex": …`
  public var description: String {
    var place: [String] = []
    if let file { place.append(printable(file, limit: 1000)) }
    if let line { place.append("line \(line)") }
    if let column { place.append("column \(quoted(column))") }
    return place.isEmpty ? message : place.joined(separator: ", ") + ": " + message
  }
}

/// `text` in double quotes, on one line and at most 60 characters long: control characters are
/// shown as escapes, so that a hostile name cannot write to the terminal.
package func quoted(_ text: String) -> String { "\"" + printable(text, limit: 60) + "\"" }

/// `text` on one line, at most `limit` characters long, with quotes, backslashes and everything that
/// does not print as escapes.
package func printable(_ text: String, limit: Int = 24) -> String {
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit {
      result += "…"
      break
    }
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
        .privateUse:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}

/// `text` as a word of a shell's command line: as it is where that is safe, otherwise in quotes.
package func shellWord(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || "_-./+".utf8.contains(byte)
  }
  if isPlain, !text.isEmpty { return text }
  let shown = printable(text, limit: 60)
  return shown == text && !text.contains("'") ? "'\(text)'" : quoted(text)
}

/// Stops the program for a mistake in the program, with a message that says which.
///
/// `precondition` prints nothing in release builds; this prints in every build.
@inline(never)
func misuse(_ message: @autoclosure () -> String) -> Never {
  fatalError(message())
}
