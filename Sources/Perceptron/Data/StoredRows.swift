/// Encoded rows on a disk: what `perceptron convert` makes of a table, to be read piece by piece.
///
/// A folder with three files. `inputs.npy` `[rows × n₀]` and `targets.npy` `[rows × n_L]`, numbers of
/// 4 bytes in C order, are what a network is given, and what NumPy reads too; the rows to learn from
/// come first, those held out for validation behind them. `rows.json` says how they were made, and is
/// written last: a folder without it is not finished.
package struct StoredRows: RowSource, Hashable {
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

  package var name: String { folder }

  package func memory(ofRowIn precision: Precision) -> Int {
    (inputs + outputs) * (precision == .float ? 4 : 8)
  }

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
      let reader = try FileReader(file)
      guard try reader.bytes(at: 0, atMost: header.count) == header else {
        throw fail("its shape is not [\(rows), \(columns)], which the description says", file)
      }
      let expected = header.count + rows * columns * MemoryLayout<Float>.size
      guard reader.size == expected else {
        throw fail("it has \(grouped(reader.size)) bytes, not \(grouped(expected))", file)
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

  /// The rows of several ranges, one behind the other.
  package func examples<Element: Scalar>(_ parts: [Range<Int>]) throws -> Examples<Element> {
    var none: Examples<Element>?
    return try examples(parts, over: &none)
  }
}
