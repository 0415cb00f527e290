import ArgumentParser
import Perceptron
import PerceptronInterchange

/// `perceptron log`
struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read TensorBoard's event files.",
    discussion: """
      Shows the scalars of a file, or of all files in a folder: for every run and tag how many there \
      are and the last. A file that ends within a record, because its writer was ended or still \
      writes, is read up to there, and that is said.

      Examples:
        perceptron log logs
        perceptron log logs --csv
      """)

  @Argument(help: "An event file, or a folder with such files at any depth.")
  var path: String

  @Flag(help: "Write every scalar, as CSV: run, tag, step, wall_time, value.")
  var csv = false

  func run() throws {
    Interruption.ignoreWriteSignals()
    var rows = [["run", "tag", "scalars", "last step", "last value"]]
    if csv { Output.result("run,tag,step,wall_time,value") }
    for (run, path) in try EventFile.files(at: path) {
      let file = try EventFile(path)
      if file.tail > 0 {
        Output.message(
          "note: \(printable(path, limit: 1000)): the last \(grouped(file.tail)) bytes are no whole "
            + "record and are left out")
      }
      if csv {
        Output.text(
          file.scalars.map { scalar in
            "\(csvCell(run)),\(csvCell(scalar.tag)),\(scalar.step),\(scalar.wallTime),"
              + "\(scalar.text)\n"
          }.joined())
        continue
      }
      var tags: [String] = []
      var last: [String: (count: Int, scalar: EventFile.Scalar)] = [:]
      for scalar in file.scalars {
        if last[scalar.tag] == nil { tags.append(scalar.tag) }
        last[scalar.tag] = ((last[scalar.tag]?.count ?? 0) + 1, scalar)
      }
      for tag in tags {
        guard let (count, scalar) = last[tag] else { continue }
        rows.append([
          printable(run, limit: 60), printable(tag, limit: 40), "\(count)", "\(scalar.step)",
          scalar.text,
        ])
      }
    }
    if !csv { TextTable(rows: rows).lines.forEach { Output.result($0) } }
  }
}

extension EventFile.Scalar {
  /// The shortest text that reads back as the number: mostly it is a float.
  fileprivate var text: String {
    let single = Float(value)
    return Double(single) == value ? "\(single)" : "\(value)"
  }
}
