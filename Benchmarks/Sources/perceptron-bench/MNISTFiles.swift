import Foundation
import Perceptron

/// The MNIST images and their digits.
struct MNISTFiles {
  let train: Examples<Float>
  let test: Examples<Float>

  /// Reads the four files of their publication, plain or gzip, and standardises the pixels by the
  /// training images' mean and deviation.
  init(folder: String) throws {
    let pixels = try Self.pixels(folder, "train-images-idx3-ubyte")
    let mean = Double(pixels.reduce(0) { $0 + Int($1) }) / Double(pixels.count)
    let squares = Double(pixels.reduce(0) { $0 + Int($1) * Int($1) }) / Double(pixels.count)
    let deviation = (squares - mean * mean).squareRoot()
    let values = (0...255).map { Float((Double($0) - mean) / deviation) }
    func examples(_ pixels: [UInt8], _ labels: [UInt8]) -> Examples<Float> {
      var targets = Matrix<Float>(rows: labels.count, columns: 10)
      for (row, label) in labels.enumerated() { targets[row, Int(label)] = 1 }
      return Examples(
        inputs: Matrix(
          rows: labels.count, columns: pixels.count / labels.count,
          values: pixels.map { values[Int($0)] }), targets: targets)
    }
    train = examples(pixels, try Self.pixels(folder, "train-labels-idx1-ubyte"))
    test = examples(
      try Self.pixels(folder, "t10k-images-idx3-ubyte"),
      try Self.pixels(folder, "t10k-labels-idx1-ubyte"))
  }

  /// The bytes of a file behind its header: 4 bytes, the last of them the number of dimensions, and 4
  /// for each. Compressed ones are unpacked by `gzip`.
  private static func pixels(_ folder: String, _ name: String) throws -> [UInt8] {
    let path = "\(folder)/\(name)"
    let bytes: Data
    if FileManager.default.fileExists(atPath: path) {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } else {
      guard FileManager.default.fileExists(atPath: path + ".gz") else {
        throw PerceptronError(.file, "there is neither this file nor \(name).gz", file: path)
      }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["gzip", "-dc", path + ".gz"]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      bytes = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
    }
    guard bytes.count > 4, bytes.prefix(3).elementsEqual([0, 0, 8]) else {
      throw PerceptronError(.dataset, "is no IDX file of bytes", file: path)
    }
    return [UInt8](bytes.dropFirst(4 + 4 * Int(bytes[3])))
  }
}
