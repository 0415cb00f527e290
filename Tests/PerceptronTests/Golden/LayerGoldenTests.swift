import Testing

@testable import Perceptron

/// A case of `networks.json` with normalisation or dropout.
private struct GoldenStack: Sendable, CustomTestStringConvertible {
  let name: String
  let mode: Mode
  let architecture: Architecture
  let parameters: [Double]
  /// M of each dropout layer, by its place.
  let masks: [Int: Matrix<Double>]
  let loss: Loss
  let X: Matrix<Double>
  let T: Matrix<Double>
  let expected: Gold

  var testDescription: String { name }

  init(_ gold: Gold) throws {
    name = try gold["name"].text
    mode = try gold["mode"].text == "train" ? .training : .inference
    var layers: [Layer] = []
    var parameters: [Double] = []
    var masks: [Int: Matrix<Double>] = [:]
    for (index, layer) in try gold["layers"].elements.enumerated() {
      func add(_ names: String...) throws {
        for name in names { parameters += try layer[name].tensor.values }
      }
      switch try layer["kind"].text {
      case "dense":
        let activation = try #require(Parts.activation(layer["activation"].text))
        let hasBias = layer.optional("b") != nil
        layers.append(.dense(try layer["units"].integer, activation, bias: hasBias))
        try add("W")
        if hasBias { try add("b") }
      case "activation":
        layers.append(.activation(try #require(Parts.activation(layer["activation"].text))))
      case "batch_norm":
        layers.append(
          .batchNormalization(
            BatchNormalization(
              epsilon: try layer["eps"].number, momentum: try layer["momentum"].number)))
        try add("gamma", "beta", "running_mean", "running_var")
      case "layer_norm":
        layers.append(
          .layerNormalization(LayerNormalization(epsilon: try layer["eps"].number)))
        try add("gamma", "beta")
      case "dropout":
        let rate = try layer["p"].number
        layers.append(.dropout(rate))
        if let mask = try layer.optional("mask")?.tensor {
          masks[index] = Matrix(
            rows: mask.rows, columns: mask.columns, values: mask.values.map { $0 / (1 - rate) })
        }
      case let kind: throw Gold.Failure(description: "\(name): a layer of kind \(kind)")
      }
    }
    architecture = try Architecture(inputs: gold["input_size"].integer, layers: layers)
    self.parameters = parameters
    self.masks = masks
    loss = try #require(gold["loss"].losses.first)
    X = try gold["X"].tensor
    if let classes = gold.optional("class_targets") {
      var targets = Matrix<Double>(rows: X.rows, columns: architecture.outputs)
      for (i, label) in try classes.elements.enumerated() { targets[i, try label.integer] = 1 }
      T = targets
    } else {
      T = try gold["targets"].tensor
    }
    expected = try gold["expected"]
  }

  static func all() throws -> [GoldenStack] {
    try Gold(file: "networks.json")["cases"].elements
      .filter { try $0["group"].text == "i" }
      .filter { gold in
        try gold["layers"].elements.allSatisfy { layer in
          try layer.optional("activation").map { try Parts.activation($0.text) != nil } ?? true
        }
      }
      .map(GoldenStack.init)
  }

  /// Runs a plan of it with the masks given.
  func run<Element: Scalar>(
    _ purpose: Plan.Purpose, keepsEverything: Bool, _ executor: Executor, threads: Int,
    as: Element.Type
  ) throws -> (plan: Plan, runner: PlanRunner<Element>, loss: Element) {
    let plan = Plan(
      architecture, purpose, largestBatch: X.rows, keepsEverything: keepsEverything, mode: mode,
      drawsMasks: false)
    let runner = try PlanRunner<Element>(plan, executor: executor, threads: .exactly(threads))
    runner.workspace.write(parameters.map { Element($0) }, to: .parameters)
    for (index, mask) in masks {
      guard let operand = plan.layers[index].kept.first else { continue }
      runner.workspace.memory.write(
        mask.rounded(to: Element.self), to: operand, batch: X.rows, from: "the reference")
    }
    var clock = OptimizerClock()
    clock.advance(.sgd())
    let (x, t) = (X.rounded(to: Element.self), T.rounded(to: Element.self))
    let value = x.values.withUnsafeBufferPointer { x in
      t.values.withUnsafeBufferPointer { t in
        runner.workspace.point(.inputs, at: x.baseAddress)
        runner.workspace.point(.targets, at: t.baseAddress)
        return runner.run(
          PlanCall(rows: X.rows, coefficients: clock.coefficients(.sgd(learningRate: 1))))
      }
    }
    return (plan, runner, value)
  }

  /// The names of the gradients in the reference.
  static let gradients: [Parameter.Role: String] = [
    .weights: "dW", .bias: "db", .scale: "dgamma", .shift: "dbeta",
  ]

  /// A tiny variance makes gradients of a size at which an absolute limit is right.
  var gradientTolerance: Tolerance {
    ["i-batch-norm-constant-feature", "i-batch-norm-batch-of-two"].contains(name)
      ? .relative(0, plus: 1e-9) : .tensor(1e-11, plus: 1e-14)
  }
}

@Suite("Normalisation and dropout of the reference")
struct LayerGoldenTests {
  @Test("every value of both passes", arguments: try GoldenStack.all())
  private func passes(_ item: GoldenStack) throws {
    for (executor, threads) in [(Executor.plain, 1), (.kernels, 1), (.kernels, 2), (.kernels, 3)] {
      let context = "\(executor), \(threads) threads"
      let (plan, runner, loss) = try item.run(
        .differentiate(item.loss), keepsEverything: true, executor, threads: threads,
        as: Double.self)
      func matrix(_ operand: Operand) -> Matrix<Double> {
        runner.workspace.matrix(operand, batch: item.X.rows)
      }
      let layers = try item.expected["layers"].elements
      #expect(layers.count == plan.layers.count)
      expectClose(
        "loss", [loss], [try item.expected["loss"].number], within: .entry(1e-12), context)
      for (index, gold) in layers.enumerated() {
        let name = "\(index + 1)"
        if let Z = try gold.optional("Z")?.tensor {
          expectClose(
            "Z\(name)", matrix(plan.layers[index].preActivation), Z, within: .entry(1e-12), context)
        }
        expectClose(
          "A\(name)", matrix(plan.layers[index].activation), try gold["A"].tensor,
          within: .entry(1e-12), context)
        if let gradient = plan.gradients[index].outputGradient {
          expectClose(
            "dA\(name)", matrix(gradient), try gold["dA"].tensor, within: item.gradientTolerance,
            context)
        }
        for parameter in item.architecture.parameters
        where parameter.layer == index && parameter.role.isTrained {
          let key = try #require(GoldenStack.gradients[parameter.role])
          expectClose(
            "\(key) \(name)", matrix(plan.gradient(parameter.role, layer: index)),
            try gold[key].tensor, within: item.gradientTolerance, context)
        }
      }
      let inputGradient = try #require(plan.inputGradient)
      expectClose(
        "dX", matrix(inputGradient), try item.expected["dX"].tensor,
        within: item.gradientTolerance, context)
    }
  }

  @Test("a training step, and the running statistics after it", arguments: try GoldenStack.all())
  private func step(_ item: GoldenStack) throws {
    guard item.mode == .training else { return }
    var first: [UInt64]?
    for (executor, threads) in [(Executor.plain, 1), (.kernels, 1), (.kernels, 2), (.kernels, 3)] {
      let context = "\(executor), \(threads) threads"
      let (plan, runner, _) = try item.run(
        .train(item.loss, .sgd(learningRate: 1), Regularization()), keepsEverything: false,
        executor,
        threads: threads, as: Double.self)
      var after: [Double] = []
      runner.workspace.read(.parameters, into: &after)
      for parameter in plan.architecture.parameters {
        let gold = try item.expected["layers"].elements[parameter.layer]
        let got = Matrix(
          rows: parameter.rows, columns: parameter.columns, values: Array(after[parameter.range]))
        let before = item.parameters[parameter.range]
        switch parameter.role {
        case .runningMean:
          expectClose(
            "running mean", got, try gold["running_mean"].tensor, within: .entry(1e-12), context)
        case .runningVariance:
          expectClose(
            "running variance", got, try gold["running_var"].tensor, within: .entry(1e-12), context)
        default:
          let key = try #require(GoldenStack.gradients[parameter.role])
          let gradient = try gold[key].tensor.values
          expectClose(
            parameter.name, got.values, zip(before, gradient).map { $0 - $1 },
            within: .relative(1e-9, plus: 1e-9), context)
        }
      }
      if let first { #expect(after.bits == first, "\(context): other bits") }
      first = after.bits
    }
  }
}
