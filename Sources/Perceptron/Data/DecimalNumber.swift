/// Text to number, straight in the wanted type and correctly rounded.
///
/// The grammar: spaces and tabs around, an optional sign, digits with an optional point (`5.`,
/// `.5`), an optional exponent; or `inf` and `infinity` in any case, with an optional sign.
/// Hexadecimal digits, separators between digits and anything after the number make it no number.
/// The spellings of NaN are missing values (see ``MissingValue``), not numbers.
public enum DecimalNumber {
  /// The number that `text` spells, or nil if it spells none.
  ///
  /// Too large is ∞, too small is 0, both with the sign of the text. `Float` is rounded once, from
  /// the text, never by way of a rounded `Double`.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public static func parse<Element: Scalar>(
    _ text: UnsafeBufferPointer<UInt8>, as type: Element.Type
  ) -> Element? {
    guard let decimal = Decimal(text) else { return nil }
    if Element.self == Float.self { return Element(float(decimal, in: text)) }
    return Element(double(decimal, in: text))
  }

  /// Whether `text` is a number by the grammar above.
  static func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    Decimal(text) != nil
  }

  private static func double(_ decimal: Decimal, in text: UnsafeBufferPointer<UInt8>) -> Double {
    if let exact = decimal.special ?? decimal.nearest { return exact }
    return Double(decimal.number(in: text))!
  }

  /// A rounded `Double` decides the `Float` unless it lies exactly in the middle of two: all such
  /// middles are representable as `Double`, so rounding to `Double` cannot step over one. What is
  /// rounded once is 0 or between 1e-22 and 2e38, where `Float` has its full precision.
  private static func float(_ decimal: Decimal, in text: UnsafeBufferPointer<UInt8>) -> Float {
    if let exact = decimal.special { return Float(exact) }
    if let rounded = decimal.nearest, !isMiddle(rounded) { return Float(rounded) }
    return Float(decimal.number(in: text))!
  }
}

extension DecimalNumber {
  /// Whether a number lies exactly in the middle of two `Float`s of full precision.
  @inline(__always)
  static func isMiddle(_ value: Double) -> Bool { value.bitPattern & 0x1FFF_FFFF == 0x1000_0000 }

  /// The `Float` that a text spells whose nearest `Double` is `value`; nil where only the text can
  /// tell: in the middle of two, and where `Float` has not its full precision or no numbers left.
  @inline(__always)
  public static func float(from value: Double) -> Float? {
    let magnitude = value.magnitude
    guard !isMiddle(value), magnitude == 0 || (0x1p-126...0x1p127).contains(magnitude) else {
      return nil
    }
    return Float(value)
  }

  /// significand · 10^exponent as the nearest `Double`, where one exact operation gives it: between
  /// two `Double`s (Clinger, 1990), or between a 64-bit significand and a power of ten up to 10¹⁹,
  /// whose product or quotient is rounded from all of its bits. Nil for other exponents.
  @inline(__always)
  public static func nearest(_ significand: UInt64, exponent: Int) -> Double? {
    if significand <= 1 << 53, exponent.magnitude < UInt(powersOfTen.count) {
      return exponent < 0
        ? Double(significand) / powersOfTen[-exponent] : Double(significand) * powersOfTen[exponent]
    }
    return nearestOfLong(significand, exponent: exponent)
  }

  @inline(never)
  private static func nearestOfLong(_ significand: UInt64, exponent: Int) -> Double? {
    guard exponent.magnitude <= 19, significand > 0 else { return nil }
    var power: UInt64 = 1
    for _ in 0..<exponent.magnitude { power *= 10 }
    let shift = significand.leadingZeroBitCount
    if exponent >= 0 {
      let (high, low) = (significand << UInt64(shift)).multipliedFullWidth(by: power)
      // At least 64 of the 128 bits are the number's: the first 64 and whether any follow.
      guard high > 0 else { return Double(low) * scale(-shift) }
      let zeros = high.leadingZeroBitCount
      let first = zeros == 0 ? high : high << UInt64(zeros) | low >> UInt64(64 - zeros)
      let hasRest = low << UInt64(zeros) != 0
      return rounded(first, hasRest: hasRest) * scale(64 - zeros - shift)
    }
    // Both with their first bit set, the dividend halved: the quotient has 63 bits or 64.
    let zeros = power.leadingZeroBitCount
    let dividend = significand << UInt64(shift)
    let (quotient, rest) = (power << UInt64(zeros)).dividingFullWidth(
      (dividend >> 1, dividend << 63))
    return rounded(quotient, hasRest: rest != 0) * scale(zeros - shift - 63)
  }

