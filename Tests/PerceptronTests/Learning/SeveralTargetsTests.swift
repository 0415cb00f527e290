import Testing

@testable import Perceptron

/// Several targets, columns of weights, weights of classes: from the table to the report.
@Suite("Several targets, and weights")
struct SeveralTargetsTests {
  /// Two numbers, two labels, three classes, a count and weights, all of x.
  static let rows: String = {
    var text = "x,w,y,z,warm,big,kind,count\n"
    for i in 0..<40 {
      let x = Double(i - 20) / 10
      text += "\(x),\(i % 4),\(3 * x + 1),\(100 - 50 * x),\(x > 0 ? "yes" : "no"),"
      text += "\(x > 1 ? 1 : 0),\(i < 10 ? "a" : i < 30 ? "b" : "c"),\(i / 8)\n"
    }
    return text
  }()

  private func data(
    _ targets: [String], weights: String? = nil, task: DatasetOptions.Task = .automatic
  ) throws -> Dataset<Double> {
    let others = ["y", "z", "warm", "big", "kind", "count"].filter { !targets.contains($0) }
    return try Dataset(
      table(Self.rows), targets: targets,
      options: DatasetOptions(
        task: task, drop: others + (weights == nil ? ["w"] : []), weightColumn: weights))
  }

  private func trained(
    _ data: Dataset<Double>, _ outputs: Int, _ activation: Activation, _ loss: Loss
  ) throws -> MLP<Double> {
    var model = try MLP<Double>(
      inputs: data.inputs, [(6, .tanh), (outputs, activation)], seed: 4)
    try model.fit(
      data, loss: loss, optimizer: .adam(learningRate: 0.05), epochs: 60, batchSize: 8,
      validation: .none)
    return model
  }

  private func copy(_ model: MLP<Double>) throws -> MLP<Double> {
    let folder = try TemporaryFolder()
    let path = folder("model")
    try model.save(to: path)
    return try MLP(contentsOf: path)
  }

  @Test("several numbers: each standardised by itself, predicted in its own unit")
  func numbers() throws {
    let data = try data(["y", "z"])
    #expect(data.targets == ["y", "z"])
    #expect(!data.isClassification)
    let examples = try data.examples(outputs: 2)
    for j in 0..<2 {
      let column = (0..<40).map { examples.targets[$0, j] }
      #expect(abs(column.reduce(0, +)) < 1e-12)
      #expect(abs(column.reduce(0) { $0 + $1 * $1 } / 40 - 1) < 1e-12)
    }
    let model = try trained(data, 2, .identity, .mse)
    guard case .targets(let names, let parts) = try model.predict(data),
      case .numbers(let y) = parts[0], case .numbers(let z) = parts[1]
    else {
      Issue.record("no predictions of two numbers")
      return
    }
    #expect(names == ["y", "z"])
    #expect(abs(y[5] + 3.5) < 0.5)
    #expect(abs(z[5] - 175) < 10)
    let report = try model.evaluate(data)
    let own = report.targets.compactMap(\.regression)
    #expect(own.count == 2)
    #expect(report.targets.map(\.name) == ["y", "z"])
    #expect(own[1].mae > 5 * own[0].mae)
    #expect(abs(try #require(report.regression).mae - (own[0].mae + own[1].mae) / 2) < 1e-12)
    #expect(try copy(model) == model)
    #expect(try copy(model).preprocessing?.targets.map(\.name) == ["y", "z"])
  }

  @Test("labels: a probability each, counted alone and together")
  func labels() throws {
    let data = try data(["warm", "big"])
    #expect(data.isClassification)
    #expect(data.classNames == nil)
    let model = try trained(data, 2, .sigmoid, .binaryCrossEntropy)
    guard case .targets(_, let parts) = try model.predict(data),
      case .classes(let warm, let answers, let probabilities) = parts[0],
      case .classes(let big, _, _) = parts[1]
    else {
      Issue.record("no predictions of two labels")
      return
    }
    #expect(warm == ["no", "yes"])
    #expect(big == ["0", "1"])
    #expect(answers[0] == 0 && answers[39] == 1)
    #expect(abs(probabilities[3][0] + probabilities[3][1] - 1) < 1e-15)
    let report = try model.evaluate(data)
    let labels = try #require(report.labels)
    #expect(labels.subsetAccuracy > 0.9)
    #expect(report.targets.compactMap(\.classification).count == 2)
    #expect(try copy(model) == model)
    // Softmax takes one class among several; hinge any label as ±1.
    expectRefusal(.network, "binary-cross-entropy", "warm") {
      _ = try trained(data, 2, .softmax, .crossEntropy)
    }
    let scores = try trained(data, 2, .identity, .hinge)
    #expect(try #require(scores.evaluate(data).labels).subsetAccuracy > 0.9)
    #expect(try copy(scores) == scores)
  }

