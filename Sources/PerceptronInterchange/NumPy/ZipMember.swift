/// An entry of a zip archive's central directory.
struct ZipMember: Sendable, Hashable {
  let name: String
  let isDeflated: Bool
  let checksum: UInt32
  /// Bytes in the archive.
  let packedSize: Int
  /// Bytes when unpacked.
  let size: Int
  /// Where its local header begins.
  private let header: Int
  private let nameLength: Int

  /// The members of an archive, in the order of its directory, which stands at its end.
  static func directory(of bytes: UnsafeBufferPointer<UInt8>) throws -> [ZipMember] {
    let end = try endRecord(in: bytes)
    let (count, size, start) = (
      bytes.number(end + 10, 2), bytes.number(end + 12, 4), bytes.number(end + 16, 4)
    )
    guard bytes.number(end + 4, 2) == 0, bytes.number(end + 6, 2) == 0,
      bytes.number(end + 8, 2) == count
    else { throw NumPyMalformation("the zip archive is one of several parts") }
    guard count != 0xFFFF, size != 0xFFFF_FFFF, start != 0xFFFF_FFFF else {
      throw NumPyMalformation("it is a zip64 archive, of 4 GB or 65,535 members, which is not read")
    }
    guard size <= end, start <= end - size else {
      throw NumPyMalformation("the zip archive's directory reaches beyond its place")
    }
    var place = start
    var members: [ZipMember] = []
    for _ in 0..<count {
      guard place + 46 <= start + size, bytes.number(place, 4) == 0x0201_4B50 else {
        throw NumPyMalformation("the zip archive's directory is damaged")
      }
      let (name, extra, comment) = (
        bytes.number(place + 28, 2), bytes.number(place + 30, 2), bytes.number(place + 32, 2)
      )
      guard place + 46 + name + extra + comment <= start + size else {
        throw NumPyMalformation("the zip archive's directory is damaged")
      }
      members.append(try ZipMember(bytes, entry: place, nameLength: name))
      place += 46 + name + extra + comment
    }
    return members
  }

  /// Where the record is that says where the directory is; a comment may follow it.
  private static func endRecord(in bytes: UnsafeBufferPointer<UInt8>) throws -> Int {
    var place = bytes.count - 22
    let last = max(0, place - 0xFFFF)
    while place >= last {
      if bytes.number(place, 4) == 0x0605_4B50,
        place + 22 + bytes.number(place + 20, 2) == bytes.count
      {
        return place
      }
      place -= 1
    }
    guard bytes.count >= 4, bytes.number(0, 4) == 0x0403_4B50 else {
      throw NumPyMalformation("it is not a zip archive, so no .npz file")
    }
    throw NumPyMalformation("the zip archive is cut short: its directory is missing")
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, entry: Int, nameLength: Int) throws {
    let name = String(decoding: bytes[entry + 46..<entry + 46 + nameLength], as: UTF8.self)
    self.name = name
    self.nameLength = nameLength
    func refuse(_ what: String) -> NumPyMalformation {
      NumPyMalformation("the archive's member \(shown(name)) is \(what)")
    }
    guard bytes.number(entry + 8, 2) & 1 == 0 else { throw refuse("encrypted") }
    let method = bytes.number(entry + 10, 2)
    guard method == 0 || method == 8 else {
      throw refuse("compressed by method \(method); stored and deflated members can be read")
    }
    let isDeflated = method == 8
    self.isDeflated = isDeflated
    checksum = UInt32(bytes.number(entry + 16, 4))
    let (packedSize, size, header) = (
      bytes.number(entry + 20, 4), bytes.number(entry + 24, 4), bytes.number(entry + 42, 4)
    )
    (self.packedSize, self.size, self.header) = (packedSize, size, header)
    guard packedSize != 0xFFFF_FFFF, size != 0xFFFF_FFFF, header != 0xFFFF_FFFF else {
      throw refuse("of 4 GB or more (zip64), which is not read")
    }
    guard isDeflated || packedSize == size else { throw refuse("stored in two different sizes") }
  }

  /// Where its bytes are, behind a local header of the same name.
  func data(in bytes: UnsafeBufferPointer<UInt8>) throws -> Range<Int> {
    guard header + 30 <= bytes.count, bytes.number(header, 4) == 0x0403_4B50,
      bytes.number(header + 26, 2) == nameLength
    else { throw NumPyMalformation("the archive has no such member where its directory says") }
    let start = header + 30 + nameLength + bytes.number(header + 28, 2)
    guard start <= bytes.count, packedSize <= bytes.count - start else {
      throw NumPyMalformation("it reaches beyond the end of the archive")
    }
    return start..<start + packedSize
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The little-endian number in `size` bytes from `place` on.
  fileprivate func number(_ place: Int, _ size: Int) -> Int {
    (0..<size).reversed().reduce(0) { $0 << 8 | Int(self[place + $1]) }
  }
}
