import Foundation
import Perceptron

/// Predicting a table piece by piece, from the file to the file of predictions, beside reading the same
/// table: both in turns, so that whatever else the machine does meets both.
enum CSVPredict {
  static let rounds = 7

  static func record(_ settings: Settings) throws -> Record {
    if !FileManager.default.fileExists(atPath: settings.csv) {
      try CSVFile.write(settings.csv, rows: settings.csvRows)
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("perceptron-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let model = try model(settings, head: folder.appendingPathComponent("head.csv").path)
    let out = folder.appendingPathComponent("predictions.csv").path
    var rows = 0
    var (predicting, reading): ([Double], [Double]) = ([], [])
    var peak = 0.0
    // The first round finds the file on the disk, and counts for neither.
    for round in 0...rounds {
      let start = ContinuousClock.now
      rows = try model.predict(contentsOf: settings.csv, writingTo: out)
      let middle = ContinuousClock.now
      if round == 0 { peak = peakMegabytes() }
      let table = try Table(contentsOf: settings.csv)
      let end = ContinuousClock.now
      guard table.rowCount == rows else {
        throw PerceptronError(.dataset, "\(rows) of \(table.rowCount) rows", file: settings.csv)
      }
      guard round > 0 else { continue }
      predicting.append((middle - start).seconds)
      reading.append((end - middle).seconds)
    }
    let ratios = zip(reading, predicting).map { $0 / $1 }.sorted()
    let (seconds, readSeconds, ratio) = (median(predicting), median(reading), median(ratios))
    return Record(
      name: "csv-predict",
      line: "csv-predict: \(rows) rows in \(shown(seconds)) s, read in \(shown(readSeconds)) s: "
        + "\(shown(100 * ratio)) % of the reader's speed (\(shown(100 * ratios[0])) to "
        + "\(shown(100 * ratios[ratios.count - 1])) %), \(shown(peak)) MB of memory at the peak",
      fields: [
        ("seconds", .number(seconds)), ("read_seconds", .number(readSeconds)),
        ("ratio", .number(ratio)), ("lowest_ratio", .number(ratios[0])),
        ("highest_ratio", .number(ratios[ratios.count - 1])), ("rows", .integer(rows)),
        ("peak_megabytes", .number(peak)),
      ])
  }

  /// A network of the size that tables are given, with the table's columns: what its weights are does
  /// not matter here.
  private static func model(_ settings: Settings, head: String) throws -> MLP<Float> {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: settings.csv))
    let bytes = try file.read(upToCount: 1 << 18) ?? Data()
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    try bytes[..<end].write(to: URL(fileURLWithPath: head))
    let table = try Table(contentsOf: head)
    guard let target = table.columns.last?.name else {
      throw PerceptronError(.dataset, "no columns", file: settings.csv)
    }
    let data = try Dataset<Float>(
      table, target: target, options: DatasetOptions(task: .regression))
    var model = try MLP<Float>(
      inputs: data.inputs, [(64, .relu), (64, .relu), (1, .identity)], seed: 0)
    _ = try model.fit(data, loss: .mse, epochs: 1, batchSize: 64)
    return model
  }
}
