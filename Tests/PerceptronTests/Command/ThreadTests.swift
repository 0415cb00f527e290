import ArgumentParser
import Synchronization
import Testing

@testable import Perceptron
@testable import PerceptronCommand

/// `--threads`: the same option for every command that can use more than one, and it means all of them.
@Suite struct ThreadTests {
  /// Large enough to be read in two blocks, and by networks that two threads pay for.
  private static func place() throws -> Workplace {
    let note = String(repeating: "x", count: 1800)
    let table = Tables.table("a,b,note,kind", rows: 600) { i in
      "\(i * 7919 % 97),\(i * 104_729 % 89),\(note),\(["a", "b", "c"][i % 3])"
    }
    #expect(table.utf8.count > TableReader.blockSize)
    return try Workplace(["data.csv": table])
  }

  private static let train = [
    "train", "@data.csv", "--target", "kind", "--drop", "note", "--hidden", "128:relu",
    "--batch-size", "600", "--epochs", "1",
  ]
  private static let others = [
    ["evaluate", "@model", "@data.csv"],
    ["predict", "@model", "@data.csv"],
    ["importance", "@model", "@data.csv", "--repeats", "1"],
    ["gradcheck", "@model", "--data", "@data.csv", "--batch", "1"],
    ["explain", "@model", "--data", "@data.csv", "--batch", "2"],
  ]

  @Test("the output is the same with one thread, two and three")
  func sameOutput() throws {
    let place = try Self.place()
    var expected: [String] = []
    for threads in 1...3 {
      let limit = ["--threads", "\(threads)"]
      try place.succeed(Self.train + ["--out", "@model\(threads)", "--quiet"] + limit)
      try place.write(place.bytes("model\(threads)"), to: "model")
      let outputs = try Self.others.map { try place.succeed($0 + limit).out }
      if threads == 1 { expected = outputs }
      #expect(outputs == expected, "\(threads) threads")
    }
    #expect(try place.bytes("model1") == place.bytes("model2"))
    #expect(try place.bytes("model1") == place.bytes("model3"))
  }

  @Test("--threads 1 starts no other thread, --threads 2 does", .enabled(if: Threads.cores > 1))
  func oneThread() async throws {
    let place = try Self.place()
    try place.succeed(Self.train + ["--out", "@model", "--quiet"])
    let trained = Self.train + ["--out", "@other", "--quiet"]
    for command in [trained] + Self.others + [["product"]] {
      let name = command[0]
      let arguments = command.dropFirst().map {
        $0.hasPrefix("@") ? place.folder(String($0.dropFirst())) : $0
      }
      // In a process of its own: here others start threads at the same time.
      await #expect(processExitsWith: .success, "\(name)") {
        [name = name as String, arguments = arguments as [String]] in
        for threads in 1...2 {
          let before = ThreadPool.created.load(ordering: .relaxed)
          let options = arguments + ["--threads", "\(threads)"]
          switch name {
          case "train": try await Train.parse(options).run()
          case "evaluate": try Evaluate.parse(options).run()
          case "predict": try Predict.parse(options).run()
          case "importance": try Importance.parse(options).run()
          case "gradcheck": try GradCheck.parse(options).run()
          case "explain": try Explain.parse(options).run()
          default:
            let matrix = Matrix<Double>(rows: 160, columns: 160, repeating: 1)
            Threads.limited(to: threads) { _ = MatrixEngine().product(matrix, matrix) }
          }
          let pools = ThreadPool.created.load(ordering: .relaxed) - before
          #expect((pools > 0) == (threads > 1), "\(pools) pools with --threads \(threads)")
        }
      }
    }
  }

  @Test("a limit holds for what is inside it, and the inner of two only if it is less")
  func limit() {
    #expect(Threads.available == Threads.cores)
    Threads.limited(to: 1) {
      #expect(Threads.available == 1)
      #expect(Threads.automatic.count(operations: 1 << 40) == 1)
      #expect(Threads.upTo(8).count(operations: 1 << 40) == 1)
      #expect(Threads.exactly(3).count(operations: 1 << 40) == 3)
      Threads.limited(to: 2) { #expect(Threads.available == 1) }
    }
    Threads.limited(to: 1_000_000) { #expect(Threads.available == Threads.cores) }
    Threads.limited(to: -1) { #expect(Threads.available == 1) }
    #expect(Threads.available == Threads.cores)
  }
}
