import Foundation
import Perceptron
import PerceptronInterchange

/// What reads a format.
struct Reader {
  let name: String
  /// Files that are damaged: whole ones and those damaged already.
  let corpus: [[UInt8]]
  /// Texts and bytes that mean something in the format.
  let tokens: [[UInt8]]
  /// Reads a file, or throws.
  let read: ([UInt8]) throws -> Void

  static func all(fixtures: String, work: String) throws -> [Reader] {
    func files(_ folders: [String], _ endings: [String]) throws -> [[UInt8]] {
      try folders.flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: "\(fixtures)/\(folder)").sorted()
          .filter { name in endings.contains { name.hasSuffix($0) } }
          .map { try FileSystem.read("\(fixtures)/\(folder)/\($0)") }
          // A long file takes long, and says nothing that a short one does not.
          .filter { $0.count < 20_000 }
      }
    }
    /// The file that is damaged, in its place.
    func placed(_ ending: String, _ body: @escaping (String) throws -> Void) -> ([UInt8]) throws ->
      Void
    {
      let path = "\(work)/damaged\(ending)"
      return { bytes in
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard write(descriptor, bytes, bytes.count) == bytes.count, close(descriptor) == 0 else {
          fatalError("\(path) cannot be written")
        }
        try body(path)
      }
    }
    func tokens(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }
    let json = tokens(
      ["{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "null", "-1", "1e999", "[0,9]"]
        + ["\"F32\"", "\"BF16\"", "18446744073709551616", "\"shape\"", "\"data_offsets\""])
    let numPy = tokens(
      ["\u{93}NUMPY", "{", "'", "(", ",)", "-1", "<f8", ">f4", "|O", "<U9", "True", "PK\u{1}\u{2}"]
        + ["9999999999", "'descr'", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "fortran_order"])
    let numbers: [[UInt8]] = [
      [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x01], [0, 0, 0, 0], [0x0A, 0x00],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 8, 3], [0x1F, 0x8B, 8, 0],
      [0xC0, 0x7F], [0x12, 0x80, 0x80, 0x80, 0x80, 0x08],
    ]
    return [
      Reader(
        name: "safetensors",
        corpus: try files(["interop/safetensors", "interop/model"], [".safetensors"])
          + Array(repeating: try model(work), count: 20), tokens: json + numbers,
        read: placed(".safetensors") { path in
          do {
            _ = try MLP<Float>(contentsOf: path)
          } catch let error as PerceptronError where error.kind == .modelFile {
            _ = try MLP<Float>(contentsOf: path, activations: [.relu, .identity])
          }
        }),
      Reader(
        name: "checkpoint", corpus: [try checkpoint(work)], tokens: json + numbers,
        read: placed(".checkpoint") { try train(checkpoint: $0, resumes: true) }),
      Reader(
        name: "onnx",
        corpus: try files(["interop/onnx"], [".onnx"])
          + files(Array(repeating: "interop/model", count: 5), [".onnx"]),
        tokens: numbers + tokens(["Gemm", "MatMul", "Add", "Relu", "Softmax", "transB", "alpha"]),
        read: placed(".onnx") { _ = try MLP<Float>(onnx: $0) }),
      Reader(
        name: "npy", corpus: try files(["interop/npy"], [".npy"]), tokens: numPy + numbers,
        read: { _ = try NumPyArray(bytes: $0, name: "damaged.npy").values(as: Double.self) }),
      Reader(
        name: "npz", corpus: try files(["interop/npz", "interop/sklearn"], [".npz"]),
        tokens: numPy + numbers,
        read: { bytes in
          let archive = try NumPyArchive(bytes: bytes, name: "damaged.npz")
          for name in archive.names.prefix(20) {
            _ = try archive.array(name).values(as: Float.self)
          }
        }),
      try archivedRows(work, tokens: numPy + numbers, placed),
      Reader(
        name: "idx", corpus: try files(["interop/idx", "gzip"], ["ubyte", ".idx", ".gz"]),
        tokens: numbers, read: { _ = try IDX(bytes: $0, name: "damaged.idx") }),
      try images(work, tokens: numbers, placed),
      Reader(
        name: "csv", corpus: try files(["interop/csv"], ["sv"]),
        tokens: tokens(
          ["\"", "\"\"", ",", ";", "\t", "\n", "\r\n", "\r", "NA", "nan", "1e999", "0x1p3", "é"]
            + ["\u{FEFF}", "-0", "1e-400", "\0"]) + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]],
        read: { bytes in
          let table = try Table(bytes: bytes, name: "damaged.csv")
          guard let target = table.columns.last?.name else { return }
          _ = try Dataset<Float>(table, targets: [target], options: DatasetOptions())
        }),
      Reader(
        name: "events", corpus: try events(work), tokens: numbers,
        read: { bytes in
          // As it is, and as one record whose sums are right.
          _ = try? EventFile(bytes: bytes, path: "damaged")
          _ = try EventFile(bytes: EventRecord.encode(bytes), path: "damaged")
        }),
    ]
  }

  /// What makes a reader of a file of a reader of its bytes.
  private typealias Placed = (
    _ ending: String, _ body: @escaping (String) throws -> Void
  ) -> ([UInt8]) throws -> Void

  /// Rows of an archive that is not read whole.
  private static func archivedRows(
    _ work: String, tokens: [[UInt8]], _ placed: Placed
  ) throws -> Reader {
    func archive<Element: Scalar>(_ inputs: [Element], _ targets: [Element]) throws -> [UInt8] {
      try NumPyArchive.encode([
        ("X", NumPyArray.encode(inputs, shape: [targets.count, inputs.count / targets.count])),
        ("y", NumPyArray.encode(targets, shape: [targets.count])),
      ])
    }
    let numbers = (0..<60).map { Double($0 * $0 % 17) }
    return Reader(
      name: "npz-rows",
      corpus: [
        try archive(numbers, (0..<20).map { Double($0) / 3 }),
        try archive(numbers.map { Float($0) }, (0..<12).map { Float($0 % 3) }),
      ], tokens: tokens,
      read: placed(".npz") { path in
        if let inputs = NumPyRows.inputs(path) {
          var model = try MLP<Float>(inputs: inputs.columns, [(1, .identity)])
          model.preprocessing = Preprocessing(
            inputs: (0..<inputs.columns).map {
              .init(name: "x\($0)", encoding: .numeric(imputed: 0, shift: 0, scale: 1))
            }, targets: [.init(name: "y", kind: .number(shift: 0, scale: 1))])
          try? StreamingPrediction(model, as: .text).run(inputs, threads: 1) { _ in }
        }
        let rows = try NumPyRows.rows(
          archive: path, options: DatasetOptions(), heldOut: 0.2, seed: 1)
        _ = try rows.examples(0..<rows.rows) as Examples<Float>
      })
  }

  /// Images that stay where they are; what is damaged is the images or the labels.
  private static func images(
    _ work: String, tokens: [[UInt8]], _ placed: Placed
  ) throws -> Reader {
    let images: [UInt8] =
      [0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 2] + (0..<72).map { UInt8($0 * 3) }
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 9] + (0..<9).map { UInt8($0 % 4) }
    try FileSystem.writeAtomically(images, to: "\(work)/images")
    try FileSystem.writeAtomically(labels, to: "\(work)/labels")
    return Reader(
      name: "idx-rows", corpus: [images, labels], tokens: tokens,
      read: placed(".idx") { path in
        func read(_ images: String, _ labels: String) throws {
          let rows = try RawRows(images: images, labels: labels, heldOut: 0, seed: 1)
          _ = try rows.examples(0..<rows.rows) as Examples<Float>
        }
        do {
          try read(path, "\(work)/labels")
        } catch is PerceptronError {
          try read("\(work)/images", path)
        }
      })
  }

  private static func model(_ work: String) throws -> [UInt8] {
    let model = try MLP<Float>(
      inputs: 2, layers: LayerStack.parse("3,batch-norm,relu,dropout:0.2,1:sigmoid"), seed: 1)
    try model.save(to: "\(work)/model.safetensors")
    return try FileSystem.read("\(work)/model.safetensors")
  }

  /// A training of four steps.
  private static func train(checkpoint path: String, resumes: Bool) throws {
    var model = try MLP<Float>(inputs: 2, [(2, .relu), (1, .sigmoid)], seed: 1)
    try model.fit(
      inputs: Matrix(rows: 4, columns: 2, values: [0, 0, 0, 1, 1, 0, 1, 1]),
      targets: Matrix(rows: 4, columns: 1, values: [0, 1, 1, 0]), loss: .binaryCrossEntropy,
      epochs: 4, batchSize: 4, threads: .exactly(1),
      checkpoint: TrainingOptions.Checkpoint(path: path, every: .epochs(9), resumes: resumes))
  }

  private static func checkpoint(_ work: String) throws -> [UInt8] {
    try train(checkpoint: "\(work)/first", resumes: false)
    return try FileSystem.read("\(work)/first")
  }

  /// A file of events, and the content of each of its records.
  private static func events(_ work: String) throws -> [[UInt8]] {
    let writer = try EventWriter(folder: work)
    for step in 1...3 { try writer.write([("loss", 1 / Double(step)), ("a", -1)], step: step) }
    let bytes = try FileSystem.read(writer.path)
    var payloads: [[UInt8]] = []
    var place = 0
    while let range = EventRecord.payload(bytes, at: place) {
      payloads.append(Array(bytes[range]))
      place = range.upperBound + 4
    }
    return [bytes] + payloads
  }
}
