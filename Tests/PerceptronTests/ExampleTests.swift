import Foundation
import Testing

/// The programs in `Examples` print what the five source texts compute, to the bit.
@Suite struct ExampleTests {
  @Test(arguments: ["Text000", "Text001", "Text002", "Text003", "Text004"])
  func printsWhatIsExpected(_ name: String) throws {
    let expected = try String(contentsOf: expectation(name), encoding: .utf8)
    let (output, status) = try run(Self.products.appending(path: name))
    #expect(status == 0)
    // Line by line first, so that a failure names the line.
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, pair) in zip(lines, wanted).enumerated() where pair.0 != pair.1 {
      Issue.record("line \(number + 1): \(pair.0), expected \(pair.1)")
      break
    }
    let isSame = output.utf8.elementsEqual(expected.utf8)
    #expect(isSame, "\(output.utf8.count) bytes, expected \(expected.utf8.count)")
  }

  private func expectation(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Examples/\(name)/expected.txt")
  }

  private func run(_ program: URL) throws -> (output: String, status: Int32) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = program
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  /// The folder with the built programs: where the test bundle is.
  private static var products: URL {
    #if os(macOS)
      Bundle(for: Marker.self).bundleURL.deletingLastPathComponent()
    #else
      URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    #endif
  }

  private final class Marker {}
}
