import Perceptron
import Testing

@testable import PerceptronServer

@Suite struct JSONReaderTests {
  func read<Result>(
    _ text: String, _ body: (inout JSONReader) throws -> Result
  ) throws -> Result {
    try Array(text.utf8).withUnsafeBufferPointer { bytes in
      var reader = JSONReader(bytes)
      let result = try body(&reader)
      try reader.expectEnd()
      return result
    }
  }

  func number(_ text: String) throws -> (double: Double, float: Float, integer: Int?) {
    try read(text) { reader in
      let number = try reader.readNumber()
      return (number.double, number.float, number.integer)
    }
  }

  /// As correctly rounded as the standard library, `Float` never by way of a rounded `Double`.
  @Test func numbersAreCorrectlyRounded() throws {
    var texts = [
      "0", "-0", "1", "-1.5", "0.1", "1e5", "1E-5", "1e+5", "123456789012345678",
      "0.12345678806304932", "1.00000017881393432617187499", "1.00000017881393432617187500",
      "1.00000017881393432617187501", "9007199254740993", "179769313486231570000e289", "1e400",
      "4.9e-324", "2.4e-324", "1e-50", "3.4028236e38", "1.1754942e-38",
      "0.00000000000000000000000000000000000000000000070064923216240854",
      "12345678901234567890123456789",
    ]
    var stream = RandomStream(seed: 3, purpose: .data)
    for _ in 0..<500 {
      let value = stream.normal()
      texts += ["\(value)", "\(Float(value))", "\(Double(Float(value)))", "\(value * 1e30)"]
    }
    for text in texts {
      let found = try number(text)
      #expect(found.double.bitPattern == Double(text)!.bitPattern, "\(text)")
      #expect(found.float.bitPattern == Float(text)!.bitPattern, "\(text)")
    }
    #expect(try number("12").integer == 12)
    #expect(try number("-9223372036854775808").integer == .min)
    #expect(try number("9223372036854775808").integer == nil)
    #expect(try number("1.0").integer == nil)
    #expect(try number("1e2").integer == nil)
  }

  @Test(arguments: [
    "", "-", "+1", ".5", "1.", "01", "-01", "1e", "1e+", "1.e5", "NaN", "Infinity", "0x10", "1_0",
    "1 2", "--1", "1.5.2",
  ])
  func whatIsNoNumber(_ text: String) {
    #expect(throws: Refusal.self) { try number(text) }
  }

  @Test func strings() throws {
    for (text, wanted) in [
      (#""""#, ""), (#""abc""#, "abc"), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u00e9\ud83d\ude00é😀""#, "é😀é😀"), (#""\u0000""#, "\0"),
    ] {
      #expect(try read(text) { try $0.readText().string } == wanted)
    }
    for text in [
      #"""#, #""a"#, #""\"#, #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, "\"a\nb\"",
      "a",
    ] {
      #expect(throws: Refusal.self, "\(text)") { try read(text) { try $0.readText().string } }
    }
    let malformed: [UInt8] = [0x22, 0xC3, 0x28, 0x22]
    malformed.withUnsafeBufferPointer { bytes in
      var reader = JSONReader(bytes)
      #expect(throws: Refusal.self) { try reader.readText().string }
    }
  }

  @Test func keysAreComparedAfterUnescaping() throws {
    let isName = try read(#""n\u0061me""#) { try $0.readText() == "name" }
    #expect(isName)
  }

  @Test(arguments: [
    "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{1:2}", "{\"a\" 1}",
    "[",
    "[1", "[1,", "[1,]", "[,]", "[1 2]", "tru", "nulll", "truefalse", "{}{}", "\u{FEFF}{}", "[}",
  ])
  func whatIsNoJSON(_ text: String) {
    #expect(throws: Refusal.self) { try read(text) { try $0.skipValue() } }
  }

  @Test func valuesAreSteppedOver() throws {
    for text in [
      "1", "\"a\"", "[]", "{}", " [ 1 , {\"a\" : [ true , false , null ] } ] ", "[[[]]]",
      String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    ] {
      try read(text) { try $0.skipValue() }
    }
    let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    #expect(throws: Refusal.self) { try read(deep) { try $0.skipValue() } }
    #expect(try read(" [\"]\", [1]]") { try $0.skipArray() } == 1)
  }
}
