import Testing

@testable import Perceptron

@Suite("L-BFGS")
struct LBFGSTests {
  /// A function, where it starts and where its minimum is.
  struct Function: Sendable, CustomTestStringConvertible {
    let name: String
    let start: [Double]
    let minimum: [Double]
    let evaluate: @Sendable ([Double]) -> (value: Double, gradient: [Double])
    var testDescription: String { name }
  }

  static let functions = [
    Function(name: "Rosenbrock", start: [-1.2, 1], minimum: [1, 1]) { x in
      let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
      return (a * a + 100 * b * b, [-2 * a - 400 * x[0] * b, 200 * b])
    },
    // The five-dimensional form, from the start of scipy's tutorial.
    Function(name: "Rosenbrock 5", start: [1.3, 0.7, 0.8, 1.9, 1.2], minimum: [1, 1, 1, 1, 1]) {
      x in
      var (value, gradient) = (0.0, [Double](repeating: 0, count: 5))
      for i in 0..<4 {
        let (a, b) = (1 - x[i], x[i + 1] - x[i] * x[i])
        value += a * a + 100 * b * b
        gradient[i] += -2 * a - 400 * x[i] * b
        gradient[i + 1] += 200 * b
      }
      return (value, gradient)
    },
    Function(name: "Beale", start: [1, 1], minimum: [3, 0.5]) { x in
      let y = x[1]
      let r = [1.5 - x[0] + x[0] * y, 2.25 - x[0] + x[0] * y * y, 2.625 - x[0] + x[0] * y * y * y]
      let (dx, dy) = ([y - 1, y * y - 1, y * y * y - 1], [x[0], 2 * x[0] * y, 3 * x[0] * y * y])
      return (
        r.reduce(0) { $0 + $1 * $1 },
        [
          2 * (r[0] * dx[0] + r[1] * dx[1] + r[2] * dx[2]),
          2 * (r[0] * dy[0] + r[1] * dy[1] + r[2] * dy[2]),
        ]
      )
    },
    Function(name: "a long valley", start: [5, -3, 2], minimum: [1, 2, 3]) { x in
      let (d, c) = ([x[0] - 1, x[1] - 2, x[2] - 3], [1.0, 100, 10_000])
      return (
        zip(d, c).reduce(0) { $0 + $1.1 * $1.0 * $1.0 / 2 }, zip(d, c).map { $0 * $1 }
      )
    },
  ]

  @Test("finds the minimum", arguments: functions)
  func minimum(_ function: Function) throws {
    var memory = LBFGS()
    let (value, gradient) = function.evaluate(function.start)
    var point = LBFGS.Point(x: function.start, value: value, gradient: gradient)
    var iterations = 0
    while point.slope > 1e-9, iterations < 100 {
      let before = point
      point = try #require(
        memory.iterate(from: point, first: 1, history: 10) { function.evaluate($0) })
      iterations += 1
      #expect(memory.pairs.count <= 10)
      // The strong Wolfe conditions along the step that was made.
      let step = zip(point.x, before.x).map { $0 - $1 }
      let slope = zip(step, before.gradient).reduce(0) { $0 + $1.0 * $1.1 }
      let after = zip(step, point.gradient).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(point.value <= before.value + 1e-4 * slope + 1e-15)
      #expect(abs(after) <= 0.9 * abs(slope) + 1e-15)
    }
    #expect(iterations < 60, "\(iterations) iterations")
    for (x, wanted) in zip(point.x, function.minimum) { #expect(abs(x - wanted) < 1e-7) }
  }