  /// A number of 63 or 64 bits as the nearest `Double`, given whether more follows behind its point:
  /// the last bit, which is far below the rounding, stands for all that follow.
  private static func rounded(_ bits: UInt64, hasRest: Bool) -> Double {
    Double(hasRest ? bits | 1 : bits)
  }

  private static func scale(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}

/// What the grammar finds in the text of one number: ± significand · 10^exponent, where that is
/// short enough for one exact operation; longer numbers are only recognised.
private struct Decimal {
  private var isNegative = false
  private var isInfinite = false
  /// The digits without the point, up to 19 of them; the rest is dropped.
  private var significand: UInt64 = 0
  private var isCutShort = false
  private var exponent = 0
  /// Where the number stands in its text, spaces left out.
  private var range: Range<Int>

  /// Nil if `text` is not a number.
  @inline(__always)
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    range = text.trimmed(0..<text.count)
    var position = range.lowerBound
    let end = range.upperBound
    guard position < end else { return nil }
    if text[position] == ASCII.minus || text[position] == ASCII.plus {
      isNegative = text[position] == ASCII.minus
      position += 1
    }

    var hasDigits = false
    while position < end, let digit = text[position].digit {
      if significand < Self.roomForDigit {
        significand = significand &* 10 &+ UInt64(digit)
      } else {
        isCutShort = true
      }
      hasDigits = true
      position += 1
    }
    if position < end, text[position] == ASCII.point {
      position += 1
      while position < end, let digit = text[position].digit {
        if significand < Self.roomForDigit {
          significand = significand &* 10 &+ UInt64(digit)
          exponent -= 1
        } else {
          isCutShort = true
        }
        hasDigits = true
        position += 1
      }
    }
    if !hasDigits {
      guard Self.isInfinity(text, position..<end) else { return nil }
      isInfinite = true
      return
    }
    if position < end {
      guard let power = Self.exponent(text, position..<end) else { return nil }
      exponent += power
    }
  }

  /// ±∞ and ±0, whatever the exponent.
  @inline(__always)
  var special: Double? {
    if isInfinite { return isNegative ? -.infinity : .infinity }
    if significand == 0 { return isNegative ? -0.0 : 0.0 }
    return nil
  }

  /// The nearest `Double` where one rounding finds it, see `DecimalNumber.nearest`.
  @inline(__always)
  var nearest: Double? {
    guard !isCutShort, let magnitude = DecimalNumber.nearest(significand, exponent: exponent) else {
      return nil
    }
    return isNegative ? -magnitude : magnitude
  }

  /// The number's text as the standard library reads it.
  func number(in text: UnsafeBufferPointer<UInt8>) -> String {
    String(decoding: text[range], as: UTF8.self)
  }

  /// Below this a significand has room for one more digit: 19 digits fit in 64 bits.
  private static let roomForDigit: UInt64 = 1_000_000_000_000_000_000

  /// What follows the digits: `e`, an optional sign and digits to the end. Saturates far beyond
  /// what the number of digits in a file can make up for.
  private static func exponent(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> Int? {
    var position = range.lowerBound
    guard text[position] | 0x20 == UInt8(ascii: "e") else { return nil }
    position += 1
    guard position < range.upperBound else { return nil }
    let isNegative = text[position] == ASCII.minus
    if isNegative || text[position] == ASCII.plus { position += 1 }
    guard position < range.upperBound else { return nil }
    var power = 0
    while position < range.upperBound {
      guard let digit = text[position].digit else { return nil }
      if power < 1_000_000_000_000 { power = power * 10 + Int(digit) }
      position += 1
    }
    return isNegative ? -power : power
  }

  private static func isInfinity(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    func matches(_ word: StaticString) -> Bool {
      guard range.count == word.utf8CodeUnitCount else { return false }
      return zip(text[range], 0..<range.count).allSatisfy { byte, index in
        byte | 0x20 == word.utf8Start[index]
      }
    }
    return matches("inf") || matches("infinity")
  }
}

/// The powers of ten that a `Double` holds exactly.
private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

extension UInt8 {
  /// The value of a decimal digit; nil for any other character.
  @inline(__always)
  fileprivate var digit: UInt8? {
    let value = self &- UInt8(ascii: "0")
    return value < 10 ? value : nil
  }
}
