import Perceptron

/// Arrays by name from an `.npz` file, as `numpy.savez` and `savez_compressed` write it: a zip archive
/// of `.npy` files.
///
/// ```swift
/// let archive = try NumPyArchive(contentsOf: "data.npz")
/// let inputs: Matrix<Float> = try archive.array("X").matrix()
/// ```
///
/// The directory is read when the archive is opened, a member when it is asked for, with its CRC-32.
/// Members are stored or deflated, archives of 4 GB and more (zip64) too; encrypted members and several
/// disks are refused.
/// A name is only ever a key, never a path. Nothing needs more memory than 8 times the file's size and
/// 16 MB, whatever the file says of itself. Format: PKWARE's APPNOTE 6.3, sections 4.3 and 4.4.
public struct NumPyArchive: Sendable {
  /// The file, for messages.
  public var name: String { directory.name }
  /// The arrays, in the order of the archive's directory.
  public var names: [String] { directory.keys }
  private let source: TextSource
  private let directory: ZipDirectory
  /// The most bytes that anything read from it may take.
  private let limit: Int

  /// Opens the file at `path`.
  ///
  /// - Throws: `PerceptronError` that says what is wrong with the archive's directory.
  public init(contentsOf path: String) throws {
    try self.init(TextSource(contentsOf: path), name: path)
  }

  /// Opens `bytes`, the content of a file called `name`.
  ///
  /// - Throws: as for a file.
  public init(bytes: [UInt8], name: String) throws { try self.init(TextSource(bytes), name: name) }

  private init(_ source: TextSource, name: String) throws {
    (directory, limit) = try source.unchanged(name) {
      try source.withBytes {
        (try ZipDirectory(ZipBytes(bytes: $0), name: name), 8 * $0.count + (16 << 20))
      }
    }
    self.source = source
  }

  /// The array of this name.
  ///
  /// - Throws: `PerceptronError` when there is none, or its bytes are damaged or no array of numbers.
  public func array(_ key: String) throws -> NumPyArray { try array(key, allowsText: false) }

  func array(_ key: String, allowsText: Bool) throws -> NumPyArray {
    let member = try directory.member(key)
    let place = directory.place(of: member)
    do {
      let (bytes, part) = try source.unchanged(name) { try content(member) }
      let array = try NumPyArray(bytes ?? source, name: place, part: part, allowsText: allowsText)
      // Bytes that become numbers of 8 bytes each.
      guard array.count <= limit / 8 else {
        throw NumPyMalformation("it has more entries than a file of this size may have")
      }
      return array
    } catch let error as NumPyMalformation {
      throw PerceptronError(.file, error.message, file: place)
    }
  }

  /// Where a member's bytes are: in the archive if it is stored, else decompressed.
  private func content(_ member: ZipMember) throws -> (TextSource?, Range<Int>) {
    try source.withBytes { archive in
      let data = try member.data(in: archive.count) {
        Array(archive[$0..<min($0 + ZipMember.localHeaderSize, archive.count)])
      }
      let packed = UnsafeBufferPointer(rebasing: archive[data])
      func check(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        guard CRC32.checksum(bytes) == member.checksum else {
          throw NumPyMalformation("its CRC-32 does not match its content: the file is damaged")
        }
      }
      guard member.isDeflated else {
        try check(packed)
        return (nil, data)
      }
      guard member.size <= limit else {
        throw NumPyMalformation(
          "it says it holds \(grouped(member.size)) bytes, more than 8 times the archive's size")
      }
      let bytes = try [UInt8](unsafeUninitializedCapacity: member.size) { buffer, count in
        count = try Self.inflate(
          packed, into: UnsafeMutableBufferPointer(rebasing: buffer[..<member.size]))
      }
      guard bytes.count == member.size else {
        throw NumPyMalformation(
          "it holds \(grouped(bytes.count)) bytes where the archive says \(grouped(member.size))")
      }
      try bytes.withUnsafeBufferPointer(check)
      return (TextSource(bytes), 0..<bytes.count)
    }
  }

  private static func inflate(
    _ packed: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) throws -> Int {
    var inflate = Inflate(into: output)
    var reader = BitReader(packed, from: 0)
    do throws(Inflate.Failure) {
      try inflate.blocks(&reader)
    } catch {
      switch error {
      case .truncated: throw NumPyMalformation("its compressed data end too soon")
      case .damaged(let what): throw NumPyMalformation("its compressed data are damaged: \(what)")
      case .full: throw NumPyMalformation("it holds more bytes than the archive says")
      }
    }
    return inflate.count
  }
}