  @Test("an end where no step lowers the function")
  func stuck() {
    var memory = LBFGS()
    let start = LBFGS.Point(x: [0], value: 0, gradient: [1])
    // A gradient that lies: every step rises.
    #expect(
      memory.iterate(from: start, first: 1, history: 3) { (abs($0[0]), [1]) } == nil)
  }

  @Test("beats Adam on a small network, and says that it has converged")
  func network() throws {
    let examples: Examples<Double> = Problem.examples()
    func train(_ optimizer: Optimizer, _ epochs: Int) throws -> (Double, TrainingHistory) {
      var model: MLP<Double> = try Problem.model()
      let history = try model.train(
        on: examples, validation: nil,
        options: Problem.options(optimizer, epochs: epochs, batchSize: 18),
        onEpoch: { _ in .proceed })
      return (
        try model.loss(
          inputs: Matrix(examples), targets: examples.targets, loss: .mse), history
      )
    }
    let (quasiNewton, history) = try train(.lbfgs(), 300)
    let (adam, _) = try train(.adam(learningRate: 0.05), 300)
    #expect(quasiNewton < adam)
    // Losses never rise from iteration to iteration.
    #expect(zip(history.epochs, history.epochs.dropFirst()).allSatisfy { $0.loss >= $1.loss })
    var model: MLP<Double> = try MLP(inputs: 2, [(1, .identity)], seed: 1)
    let linear = try model.train(
      on: examples, validation: nil,
      options: Problem.options(.lbfgs(tolerance: 1e-9), epochs: 100),
      onEpoch: { _ in .proceed })
    #expect(linear.stopped == .converged && linear.epochs.count < 20)
    #expect(linear.message?.contains("converged in epoch") == true)
  }

  @Test("decay is part of what is minimised, but not of the loss")
  func decay() throws {
    var options = Problem.options(.lbfgs(tolerance: 1e-10), epochs: 50)
    options.regularization = Regularization(weightDecay: 0.3, decaysBiases: false, l2: 0.2)
    var model: MLP<Double> = try MLP(inputs: 2, [(1, .identity)], seed: 1)
    let examples: Examples<Double> = Problem.examples()
    _ = try model.train(on: examples, validation: nil, options: options, onEpoch: { _ in .proceed })
    // At the minimum the loss's gradient is −λw for weights and 0 for the bias.
    var at = model
    func loss(_ k: Int, _ h: Double) throws -> Double {
      at.parameters = model.parameters
      at.parameters[k] += h
      return try at.loss(inputs: Matrix(examples), targets: examples.targets, loss: .mse)
    }
    for k in 0..<3 {
      let slope = (try loss(k, 1e-5) - loss(k, -1e-5)) / 2e-5
      #expect(abs(slope + (k < 2 ? 0.5 * model.parameters[k] : 0)) < 1e-8)
    }
  }

  @Test("what does not go with it is refused")
  func refusals() throws {
    func refused(_ change: (inout TrainingOptions) -> Void, _ message: String) {
      expectRefusal(.option, message) {
        var options = Problem.options(.lbfgs())
        change(&options)
        try options.validate()
      }
    }
    refused({ $0.schedule = .init(.constant) }, "a schedule does not go with it")
    refused({ $0.regularization.l1 = 1 }, "kinks")
    refused({ $0.regularization.clipping = .norm(1) }, "clipping does not go with it")
  }
}

extension Matrix where Element == Double {
  /// The inputs of `Problem.examples()`.
  fileprivate init(_ examples: Examples<Double>) {
    self = Draw.normal(rows: Problem.rows, columns: 2, seed: 1)
  }
}

@Suite("Learning-rate finder")
struct LearningRateFinderTests {
  @Test("the suggestion lies between too small and too large, and trains better than both")
  func sweep() throws {
    let model: MLP<Double> = try Problem.model()
    let finder = LearningRateFinder(optimizer: .sgd(), rates: 1e-5...100, batchSize: 18)
    let sweep = try finder.sweep(model, on: Problem.examples(), loss: .mse)
    #expect(sweep == (try finder.sweep(model, on: Problem.examples(), loss: .mse)))
    #expect(sweep.hasDiverged && sweep.points.count > 20)
    let rates = sweep.points.map(\.learningRate)
    #expect(rates[0] == 1e-5)
    // 10⁷ over 99 steps.
    #expect(zip(rates, rates.dropFirst()).allSatisfy { abs($1 / $0 - 1.17681195) < 1e-6 })
    let suggestion = try #require(sweep.suggestion)
    #expect(suggestion > 1e-3 && suggestion < rates[rates.count - 1])
    func loss(_ rate: Double) throws -> Double {
      var model: MLP<Double> = try Problem.model()
      let history = try model.train(
        on: Problem.examples(), validation: nil,
        options: Problem.options(.sgd(learningRate: rate), epochs: 5),
        onEpoch: { _ in .proceed })
      return history.stopped == .diverged ? .infinity : history.epochs[4].loss
    }
    #expect(try loss(suggestion) < loss(suggestion / 100))
    #expect(try loss(suggestion) < loss(rates[rates.count - 1] * 10))
    let svg = sweep.svg()
    #expect(svg.hasPrefix("<svg") && svg.contains("suggestion"))
  }

  @Test("the smoothed loss and the two rules, by hand")
  func rules() {
    let values = [1.0, 0.9, 0.8, 0.4, 0.2, 0.1, 0.09, 0.5]
    let sweep = LearningRateFinder.Sweep(
      points: values.enumerated().map {
        .init(learningRate: Double($0.offset + 1), loss: $0.element, smoothed: $0.element)
      }, hasDiverged: true)
    // Over two neighbours each way: −0.8 at 3, −0.8 at 4, −0.71 at 5, +0.3 at 6.
    #expect(sweep.steepest == 3 && sweep.tenthOfLowest == 0.7 && sweep.suggestion == 3)
    let rising = LearningRateFinder.Sweep(
      points: (1...9).map { .init(learningRate: Double($0), loss: 1, smoothed: Double($0)) },
      hasDiverged: false)
    #expect(rising.steepest == nil && rising.suggestion == 0.1)
  }
}
