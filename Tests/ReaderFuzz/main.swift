// Damages files of every format and reads them: each is read or refused with one line, in little time
// and memory.
//
//   ReaderFuzz FIXTURES COUNT [READER [FIRST]]
//
// COUNT damaged files for each reader; their numbers begin at FIRST (0), and the same number is the
// same file. Prints a line for each reader. What crashes, hangs for 20 s, holds more than 8 times the
// file's size plus 16 MiB, or throws anything but a `PerceptronError` of one line ends the program
// with 1, the number on standard error and the file in the folder it was started in.

import AllocationCounter
import Foundation
import Perceptron

guard CommandLine.arguments.count >= 3, let count = Int(CommandLine.arguments[2]) else {
  print("usage: ReaderFuzz FIXTURES COUNT [READER [FIRST]]")
  exit(64)
}
let work = FileManager.default.temporaryDirectory.path + "/reader-fuzz-\(getpid())"
try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
Watch.begin()
for reader in try Reader.all(fixtures: CommandLine.arguments[1], work: work)
where CommandLine.arguments.count < 4 || CommandLine.arguments[3] == reader.name {
  var read = 0
  var peak = 0
  let first = CommandLine.arguments.count > 4 ? Int(CommandLine.arguments[4]) ?? 0 : 0
  for number in first..<first + count {
    let bytes = Mutation.file(number, of: reader.corpus, tokens: reader.tokens)
    Watch.look(at: bytes, reader.name, number)
    allocation_counter_start()
    var wrong: String?
    do {
      try reader.read(bytes)
      read += 1
    } catch let error as PerceptronError {
      if error.description.contains("\n") { wrong = "says more than one line: \(error)" }
    } catch {
      wrong = "throws \(error)"
    }
    _ = allocation_counter_stop()
    let held = Int(allocation_counter_peak())
    peak = max(peak, held)
    if held > 8 * bytes.count + 16 << 20 { wrong = "holds \(held) bytes for \(bytes.count)" }
    if let wrong { Watch.end(wrong) }
  }
  print("\(reader.name): \(count) files, \(read) read, at most \(peak >> 10) KiB held")
}
try FileManager.default.removeItem(atPath: work)
