/// Images as bytes, each with its class: what a pair of IDX files holds.
struct LabelledImages: Sendable {
  /// The file of the images, as the user named it.
  let name: String
  /// A row for each image.
  let pixels: ByteMatrix
  /// A name for each pixel: `pixel_ROW_COLUMN`.
  let pixelNames: [String]
  let labels: [UInt8]
  /// A number that tells the contents of the two files apart from others.
  let fingerprint: UInt64

  /// What brightness is divided by, so that it goes from 0 to 1.
  static let scale = 255.0

  /// - Throws: ``PerceptronError`` when the files do not hold as many images as labels, in bytes.
  init(images: IDX, labels: IDX) throws {
    let count = try Self.count(images.header, labels.header)
    name = images.name
    pixels = ByteMatrix(
      rows: count, columns: images.count / count, storage: images.bytes, start: images.start)
    pixelNames = Self.pixelNames(images.dimensions)
    self.labels = Array(labels.bytes[labels.start...])
    fingerprint = contentFingerprint(
      of: [contentFingerprint(of: images.bytes), contentFingerprint(of: labels.bytes)])
  }

  /// How many images there are with as many labels.
  ///
  /// - Throws: ``PerceptronError`` when the files are no images and labels.
  static func count(_ images: IDX.Header, _ labels: IDX.Header) throws -> Int {
    func refuse(_ file: IDX.Header, _ message: String) -> PerceptronError {
      PerceptronError(.dataset, message, file: file.name)
    }
    let shape = images.dimensions.map { "\($0)" }.joined(separator: " × ")
    guard images.type == .unsignedByte, images.dimensions.count > 1 else {
      throw refuse(
        images,
        "images are unsigned bytes in 2 dimensions or more, the file has \(images.type) entries, "
          + shape)
    }
    guard labels.type == .unsignedByte, labels.dimensions.count == 1 else {
      throw refuse(
        labels,
        "labels are unsigned bytes in 1 dimension, the file has \(labels.type) entries in "
          + "\(labels.dimensions.count)")
    }
    guard images.total > images.count else {
      throw refuse(images, "there are no pixels: \(shape)")
    }
    guard labels.dimensions[0] == images.dimensions[0] else {
      throw refuse(
        labels,
        "\(grouped(labels.dimensions[0])) labels for the \(grouped(images.dimensions[0])) images of "
          + printable(images.name, limit: 1000))
    }
    return images.dimensions[0]
  }

  static func pixelNames(_ dimensions: [Int]) -> [String] {
    dimensions.dropFirst().reduce(["pixel"]) { names, size in
      names.flatMap { name in (0..<size).map { "\(name)_\($0)" } }
    }
  }

  /// Ten classes, or as many as the largest label asks for: `0`, `1`, ….
  var classes: [String] { Self.classes(largestLabel: Int(labels.max() ?? 0)) }

  static func classes(largestLabel: Int) -> [String] { (0...max(9, largestLabel)).map { "\($0)" } }

  func preprocessing(classes: [String]) -> Preprocessing {
    Self.preprocessing(pixelNames, classes: classes)
  }

  /// Pixels as numbers from 0 to 1, a table's columns of the same names too.
  static func preprocessing(_ pixelNames: [String], classes: [String]) -> Preprocessing {
    Preprocessing(
      inputs: pixelNames.map {
        Preprocessing.InputColumn(
          name: $0, encoding: .numeric(imputed: 0, shift: 0, scale: scale))
      },
      target: Preprocessing.Target(name: "label", kind: .classes(classes)))
  }

  /// The class number of every image among `names`.
  ///
  /// - Throws: ``PerceptronError`` for a label that is not among them, with the number of its image.
  func classCodes(among names: [String], rows: [Int]) throws -> [Int] {
    let known = CategoryIndex(names)
    let codes = (0...255).map { known["\($0)"] }
    return try rows.map { row in
      guard let code = codes[Int(labels[row])] else {
        throw PerceptronError(
          .dataset,
          "image \(grouped(row + 1)) has the label \(labels[row]), a class the model does not know",
          file: name)
      }
      return code
    }
  }

