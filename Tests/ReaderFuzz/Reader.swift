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
      Reader(
        name: "idx", corpus: try files(["interop/idx", "gzip"], ["ubyte", ".idx", ".gz"]),
        tokens: numbers, read: { _ = try IDX(bytes: $0, name: "damaged.idx") }),
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
