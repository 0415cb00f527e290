import Perceptron

/// A number in JSON: ± significand · 10^exponent where that is short enough, and its text.
struct JSONNumber {
  fileprivate(set) var isNegative = false
  fileprivate(set) var significand: UInt64 = 0
  fileprivate(set) var exponent = 0
  /// Whether digits did not fit into the significand; then only the text says the number.
  fileprivate(set) var isCutShort = false
  /// Whether it is written without point and exponent.
  fileprivate(set) var isInteger = true
  fileprivate(set) var text: UnsafeBufferPointer<UInt8>

  /// The nearest `Double`; ±∞ where it is too large.
  @inline(__always)
  var double: Double {
    if !isCutShort {
      if significand == 0 { return isNegative ? -0.0 : 0.0 }
      if let magnitude = DecimalNumber.nearest(significand, exponent: exponent) {
        return isNegative ? -magnitude : magnitude
      }
    }
    return DecimalNumber.parse(text, as: Double.self) ?? .nan
  }

  /// The nearest `Float`, rounded once from the text; ±∞ where it is too large.
  @inline(__always)
  var float: Float {
    if !isCutShort {
      if significand == 0 { return isNegative ? -0.0 : 0.0 }
      if let magnitude = DecimalNumber.nearest(significand, exponent: exponent),
        let rounded = DecimalNumber.float(from: magnitude)
      {
        return isNegative ? -rounded : rounded
      }
    }
    return DecimalNumber.parse(text, as: Float.self) ?? .nan
  }

  /// The number, where it is written as a whole one that fits.
  var integer: Int? {
    guard isInteger, !isCutShort else { return nil }
    if isNegative {
      return significand <= UInt64(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- significand) : nil
    }
    return Int(exactly: significand)
  }
}

extension JSONReader {
  /// A number, strictly by the grammar of JSON.
  @inline(__always)
  mutating func readNumber() throws(Refusal) -> JSONNumber {
    guard peek() != nil else { throw unexpected("a number") }
    let start = position
    let end = bytes.count
    var number = JSONNumber(text: bytes)
    var place = position
    if bytes[place] == UInt8(ascii: "-") {
      number.isNegative = true
      place += 1
    }
    let firstDigit = place
    while place < end {
      let digit = bytes[place] &- UInt8(ascii: "0")
      if digit > 9 { break }
      number.append(digit)
      place += 1
    }
    if place == firstDigit {
      position = place
      throw unexpected(number.isNegative ? "a digit" : "a number")
    }
    if bytes[firstDigit] == UInt8(ascii: "0"), place > firstDigit + 1 {
      throw error("a number begins with a superfluous 0", at: start)
    }
    if place < end, bytes[place] == UInt8(ascii: ".") {
      number.isInteger = false
      place += 1
      let firstDecimal = place
      while place < end {
        let digit = bytes[place] &- UInt8(ascii: "0")
        if digit > 9 { break }
        if number.append(digit) { number.exponent -= 1 }
        place += 1
      }
      if place == firstDecimal {
        position = place
        throw unexpected("a digit")
      }
    }
    if place < end, bytes[place] | 0x20 == UInt8(ascii: "e") {
      number.isInteger = false
      position = place + 1
      number.exponent += try readExponent()
      place = position
    }
    number.text = UnsafeBufferPointer(rebasing: bytes[start..<place])
    position = place
    return number
  }

  /// What follows the `e`; saturates far beyond every number there is.
  private mutating func readExponent() throws(Refusal) -> Int {
    var isNegative = false
    if position < bytes.count,
      bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
    {
      isNegative = bytes[position] == UInt8(ascii: "-")
      position += 1
    }
    let first = position
    var power = 0
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      if digit > 9 { break }
      if power < 1_000_000_000_000 { power = power * 10 + Int(digit) }
      position += 1
    }
    if position == first { throw unexpected("a digit") }
    return isNegative ? -power : power
  }
}

extension JSONNumber {
  /// Takes one digit more, if there is room: 19 digits fit in 64 bits.
  @inline(__always)
  @discardableResult
  fileprivate mutating func append(_ digit: UInt8) -> Bool {
    if significand < 1_000_000_000_000_000_000 {
      significand = significand &* 10 &+ UInt64(digit)
      return true
    }
    isCutShort = true
    return false
  }
}