  /// Some of the images as examples for a network, encoded as `encoder` says; the bytes are shared.
  ///
  /// - Throws: ``PerceptronError`` when the encoder is not one of such images, or a label unknown.
  func examples<Element: Scalar>(
    rows: [Int], outputs: Int, encodedBy encoder: Preprocessing
  ) throws -> Examples<Element> {
    guard let names = encoder.classes, names.count == outputs else {
      throw PerceptronError(
        .network, "labels do not fit \(outputs) \(outputs == 1 ? "output" : "outputs")", file: name)
    }
    let inputs: Examples<Element>.Inputs = try self.inputs(encodedBy: encoder)
    var targets = Matrix<Element>(rows: pixels.rows, columns: outputs)
    for (row, code) in zip(rows, try classCodes(among: names, rows: rows)) {
      targets.values[row * outputs + code] = 1
    }
    return Examples(
      inputs, targets: targets,
      selection: rows.count == pixels.rows ? nil : rows.map { Int32($0) })
  }

  /// The pixels as inputs of a network.
  func inputs<Element: Scalar>(encodedBy encoder: Preprocessing) throws
    -> Examples<Element>.Inputs
  {
    .bytes(
      pixels,
      scale: try Self.scale(of: encoder, pixels: pixels.columns, as: Element.self, name: name))
  }

  /// What a model's encoding divides brightness by.
  ///
  /// - Throws: ``PerceptronError`` where it is not one of images with so many pixels.
  static func scale<Element: Scalar>(
    of encoder: Preprocessing, pixels: Int, as: Element.Type, name: String
  ) throws -> Double {
    guard encoder.inputCount == pixels else {
      throw PerceptronError(
        .dataset,
        "images of \(grouped(pixels)) pixels do not fit \(grouped(encoder.inputCount)) inputs",
        file: name)
    }
    guard let scale = encoder.commonScale, Double(Element(scale)) == scale else {
      throw PerceptronError(
        .dataset, "the model does not take pixels as they are; it was not trained on images",
        file: name)
    }
    return scale
  }
}

extension Preprocessing {
  /// What every input is divided by, where nothing else is done to any of them.
  fileprivate var commonScale: Double? {
    var common: Double?
    for input in inputs {
      guard case .numeric(_, 0, let scale) = input.encoding, common ?? scale == scale else {
        return nil
      }
      common = scale
    }
    return common
  }
}

/// The files of a folder with images in the names that MNIST and its relatives use:
/// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
/// `t10k-labels-idx1-ubyte`, each also with `.gz`.
package struct ImageFolder: Sendable {
  package typealias Pair = (images: String, labels: String)

  private let path: String

  /// Nil if `path` is not a folder.
  package init?(_ path: String) {
    guard FileSystem.isFolder(path) else { return nil }
    self.path = path
  }

  /// The images to learn from.
  ///
  /// - Throws: ``PerceptronError`` naming the file that is not there.
  package func training() throws -> Pair { try pair("train") }

  /// The images to judge by.
  package func test() throws -> Pair { try pair("t10k") }

  /// The images to judge by, nil if there are none.
  package func testIfPresent() throws -> Pair? {
    let isPresent = ["images-idx3", "labels-idx1"].contains { file("t10k-\($0)-ubyte") != nil }
    return isPresent ? try test() : nil
  }

  private func pair(_ name: String) throws -> Pair {
    func required(_ name: String) throws -> String {
      if let found = file(name) { return found }
      throw PerceptronError(
        .file, "the folder has no \(name), nor \(name).gz", file: path)
    }
    return (
      try required("\(name)-images-idx3-ubyte"), try required("\(name)-labels-idx1-ubyte")
    )
  }

  private func file(_ name: String) -> String? {
    let base = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    return [base, base + ".gz"].first { FileSystem.isRegular($0) }
  }
}