  @Test("metrics of labels are those of scikit-learn")
  func metrics() {
    // f1_score([[1,0,1],[0,1,0],[1,1,0],[0,0,0]], [[1,0,0],[0,1,1],[1,0,0],[0,0,0]])
    let metrics = LabelMetrics(
      truth: [true, false, true, false, true, false, true, true, false, false, false, false],
      predicted: [true, false, false, false, true, true, true, false, false, false, false, false],
      labels: 3)
    #expect(metrics.subsetAccuracy == 0.25)
    #expect(metrics.hammingLoss == 0.25)
    #expect(abs(metrics.macroF1 - (1 + 2.0 / 3 + 0) / 3) < 1e-15)
    #expect(abs(metrics.microF1 - 6.0 / 9) < 1e-15)
  }

  @Test("targets of different sorts are refused")
  func refusals() throws {
    expectRefusal(.dataset, "all numbers, or all of two values", "kind") {
      _ = try data(["y", "kind"])
    }
    expectRefusal(.dataset, "two values each", "kind") {
      _ = try data(["warm", "kind"], task: .classification)
    }
    expectRefusal(.option, "named twice") { _ = try data(["y", "y"]) }
    expectRefusal(.option, "cannot weigh") {
      _ = try Dataset<Float>(
        table(Self.rows), target: "w", options: DatasetOptions(weightColumn: "w"))
    }
    expectRefusal(.network, "2 targets need as many outputs") {
      _ = try trained(data(["y", "z"]), 3, .identity, .mse)
    }
  }

  @Test("a column of weights is no input, and weighs the loss of training and of judging")
  func weightColumn() throws {
    let data = try data(["y"], weights: "w")
    #expect(data.inputs == 1)
    let examples = try data.examples(outputs: 1)
    #expect(examples.weights == (0..<40).map { Double($0 % 4) })
    let model = try trained(data, 1, .identity, .mse)
    let outputs = try model.outputs(examples.inputs)
    let errors = (0..<40).map { i -> Double in
      let d = outputs[i, 0] - examples.targets[i, 0]
      return d * d
    }
    let weights = try #require(examples.weights)
    let mean = zip(errors, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    let report = try model.evaluate(data, loss: .mse)
    #expect(abs(try #require(report.loss) - mean) < 1e-14)
    #expect(try copy(model).preprocessing?.weightColumn == "w")
    // A table without the column counts every row once.
    let plain = try model.evaluate(table("x,y\n0,1\n1,4\n"), loss: .mse)
    #expect(plain.rows == 2)
  }

  @Test("weights that are none are refused with their line")
  func badWeights() throws {
    for (cell, message) in [("-1", "no weight"), ("", "missing")] {
      let text = "x,w,y\n1,1,2\n2,\(cell),3\n3,1,4.5\n"
      expectRefusal(.dataset, "line 3", message) {
        _ = try Dataset<Float>(
          table(text), target: "y", options: DatasetOptions(weightColumn: "w")
        ).examples(outputs: 1)
      }
    }
  }

  @Test("balanced class weights are n/(K n_k); others are named")
  func classWeights() throws {
    let data = try data(["kind"])
    #expect(try data.classWeights("balanced") == [40.0 / 30, 40.0 / 60, 40.0 / 30])
    #expect(try data.classWeights("c=2.5, a=0") == [0, 1, 2.5])
    expectRefusal(.option, "unknown class") { _ = try data.classWeights("d=2") }
    expectRefusal(.option, "two weights") { _ = try data.classWeights("a=2,a=3") }
    expectRefusal(.option, "balanced") { _ = try data.classWeights("2") }
    let number = try self.data(["y"])
    expectRefusal(.option, "is a number") { _ = try number.classWeights("balanced") }
  }

  @Test("hinge: classes as ±1, the sign is the class, and there is no probability")
  func hinge() throws {
    let data = try data(["warm"])
    let model = try trained(data, 1, .identity, .squaredHinge)
    guard case .scores(let names, let labels, let scores) = try model.predict(data) else {
      Issue.record("no scores")
      return
    }
    #expect(names == ["no", "yes"])
    #expect(labels == scores.map { $0 >= 0 ? 1 : 0 })
    #expect(scores[0] < 0 && scores[39] > 0)
    let metrics = try #require(model.evaluate(data).classification)
    #expect(metrics.accuracy > 0.9)
    #expect(metrics.rocAUC == 1)
    #expect(try copy(model).preprocessing?.target.output == .score)
    #expect(model.standardLoss == .hinge)
    expectRefusal(.network, "two classes apart", "kind") {
      _ = try trained(self.data(["kind"]), 3, .identity, .hinge)
    }
  }

  @Test("poisson: counts as they are, predicted as rates")
  func poisson() throws {
    let data = try data(["count"], task: .regression)
    let model = try trained(data, 1, .identity, .poisson)
    guard case .numbers(let rates) = try model.predict(data) else {
      Issue.record("no numbers")
      return
    }
    #expect(rates.allSatisfy { $0 > 0 })
    #expect(abs(rates[39] - 4) < 1)
    #expect(try copy(model) == model)
    expectRefusal(.network, "counts", "kind") {
      _ = try trained(self.data(["kind"]), 3, .identity, .poisson)
    }
    expectRefusal(.dataset, "0 and above") {
      _ = try trained(self.data(["y"]), 1, .identity, .poisson)
    }
  }
}
