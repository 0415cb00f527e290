import Testing

@testable import Perceptron

/// One network and a number of rows, predicted by everyone who can.
struct PredictionCase: Sendable, CustomTestStringConvertible {
  let inputs: Int
  let layers: [(units: Int, activation: Activation)]
  let rows: [Int]
  var bias = true

  var testDescription: String {
    "\(inputs) -> \(layers.map { "\($0.units):\($0.activation.name)" }.joined(separator: ","))"
      + ", \(rows) rows\(bias ? "" : ", no bias")"
  }

  func model<Element: Scalar>(seed: UInt64 = 7, as: Element.Type) throws -> MLP<Element> {
    try Draw.network(inputs: inputs, layers, bias: bias, seed: seed)
  }

  /// Widths around the ends of registers, tiles and panels of every number type and instruction set;
  /// an inner dimension longer than a block of it; few rows and more than a thread takes at a time.
  static let all: [PredictionCase] =
    [
      1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 61, 63, 64, 65,
      79,
    ]
    .map { width in
      PredictionCase(
        inputs: 5, layers: [(width, .relu), (width, .tanh)], rows: [1, 2, 9], bias: width % 2 == 1)
    } + [
      PredictionCase(
        inputs: 37, layers: [(96, .sigmoid), (127, .relu), (128, .identity)], rows: [1, 3, 7, 8]),
      PredictionCase(
        inputs: 3, layers: [(129, .relu), (193, .softmax), (11, .softmax)], rows: [1, 5, 17]),
      PredictionCase(
        inputs: 1030, layers: [(17, .relu), (3, .identity)], rows: [1, 2, 16, 40]),
      PredictionCase(
        inputs: 40, layers: [(70, .relu), (1, .sigmoid)], rows: Array(1...40)),
      PredictionCase(
        inputs: 33, layers: [(2, .relu), (4, .sign), (4, .heaviside)], rows: [1, 15, 16, 33]),
      PredictionCase(
        inputs: 2, layers: [(2, .relu), (2, .relu), (1, .sigmoid)], rows: [1, 4, 300]),
      PredictionCase(
        inputs: 16, layers: [(16, .tanh), (9, .softmax), (7, .softmax)], rows: [1, 31, 32, 150],
        bias: false),
      PredictionCase(
        inputs: 1, layers: [(8, .relu), (16, .identity), (3, .sigmoid)], rows: [7, 33, 129]),
    ]
    + (Activation.allCases + [.leakyReLU(slope: 0.2), .elu(alpha: 0.5)]).flatMap { activation in
      // With units in lanes and with samples in lanes.
      [21, 9].map {
        PredictionCase(
          inputs: 6, layers: [($0, activation), (4, .identity)], rows: [1, 18])
      }
    }
}

@Suite("A prediction")
struct PredictorTests {
  @Test(
    "equals the plain loops to the bit: instruction sets, number types, rows",
    arguments: PredictionCase.all)
  func instructionSets(_ item: PredictionCase) throws {
    try compare(item, as: Float.self)
    try compare(item, as: Double.self)
  }

