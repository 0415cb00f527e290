import Perceptron

/// The members of an `.npz` file, by the names of their arrays.
struct ZipDirectory: Sendable {
  /// The file, for messages.
  let name: String
  /// The arrays, in the order of the archive's directory.
  let keys: [String]
  private let members: [ZipMember]

  /// - Throws: `PerceptronError` that says what is wrong with it.
  init(_ bytes: ZipBytes, name: String) throws {
    do {
      members = try ZipMember.directory(of: bytes)
    } catch let error as NumPyMalformation {
      throw PerceptronError(.file, error.message, file: name)
    }
    self.name = name
    keys = members.map { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : $0.name }
    var seen: Set<String> = []
    if let twice = keys.first(where: { !seen.insert($0).inserted }) {
      throw PerceptronError(.file, "the archive has \(quoted(twice)) twice", file: name)
    }
  }

  /// - Throws: `PerceptronError` where there is no such array.
  func member(_ key: String) throws -> ZipMember {
    guard let index = keys.firstIndex(of: key) else {
      let known = keys.prefix(20).map { quoted($0) }.joined(separator: ", ")
      throw PerceptronError(
        .file, "the archive has no array \(quoted(key)); it has \(known)", file: name)
    }
    return members[index]
  }

  /// What a member is called in messages.
  func place(of member: ZipMember) -> String {
    "\(name), member \(printable(member.name, limit: 60))"
  }
}

extension ZipDirectory {
  /// The directory stands in the last of so many bytes, where a file is not read whole.
  private static let longest = 1 << 20

  /// Where an array that is not compressed lies in a file, which is not read for it and may be larger
  /// than memory; its CRC-32 is not checked then.
  ///
  /// - Throws: `PerceptronError` when there is none, or it is compressed.
  static func storedArray(
    _ key: String, in path: String
  ) throws -> (name: String, offset: Int, size: Int) {
    let (first, size) = try NumberFile.beginning(of: path, at: 0, atMost: 4)
    guard first == [0x50, 0x4B, 0x03, 0x04] else {
      throw PerceptronError(.file, "it is not a zip archive, so no .npz file", file: path)
    }
    let origin = max(size - longest, 0)
    let end = try NumberFile.beginning(of: path, at: origin, atMost: size - origin).bytes
    let directory = try end.withUnsafeBufferPointer {
      try ZipDirectory(ZipBytes(bytes: $0, origin: origin), name: path)
    }
    let member = try directory.member(key)
    let name = directory.place(of: member)
    guard !member.isDeflated else {
      throw PerceptronError(
        .file,
        "it is compressed, and can then only be read whole: write it with numpy.savez, or leave out "
          + "--memory", file: name)
    }
    do {
      let part = try member.data(in: size) {
        try NumberFile.beginning(of: path, at: $0, atMost: ZipMember.localHeaderSize).bytes
      }
      return (name, part.lowerBound, part.count)
    } catch let error as NumPyMalformation {
      throw PerceptronError(.file, error.message, file: name)
    }
  }
}
