import Foundation
import Perceptron
import Testing

/// A folder to run the command in: `@` at the beginning of an argument stands for it.
struct Workplace {
  let folder: TemporaryFolder

  init(_ files: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    for (name, text) in files { try write(text, to: name) }
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: folder(name)))
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: folder(name))))
  }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  /// Every file with what it holds, hidden ones included; folders and pipes are empty.
  func snapshot() throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for name in try folder.content {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder(name))
      let isFile = attributes[.type] as? FileAttributeType == .typeRegular
      result[name] = isFile ? try bytes(name) : []
    }
    return result
  }

  private func expanded(_ arguments: [String]) -> [String] {
    arguments.map { argument in
      argument.hasPrefix("@") ? folder(String(argument.dropFirst())) : argument
    }
  }

  func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    limit: Double = 120
  ) throws -> Command.Outcome {
    try Command.run(expanded(arguments), input: input, environment: environment, limit: limit)
  }

  func start(_ arguments: [String]) throws -> RunningCommand {
    try RunningCommand(expanded(arguments))
  }

  /// Runs what must succeed.
  @discardableResult
  func succeed(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    _ location: SourceLocation = #_sourceLocation
  ) throws -> Command.Outcome {
    let outcome = try run(arguments, input: input, environment: environment)
    #expect(outcome.code == 0, "\(arguments): \(outcome.err)", sourceLocation: location)
    return outcome
  }

  /// Runs what must be refused: exit code 1, one line on standard error that holds all of `says`,
  /// nothing on standard output, every file as it was.
  func refuse(
    _ arguments: [String], says: [String], input: String? = nil,
    environment: [String: String] = [:], limit: Double = 120,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let before = try snapshot()
    let outcome = try run(arguments, input: input, environment: environment, limit: limit)
    #expect(outcome.code == 1, "\(outcome.err)", sourceLocation: location)
    #expect(outcome.out == "", sourceLocation: location)
    expectOneLine(outcome.err, says: says, location)
    let after = try snapshot()
    #expect(Set(after.keys) == Set(before.keys), sourceLocation: location)
    for (name, bytes) in before where after[name] != bytes {
      Issue.record("\(name) has changed", sourceLocation: location)
    }
  }
}

/// One line that begins with `Error: `, holds all of `says` and no control character.
func expectOneLine(
  _ text: String, says: [String], _ location: SourceLocation = #_sourceLocation
) {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(lines.count == 2 && lines.last == "", "\(text)", sourceLocation: location)
  #expect(text.hasPrefix("Error: "), "\(text)", sourceLocation: location)
  for part in says where !text.contains(part) {
    Issue.record("\(part) is not said in: \(text)", sourceLocation: location)
  }
  expectPrintable(text, location)
}

/// No control character but the newline: neither those of ASCII nor U+0080 … U+009F.
func expectPrintable(_ text: String, _ location: SourceLocation = #_sourceLocation) {
  let controls = text.unicodeScalars.filter {
    $0 != "\n" && $0.properties.generalCategory == .control
  }
  #expect(
    controls.isEmpty,
    "control characters \(Set(controls.map(\.value)).sorted()) in \(text.debugDescription)",
    sourceLocation: location)
}

/// The tables the tests train on.
enum Tables {
  /// Three classes, two numeric columns, one with missing values, and one of texts.
  static let flowers = table("length,width,colour,kind", rows: 60) { i in
    let kind = i % 3
    let width = i % 11 == 5 ? "" : "\((i * 5) % 11 - 3 * kind)"
    return
      "\(i % 7 + 2 * kind),\(width),\(["red", "blue"][i % 2]),\(["iris", "rose", "lily"][kind])"
  }

  /// Two classes.
  static let coins = table("weight,size,side", rows: 40) { i in
    "\(i % 7).5,\((i * 5) % 11),\(i % 7 > 3 ? "heads" : "tails")"
  }

  /// A number in the hundred thousands.
  static let houses = table("rooms,age,price", rows: 40) { i in
    let (rooms, age) = (i % 7 + 1, (i * 5) % 11)
    return "\(rooms),\(age),\(100_000 + 25_000 * rooms - 3_000 * age + (i * i) % 17)"
  }

  static func table(_ header: String, rows: Int, _ row: (Int) -> String) -> String {
    ([header] + (0..<rows).map(row)).joined(separator: "\n") + "\n"
  }
}

/// Model files, trained once for all tests.
enum Models {
  static let flowers = Result {
    try train(Tables.flowers, ["--target", "kind", "--hidden", "5:relu", "--epochs", "3"])
  }
  static let coins = Result {
    try train(Tables.coins, ["--target", "side", "--hidden", "4:tanh", "--epochs", "3"])
  }
  static let houses = Result {
    try train(Tables.houses, ["--target", "price", "--hidden", "4:relu", "--epochs", "3"])
  }

  static func train(_ table: String, _ options: [String]) throws -> [UInt8] {
    let place = try Workplace(["data.csv": table])
    let outcome = try place.run(
      ["train", "@data.csv", "--out", "@model.safetensors", "--quiet"] + options)
    try #require(outcome.code == 0, "\(outcome.err)")
    return try place.bytes("model.safetensors")
  }
}
