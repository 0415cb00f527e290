import Testing

@testable import Perceptron

@Suite("Trainings that are refused")
struct TrainerRefusalTests {
  private let matrix = Matrix<Double>([[1, 2], [3, 4], [5, 6]])

  /// Trains 2-2 on three rows, with something changed.
  private func fit(
    inputs: Matrix<Double>? = nil, targets: [[Double]] = [[0, 1], [1, 0], [0, 1]],
    _ activation: Activation = .softmax, loss: Loss = .crossEntropy, epochs: Int = 1,
    batchSize: Int = 2, optimizer: Optimizer = .sgd(), validation: Examples<Double>? = nil,
    patience: Int? = nil
  ) throws {
    var model = try MLP<Double>(inputs: 2, [(2, activation)])
    try model.fit(
      inputs: inputs ?? matrix, targets: Matrix(targets), loss: loss, optimizer: optimizer,
      epochs: epochs, batchSize: batchSize, validation: validation, earlyStopping: patience)
  }

  @Test("what the helper trains is trained")
  func accepted() throws {
    try fit()
    try fit(targets: [[0.25, 0.75], [1, 0], [0, 1]])
    try fit(targets: [[0.5, 0], [1, 1], [0, 0]], .sigmoid, loss: .binaryCrossEntropy)
    try fit(targets: [[-7, 8], [1, 1], [0, 0]], .identity, loss: .mse)
  }

  @Test("numbers out of range")
  func options() {
    expectRefusal(.option, "epochs", "0") { try fit(epochs: 0) }
    expectRefusal(.option, "batch size", "-1") { try fit(batchSize: -1) }
    expectRefusal(.option, "learning rate", "-0.5") {
      try fit(optimizer: .sgd(learningRate: -0.5))
    }
    expectRefusal(.option, "learning rate", "inf") {
      try fit(optimizer: .adam(learningRate: .infinity))
    }
    let held = Examples(inputs: matrix, targets: Matrix([[0.0, 1], [1, 0], [0, 1]]))
    expectRefusal(.option, "patience", "0") { try fit(validation: held, patience: 0) }
  }

  @Test("early stopping without validation rows")
  func patience() {
    expectRefusal(.option, "early stopping", "no validation rows") { try fit(patience: 3) }
  }

  @Test("numbers that are not finite", arguments: [Double.nan, .infinity, -.infinity])
  func nonFinite(_ number: Double) {
    var bad = matrix
    bad[1, 1] = number
    expectRefusal(.dataset, "training data", "not finite") { try fit(inputs: bad) }
    expectRefusal(.dataset, "training data", "not finite") {
      try fit(targets: [[0, number], [1, 0], [0, 1]], .identity, loss: .mse)
    }
    let held = Examples(inputs: bad, targets: Matrix([[0.0, 1], [1, 0], [0, 1]]))
    expectRefusal(.dataset, "validation data", "not finite") { try fit(validation: held) }
  }

  @Test("shapes that do not fit, with both")
  func shapes() {
    expectRefusal(.network, "[m × 2]", "[3 × 3]") {
      try fit(inputs: Matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
    }
    expectRefusal(.network, "[m × 2]", "[3 × 1]") {
      try fit(targets: [[1], [1], [1]], .identity, loss: .mse)
    }
    expectRefusal(.dataset, "[3 × 2]", "[2 × 2]", "different rows") {
      try fit(targets: [[0, 1], [1, 0]])
    }
    let held = Examples(inputs: Matrix([[1.0]]), targets: Matrix([[0.0, 1]]))
    expectRefusal(.network, "[m × 2]", "[1 × 1]") { try fit(validation: held) }
    let empty = Matrix<Double>(rows: 0, columns: 2)
    #expect(throws: PerceptronError.self) {
      var model = try MLP<Double>(inputs: 2, [(2, .softmax)])
      try model.fit(inputs: empty, targets: empty, loss: .crossEntropy)
    }
  }

  @Test("targets of a cross-entropy that are no probabilities")
  func probabilities() {
    expectRefusal(.dataset, "cross-entropy", "from 0 to 1", "-0.5") {
      try fit(targets: [[-0.5, 1.5], [1, 0], [0, 1]])
    }
    expectRefusal(.dataset, "cross-entropy", "sum to 1", "row 2", "1.5") {
      try fit(targets: [[0, 1], [1, 0], [0.5, 1]])
    }
    expectRefusal(.dataset, "cross-entropy", "sum to 1") {
      try fit(targets: [[0, 0], [1, 0], [0, 1]], .identity, loss: .crossEntropy(from: .logits))
    }
    expectRefusal(.dataset, "binary-cross-entropy", "from 0 to 1", "2.0") {
      try fit(targets: [[0, 2], [1, 0], [0, 1]], .sigmoid, loss: .binaryCrossEntropy)
    }
    expectRefusal(.dataset, "cross-entropy") {
      try fit(targets: [[.nan, 1], [1, 0], [0, 1]])
    }
    let held = Examples(inputs: matrix, targets: Matrix([[0.0, 1], [1, 3], [0, 1]]))
    expectRefusal(.dataset, "cross-entropy", "3.0") { try fit(validation: held) }
  }

