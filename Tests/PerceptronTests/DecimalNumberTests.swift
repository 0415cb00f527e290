import Testing

@testable import Perceptron

@Suite struct DecimalNumberTests {
  @Test(arguments: [
    ("0", 0.0), ("-0", -0.0), ("-0.0e99999999999999999999", -0.0), ("00012", 12), ("+1", 1),
    (".5", 0.5), ("5.", 5), ("-.5e1", -5), ("5.e-1", 0.5), ("1E3", 1000), ("1e+3", 1000),
    ("1e22", 1e22), ("1e23", 1e23), ("9007199254740993", 9_007_199_254_740_992),
    ("9007199254740993.0000000000000000000001", 9_007_199_254_740_994),
    ("1.00000000000000000000000000", 1), ("123456789012345678901234567890", 1.2345678901234568e29),
    ("1e400", .infinity), ("-1e400", -.infinity), ("1e-400", 0), ("-1e-400", -0.0),
    ("1e99999999999999999999", .infinity), ("1e-99999999999999999999", 0),
    ("1.7976931348623157e308", .greatestFiniteMagnitude), ("1.7976931348623159e308", .infinity),
    ("4.9e-324", .leastNonzeroMagnitude), ("2.4703282292062327e-324", 0),
    ("2.4703282292062328e-324", .leastNonzeroMagnitude), ("1e-320", Double(bitPattern: 2024)),
    ("2.2250738585072014e-308", .leastNormalMagnitude),
    ("inf", .infinity), ("-INF", -.infinity), ("+Infinity", .infinity), ("iNfInItY", .infinity),
    (" \t1.5\t ", 1.5), ("  inf ", .infinity),
  ])
  func doubles(_ text: String, _ expected: Double) throws {
    #expect(isNumber(text))
    let value = try #require(parse(text, as: Double.self))
    #expect(value.bitPattern == expected.bitPattern)
  }

  @Test(arguments: [
    "", " ", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e-", "1e1.5", "1 2", "4x", "x4",
    "0x10", "1_000", "1,000", "1'000", "1.2.3", "--1", "+-1", "1-", "- 1", "1e 5", "1e+-5", "1f",
    "1d", "1\u{A0}", "\u{661}", "\u{FF11}", "in", "infi", "infinit", "infinityy", "inf inity",
    "\n1", "1\n", "1\0", "nan", "NaN", "-nan", "nan(1)", "1%", "$1", "\u{2212}1", "0b1", "1i",
  ])
  func refusals(_ text: String) {
    #expect(!isNumber(text))
    #expect(parse(text, as: Double.self) == nil)
    #expect(parse(text, as: Float.self) == nil)
  }

  /// Texts near the middle of two neighbouring `Float`s. Each rounds to the middle as a `Double`,
  /// so a second rounding from there would go to the even neighbour.
  @Test(arguments: [
    ("16777217", Float(16_777_216)), ("16777217.000000000000001", 16_777_218),
    ("16777219", 16_777_220), ("16777218.999999999999999", 16_777_218),
    ("1.00000005960464477539062500000000001", 1.0000001), ("1.000000059604644775390625", 1),
    ("-1.00000017881393432617187499999999999", -1.0000001),
    ("3.4028235677973367e38", .infinity), ("3.4028235677973366e38", .greatestFiniteMagnitude),
    ("340282356779733661637539395458142568447", .greatestFiniteMagnitude),
    ("340282356779733661637539395458142568448", .infinity),
    ("1e39", .infinity), ("-1e39", -.infinity), ("1e-46", 0), ("-1e-46", -0.0),
    ("1.1754943508222875e-38", .leastNormalMagnitude), ("1e-45", .leastNonzeroMagnitude),
    ("1.1754942e-38", Float(bitPattern: 0x007F_FFFF)),
  ])
  func floatsAreRoundedOnce(_ text: String, _ expected: Float) throws {
    let value = try #require(parse(text, as: Float.self))
    #expect(value.bitPattern == expected.bitPattern)
  }

  /// The shortest text of a `Double` that is the middle of two `Float`s lies beside the middle.
  @Test func shortTextsBesideTheMiddlesAreRoundedOnce() {
    var random = SeededGenerator(seed: 4)
    var wrong: [String] = []
    for _ in 0..<20_000 {
      let float = Float.random(in: -1000...1000, using: &random)
      let text = "\((Double(float) + Double(float.nextUp)) / 2)"
      if parse(text, as: Float.self)?.bitPattern != Float(text)?.bitPattern { wrong.append(text) }
    }
    #expect(wrong == [])
  }

  @Test func theSmallestFloatsAreRoundedOnce() {
    #expect(parse(halfOfLeastFloat + "5", as: Float.self) == 0)
    #expect(parse(halfOfLeastFloat + "500", as: Float.self) == 0)
    #expect(parse(halfOfLeastFloat + "4999", as: Float.self) == 0)
    #expect(parse(halfOfLeastFloat + "5001", as: Float.self) == .leastNonzeroMagnitude)
  }

