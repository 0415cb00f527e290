import Testing

@testable import Perceptron

/// Small images made for the tests: a bright block whose place says the class, on noise.
enum Images {
  static func idx(_ dimensions: [Int], _ entries: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(dimensions.count)]
      + dimensions.flatMap { size in
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
      } + entries
  }

  /// `count` images of 4 × 5 pixels in three classes, and their labels.
  static func files(count: Int, seed: UInt64 = 1) -> (images: [UInt8], labels: [UInt8]) {
    var generator = SeededGenerator(seed: seed)
    var pixels: [UInt8] = []
    for image in 0..<count {
      for place in 0..<20 {
        let noise = UInt8(truncatingIfNeeded: generator.next())
        pixels.append(place / 7 == image % 3 ? 255 - noise / 4 : noise / 2)
      }
    }
    let labels = (0..<count).map { UInt8($0 % 3) }
    return (idx([count, 4, 5], pixels), idx([count], labels))
  }

  static func dataset<Element: Scalar>(
    count: Int, seed: UInt64 = 1, as: Element.Type = Element.self
  ) throws -> Dataset<Element> {
    let files = files(count: count, seed: seed)
    return try Dataset(
      images: IDX(bytes: files.images, name: "images"),
      labels: IDX(bytes: files.labels, name: "labels"))
  }
}

@Suite("Images stay bytes until they enter a batch")
struct ImageTests {
  /// The bits of three steps on 23 of 31 images in some order, from bytes or from numbers.
  private func trained<Element: Scalar>(
    as: Element.Type, fromBytes: Bool, executor: Executor = .kernels,
    instructionSet: InstructionSet? = nil, threads: Int = 1
  ) throws -> [UInt64] {
    let data = try Images.dataset(count: 31, as: Element.self)
    let bytes = try data.examples(outputs: 10)
    let examples =
      fromBytes ? bytes : Examples(inputs: bytes.inputs, targets: bytes.targets)
    var model = try MLP<Element>(inputs: 20, [(7, .relu), (10, .softmax)], seed: 3)
    var step = try TrainingStep(
      model, loss: .crossEntropy, optimizer: .adam(), largestBatch: 23, inputForm: examples.form,
      threads: .exactly(threads), executor: executor, instructionSet: instructionSet)
    let order = RandomStream.shuffledOrder(count: 31, seed: 5, epoch: 0)
    var bits = (0..<3).map { round in
      order.withUnsafeBufferPointer {
        step.run(examples, rows: 23, order: $0.baseAddress! + round).bits
      }
    }
    step.snapshot(into: &model)
    bits += model.parameters.bits
    return bits
  }

