import Foundation
import Perceptron

/// The table that reading is timed on: 32 columns of normal numbers with six digits and a last one
/// of 0 and 1, the same on every machine; 295 MB with a million rows.
enum CSVFile {
  static func write(_ path: String, rows: Int) throws {
    // Under another name first: a file that is there is whole.
    let partial = path + ".partial"
    guard FileManager.default.createFile(atPath: partial, contents: nil),
      let file = FileHandle(forWritingAtPath: partial)
    else { throw PerceptronError(.file, "cannot be written", file: path) }
    var stream = RandomStream(seed: 1, purpose: .data)
    var text = Array(((0..<32).map { "f\($0)" } + ["y"]).joined(separator: ",").utf8) + [10]
    for row in 0..<rows {
      var sum = 0.0
      for column in 0..<32 {
        let value = stream.normal()
        if column < 4 { sum += value }
        append(value, to: &text)
        text.append(UInt8(ascii: ","))
      }
      text.append(UInt8(ascii: sum > 0 ? "1" : "0"))
      text.append(10)
      if text.count > 1 << 22 || row == rows - 1 {
        try file.write(contentsOf: Data(text))
        text.removeAll(keepingCapacity: true)
      }
    }
    try file.close()
    try FileManager.default.moveItem(atPath: partial, toPath: path)
  }

  /// Six decimals below 1, five from there on.
  private static func append(_ value: Double, to text: inout [UInt8]) {
    let scale = abs(value) < 1 ? 1_000_000 : 100_000
    let digits = Int((abs(value) * Double(scale)).rounded())
    if value < 0 { text.append(UInt8(ascii: "-")) }
    text.append(UInt8(ascii: "0") + UInt8(digits / scale % 10))
    text.append(UInt8(ascii: "."))
    var divisor = scale / 10
    while divisor > 0 {
      text.append(UInt8(ascii: "0") + UInt8(digits / divisor % 10))
      divisor /= 10
    }
  }
}