  @Test func randomDoublesAreRead() {
    var random = SeededGenerator(seed: 1)
    var wrong: [String] = []
    for _ in 0..<20_000 {
      let text = random.number(Double(bitPattern: random.next()))
      if parse(text, as: Double.self)?.bitPattern != Double(text)?.bitPattern { wrong.append(text) }
      if parse(text, as: Float.self)?.bitPattern != Float(text)?.bitPattern { wrong.append(text) }
    }
    #expect(wrong == [])
  }

  @Test func randomFloatsAreRead() {
    var random = SeededGenerator(seed: 2)
    var wrong: [String] = []
    for _ in 0..<20_000 {
      let text = random.number(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
      if parse(text, as: Float.self)?.bitPattern != Float(text)?.bitPattern { wrong.append(text) }
      if parse(text, as: Double.self)?.bitPattern != Double(text)?.bitPattern { wrong.append(text) }
    }
    #expect(wrong == [])
  }

  /// What is in most files: a few digits before the point and a few behind it.
  @Test func everydayNumbersAreRead() {
    var random = SeededGenerator(seed: 3)
    var wrong: [String] = []
    for _ in 0..<20_000 {
      let digits = String(random.next() >> (random.next() % 60))
      let places = Int(random.next() % 24)
      let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
      let text = "-\(padded.dropLast(places)).\(padded.suffix(places))"
      if parse(text, as: Float.self)?.bitPattern != Float(text)?.bitPattern { wrong.append(text) }
      if parse(text, as: Double.self)?.bitPattern != Double(text)?.bitPattern { wrong.append(text) }
    }
    #expect(wrong == [])
  }

  @Test(arguments: LongNumber.all)
  func longTextsAreRead(_ number: LongNumber) {
    #expect(parse(number.text, as: Double.self) == number.value)
    #expect(parse(number.text, as: Float.self) == Float(number.value))
  }
}

/// A number of at least 100,000 characters.
struct LongNumber: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let text: String
  let value: Double

  static let all: [LongNumber] = {
    let zeros = String(repeating: "0", count: 100_000)
    let nines = String(repeating: "9", count: 100_000)
    return [
      LongNumber(testDescription: "99…9", text: nines, value: .infinity),
      LongNumber(testDescription: "0.99…9", text: "0." + nines, value: 1),
      LongNumber(testDescription: "0.00…01", text: "0." + zeros + "1", value: 0),
      LongNumber(testDescription: "0.0…01e100001", text: "0." + zeros + "1e100001", value: 1),
      LongNumber(testDescription: "10…0e-100000", text: "1" + zeros + "e-100000", value: 1),
      LongNumber(testDescription: "1.0…0", text: "1." + zeros, value: 1),
      LongNumber(testDescription: "00…07", text: zeros + "7", value: 7),
      LongNumber(
        testDescription: "just above a middle", text: "9007199254740993." + zeros + "1",
        value: 9_007_199_254_740_994),
    ]
  }()
}

/// 2⁻¹⁵⁰, the middle between 0 and the smallest `Float`, without its last digit, which is 5.
private let halfOfLeastFloat =
  "0.000000000000000000000000000000000000000000000700649232162408535461864791644958"
  + "06564013097093825788587853414194489554134293030074331909418106079101562"

private func parse<Element: Scalar>(_ text: String, as type: Element.Type) -> Element? {
  Array(text.utf8).withUnsafeBufferPointer { DecimalNumber.parse($0, as: type) }
}

private func isNumber(_ text: String) -> Bool {
  Array(text.utf8).withUnsafeBufferPointer { DecimalNumber.isNumber($0) }
}

extension SeededGenerator {
  /// `value` written in one of several ways, with as many digits as needed, more or fewer.
  fileprivate mutating func number<Value: BinaryFloatingPoint & LosslessStringConvertible>(
    _ value: Value
  ) -> String {
    guard value.isFinite else { return value < 0 ? "-Infinity" : "inf" }
    var text = value.description
    var exponent = ""
    if let mark = text.firstIndex(where: { $0 == "e" }) {
      exponent = String(text[mark...])
      text = String(text[..<mark])
    }
    switch next() % 5 {
    case 0: break
    case 1:
      // More digits than the type has.
      text += text.contains(".") ? "" : "."
      for _ in 0..<next() % 30 { text += String(next() % 10) }
    case 2:
      // Fewer.
      text = String(text.prefix(3 + Int(next() % 8)))
      if text.last == "." { text += "0" }
    case 3: exponent = exponent.uppercased()
    default: if !text.hasPrefix("-") { text = "+" + text }
    }
    return text + exponent
  }
}