  @Test("a batch of bytes is the batch of byte / 255, for every executor, to the bit")
  func gather() throws {
    func check<Element: Scalar>(_: Element.Type) throws {
      let expected = try trained(as: Element.self, fromBytes: false, executor: .plain)
      #expect(
        try trained(as: Element.self, fromBytes: true, executor: .plain) == expected, "plain")
      for set in InstructionSet.available {
        for threads in 1...3 {
          #expect(
            try trained(
              as: Element.self, fromBytes: true, instructionSet: set, threads: threads)
              == expected, "\(set), \(threads) threads")
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test("every byte becomes the nearest number to byte / 255")
  func values() throws {
    let entries = (0...255).map { UInt8($0) }
    let data = try Dataset<Float>(
      images: IDX(bytes: Images.idx([1, 16, 16], entries), name: "i"),
      labels: IDX(bytes: Images.idx([1], [0]), name: "l"))
    let inputs = try data.examples(outputs: 10).inputs
    #expect(inputs.values == (0...255).map { Float(Double($0) / 255) })
    #expect(inputs[0, 255] == 1)
  }

  @Test("what a data set of images says of itself")
  func description() throws {
    let data = try Images.dataset(count: 30, as: Float.self)
    #expect(data.inputs == 20)
    #expect(data.rows == Array(0..<30))
    #expect(data.target == "label")
    #expect(data.classNames == (0...9).map { "\($0)" })
    #expect(data.preprocessing.inputNames.first == "pixel_0_0")
    #expect(data.preprocessing.inputNames.last == "pixel_3_4")
    #expect(data.table == nil)
    #expect(data.name == "images")
    let (train, test) = data.split(test: 0.2, seed: 4)
    #expect(test.rows.count == 6)
    #expect(Set(train.rows).isDisjoint(with: test.rows))
    let part = try test.examples(outputs: 10)
    let whole = try data.examples(outputs: 10)
    #expect(part.inputs == whole.inputs.selecting(rows: test.rows))
    #expect(part.targets == whole.targets.selecting(rows: test.rows))
    #expect(part.fingerprint() != (try train.examples(outputs: 10)).fingerprint())
  }

  @Test("labels above 9 make more classes")
  func manyClasses() throws {
    let data = try Dataset<Float>(
      images: IDX(bytes: Images.idx([2, 1, 1], [1, 2]), name: "i"),
      labels: IDX(bytes: Images.idx([2], [3, 25]), name: "l"))
    #expect(data.classNames?.count == 26)
  }

  /// Rows held out share the memory of the others: the order of a training goes through them.
  @Test("training on images is training on the matrices of their pixels")
  func training() throws {
    let (train, held) = try Images.dataset(count: 40, as: Float.self).split(test: 0.25, seed: 2)
    func start() throws -> MLP<Float> {
      try MLP(inputs: 20, [(6, .tanh), (10, .softmax)], seed: 9)
    }
    var model = try start()
    let history = try model.fit(
      train, loss: .crossEntropy, optimizer: .adam(learningRate: 0.01), epochs: 12, batchSize: 7,
      validation: .dataset(held), seed: 6)
    let (x, v) = (try train.examples(outputs: 10), try held.examples(outputs: 10))
    var other = try start()
    let expected = try other.fit(
      inputs: x.inputs, targets: x.targets, loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.01), epochs: 12, batchSize: 7,
      validation: Examples(inputs: v.inputs, targets: v.targets), seed: 6)
    #expect(Outcome(model, history) == Outcome(other, expected))
    let report = try model.evaluate(held)
    #expect(report.rows == 10)
    #expect(report.loss == history.epochs[history.bestEpoch - 1].validationLoss)
    #expect(report.classification?.accuracy == 1)
  }

  /// The scale is the model's: columns of a table with the names of the pixels are the same inputs.
  @Test("a model of images predicts tables of pixels alike")
  func tables() throws {
    let data = try Images.dataset(count: 30, as: Float.self)
    var model = try MLP<Float>(inputs: 20, [(6, .relu), (10, .softmax)], seed: 9)
    try model.fit(data, loss: .crossEntropy, epochs: 3, validation: .none)
    guard case .images(let images) = data.source else { return #expect(Bool(false)) }
    let lines = (0..<30).map { i in
      images.pixels.row(i).map { "\($0)" }.joined(separator: ",") + ",\(images.labels[i])"
    }
    let header = (images.pixelNames + ["label"]).joined(separator: ",")
    let text = ([header] + lines).joined(separator: "\n")
    let table = try Table(bytes: Array(text.utf8), name: "pixels.csv")
    #expect(try model.predict(table) == model.predict(data))
    #expect(try model.evaluate(table) == model.evaluate(data))
  }

  @Test("an interrupted training goes on to the same bits")
  func resumes() throws {
    let folder = try TemporaryFolder()
    let data = try Images.dataset(count: 40, as: Float.self).split(test: 0.25, seed: 2).train
    func run(epochs: Int, stopAfter: Int?, resumes: Bool, path: String) throws -> MLP<Float> {
      var model = try MLP<Float>(inputs: 20, [(6, .tanh), (10, .softmax)], seed: 9)
      _ = try model.train(
        on: data, validation: .none,
        options: TrainingOptions(
          loss: .crossEntropy, epochs: epochs, batchSize: 7,
          checkpoint: .init(path: path, every: .steps(3), resumes: resumes)),
        onEpoch: { $0.epoch == stopAfter ? .stop : .proceed })
      return model
    }
    let whole = try run(epochs: 6, stopAfter: nil, resumes: false, path: folder("a"))
    _ = try run(epochs: 6, stopAfter: 2, resumes: false, path: folder("b"))
    let resumed = try run(epochs: 6, stopAfter: nil, resumes: true, path: folder("b"))
    #expect(resumed.parameters.bits == whole.parameters.bits)
  }

  @Test("files that do not belong together")
  func refusals() throws {
    let (images, labels) = Images.files(count: 6)
    func read(_ images: [UInt8], _ labels: [UInt8]) throws {
      _ = try Dataset<Float>(
        images: IDX(bytes: images, name: "images"), labels: IDX(bytes: labels, name: "labels"))
    }
    expectRefusal(.dataset, "labels: 3 labels for the 6 images of images") {
      try read(images, Images.idx([3], [0, 1, 2]))
    }
    expectRefusal(.dataset, "images: ", "2 dimensions or more") { try read(labels, labels) }
    expectRefusal(.dataset, "labels: ", "1 dimension") { try read(images, images) }
    expectRefusal(.dataset, "there are no pixels: 0 × 4 × 5") {
      try read(Images.idx([0, 4, 5], []), Images.idx([0], []))
    }
    expectRefusal(.dataset, "labels: ", "signedByte") {
      try read(images, [0, 0, 9, 1, 0, 0, 0, 6, 0, 1, 2, 0, 1, 2])
    }
  }

  @Test("models and images that do not fit")
  func misfits() throws {
    let data = try Images.dataset(count: 30, as: Float.self)
    var model = try MLP<Float>(inputs: 20, [(10, .softmax)], seed: 9)
    try model.fit(data, loss: .crossEntropy, epochs: 1, validation: .none)
    let small = try Dataset<Float>(
      images: IDX(bytes: Images.idx([1, 2, 2], [1, 2, 3, 4]), name: "small"),
      labels: IDX(bytes: Images.idx([1], [0]), name: "l"))
    expectRefusal(.dataset, "small: ", "4 pixels do not fit 20 inputs") {
      _ = try model.evaluate(small)
    }
    let unknown = try Dataset<Float>(
      images: IDX(bytes: Images.idx([2, 4, 5], Array(repeating: 1, count: 40)), name: "i"),
      labels: IDX(bytes: Images.idx([2], [1, 11]), name: "l"))
    expectRefusal(.dataset, "image 2 has the label 11") { _ = try model.evaluate(unknown) }
    let rows = try Table(bytes: Array("a,b,c\n1,2,x\n2,3,y\n5,1,x\n2,9,y\n".utf8), name: "t.csv")
    let other = try Dataset<Float>(rows, target: "c")
    var standardised = try MLP<Float>(inputs: 2, [(2, .softmax)], seed: 1)
    try standardised.fit(other, loss: .crossEntropy, epochs: 1, validation: .none)
    let two = try Dataset<Float>(
      images: IDX(bytes: Images.idx([1, 2, 1], [1, 2]), name: "two"),
      labels: IDX(bytes: Images.idx([1], [0]), name: "l"))
    expectRefusal(.dataset, "two: ", "not trained on images") {
      _ = try standardised.evaluate(two)
    }
  }
}
