import ArgumentParser
import Foundation
import Perceptron

@main
struct PerceptronBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perceptron-bench",
    abstract:
      "Times training steps, inference and reading, beside what the machine can do at most.",
    discussion: """
      Without --filter: eight training steps (forward, loss, backward, update; data resident), the \
      median in microseconds on one thread and on as many as pay, and the same step on a tape with \
      gradient descent, which is what an eager framework does.
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Which benchmarks to run: names, beginnings of names, or patterns such as 'infer-*'.",
      valueName: "name"))
  var filter: [String] = []

  @Flag(help: "Print the names of all benchmarks.")
  var list = false

  @Option(
    help: ArgumentHelp(
      "Time the planned step alone, on this many threads ('auto': as many as pay).",
      valueName: "n|auto"))
  var threads: ThreadsArgument?

  @Flag(help: "Print JSON: an object a line, the machine first.")
  var json = false

  @Option(help: "Seconds to spend on a measurement.")
  var seconds = 0.5

  @Option(help: "Seed of mnist-98.")
  var seed: UInt64 = 0

  @Option(help: "The table csv-read and csv-predict read; written first if there is none.")
  var csv = FileManager.default.temporaryDirectory.appendingPathComponent("perceptron-bench.csv")
    .path

  @Option(help: "Rows of the table, where it is written.")
  var csvRows = 1_000_000

  @Option(help: ArgumentHelp("Folder with MNIST's four files.", valueName: "folder"))
  var mnist: String?

  @Option(help: "Where sweep draws its chart.")
  var svg = "sweep.svg"

  func validate() throws {
    guard seconds > 0, seconds < 1000 else {
      throw ValidationError("--seconds must be above 0 and below 1000")
    }
    guard csvRows > 0 else { throw ValidationError("--csv-rows must be above 0") }
  }

  func run() throws {
    let settings = Settings(
      threads: threads?.threads, seconds: seconds, seed: seed, csv: csv, csvRows: csvRows,
      mnist: mnist, svg: svg)
    let benchmarks = Benchmark.all
    if list {
      for benchmark in benchmarks { print(benchmark.name) }
      return
    }
    let wanted =
      filter.isEmpty
      ? ["floor"] + Workload.all.map(\.name)
      : try Array(NameFilter(patterns: filter).chosen(among: benchmarks.map(\.name)))
    #if DEBUG
      FileHandle.standardError.write(
        Data("built for debugging; add -c release for times that mean something\n".utf8))
    #endif
    // The load is read before we make some.
    show(settings.machine.record)
    for benchmark in benchmarks where wanted.contains(benchmark.name) {
      try benchmark.run(settings, show)
    }
  }

  /// In JSON with the memory the process has had at its peak, up to here.
  private func show(_ record: Record) {
    guard json else {
      print(record.line)
      fflush(nil)
      return
    }
    var record = record
    if record.name != "machine", !record.fields.contains(where: { $0.key == "peak_megabytes" }) {
      record.fields.append(("peak_megabytes", .number(peakMegabytes())))
    }
    print(record.json)
    fflush(nil)
  }
}

/// A name and what is run under it.
struct Benchmark {
  let name: String
  let run: (Settings, (Record) throws -> Void) throws -> Void

  static var all: [Benchmark] {
    [Benchmark(name: "floor") { settings, show in try show(settings.floor.record()) }]
      + Workload.all.map { workload in
        Benchmark(name: workload.name) { try $1(workload.stepRecord($0)) }
      }
      + Inference.all.map { inference in
        Benchmark(name: inference.name) { try $1(inference.record($0)) }
      }
      + TakenCore.all.map { step in Benchmark(name: step.name) { try $1(step.record($0)) } }
      + [
        Benchmark(name: "csv-read") { try $1(CSVRead.record($0)) },
        Benchmark(name: "csv-predict") { try $1(CSVPredict.record($0)) },
        Benchmark(name: "mnist-98") { try $1(MNIST98.record($0)) },
        Benchmark(name: "cliffs") { try Cliffs.records($0, report: $1) },
        Benchmark(name: "sweep") { try Sweep.records($0, report: $1) },
      ]
  }
}
