/// Decompression of "deflate" data (RFC 1951) into memory whose size is known before: whatever the
/// data say, no more than that is written; or through memory of some size, which is emptied when it is
/// full.
package struct Inflate: ~Copyable {
  /// Why decompression ended early.
  package enum Failure: Error, Equatable {
    /// The data end in the middle.
    case truncated
    /// The data say something that cannot be.
    case damaged(String)
    /// There is more than the memory holds; it is full.
    case full
  }

  private let literals = HuffmanCode(capacity: 288)
  private let distances = HuffmanCode(capacity: 32)
  private let output: UnsafeMutableBufferPointer<UInt8>
  /// The bytes written.
  package private(set) var count = 0
  /// Empties the memory of so many bytes and says how many of the last it has kept, at its beginning;
  /// nil where there is to be no more than the memory holds.
  private let drain: ((Int) throws(Failure) -> Int)?
  /// Where the first byte of this call lies, or would lie.
  private var start = 0

  /// How far back a distance may reach.
  static let reach = 1 << 15

  /// Writes into `output`, from its beginning.
  package init(into output: UnsafeMutableBufferPointer<UInt8>) {
    self.output = output
    drain = nil
  }

  /// Writes through `output`, of more than `reach` bytes.
  init(
    through output: UnsafeMutableBufferPointer<UInt8>,
    drain: @escaping (Int) throws(Failure) -> Int
  ) {
    self.output = output
    self.drain = drain
  }

  /// Makes room, or says that there is none.
  @inline(never)
  private mutating func makeRoom(_ count: inout Int) throws(Failure) {
    guard let drain else { throw .full }
    let kept = try drain(count)
    start -= count - kept
    count = kept
  }

  /// Decompresses the blocks that begin where `reader` stands, up to the last.
  ///
  /// Distances reach back no further than to the first byte this call has written.
  package mutating func blocks(_ reader: inout BitReader) throws(Failure) {
    start = count
    var isLast = false
    while !isLast {
      reader.refill()
      isLast = try reader.take(1) == 1
      switch try reader.take(2) {
      case 0: try stored(&reader)
      case 1:
        takeFixedCodes()
        try compressed(&reader)
      case 2:
        try readCodes(&reader)
        try compressed(&reader)
      default: throw .damaged("a block of a kind that does not exist")
      }
    }
  }

  private mutating func stored(_ reader: inout BitReader) throws(Failure) {
    reader.alignToByte()
    reader.refill()
    let length = try reader.take(16)
    guard try reader.take(16) == length ^ 0xFFFF else {
      throw .damaged("a block whose length and its complement differ")
    }
    reader.alignToByte()
    let source = try reader.takeBytes(length)
    var done = 0
    while done < length {
      if count == output.count {
        var left = count
        try makeRoom(&left)
        count = left
      }
      let fitting = min(length - done, output.count - count)
      (output.baseAddress! + count).update(from: source.baseAddress! + done, count: fitting)
      count += fitting
      done += fitting
    }
  }

  private mutating func compressed(_ reader: inout BitReader) throws(Failure) {
    let bytes = output
    var count = count
    defer { self.count = count }
    while true {
      // Length, distance and their extra bits are 48 bits at most.
      if reader.count < 48 { reader.refill() }
      let symbol = try literals.symbol(&reader)
      if symbol < 256 {
        if count == bytes.count { try makeRoom(&count) }
        bytes.baseAddress.unsafelyUnwrapped[count] = UInt8(truncatingIfNeeded: symbol)
        count += 1
        continue
      }
      if symbol == 256 { return }
      guard symbol <= 285 else { throw .damaged("a length that does not exist") }
      var length = Int(lengthBases[symbol - 257])
      length += try reader.take(Int(lengthBits[symbol - 257]))
      let code = try distances.symbol(&reader)
      guard code < 30 else { throw .damaged("a distance that does not exist") }
      var distance = Int(distanceBases[code])
      distance += try reader.take(Int(distanceBits[code]))
      guard distance <= count - start else { throw .damaged("a distance to before the beginning") }
      while true {
        let fitting = min(length, bytes.count - count)
        Self.copy(bytes.baseAddress.unsafelyUnwrapped + count, distance, fitting)
        count += fitting
        length -= fitting
        if length == 0 { break }
        try makeRoom(&count)
      }
    }
  }

  /// Repeats what stands `distance` bytes before `target`; the two may overlap.
  @inline(__always)
  private static func copy(_ target: UnsafeMutablePointer<UInt8>, _ distance: Int, _ length: Int) {
    let source = target - distance
    var done = 0
    if distance >= 8 {
      while done + 8 <= length {
        let word = UnsafeRawPointer(source + done).loadUnaligned(as: UInt64.self)
        UnsafeMutableRawPointer(target + done).storeBytes(of: word, as: UInt64.self)
        done += 8
      }
    }
    while done < length {
      target[done] = source[done]
      done += 1
    }
  }

  private func takeFixedCodes() {
    let lengths =
      [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
      + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
    let isCode = lengths.withUnsafeBufferPointer { literals.build($0) }
    let isDistanceCode = [UInt8](repeating: 5, count: 32).withUnsafeBufferPointer {
      distances.build($0)
    }
    guard isCode, isDistanceCode else { misuse("the fixed codes of deflate are not codes") }
  }

  /// Reads the codes of a block: their lengths, themselves in a code.
  private func readCodes(_ reader: inout BitReader) throws(Failure) {
    reader.refill()
    let literalCount = try reader.take(5) + 257
    let distanceCount = try reader.take(5) + 1
    let lengthCount = try reader.take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else {
      throw .damaged("more codes than there are symbols")
    }
    var lengths = [UInt8](repeating: 0, count: 19)
    for place in 0..<lengthCount {
      reader.refill()
      lengths[Int(lengthOrder[place])] = UInt8(try reader.take(3))
    }
    guard lengths.withUnsafeBufferPointer({ literals.build($0) }) else {
      throw .damaged("lengths that are no code")
    }
    let total = literalCount + distanceCount
    lengths = []
    while lengths.count < total {
      reader.refill()
      let symbol = try literals.symbol(&reader)
      var (value, repeats): (UInt8, Int)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw .damaged("a repetition of nothing") }
        (value, repeats) = (last, try reader.take(2) + 3)
      case 17: (value, repeats) = (0, try reader.take(3) + 3)
      case 18: (value, repeats) = (0, try reader.take(7) + 11)
      default: (value, repeats) = (UInt8(symbol), 1)
      }
      guard lengths.count + repeats <= total else {
        throw .damaged("more code lengths than symbols")
      }
      lengths.append(contentsOf: repeatElement(value, count: repeats))
    }
    guard lengths[256] > 0 else { throw .damaged("a block without an end") }
    let areCodes = lengths.withUnsafeBufferPointer {
      literals.build($0.part(0..<literalCount)) && distances.build($0.part(literalCount..<total))
    }
    guard areCodes else { throw .damaged("lengths that are no code") }
  }
}

/// The order in which the lengths of the code of lengths are given (section 3.2.7).
private let lengthOrder: [UInt8] = [
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]

/// The symbols of lengths and distances (section 3.2.5): the smallest value and the extra bits.
private let lengthBases: [UInt16] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
]
private let lengthBits: [UInt8] = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]
private let distanceBases: [UInt16] = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
]
private let distanceBits: [UInt8] = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]
