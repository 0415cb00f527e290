import Perceptron
import Testing

@Suite struct JSONTests {
  // MARK: Reading

  @Test(
    "What RFC 8259 allows is read",
    arguments: [
      ("null", .null), ("true", true), ("false", false), (" \t\r\n1 \t\r\n", 1),
      ("0", 0), ("-0", .number("-0")), ("-12", -12), ("1.50", .number("1.50")),
      ("1e5", .number("1e5")), ("1E+05", .number("1E+05")), ("-0.1e-7", .number("-0.1e-7")),
      (#""""#, ""), (#""a""#, "a"), (#""/<\/""#, "/</"),
      (#""\"\\\b\f\n\r\t""#, "\"\\\u{8}\u{C}\n\r\t"),
      (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83D\uDE00x""#, "😀x"), ("\"\u{7F}é😀\"", "\u{7F}é😀"),
      (#""\u0000""#, "\0"), (#""é\n😀""#, "é\n😀"),
      ("[]", []), ("[ ]", []), ("[1, [ ] ,{ } ]", [1, [], [:]]), ("{}", [:]), ("{ }", [:]),
      (#"{"b" : 1 , "a":[null]}"#, ["b": 1, "a": [.null]]), (#"{"":{"":""}}"#, ["": ["": ""]]),
      // Alike for `String`, different for JSON.
      (#"{"\#u{212A}":1,"K":2}"#, ["\u{212A}": 1, "K": 2]),
    ] as [(String, JSON)])
  func accepts(text: String, value: JSON) throws {
    #expect(try JSON.parse(text.utf8) == value)
    #expect(try JSON.parse(Array(text.utf8)[...]) == value, "a slice")
    #expect(try JSON.parse(AnyCollection(Array(text.utf8))) == value, "not contiguous")
  }

  @Test(
    "What it does not allow is refused, with the place",
    arguments: [
      ("", 0), (" ", 1), ("nul", 0), ("nulL", 0), ("True", 0), ("NaN", 0), ("Infinity", 0),
      ("'a'", 0), ("\u{FEFF}1", 0), ("1 2", 2), ("nullx", 4), ("\0", 0),
      ("+1", 0), ("-", 1), ("01", 0), ("-01", 0), ("1.", 2), (".5", 0), ("1.e5", 2), ("1e", 2),
      ("1e+", 3), ("0x10", 1), ("1_000", 1), ("--1", 1), ("-a", 1), ("1,", 1),
      ("[", 1), ("]", 0), ("[1", 2), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("[1}", 2),
      ("{", 1), ("{a:1}", 1), ("{1:1}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1"#, 6),
      (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5), (#"{"a":1]"#, 6), ("{}}", 2), ("[]]", 2), ("//\n1", 0),
      (#"""#, 0), (#"["abc"#, 1), (#""\"#, 1), (#""a\x""#, 2), (#""\'""#, 1), ("\"\t\"", 1),
      ("\"ab\u{1}\"", 3), ("\"\u{1F}\"", 1), ("\"\\n\u{0}\"", 3),
      (#""\u12"#, 1), (#""\u12g4""#, 1), (#""\u+123""#, 1), (#""\u""#, 1),
      (#""\ud800""#, 1), (#""\udc00""#, 1), (#""x\ud800\u0041""#, 2), (#""\ud800\n""#, 1),
      (#""\ud83dA""#, 1), (#""\ud800\ud800""#, 1),
      (#"{"a":1,"a":2}"#, 7), (#"{"w":1,"\u0077":2}"#, 7), (#"[{"a":{"b":1,"b":1}}]"#, 13),
      (#"{"K":1,"k":1,"\u004b":2}"#, 13),
    ])
  func refuses(text: String, offset: Int) {
    let error = #expect(throws: JSON.SyntaxError.self) { try JSON.parse(text.utf8) }
    #expect(error?.offset == offset, "\(String(describing: error))")
  }

  @Test(
    "Bytes that are not UTF-8 are refused, with the place",
    arguments: [
      ([0x80], 0), ([0xFF], 0), ([0x61, 0xC3], 1), ([0xC3, 0x28], 0),
      ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xE0, 0x80, 0xAF], 0),  // overlong
      ([0x61, 0xED, 0xA0, 0x80], 1), ([0xED, 0xBF, 0xBF], 0),  // surrogates
      ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF8, 0x88, 0x80, 0x80, 0x80], 0),  // beyond U+10FFFF
      ([0xC3, 0xA9, 0x5C, 0x6E, 0xE2, 0x82], 4),  // after an escape
      ([0xC3, 0x5C, 0x6E, 0xA9], 0),  // an escape inside
    ] as [([UInt8], Int)])
  func refusesInvalidUTF8(content: [UInt8], offset: Int) {
    let text = [UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")]
    let error = #expect(throws: JSON.SyntaxError.self) { try JSON.parse(text) }
    #expect(error?.offset == offset + 1)
    #expect(error?.message == "not valid UTF-8")
  }

  @Test("Sixty-four levels are read, sixty-five and a million are not")
  func depth() throws {
    func nested(_ open: String, _ close: String, _ count: Int) -> String {
      String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }
    _ = try JSON.parse(nested("[", "]", 64).utf8)
    _ = try JSON.parse(nested(#"{"a":"#, "}", 64).utf8)
    let error = #expect(throws: JSON.SyntaxError.self) {
      try JSON.parse(nested("[", "]", 65).utf8)
    }
    #expect(error?.description == "byte 64: nested deeper than 64 levels")
    #expect(throws: JSON.SyntaxError.self) { try JSON.parse(nested("{\"a\":", "}", 65).utf8) }
    let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: JSON.SyntaxError.self) { try JSON.parse(bomb) }
    // Siblings are not levels.
    _ = try JSON.parse("[\(String(repeating: "[],{},", count: 200))1]".utf8)
  }

  @Test("A duplicate is found among very many keys")
  func duplicateAmongMany() throws {
    let keys = (0..<50_000).map { #""key \#($0)":0"# }
    let text = "{" + keys.joined(separator: ",") + "}"
    #expect(try JSON.parse(text.utf8).object?.count == 50_000)
    let error = #expect(throws: JSON.SyntaxError.self) {
      try JSON.parse((text.dropLast() + #","key 0":1}"#).utf8)
    }
    #expect(error?.message == #"the key "key 0" appears twice"#)
    #expect(error?.offset == text.utf8.count)
  }

  @Test("Cut anywhere, a text is refused and nothing is read past its end")
  func truncation() throws {
    let text = Array(#"{"a":[1.5e-3,true,null,"\u00e9\ud83d\ude00é"],"b":{"c":false}}"#.utf8)
    _ = try JSON.parse(text)
    for length in text.indices {
      #expect(throws: JSON.SyntaxError.self) { try JSON.parse(text[..<length]) }
    }
  }

  @Test("Errors are one printable line")
  func messages() {
    func message(_ text: String) -> String? {
      let error = #expect(throws: JSON.SyntaxError.self) { try JSON.parse(text.utf8) }
      return error?.description
    }
    #expect(message("[1;2]") == "byte 2: expected ',' or ']', found ';'")
    #expect(message("[\u{1B}[31m") == "byte 1: expected a value, found byte 27")
    #expect(message("{") == "byte 1: expected a key in double quotes, found the end of the text")
    #expect(message("007") == "byte 0: a number begins with a superfluous 0")
  }

  // MARK: Writing

  @Test("Texts are compact, or indented")
  func layout() {
    let value: JSON = [
      "shape": [2, 3], "name": "a\"b", "nested": [["x": .null], []], "empty": [:], "ok": true,
    ]
    #expect(
      value.text()
        == #"{"shape":[2,3],"name":"a\"b","nested":[{"x":null},[]],"empty":{},"ok":true}"#)
    #expect(
      value.text(pretty: true) == """
        {
          "shape": [2, 3],
          "name": "a\\"b",
          "nested": [
            {
              "x": null
            },
            []
          ],
          "empty": {},
          "ok": true
        }
        """)
  }

  @Test("Only what must be escaped is")
  func escapes() {
    #expect(
      JSON.string("\u{0}\u{8}\t\n\u{B}\u{C}\r\u{1F} \"\\/<é😀\u{7F}\u{2028}").text()
        == #""\u0000\b\t\n\u000b\f\r\u001f \"\\/<é😀\u007f\#u{2028}""#)
  }

  @Test("What is written reads back the same", arguments: [false, true])
  func roundTrip(pretty: Bool) throws {
    let everything = (0..<0x300).compactMap(Unicode.Scalar.init).map(String.init).joined()
    let value: JSON = [
      "text": .string(everything + "😀\u{10FFFF}"), "": [1, -2.5, 1e300, .null, true, [[]], [:]],
      "\u{212A}": ["K": ["k": "\r\n"]],
    ]
    #expect(try JSON.parse(value.text(pretty: pretty).utf8) == value)
  }

  @Test("Doubles and floats come back bit for bit")
  func numbersRoundTrip() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let double = Double(bitPattern: generator.next())
      if double.isFinite {
        let read = try JSON.parse(JSON(double).text().utf8).double
        #expect(read?.bitPattern == double.bitPattern, "\(double)")
      }
      let float = Float(bitPattern: generator.next())
      if float.isFinite {
        let read = try JSON.parse(JSON(float).text().utf8).float
        #expect(read?.bitPattern == float.bitPattern, "\(float)")
      }
    }
    for double in [0, -0.0, 0.1, 1e16, 0x1p-1074, 0x1.fffffffffffffp1023] as [Double] {
      #expect(try JSON.parse(JSON(double).text().utf8).double?.bitPattern == double.bitPattern)
    }
    #expect(JSON(0.1 as Float) == .number("0.1"))
    #expect(JSON(Double.nan) == "nan")
    #expect(JSON(-Float.infinity) == "-inf")
    #expect(JSON(Double.nan).double?.isNaN == true)
    #expect(JSON(Double.infinity).double == .infinity)
    #expect(JSON(-Double.infinity).float == -.infinity)
  }

  // MARK: Access

  @Test("A value is taken out only as what it is")
  func access() {
    let value: JSON = ["a": 1, "b": "x", "c": [true], "d": 1.5]
    #expect(value["a"]?.int == 1)
    #expect(value["a"]?.double == 1)
    #expect(value["b"]?.string == "x")
    #expect(value["c"]?.array?.first?.bool == true)
    #expect(value["d"]?.double == 1.5)
    #expect(value["d"]?.int == nil)
    #expect(value["e"] == nil)
    #expect(JSON.null.isNull && !value.isNull)
    #expect(JSON.array([1])["a"] == nil)
    #expect(JSON.object([.init("\u{212A}", 1)])["K"] == nil, "not the same key")
    #expect(JSON.number("1.0").int == nil)
    #expect(JSON.number("9223372036854775808").int == nil)
    #expect(JSON.number("1e400").double == nil)
    #expect(JSON.number("1e39").float == nil)
    #expect(JSON.number("1e39").double == 1e39)
    #expect(JSON.string("1").double == nil)
    #expect(JSON.string("infinity").double == nil)
    #expect(JSON.string("true").bool == nil)
    #expect(JSON.bool(true).int == nil)
    // Rounding once: through Double this would be 1 + 2⁻²³.
    #expect(JSON.number("1.00000005960464477539062500000001").float == 1 + 0x1p-23)
    #expect(JSON.number("1.000000059604644775390625").float == 1)
  }
}
