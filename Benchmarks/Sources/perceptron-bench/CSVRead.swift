import Foundation
import Perceptron

/// Reading a table: from the file to every column as numbers in Double, which is what pandas makes
/// of it. The file has been read before, so that the disk has no part in it.
enum CSVRead {
  static func record(_ settings: Settings) throws -> Record {
    if !FileManager.default.fileExists(atPath: settings.csv) {
      try CSVFile.write(settings.csv, rows: settings.csvRows)
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: settings.csv)
    let megabytes = Double(attributes[.size] as? Int ?? 0) / 1e6
    var rows = 0
    var peak = 0.0
    var samples: [Double] = []
    for _ in 0..<4 {
      let start = ContinuousClock.now
      let table = try Table(contentsOf: settings.csv)
      samples.append((ContinuousClock.now - start).seconds)
      rows = table.rowCount
      guard table.columns.allSatisfy({ $0.numbers == rows }) else {
        throw PerceptronError(.dataset, "not all cells are numbers", file: settings.csv)
      }
      // Of the first time alone: later ones find memory that earlier ones left behind.
      if samples.count == 1 { peak = peakMegabytes() }
    }
    let seconds = median(Array(samples.dropFirst()))
    return Record(
      name: "csv-read",
      line: "csv-read: \(shown(megabytes)) MB, \(rows) rows, in \(shown(seconds)) s "
        + "(\(shown(megabytes / seconds)) MB/s), \(shown(peak)) MB of memory at the peak",
      fields: [
        ("seconds", .number(seconds)), ("megabytes", .number(megabytes)), ("rows", .integer(rows)),
        ("peak_megabytes", .number(peak)),
      ])
  }
}