  private func compare<Element: Scalar>(_ item: PredictionCase, as: Element.Type) throws {
    let model = try item.model(as: Element.self)
    let plain = try Predictor(model, executor: .plain)
    let kernels = try InstructionSet.available.map {
      try PredictorBox(Predictor(model, threads: .exactly(1), instructionSet: $0))
    }
    for rows in item.rows {
      let x: Matrix<Element> = Draw.normal(rows: rows, columns: item.inputs, seed: 8)
      let expected = plain.outputs(x)
      #expect(expected.values.count == rows * model.outputs)
      for (set, kernel) in zip(InstructionSet.available, kernels) {
        #expect(
          kernel.predictor.outputs(x).bits == expected.bits,
          "\(Element.self) on \(set), \(rows) rows")
      }
    }
  }

  @Test("does not depend on threads or on the rows memory is held for", arguments: [1, 2, 3])
  func threads(_ threads: Int) throws {
    for item in PredictionCase.all.dropFirst(26).prefix(9) {
      try compareThreads(threads, item, as: Float.self)
      try compareThreads(threads, item, as: Double.self)
    }
  }

  private func compareThreads<Element: Scalar>(
    _ threads: Int, _ item: PredictionCase, as: Element.Type
  ) throws {
    let model = try item.model(as: Element.self)
    let one = try Predictor(model, threads: .exactly(1))
    for largestBatch in [1, 20] {
      let several = try Predictor(
        model, largestBatch: largestBatch, threads: .exactly(threads))
      #expect(several.threads == threads)
      for rows in item.rows + [threads * 8 - 1, threads * 8, threads * 8 + 1, 61] {
        let x: Matrix<Element> = Draw.normal(rows: rows, columns: item.inputs, seed: 9)
        #expect(
          several.outputs(x).bits == one.outputs(x).bits,
          "\(item.testDescription): \(Element.self), \(rows) rows in \(largestBatch)")
      }
    }
  }

  @Test("rows do not know of one another: NaN and infinity stay in theirs")
  func rowsAreApart() throws {
    let item = PredictionCase(
      inputs: 20, layers: [(50, .relu), (19, .tanh), (3, .softmax)], rows: [])
    let model = try item.model(as: Float.self)
    let predictor = try Predictor(model, threads: .exactly(1))
    let x: Matrix<Float> = Draw.normal(rows: 33, columns: 20, seed: 10)
    let expected = predictor.outputs(x)
    var spoilt = x
    for j in 0..<20 {
      spoilt[4, j] = .nan
      spoilt[32, j] = .infinity
    }
    let outputs = predictor.outputs(spoilt)
    #expect(outputs.row(4).allSatisfy { $0.isNaN })
    for i in 0..<32 where i != 4 {
      #expect(Array(outputs.row(i)).bits == Array(expected.row(i)).bits, "row \(i)")
    }
  }

  @Test("calls that find their own number of threads give the same bits")
  func pace() throws {
    let item = PredictionCase(
      inputs: 300, layers: [(400, .relu), (400, .softmax), (10, .identity)], rows: [])
    let model = try item.model(as: Float.self)
    let one = try Predictor(model, threads: .exactly(1))
    let automatic = try Predictor(model, largestBatch: 64)
    #expect(automatic.threads == min(Threads.cores, PackedNetwork.mostThreads))
    for rows in [1, 1, 1, 1, 1, 1, 1, 1, 40, 40, 40, 40, 40, 1, 1, 5, 200] {
      let x: Matrix<Float> = Draw.normal(rows: rows, columns: 300, seed: UInt64(rows))
      #expect(automatic.outputs(x).bits == one.outputs(x).bits, "\(rows) rows")
    }
  }

  @Test("a small network gets one thread, however many it may have")
  func smallNetwork() throws {
    let model = try MLP<Float>(inputs: 8, [(8, .relu), (1, .sigmoid)])
    let predictors = try [
      PredictorBox(Predictor(model, largestBatch: 64)),
      PredictorBox(Predictor(model, largestBatch: 64, threads: .upTo(2))),
      PredictorBox(Predictor(model, largestBatch: 1, threads: .exactly(2))),
    ]
    let threads = predictors.map { $0.predictor.threads }
    #expect(threads == [1, 1, 2])
  }

  @Test("takes other parameters", arguments: Executor.allCases)
  func update(executor: Executor) throws {
    for item in PredictionCase.all.suffix(8) {
      let (old, new) = (
        try item.model(as: Float.self), try item.model(seed: 11, as: Float.self)
      )
      let x: Matrix<Float> = Draw.normal(rows: 9, columns: item.inputs, seed: 12)
      let predictor = try Predictor(old, executor: executor)
      let before = predictor.outputs(x).bits
      predictor.update(parameters: new.parameters)
      let expected = try Predictor(new, executor: .plain).outputs(x).bits
      #expect(predictor.outputs(x).bits == expected)
      predictor.update(parameters: old.parameters)
      #expect(predictor.outputs(x).bits == before)
    }
  }

  @Test("writes into a matrix that keeps its memory, and into memory of the caller's")
  func into() throws {
    let item = PredictionCase(inputs: 6, layers: [(9, .relu), (3, .softmax)], rows: [])
    let model = try item.model(as: Double.self)
    for executor in Executor.allCases {
      let predictor = try Predictor(model, largestBatch: 4, executor: executor)
      var result = Matrix<Double>(rows: 2, columns: 2)
      for rows in [11, 11, 1, 0, 3] {
        let x: Matrix<Double> = Draw.normal(rows: rows, columns: 6, seed: UInt64(rows))
        let expected = predictor.outputs(x)
        #expect(expected.rows == rows && expected.columns == 3)
        predictor.outputs(x, into: &result)
        #expect(result.rows == rows && result.columns == 3)
        #expect(result.bits == expected.bits)
        // A number before and a number behind must stay.
        var memory = [Double](repeating: 77, count: rows * 3 + 2)
        x.values.withUnsafeBufferPointer { inputs in
          memory.withUnsafeMutableBufferPointer { memory in
            predictor.outputs(
              inputs, into: UnsafeMutableBufferPointer(rebasing: memory[1..<rows * 3 + 1]))
          }
        }
        #expect(memory.first == 77 && memory.last == 77)
        #expect(Array(memory.dropFirst().dropLast()).bits == expected.bits)
      }
      // A copy of the result is not written to.
      let x: Matrix<Double> = Draw.normal(rows: 3, columns: 6, seed: 20)
      let kept = result
      predictor.outputs(x, into: &result)
      #expect(kept.bits != result.bits)
    }
  }

  @Test("the sample of the documentation")
  func sample() throws {
    let model = try MLP<Float>(inputs: 3, [(4, .relu), (2, .softmax)])
    let batches = (1...3).map { Draw.normal(rows: $0, columns: 3, seed: 5, as: Float.self) }

    let predictor = try Predictor(model)
    var y = Matrix<Float>(rows: 0, columns: model.outputs)
    for x in batches { predictor.outputs(x, into: &y) }

    #expect(try y == model.outputs(batches[2], executor: .plain))
  }

  @Test("of another number of columns or outputs stops the program")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      let model = try MLP<Float>(inputs: 3, [(2, .relu)])
      _ = try Predictor(model).outputs(Matrix<Float>(rows: 1, columns: 4))
    }
    await #expect(processExitsWith: .failure) {
      let model = try MLP<Float>(inputs: 3, [(2, .relu)])
      let (x, y) = (
        [Float](repeating: 1, count: 6), UnsafeMutableBufferPointer<Float>.allocate(capacity: 2)
      )
      try x.withUnsafeBufferPointer { try Predictor(model).outputs($0, into: y) }
    }
  }
}

/// A predictor in an array: it cannot be copied.
private final class PredictorBox<Element: Scalar> {
  let predictor: Predictor<Element>
  init(_ predictor: consuming Predictor<Element>) { self.predictor = predictor }
}
