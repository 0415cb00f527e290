import Foundation
import Testing

@testable import Perceptron

@Suite("Monitors and the metrics of epochs")
struct MonitorTests {
  private static let flowers = Tables.flowers
  private static let houses = Tables.houses

  private func classes(rows: [Int]? = nil) throws -> Dataset<Double> {
    let data = try Dataset<Double>(table(Self.flowers), target: "kind")
    return rows.map { data.selecting(rows: $0) } ?? data
  }

  private func fit(
    _ data: Dataset<Double>, _ monitor: Monitor, validation: Validation<Double>? = nil,
    patience: Int? = nil, minDelta: Double = 0, epochs: Int = 30, seed: UInt64 = 3
  ) throws -> (MLP<Double>, TrainingHistory) {
    let isNumber = data.classNames == nil
    var model = try MLP<Double>(
      inputs: data.inputs, isNumber ? [(4, .tanh), (1, .identity)] : [(4, .tanh), (3, .softmax)],
      seed: 1)
    let history = try model.fit(
      data, loss: isNumber ? .mse : .crossEntropy, optimizer: .adam(learningRate: 0.05),
      epochs: epochs, batchSize: 8, validation: validation ?? .fraction(0.3),
      earlyStopping: patience, minDelta: minDelta, monitor: monitor, seed: seed)
    return (model, history)
  }

  @Test("names, with and without their rows", arguments: Monitor.allCases)
  func names(_ monitor: Monitor) throws {
    #expect(try Monitor(named: monitor.rawValue) == monitor)
    #expect(try Monitor(named: "validation_" + monitor.rawValue.uppercased()) == monitor)
    #expect(try Monitor(named: "val-" + monitor.rawValue.replacing("_", with: "-")) == monitor)
    expectRefusal(.option, "did you mean accuracy?") { _ = try Monitor(named: "acuracy") }
  }

  @Test(
    "the best epoch is that of the best value, in its own direction", arguments: Monitor.allCases)
  func best(_ monitor: Monitor) throws {
    let isNumber = [.mae, .rmse, .r2].contains(monitor)
    let data = isNumber ? try Dataset<Double>(table(Self.houses), target: "price") : try classes()
    let (model, history) = try fit(data, monitor)
    let values = try history.epochs.map { try #require($0.validation?[monitor]) }
    let best = try #require(monitor.isHigherBetter ? values.max() : values.min())
    // The first of equals.
    #expect(history.bestEpoch == (values.firstIndex(of: best) ?? -1) + 1)
    #expect(history.bestValue == best)
    #expect(history.monitor == monitor.title)
    let held = try #require(data.splitForValidation(fraction: 0.3, seed: 3)?.validation)
    let report = EpochMetrics(try model.evaluate(held, loss: isNumber ? .mse : .crossEntropy))
    // In the target's unit, from the table's own numbers: equal up to rounding.
    let again = try #require(report[monitor])
    #expect(abs(again - best) <= 1e-9 * max(1, abs(best)), "\(again), not \(best)")
  }

  @Test("an early stop names the value, its best and the epoch")
  func message() throws {
    let (_, history) = try fit(try classes(), .f1, patience: 4, epochs: 200)
    #expect(history.stopped == .earlyStopping)
    let best = try #require(history.bestValue)
    let text = decimal(best, digits: 6)
    let message = try #require(history.message)
    let beginning = "stopped early: validation f1 has not risen above "
    #expect(message.hasPrefix(beginning))
    let shown = try #require(Double(message.dropFirst(beginning.count).prefix { $0 != " " }))
    #expect(abs(shown - best) < 1e-6, "\(text)")
    #expect(message.hasSuffix("(epoch \(history.bestEpoch)) for 4 epochs"), "\(message)")
    #expect(
      Monitor.loss.notImproved(over: 0.25, epoch: 7, byMoreThan: 0.01, for: 1)
        == "stopped early: validation loss has not fallen below 0.25 (epoch 7) by more than 0.01 "
        + "for 1 epoch")
  }

  @Test("the least improvement counts for patience, not for what is best")
  func minDelta() throws {
    let whole = try fit(try classes(), .loss, epochs: 60).1
    let stopped = try fit(try classes(), .loss, patience: 5, minDelta: 0.05, epochs: 60).1
    #expect(stopped.stopped == .earlyStopping)
    // By hand: epochs since the loss fell by more than 0.05 below the last that did.
    var (reference, waited) = (Double.infinity, 0)
    var expected = 60
    for (index, record) in whole.epochs.enumerated() {
      let loss = try #require(record.validationLoss)
      if loss < reference - 0.05 { (reference, waited) = (loss, 0) } else { waited += 1 }
      if waited == 5 {
        expected = index + 1
        break
      }
    }
    #expect(stopped.epochs.count == expected)
    let losses = stopped.epochs.compactMap(\.validationLoss)
    #expect(stopped.bestEpoch == (losses.firstIndex(of: losses.min() ?? 0) ?? 0) + 1)
    var state = TrainingState<Double>(parameters: [0])
    let options = Problem.options(patience: 9).with { $0.minDelta = 0.25 }
    var best: [Int] = []
    var since: [Int] = []
    for (index, value) in [4, 3.5, 3.375, 3.3125, 3.25, 3.125, 3.25].enumerated() {
      if state.takesForBest(value, options, monitors: true) {
        best.append(index)
        state.best.value = value
      }
      since.append(state.epochsWithoutBest)
    }
    #expect(best == [0, 1, 2, 3, 4, 5])
    // Exactly the least improvement is none.
    #expect(since == [0, 0, 1, 2, 3, 0, 1])
  }

