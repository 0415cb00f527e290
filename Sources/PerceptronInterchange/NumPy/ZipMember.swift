/// What is looked at of a zip archive: all of it, or its end.
struct ZipBytes {
  let bytes: UnsafeBufferPointer<UInt8>
  /// Where in the archive they begin.
  var origin = 0

  /// Bytes of the archive.
  var count: Int { origin + bytes.count }

  /// The little-endian number in `size` bytes from `place` in the archive on.
  func number(_ place: Int, _ size: Int) -> Int {
    (0..<size).reversed().reduce(0) { $0 << 8 | Int(bytes[place - origin + $1]) }
  }

  func text(_ range: Range<Int>) -> String {
    String(
      decoding: bytes[range.lowerBound - origin..<range.upperBound - origin], as: UTF8.self)
  }
}

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
  static func directory(of bytes: ZipBytes) throws -> [ZipMember] {
    let end = try endRecord(in: bytes)
    var (count, size, start) = (
      bytes.number(end + 10, 2), bytes.number(end + 12, 4), bytes.number(end + 16, 4)
    )
    guard bytes.number(end + 4, 2) == 0, bytes.number(end + 6, 2) == 0,
      bytes.number(end + 8, 2) == count
    else { throw NumPyMalformation("the zip archive is one of several parts") }
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      (count, size, start) = try largeDirectory(in: bytes, before: end)
    }
    guard count >= 0, size >= 0, start >= 0, size <= end, start <= end - size else {
      throw NumPyMalformation("the zip archive's directory reaches beyond its place")
    }
    guard start >= bytes.origin else {
      throw NumPyMalformation("the zip archive's directory is too long to be read by itself")
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
  private static func endRecord(in bytes: ZipBytes) throws -> Int {
    var place = bytes.count - 22
    let last = max(bytes.origin, place - 0xFFFF)
    while place >= last {
      if bytes.number(place, 4) == 0x0605_4B50,
        place + 22 + bytes.number(place + 20, 2) == bytes.count
      {
        return place
      }
      place -= 1
    }
    guard bytes.origin > 0 || bytes.count >= 4 && bytes.number(0, 4) == 0x0403_4B50 else {
      throw NumPyMalformation("it is not a zip archive, so no .npz file")
    }
    throw NumPyMalformation("the zip archive is cut short: its directory is missing")
  }

  /// Where the directory of an archive of 4 GB or 65,535 members is: a record that stands before the
  /// usual one (zip64) says it in 8 bytes each.
  private static func largeDirectory(
    in bytes: ZipBytes, before end: Int
  ) throws -> (count: Int, size: Int, start: Int) {
    let locator = end - 20
    guard locator >= bytes.origin, bytes.number(locator, 4) == 0x0706_4B50 else {
      throw NumPyMalformation("the zip archive's directory is damaged")
    }
    let place = bytes.number(locator + 8, 8)
    guard place >= bytes.origin, place <= locator - 56, bytes.number(place, 4) == 0x0606_4B50 else {
      throw NumPyMalformation("the zip archive's directory is damaged")
    }
    return (
      bytes.number(place + 32, 8), bytes.number(place + 40, 8), bytes.number(place + 48, 8)
    )
  }

  /// The sizes and the place that do not fit 4 bytes, from the extra field 1 of an entry.
  private static func large(
    _ numbers: [Int], _ bytes: ZipBytes, extra: Range<Int>
  ) -> [Int]? {
    var place = extra.lowerBound
    while place + 4 <= extra.upperBound {
      let (kind, size) = (bytes.number(place, 2), bytes.number(place + 2, 2))
      place += 4
      guard place + size <= extra.upperBound else { return nil }
      if kind == 1 {
        var found = numbers
        var field = place
        for index in found.indices where found[index] == 0xFFFF_FFFF {
          guard field + 8 <= place + size else { return nil }
          found[index] = bytes.number(field, 8)
          field += 8
        }
        return found.allSatisfy { $0 >= 0 } ? found : nil
      }
      place += size
    }
    return nil
  }

  private init(_ bytes: ZipBytes, entry: Int, nameLength: Int) throws {
    let name = bytes.text(entry + 46..<entry + 46 + nameLength)
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
    // In the order of the extra field.
    var numbers = [24, 20, 42].map { bytes.number(entry + $0, 4) }
    if numbers.contains(0xFFFF_FFFF) {
      let first = entry + 46 + nameLength
      guard
        let large = Self.large(
          numbers, bytes, extra: first..<first + bytes.number(entry + 30, 2))
      else { throw refuse("of 4 GB or more, and its sizes are missing") }
      numbers = large
    }
    (size, packedSize, header) = (numbers[0], numbers[1], numbers[2])
    guard isDeflated || packedSize == size else { throw refuse("stored in two different sizes") }
  }

  /// Bytes of a local header, before its name.
  static let localHeaderSize = 30

  /// Where its bytes are, behind a local header of the same name.
  ///
  /// - Parameter localHeader: the bytes from a place on, as many as a header has, or fewer at the end.
  func data(
    in archiveSize: Int, localHeader: (_ place: Int) throws -> [UInt8]
  ) throws -> Range<Int> {
    let bytes = try header <= archiveSize ? localHeader(header) : []
    func number(_ place: Int, _ size: Int) -> Int {
      bytes.withUnsafeBufferPointer { ZipBytes(bytes: $0).number(place, size) }
    }
    guard bytes.count == Self.localHeaderSize, number(0, 4) == 0x0403_4B50,
      number(26, 2) == nameLength
    else { throw NumPyMalformation("the archive has no such member where its directory says") }
    let start = header + Self.localHeaderSize + nameLength + number(28, 2)
    guard start <= archiveSize, packedSize <= archiveSize - start else {
      throw NumPyMalformation("it reaches beyond the end of the archive")
    }
    return start..<start + packedSize
  }
}
