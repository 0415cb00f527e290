import Foundation

/// What a benchmark found: a line to read, and the same as a JSON object.
struct Record {
  enum Value {
    case number(Double)
    case integer(Int)
    case text(String)
  }

  let name: String
  let line: String
  var fields: [(key: String, value: Value)]

  /// One line.
  var json: String {
    let pairs = [("name", Value.text(name))] + fields
    return "{" + pairs.map { "\(Self.quoted($0)): \($1.json)" }.joined(separator: ", ") + "}"
  }

  fileprivate static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

extension Record.Value {
  fileprivate var json: String {
    switch self {
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .integer(let value): "\(value)"
    case .text(let value): Record.quoted(value)
    }
  }
}

/// Three digits or so.
func shown(_ value: Double) -> String {
  guard value.isFinite else { return "–" }
  let hundredths = Int(value * 100 + 0.5)
  return value >= 100
    ? "\(hundredths / 100)"
    : "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

/// `84 %`
func percent(_ share: Double) -> String {
  share.isFinite ? "\(Int(share * 100 + 0.5)) %" : "–"
}
