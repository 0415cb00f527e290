import Foundation

/// Numbers as bytes, least significant first: what the page reads as a typed array. In JSON they are
/// base 64, exact and half as long as text.
enum PackedNumbers {
  static func data(_ numbers: [Double]) -> Data {
    var data = Data(capacity: numbers.count * 8)
    for number in numbers {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  static func data(_ numbers: [Float]) -> Data {
    var data = Data(capacity: numbers.count * 4)
    for number in numbers {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }
}
