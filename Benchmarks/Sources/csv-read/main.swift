// Times reading a table of 1,000,000 rows and 33 columns of numbers, about 295 MB: from the file to
// the numbers of every column, and the memory that takes at its peak.
//
// swift run --package-path Benchmarks -c release csv-read FILE [ROWS]
//
// FILE is written first if it is not there: 32 columns of normal numbers with six digits and a last
// one of 0 and 1, the same on every machine.

import Foundation
import Perceptron

/// `value` with six significant digits, or six decimals below 1.
func append(_ value: Double, to text: inout [UInt8]) {
  let decimals = abs(value) < 1 ? 6 : 5
  let scale = decimals == 6 ? 1_000_000 : 100_000
  let digits = Int((abs(value) * Double(scale)).rounded())
  if value < 0 { text.append(UInt8(ascii: "-")) }
  text.append(UInt8(ascii: "0") + UInt8(digits / scale))
  text.append(UInt8(ascii: "."))
  var divisor = scale / 10
  while divisor > 0 {
    text.append(UInt8(ascii: "0") + UInt8(digits / divisor % 10))
    divisor /= 10
  }
}

func generate(_ path: String, rows: Int) throws {
  guard FileManager.default.createFile(atPath: path, contents: nil),
    let file = FileHandle(forWritingAtPath: path)
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
}

/// The most memory this process has had, in MB.
func peak() -> Double {
  var usage = rusage()
  #if os(Linux)
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) * 1024 / 1e6
  #else
    getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss) / 1e6
  #endif
}

guard CommandLine.arguments.count >= 2 else {
  print("usage: csv-read FILE [ROWS]")
  exit(64)
}
let path = CommandLine.arguments[1]
if !FileManager.default.fileExists(atPath: path) {
  try generate(
    path, rows: CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1_000_000)
}
let attributes = try FileManager.default.attributesOfItem(atPath: path)
let megabytes = Double(attributes[.size] as? Int ?? 0) / 1e6
let before = peak()
var best = Double.infinity
var parsed = 0.0
var most = 0.0
for _ in 0..<5 {
  let start = ContinuousClock.now
  let table = try Table(contentsOf: path)
  let seconds = Double((ContinuousClock.now - start) / .microseconds(1)) / 1e6
  best = min(best, seconds)
  // Memory that the system has not got back yet counts from the second time on.
  if most == 0 { most = peak() }
  parsed = Double(table.rowCount * table.columns.count * MemoryLayout<Double>.stride) / 1e6
  let first = try table.numbers(column: 0, rows: [0, table.rowCount - 1], as: Double.self)
  guard first.allSatisfy(\.isFinite) else { fatalError("wrong") }
}
print(
  "\(Int(megabytes)) MB in \(Int(best * 1000)) ms, \(Int(megabytes / best)) MB/s; parsed "
    + "\(Int(parsed)) MB, peak memory \(Int(most)) MB (\(Int(before)) before)")
