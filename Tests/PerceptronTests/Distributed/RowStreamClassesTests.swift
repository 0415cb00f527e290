import Testing

@testable import Perceptron

@Suite("Weights of classes of rows on a disk")
struct RowStreamClassesTests {
  private static let options = Problem.options(
    .adam(learningRate: 0.01), epochs: 2, batchSize: 6)

  /// Rows whose target is a number.
  private func numbers(_ folder: TemporaryFolder) throws -> StoredRows {
    try FileSystem.writeAtomically(Array("a,y\n1,0.5\n2,1.5\n3,2.5\n".utf8), to: folder("y.csv"))
    return try TableConversion(
      folder("y.csv"), targets: ["y"], options: DatasetOptions(task: .regression),
      separator: .automatic, heldOut: 0, seed: 0
    ).write(to: folder("y")).stored
  }

  /// Rows of three classes, or two, of which one is rare.
  private func classes(_ folder: TemporaryFolder, _ count: Int) throws -> (StoredRows, Table) {
    let rows = (0..<403).map { row in
      "\(row % 11),\(row * 3 % 17),\(["a", "b", "c"][row % 13 == 4 ? 1 : row % 3 == 1 && count == 3 ? 2 : 0])\n"
    }
    let table = try table("a,b,k\n" + rows.joined())
    try FileSystem.writeAtomically(Array(("a,b,k\n" + rows.joined()).utf8), to: folder("k.csv"))
    let stored = try TableConversion(
      folder("k.csv"), targets: ["k"], options: DatasetOptions(scaling: .minmax),
      separator: .automatic, heldOut: 0, seed: 0
    ).write(to: folder("k\(count)")).stored
    return (stored, table)
  }

  @Test("weights of classes and smoothing: the bits of rows in memory, in several processes too")
  func classWeights() throws {
    let folder = try TemporaryFolder()
    for count in [2, 3] {
      let (stored, table) = try classes(folder, count)
      let dataset = try Dataset<Float>(table, target: "k")
      for text in ["balanced", "b=3", "a=0, b=2.5"] {
        #expect(try stored.classWeights(text) == dataset.classWeights(text))
      }
      var options = Self.options
      options.loss = (count == 2 ? Loss.binaryCrossEntropy : .crossEntropy)
        .weighted(classes: try stored.classWeights("balanced")).smoothed(by: 0.1)
      let settings = options
      @Sendable func train<Element: Scalar>(
        memory: Int?, _ communicator: (any Communicator)? = nil, as: Element.Type
      ) throws -> Outcome {
        var model = try MLP<Element>(
          inputs: 2, [(4, .tanh), count == 2 ? (1, .sigmoid) : (3, .softmax)], seed: 1)
        guard let memory else {
          let history = try model.train(
            on: stored.examples(0..<403), validation: nil, options: settings, with: communicator
          ) { _ in .proceed }
          return Outcome(model, history)
        }
        let plan = try MLP<Element>.StreamPlan(stored, settings, memory: memory)
        let history = try model.train(on: plan, options: settings, with: communicator) { _ in
          .proceed
        }
        return Outcome(model, history)
      }
      #expect(
        try train(memory: 1 << 20, as: Float.self) == train(memory: nil, as: Float.self))
      #expect(
        try train(memory: 1 << 20, as: Double.self).parameters
          == train(memory: nil, as: Double.self).parameters)
      options.isDeterministic = true
      let one = try windows(stored, options, count)
      let tree = options
      for model in try together(4, { try self.windows(stored, tree, count, $0) }) {
        #expect(model == one)
      }
    }
    let (numbers, names) = (try numbers(folder), try classes(folder, 2).0)
    expectRefusal(.option, "is a number") { _ = try numbers.classWeights("balanced") }
    expectRefusal(.option, "unknown class") { _ = try names.classWeights("d=2") }
    var options = Self.options
    options.loss = Loss.binaryCrossEntropy.weighted(classes: [0, 0])
    expectRefusal(.dataset, "weight 0") { _ = try windows(names, options, 2) }
  }

  /// The parameters that windows of classes end with.
  private func windows(
    _ stored: StoredRows, _ options: TrainingOptions, _ classes: Int,
    _ communicator: (any Communicator)? = nil
  ) throws -> [Float] {
    var model = try MLP<Float>(
      inputs: 2, [(4, .tanh), classes == 2 ? (1, .sigmoid) : (3, .softmax)], seed: 1)
    let plan = try MLP<Float>.StreamPlan(stored, options, memory: 2000)
    #expect(plan.windows > 3)
    _ = try model.train(on: plan, options: options, with: communicator) { _ in .proceed }
    return model.parameters
  }
}
