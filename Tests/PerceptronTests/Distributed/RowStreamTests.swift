import Testing

@testable import Perceptron

@Suite("Learning from rows on a disk")
struct RowStreamTests {
  /// Rows of a regression, converted without scaling, none held out.
  private func stored(
    _ folder: TemporaryFolder, rows: Int = 200, heldOut: Double = 0,
    scaling: Preprocessing.Scaling = .minmax
  ) throws -> StoredRows {
    let text =
      "a,b,y\n" + (0..<rows).map { "\($0 % 11),\($0 * 3 % 17),\($0 % 7)\n" }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("rows.csv"))
    return try TableConversion(
      folder("rows.csv"), targets: ["y"],
      options: DatasetOptions(task: .regression, scaling: scaling), separator: .automatic,
      heldOut: heldOut, seed: 0
    ).write(to: folder("rows")).stored
  }

  private func options(epochs: Int = 2) -> TrainingOptions {
    Problem.options(.adam(learningRate: 0.01), epochs: epochs, batchSize: 6)
  }

  /// The rows of a window in the order of its batches.
  private func batches(
    of order: WindowOrder, epoch: Int, window: Int, _ share: WindowShare = WindowShare()
  ) -> [Int] {
    let own = order.parts(epoch: epoch, window: window, share).flatMap { Array($0) }
    var places: [Int32] = []
    order.write(&places, epoch: epoch, window: window, share)
    // Batches smaller than 16 leave groups without rows.
    return places.map { own.isEmpty ? -1 : own[Int($0)] }
  }

  @Test("every row once an epoch, blocks whole, another order in every epoch")
  func order() throws {
    let order = try WindowOrder(
      rows: 1003, rowSize: 12, rowsPerUpdate: 10, memory: 2 * 16 * 130, seed: 7)
    #expect(order.windows > 3 && order.blockRows.isMultiple(of: 10))
    var epochs: Set<[Int]> = []
    for epoch in 0..<3 {
      let blocks = order.blocks(epoch: epoch)
      #expect(blocks.flatMap { Array($0) }.sorted() == Array(0..<1003))
      #expect(blocks.dropLast().allSatisfy { $0.count == order.blockRows })
      epochs.insert(blocks.map(\.lowerBound))
      let all = (0..<order.windows).map { batches(of: order, epoch: epoch, window: $0) }
      #expect(all.flatMap { $0 }.sorted() == Array(0..<1003))
      let whole = all.filter { $0.count == order.windowRows }.map { rows in
        rows.map { row in rows.sorted().firstIndex(of: row)! }
      }
      #expect(Set(whole).count == whole.count && whole.count > 2, "two windows of one order")
    }
    #expect(epochs.count == 3)
    expectRefusal(.option, "two updates of 10 rows", "--memory") {
      _ = try WindowOrder(rows: 1003, rowSize: 12, rowsPerUpdate: 10, memory: 200, seed: 7)
    }
    // Memory for all is one window, whatever more there is.
    for memory in [1003 * 16, 1 << 20] {
      let order = try WindowOrder(
        rows: 1003, rowSize: 12, rowsPerUpdate: 10, memory: memory, seed: 7)
      #expect(order.windows == 1 && order.windowRows == 1003)
    }
  }

  @Test(
    "a process reads no more than its share, and finds the rows of one process in it",
    arguments: [6, 40, 41])
  func shares(rowsPerUpdate: Int) throws {
    let order = try WindowOrder(
      rows: 1203, rowSize: 12, rowsPerUpdate: rowsPerUpdate, memory: 2 * 16 * 340, seed: 7)
    #expect(order.windows > 3 && !order.rows.isMultiple(of: order.windowRows))
    for window in 0..<order.windows {
      let all = batches(of: order, epoch: 2, window: window)
      for processes in [1, 2, 3, 4, 5, 8, 16, 20] {
        var held = 0
        for process in 0..<processes {
          let share = WindowShare(of: process, among: processes)
          held += order.parts(epoch: 2, window: window, share).reduce(0) { $0 + $1.count }
          let own = batches(of: order, epoch: 2, window: window, share)
          #expect(own.count == all.count)
          for first in stride(from: 0, to: all.count, by: rowsPerUpdate) {
            let m = min(rowsPerUpdate, all.count - first)
            let part = m * process / processes..<m * (process + 1) / processes
            #expect(part.allSatisfy { own[first + $0] == all[first + $0] })
          }
        }
        if 16.isMultiple(of: processes) { #expect(held == all.count) }
      }
      // A batch has its stretch of every group.
      let sorted = all.sorted()
      var start = 0
      var orders: [[Int]] = []
      for group in 0..<16 {
        var drawn: [Int] = []
        for first in stride(from: 0, to: all.count, by: rowsPerUpdate) {
          let m = min(rowsPerUpdate, all.count - first)
          drawn += all[first + m * group / 16..<first + m * (group + 1) / 16]
        }
        #expect(drawn.sorted() == Array(sorted[start..<start + drawn.count]))
        let places = Dictionary(uniqueKeysWithValues: zip(drawn.sorted(), drawn.indices))
        if drawn.count > 10 { orders.append(drawn.map { places[$0]! }) }
        start += drawn.count
      }
      #expect(orders.allSatisfy { $0 != $0.sorted() })
      #expect(Set(orders).count == orders.count, "two groups of one order")
    }
  }

  @Test("windows are what is written: the training of the same order in memory, to the bit")
  func windows() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder)
    let plan = try MLP<Float>.StreamPlan(stored, options(), memory: 2 * 16 * 40)
    #expect(plan.windows > 3)
    var model: MLP<Float> = try Problem.model()
    var step = try TrainingStep(
      model, loss: .mse, optimizer: .adam(learningRate: 0.01), largestBatch: 6, seed: 3,
      threads: .exactly(1))
    _ = try model.train(on: plan, options: options()) { _ in .proceed }

    let all: Examples<Float> = try stored.examples(0..<200)
    for epoch in 0..<2 {
      let rows = (0..<plan.windows).flatMap { window in
        batches(of: plan.order, epoch: epoch, window: window).map { Int32($0) }
      }
      for first in stride(from: 0, to: 200, by: 6) {
        rows.withUnsafeBufferPointer {
          _ = step.run(all, rows: min(6, 200 - first), order: $0.baseAddress! + first)
        }
      }
    }
    var expected = model
    step.snapshot(into: &expected)
    #expect(model.parameters == expected.parameters)
  }

  @Test("with memory for all, the bits of rows in memory; also in double and in several processes")
  func inMemory() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder)
    @Sendable func outcomes<Element: Scalar>(
      _ communicator: (any Communicator)? = nil, as: Element.Type
    ) throws -> [Outcome] {
      var streamed: MLP<Element> = try Problem.model()
      var whole = streamed
      let plan = try MLP<Element>.StreamPlan(stored, options(), memory: 1 << 20)
      let first = try streamed.train(on: plan, options: options(), with: communicator) { _ in
        .proceed
      }
      let second = try whole.train(
        on: stored.examples(0..<200), validation: nil, options: options(), with: communicator
      ) { _ in .proceed }
      return [Outcome(streamed, first), Outcome(whole, second)]
    }
    let float = try outcomes(as: Float.self)
    #expect(float[0] == float[1])
    let double = try outcomes(as: Double.self)
    #expect(double[0] == double[1])
    let shared = try together(2) { try outcomes($0, as: Float.self) }
    #expect(shared[0][0] == shared[0][1] && shared[0][0] == shared[1][0])
  }

  @Test("several processes learn from the rows of one, with nothing but their share to read")
  func processes() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder, rows: 1203)
    // Batches of 40 rows, and of fewer than stretches.
    for (batch, deterministic) in [(40, true), (6, true), (40, false)] {
      var options = Problem.options(.adam(learningRate: 0.01), epochs: 1, batchSize: batch)
      options.isDeterministic = deterministic
      let settings = options
      @Sendable func train(
        _ rows: StoredRows, _ communicator: (any Communicator)? = nil
      ) throws -> MLP<Float> {
        var model: MLP<Float> = try Problem.model()
        let plan = try MLP<Float>.StreamPlan(rows, settings, memory: 2 * 16 * 340)
        #expect(plan.windows > 3)
        _ = try model.train(on: plan, options: settings, with: communicator) { _ in .proceed }
        return model
      }
      let one = try train(stored)
      let order = try MLP<Float>.StreamPlan(stored, options, memory: 2 * 16 * 340).order
      for count in deterministic ? [2, 4] : [2, 3, 4] {
        // What a process may not read is no number in its files; the first rows are looked at by all.
        let copies = try (0..<count).map { rank in
          var own = Set(0..<256)
          for window in 0..<order.windows {
            let share = WindowShare(of: rank, among: count)
            own.formUnion(order.parts(epoch: 0, window: window, share).flatMap { Array($0) })
          }
          let name = folder("\(batch)-\(deterministic)-\(count)-\(rank)")
          return try copy(stored, to: name) { own.contains($0) ? nil : .nan }
        }
        for model in try together(count, { try train(copies[$0.rank], $0) }) {
          let difference = zip(model.parameters, one.parameters).map { abs($0 - $1) }.max()
          #expect(
            deterministic ? model.parameters == one.parameters : difference ?? 1 < 1e-5,
            "\(count) processes, batches of \(batch)")
        }
      }
      let poisoned = try copy(stored, to: folder("\(batch)-\(deterministic)-one")) {
        $0 == 1202 ? .nan : nil
      }
      expectRefusal(.dataset, "not a finite number") { _ = try train(poisoned) }
    }
  }

  /// A copy of rows, with another first input for some.
  private func copy(
    _ rows: StoredRows, to folder: String, _ changed: (Int) -> Float?
  ) throws -> StoredRows {
    try FileSystem.makeFolder(folder)
    for name in ["inputs.npy", "targets.npy", "rows.json"] {
      var bytes = try FileSystem.read(rows.folder + "/" + name)
      if name == "inputs.npy" {
        bytes.withUnsafeMutableBytes { bytes in
          for row in 0..<rows.rows {
            guard let value = changed(row) else { continue }
            bytes.storeBytes(
              of: value, toByteOffset: StoredRows.headerSize + row * rows.inputs * 4,
              as: Float.self)
          }
        }
      }
      try FileSystem.writeAtomically(bytes, to: folder + "/" + name)
    }
    return try StoredRows(contentsOf: folder)
  }

  @Test("two windows take turns in the same memory; one that has all rows is read once")
  func memory() throws {
    let folder = try TemporaryFolder()
    let rows = try stored(folder, rows: 1203)
    func places(memory: Int) throws -> [UnsafePointer<Float>] {
      let order = try WindowOrder(
        rows: 1203, rowSize: 12, rowsPerUpdate: 40, memory: memory, seed: 1)
      let stream = RowStream<Float>(
        rows, order: order, share: WindowShare(of: 1, among: 2), epochs: 3)
      defer { stream.finish() }
      var places: [UnsafePointer<Float>] = []
      for epoch in 0..<3 {
        for number in 0..<order.windows {
          let window = try stream.window(epoch: epoch, holding: number * order.windowRows)
          #expect(window.first == number * order.windowRows && window.epoch == epoch)
          guard case .numbers(let inputs) = window.examples.source else { continue }
          #expect(
            window.examples.rows
              <= (order.windows == 1 ? 1203 : (order.windowRows + 1) / 2))
          places.append(inputs.values.withUnsafeBufferPointer { $0.baseAddress! })
        }
      }
      return places
    }
    let windows = try places(memory: 2 * 16 * 340)
    #expect(windows.count == 12 && Set(windows).count == 2)
    #expect(zip(windows, windows.dropFirst()).allSatisfy { $0 != $1 })
    let whole = try places(memory: 1 << 20)
    #expect(whole.count == 3 && Set(whole).count == 1)
  }

  @Test("no number is told wherever it stands, in both precisions")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    let rows = try stored(folder)
    func read<Element: Scalar>(_ rows: StoredRows, as: Element.Type) throws -> [Element] {
      var old: Examples<Element>?
      return try rows.examples([150..<200, 0..<150], over: &old).inputs.values
    }
    let plain: Examples<Double> = try rows.examples(0..<200)
    let values = plain.inputs.values
    #expect(try read(rows, as: Double.self) == Array(values[300...] + values[..<300]))
    #expect(try read(rows, as: Float.self).map { Double($0) } == read(rows, as: Double.self))
    for (row, value) in [(0, Float.nan), (199, .infinity), (77, -.infinity)] {
      let copy = try copy(rows, to: folder("copy\(row)")) { $0 == row ? value : nil }
      expectRefusal(.dataset, "\(value), not a finite number") {
        _ = try read(copy, as: Float.self)
      }
      expectRefusal(.dataset, "\(value), not a finite number") {
        _ = try read(copy, as: Double.self)
      }
    }
    let largest = try copy(rows, to: folder("largest")) { _ in -.greatestFiniteMagnitude }
    #expect(try read(largest, as: Float.self).contains(-.greatestFiniteMagnitude))
  }

  @Test("stopped in the middle of a window and taken up, by others too, it ends with the same bits")
  func resume() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder, heldOut: 0.1)
    let plan = try MLP<Float>.StreamPlan(stored, options(), memory: 2000)
    #expect(plan.windows > 2)
    struct Stop: TrainingCallback {
      let step: Int?
      func stepEnded(_ record: StepRecord) -> TrainingControl {
        step == Int(record.step) ? .stop : .proceed
      }
    }
    @Sendable func run(
      _ options: TrainingOptions, stopAt: Int? = nil, with communicator: (any Communicator)? = nil
    ) throws -> Outcome {
      var model: MLP<Float> = try Problem.model()
      let history = try model.train(
        on: plan, options: options, with: communicator, callbacks: [Stop(step: stopAt)]
      ) { _ in .proceed }
      return Outcome(model, history)
    }
    let whole = try run(options(epochs: 3))
    var saved = options(epochs: 3)
    saved.checkpoint = .init(path: folder("state"), every: .steps(5), resumes: true)
    for step in [4, 17, 40] { #expect(try run(saved, stopAt: step).stopped == .interrupted) }
    #expect(try run(saved) == whole)
    // Another memory is another order.
    let other = try MLP<Float>.StreamPlan(stored, saved, memory: 3000)
    var model: MLP<Float> = try Problem.model()
    expectRefusal(.modelFile, "rows of a window") {
      _ = try model.train(on: other, options: saved) { _ in .proceed }
    }
    // Other processes read other shares.
    var shared = options(epochs: 3)
    shared.isDeterministic = true
    let alone = try run(shared)
    shared.checkpoint = .init(path: folder("shared"), every: .steps(5), resumes: true)
    let settings = shared
    for (step, count) in [(4, 2), (17, 4), (40, 1)] {
      for outcome in try together(count, { try run(settings, stopAt: step, with: $0) }) {
        #expect(outcome.stopped == .interrupted)
      }
    }
    #expect(try together(8) { try run(settings, with: $0) }.allSatisfy { $0 == alone })
  }

  @Test("what needs all rows is refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder)
    var model: MLP<Float> = try Problem.model()
    var options = options()
    options.measuresTraining = true
    let plan = try MLP<Float>.StreamPlan(stored, options, memory: 1 << 20)
    expectRefusal(.option, "all of them") {
      _ = try model.train(on: plan, options: options) { _ in .proceed }
    }
    options.measuresTraining = false
    options.patience = 3
    expectRefusal(.option, "no validation rows") {
      _ = try model.train(on: plan, options: options) { _ in .proceed }
    }
    options.patience = nil
    options.loss = .poisson
    let scaled = try MLP<Float>.StreamPlan(
      self.stored(folder, scaling: .standard), options, memory: 1 << 20)
    expectRefusal(.network, "--scale none") {
      _ = try model.train(on: scaled, options: options) { _ in .proceed }
    }
    var narrow = try MLP<Float>(inputs: 3, [(1, .identity)], seed: 0)
    expectRefusal(.network, "2 inputs") {
      _ = try narrow.train(on: plan, options: self.options()) { _ in .proceed }
    }
  }
}