  @Test("losses and activations that cannot be trained")
  func networks() {
    expectRefusal(.network, "cross-entropy needs softmax", "relu") { try fit(.relu) }
    expectRefusal(.network, "layer 1", "sign cannot be trained") {
      try fit(.sign, loss: .mse)
    }
  }

  // MARK: Tables

  private static let classes = "x,c\n1,a\n2,b\n3,c\n4,a\n5,b\n6,c\n"
  private static let numbers = "x,y\n1,1.5\n2,2.5\n3,3.5\n4,4.5\n5,5.5\n6,6.5\n"

  private func fit(
    _ text: String, target: String, inputs: Int = 1, _ units: Int, _ activation: Activation,
    loss: Loss, validation: Validation<Float> = .none
  ) throws {
    var model = try MLP<Float>(inputs: inputs, [(units, activation)])
    try model.fit(
      Dataset(table(text), target: target), loss: loss, epochs: 1, validation: validation)
  }

  @Test("a data set that does not fit the network")
  func dataSets() throws {
    try fit(Self.classes, target: "c", 3, .softmax, loss: .crossEntropy)
    try fit(Self.classes, target: "c", 3, .identity, loss: .mse)
    try fit(Self.numbers, target: "y", 1, .identity, loss: .mse)
    expectRefusal(.network, "rows.csv", "1 inputs", "takes 2") {
      try fit(Self.classes, target: "c", inputs: 2, 3, .softmax, loss: .crossEntropy)
    }
    expectRefusal(.network, "3 classes need 3 outputs", "has 2") {
      try fit(Self.classes, target: "c", 2, .softmax, loss: .crossEntropy)
    }
    expectRefusal(.network, "3 classes need 3 outputs", "has 1") {
      try fit(Self.classes, target: "c", 1, .sigmoid, loss: .binaryCrossEntropy)
    }
    expectRefusal(.network, "needs 1 output", "has 2") {
      try fit(Self.numbers, target: "y", 2, .identity, loss: .mse)
    }
  }

  @Test("losses that a table's target does not allow")
  func losses() {
    expectRefusal(.network, "cross-entropy-from-logits", "softmax") {
      try fit(Self.classes, target: "c", 3, .identity, loss: .crossEntropy(from: .logits))
    }
    expectRefusal(.network, "binary-cross-entropy", "\"y\"", "use mse") {
      try fit(Self.numbers, target: "y", 1, .sigmoid, loss: .binaryCrossEntropy)
    }
  }

  @Test("a share of validation rows out of range", arguments: [0, 1, -0.1, 2, Double.nan])
  func fractions(_ fraction: Double) {
    expectRefusal(.option, "validation share", "\(fraction)") {
      try fit(
        Self.classes, target: "c", 3, .softmax, loss: .crossEntropy,
        validation: .fraction(fraction))
    }
  }

  @Test("a refused training leaves the model as it was")
  func unchanged() throws {
    var model = try MLP<Float>(inputs: 1, [(1, .identity)], seed: 2)
    try model.fit(
      Dataset(table(Self.numbers), target: "y"), loss: .mse, epochs: 1, validation: .none)
    let before = model
    let other = try Dataset<Float>(table("x,y\n100,1.5\n300,2.5\n800,9.5\n"), target: "y")
    expectRefusal(.option, "early stopping") {
      try model.fit(other, loss: .mse, validation: .none, earlyStopping: 3)
    }
    expectRefusal(.option, "learning rate") {
      try model.fit(other, loss: .mse, optimizer: .sgd(learningRate: -1), validation: .none)
    }
    #expect(model == before)
  }

  @Test("the largest batch size is one batch")
  func extremes() async {
    await #expect(processExitsWith: .success) {
      var model = try MLP<Float>(inputs: 2, [(1, .identity)])
      let one = Matrix<Float>(rows: 3, columns: 1)
      try model.fit(
        inputs: Matrix(rows: 3, columns: 2), targets: one, loss: .mse, epochs: 1,
        batchSize: .max)
    }
  }
}
