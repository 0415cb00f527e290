#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Encoded rows on a disk: what `perceptron convert` makes of a table, to be read piece by piece.
///
/// A folder with three files. `inputs.npy` `[rows × n₀]` and `targets.npy` `[rows × n_L]`, numbers of
/// 4 bytes in C order, are what a network is given, and what NumPy reads too; the rows to learn from
/// come first, those held out for validation behind them. `rows.json` says how they were made, and is
/// written last: a folder without it is not finished.
package struct StoredRows: Sendable, Hashable {
  /// The folder, as the user named it.
  package let folder: String
  /// All rows.
  package let rows: Int
  /// Those to learn from, which come first.
  package let trainingRows: Int
  /// How raw rows become these.
  package let preprocessing: Preprocessing
  /// n_L
  package let outputs: Int
  /// What is learned, and how the numbers were scaled.
  package let options: DatasetOptions
  /// A number that tells contents apart.
  package let fingerprint: UInt64
  /// The file they were made from.
  package let origin: String

  /// The bytes before the numbers of an `.npy` file written here.
  static let headerSize = 128
  static let version = 1
  static let descriptionName = "rows.json"

  /// n₀
  package var inputs: Int { preprocessing.inputCount }

  /// Bytes of a row on the disk.
  package var rowSize: Int { (inputs + outputs) * MemoryLayout<Float>.size }

  init(
    folder: String, rows: Int, trainingRows: Int, preprocessing: Preprocessing, outputs: Int,
    options: DatasetOptions, fingerprint: UInt64, origin: String
  ) {
    self.folder = folder
    self.rows = rows
    self.trainingRows = trainingRows
    self.preprocessing = preprocessing
    self.outputs = outputs
    self.options = options
    self.fingerprint = fingerprint
    self.origin = origin
  }

  /// Whether `path` is a folder of stored rows.
  package static func isOne(_ path: String) -> Bool {
    FileSystem.isFolder(path) && FileSystem.exists(path + "/" + descriptionName)
  }

  /// Opens a folder, and checks that its files are as large as they must be.
  ///
  /// - Throws: `PerceptronError` that says what is wrong with it.
  package init(contentsOf folder: String) throws {
    let path = folder + "/" + Self.descriptionName
    func fail(_ message: String, _ file: String) -> PerceptronError {
      PerceptronError(.dataset, message, file: file)
    }
    guard let json = try? JSON.parse(FileSystem.read(path)),
      let version = json["version"]?.int
    else { throw fail("it does not describe stored rows", path) }
    guard version == Self.version else {
      throw fail(
        "it is of version \(version); this program reads version \(Self.version)", path)
    }
    guard let rows = json["rows"]?.int, let trainingRows = json["training_rows"]?.int,
      let outputs = json["outputs"]?.int, outputs > 0, (1...max(rows, 1)).contains(trainingRows),
      let preprocessing = json["preprocessing"].flatMap({ Preprocessing($0) }),
      let task = json["task"]?.string.flatMap(DatasetOptions.Task.init(rawValue:)),
      let scaling = json["scale"]?.string.flatMap(Preprocessing.Scaling.init(rawValue:)),
      let fingerprint = json["fingerprint"]?.string.flatMap({ UInt64($0, radix: 16) }),
      let origin = json["origin"]?.string
    else { throw fail("its description is malformed", path) }
    self.init(
      folder: folder, rows: rows, trainingRows: trainingRows, preprocessing: preprocessing,
      outputs: outputs, options: DatasetOptions(task: task, scaling: scaling),
      fingerprint: fingerprint, origin: origin)
    for (file, columns) in [(inputsPath, inputs), (targetsPath, outputs)] {
      let header = try Self.header(rows: rows, columns: columns)
      let descriptor = try Self.open(file)
      defer { close(descriptor) }
      var found = [UInt8](repeating: 0, count: header.count)
      try Self.read(descriptor, at: 0, into: &found, file)
      guard found == header else {
        throw fail("its shape is not [\(rows), \(columns)], which the description says", file)
      }
      let size = Int(lseek(descriptor, 0, SEEK_END))
      let expected = header.count + rows * columns * MemoryLayout<Float>.size
      guard size == expected else {
        throw fail("it has \(grouped(size)) bytes, not \(grouped(expected))", file)
      }
    }
  }

  package var inputsPath: String { folder + "/inputs.npy" }
  package var targetsPath: String { folder + "/targets.npy" }

  /// The description, as it is written.
  var description: JSON {
    [
      "version": JSON(Self.version), "rows": JSON(rows), "training_rows": JSON(trainingRows),
      "outputs": JSON(outputs), "origin": .string(origin),
      "task": .string(options.task.rawValue), "scale": .string(options.scaling.rawValue),
      "fingerprint": .string(String(fingerprint, radix: 16)),
      "preprocessing": preprocessing.description,
    ]
  }

  /// The first bytes of an `.npy` file of 4-byte numbers.
  static func header(rows: Int, columns: Int) throws -> [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let room = headerSize - 11 - text.utf8.count
    guard room >= 0 else {
      throw PerceptronError(.dataset, "\(rows) × \(columns) numbers are too many")
    }
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(headerSize - 10), 0]
      + Array((text + String(repeating: " ", count: room) + "\n").utf8)
  }

  /// Some of the rows, as a network takes them.
  ///
  /// - Throws: `PerceptronError` when the files cannot be read any more, or hold what is no number.
  package func examples<Element: Scalar>(
    _ part: Range<Int>, as: Element.Type = Element.self
  ) throws -> Examples<Element> {
    try examples([part])
  }

  /// The rows of several ranges, one behind the other.
  func examples<Element: Scalar>(_ parts: [Range<Int>]) throws -> Examples<Element> {
    Examples(
      inputs: try matrix(inputsPath, columns: inputs, parts),
      targets: try matrix(targetsPath, columns: outputs, parts))
  }

  private func matrix<Element: Scalar>(
    _ path: String, columns: Int, _ parts: [Range<Int>]
  ) throws -> Matrix<Element> {
    let rows = parts.reduce(0) { $0 + $1.count }
    let descriptor = try Self.open(path)
    defer { close(descriptor) }
    let numbers = try [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      let rowSize = columns * MemoryLayout<Float>.size
      var done = 0
      for part in parts {
        let piece = UnsafeMutableRawBufferPointer(
          rebasing: bytes[done..<done + part.count * rowSize])
        try Self.read(
          descriptor, at: Self.headerSize + part.lowerBound * rowSize, into: piece, path)
        done += piece.count
      }
      count = rows * columns
    }
    if let wrong = numbers.first(where: { !$0.isFinite }) {
      throw PerceptronError(.dataset, "it holds \(wrong), not a finite number", file: path)
    }
    if Element.self == Float.self {
      let values = unsafeBitCast(numbers, to: [Element].self)
      return Matrix(rows: rows, columns: columns, values: values)
    }
    return Matrix(rows: rows, columns: columns, values: numbers.map { Element($0) })
  }

  private static func open(_ path: String) throws -> Int32 {
    #if canImport(Glibc)
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    #elseif canImport(Musl)
      let descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC)
    #else
      let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC)
    #endif
    guard descriptor >= 0 else {
      throw PerceptronError(.file, String(cString: strerror(errno)), file: path)
    }
    return descriptor
  }

  private static func read(
    _ descriptor: Int32, at offset: Int, into bytes: inout [UInt8], _ path: String
  ) throws {
    try bytes.withUnsafeMutableBytes { try read(descriptor, at: offset, into: $0, path) }
  }

  /// All of `buffer` from a place in the file.
  private static func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer,
    _ path: String
  ) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress! + done, min(buffer.count - done, 1 << 30),
        off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw PerceptronError(.file, "it has been cut short", file: path)
      } else if errno != EINTR {
        throw PerceptronError(.file, String(cString: strerror(errno)), file: path)
      }
    }
  }
}