  @Test("a metric that the rows do not have is refused, with advice")
  func refused() throws {
    let data = try classes()
    let houses = try Dataset<Double>(table(Self.houses), target: "price")
    expectRefusal(.option, "rmse", "is a class", "accuracy") { _ = try fit(data, .rmse) }
    expectRefusal(.option, "f1", "is a number", "rmse") { _ = try fit(houses, .f1) }
    expectRefusal(.option, "accuracy", "no validation rows") {
      _ = try fit(data, .accuracy, validation: Validation.none)
    }
    expectRefusal(.option, "least improvement", "early stopping") {
      _ = try fit(data, .loss, minDelta: 0.1)
    }
    expectRefusal(.option, "-0.1") { _ = try fit(data, .loss, patience: 3, minDelta: -0.1) }
    let one = houses.selecting(rows: [0])
    expectRefusal(.option, "r2", "1 validation row", "monitor the loss") {
      _ = try fit(houses, .r2, validation: .dataset(one))
    }
    let single = data.selecting(rows: [4])
    expectRefusal(.option, "roc auc", "every class", "1 validation row") {
      _ = try fit(data, .rocAUC, validation: .dataset(single))
    }
  }

  @Test("one row held out: what is undefined is nil, nothing is NaN", arguments: [true, false])
  func oneRow(_ isNumber: Bool) throws {
    let data = isNumber ? try Dataset<Double>(table(Self.houses), target: "price") : try classes()
    let (_, history) = try fit(
      data, isNumber ? .rmse : .accuracy,
      validation: .dataset(data.selecting(rows: [3])), patience: 3)
    for record in history.epochs {
      let metrics = try #require(record.validation)
      for (name, value) in metrics.members { #expect(value.isFinite, "\(name)") }
      #expect(metrics.r2 == nil && metrics.rocAUC == nil)
    }
  }

  @Test("metrics that are not finite are nil, and never the best")
  func nonFinite() {
    let outputs = Matrix<Double>([[.infinity], [1]])
    let evaluation = Evaluation(
      loss: .infinity, outputs: outputs, targets: Matrix([[2], [3]]))
    let metrics = evaluation.metrics([
      Preprocessing.Target(name: "y", kind: .number(shift: 0, scale: 1))
    ])
    #expect(metrics.rmse == nil && metrics.mae == nil && metrics.r2 == nil)
    var state = TrainingState<Double>(parameters: [0])
    let options = Problem.options(patience: 2)
    let values: [Double?] = [nil, .nan, 0.5, .nan]
    #expect(
      values.map { state.takesForBest($0, options, monitors: true) } == [false, false, true, false])
    #expect(state.epochsWithoutBest == 1 && state.reference == 0.5)
  }

  @Test("training metrics are those of the training rows, and only where they are asked for")
  func trainingMetrics() throws {
    let examples = Problem.examples(as: Double.self)
    var options = Problem.options()
    options.measuresTraining = true
    var model = try Problem.model(as: Double.self)
    let history = try model.train(on: examples, validation: nil, options: options) { _ in .proceed }
    let last = try #require(history.epochs.last?.training)
    let evaluation = try Evaluator(model, loss: .mse).evaluate(examples)
    #expect(last.loss == evaluation.loss)
    let rmse = try #require(last.rmse)
    #expect(abs(rmse * rmse - evaluation.loss) < 1e-12)
    #expect(history.epochs.allSatisfy { $0.validation == nil })
    options.measuresTraining = false
    var other = try Problem.model(as: Double.self)
    let plain = try other.train(on: examples, validation: nil, options: options) { _ in .proceed }
    #expect(plain.epochs.allSatisfy { $0.training == nil })
    #expect(other.parameters.bits == model.parameters.bits)
  }

  @Test("a record survives JSON to the bit")
  func json() throws {
    let (_, history) = try fit(try classes(), .rocAUC, epochs: 3)
    for record in history.epochs {
      let text = record.json.text()
      #expect(EpochRecord(try JSON.parse(Array(text.utf8))) == record)
    }
  }

  @Test("the best of a monitor survives a resume", arguments: [1, 3, 6])
  func resumes(_ last: Int) throws {
    let folder = try TemporaryFolder()
    func run(resumes: Bool, stopsAt: Int? = nil, path: String?) throws -> Outcome {
      let data = try classes()
      var model = try MLP<Double>(inputs: data.inputs, [(4, .tanh), (3, .softmax)], seed: 1)
      let history = try model.fit(
        data, loss: .crossEntropy, optimizer: .adam(learningRate: 0.05), epochs: 60, batchSize: 8,
        validation: .fraction(0.3), earlyStopping: 6, minDelta: 0.02, monitor: .accuracy, seed: 3,
        checkpoint: path.map { TrainingOptions.Checkpoint(path: $0, resumes: resumes) }
      ) { $0.epoch == stopsAt ? .stop : .proceed }
      return Outcome(model, history)
    }
    let whole = try run(resumes: false, path: nil)
    try #require(whole.epochs.count > last, "\(whole.epochs.count)")
    _ = try run(resumes: false, stopsAt: last, path: folder("c"))
    #expect(try run(resumes: true, path: folder("c")) == whole)
  }
}

extension TrainingOptions {
  /// The same with something changed.
  fileprivate func with(_ change: (inout TrainingOptions) -> Void) -> TrainingOptions {
    var options = self
    change(&options)
    return options
  }
}
