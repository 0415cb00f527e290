import Foundation
import Testing

@testable import Perceptron

/// A table read in blocks is the table read from the beginning to the end.
@Suite struct TableBlockTests {
  /// Everything a table says, or the error that refuses it.
  private func content(_ text: [UInt8], blockSize: Int, threads: Int) -> [String] {
    do {
      let table = try Table(
        TextSource(text), name: "t.csv", blockSize: blockSize, threads: threads)
      let rows = Array(0..<table.rowCount)
      var said = ["\(table.columns)", "\(table.fingerprint)", "\(rows.map(table.line(ofRow:)))"]
      for column in table.columns.indices {
        said.append("\(table.texts(column: column, rows: rows))")
        said.append("\(table.categories(column: column, rows: rows))")
        let numbers = Result { try table.numbers(column: column, rows: rows, as: Double.self) }
        said.append("\(numbers.map { $0.map(\.bitPattern) })")
      }
      return said
    } catch {
      return ["\(error)"]
    }
  }

  /// Blocks of every small size, so that they are cut at every newline, in quotes too.
  private func check(_ text: String, _ location: SourceLocation = #_sourceLocation) -> [String] {
    check(Array(text.utf8), location)
  }

  private func check(
    _ bytes: [UInt8], _ location: SourceLocation = #_sourceLocation
  ) -> [String] {
    let whole = content(bytes, blockSize: 1 << 20, threads: 1)
    for (blockSize, threads) in [(1, 1), (1, 3), (2, 1), (5, 2), (11, 1), (40, 3)] {
      #expect(
        content(bytes, blockSize: blockSize, threads: threads) == whole,
        "blocks of \(blockSize) of \(String(decoding: bytes.prefix(300), as: UTF8.self))",
        sourceLocation: location)
    }
    return whole
  }

  @Test("newlines in quotes, also where they look like rows")
  func quotes() {
    #expect(check("a,b\n1,\"x\ny\"\n2,\"\n3,4\n5,6\n\"\n7,z\n").count == 9)
    #expect(check("a\n\"1\n2\n3\n4\"\n\"\"\n\"\n\"\"\n\"\n5\n").count == 6)
    #expect(check("a,b\n\"1\",2\n\"\n\",\"\n\"\n\n\n  \n3,4").count == 9)
  }

  @Test("numbers in one block and texts in another, missing values throughout")
  func kinds() {
    let said = check("a,b,c\n1,,\n2,NA,\n3,x,?\n4,5,\nNA,6,\n")
    #expect(said[0].contains("TextCell(line: 4, text: \"x\")"))
  }

  @Test("the same errors on the same lines")
  func errors() {
    #expect(check("a,b\n1,2\n\n3\n4,5,6\n") == ["t.csv, line 4: has 1 cell where 2 are expected"])
    #expect(check("a,b\n1,2\n\"x\ny\",3\n4,5,6\n")[0].contains("line 5: has 3 cells"))
    #expect(check("a,b\n1,2\n3,\"4\n5,6\n")[0].contains("line 3: a quote opened"))
    #expect(check("a,b\n1,2\n3,4\"\n")[0].contains("line 3: a quote inside"))
    #expect(check("a,b\n1,2\n3,\"4\" 5\n")[0].contains("line 3: text after"))
    // What is not text comes first, wherever it is.
    #expect(check("a,b\n1\n2,\u{0}\n")[0].contains("line 3: a NUL byte"))
    #expect(check(Array("a,b\n1,2\n3\n4,".utf8) + [0xFF, 10])[0].contains("line 4: the byte 0xFF"))
    #expect(check("\n\n")[0].contains("empty"))
    #expect(check("a,b\n\n \n")[0].contains("only a header"))
  }

  @Test("line ends of every kind")
  func lineEnds() {
    #expect(check("a,b\r\n1,2\r\n\r\n3,4\r5,6\n\r7,8")[2] == "[2, 4, 5, 7]")
    #expect(check("a\r1\r2\r3")[2] == "[2, 3, 4]")
  }

  @Test("random tables of cells that are hard to read, well-formed or not")
  func random() {
    var generator = SeededGenerator(seed: 11)
    let pieces = [
      "1", "-2.5", "1e3", "x", "", "\"", "\"\"", "\"a\nb\"", "\"1\"", " ", "\n", "\n", "\n", ",",
      ",", ",", "\r\n", "NA", "\"q\"\"\n\"\"r\"", "é",
    ]
    var refused = 0
    for _ in 0..<150 {
      var text = "h,i\n"
      for _ in 0..<Int.random(in: 1...25, using: &generator) {
        if Int.random(in: 0..<3, using: &generator) == 0 {
          text += pieces.randomElement(using: &generator)!
        } else {
          text += "\(Int.random(in: 0..<99, using: &generator)),\"\n2\"\n"
        }
      }
      if check(text).count == 1 { refused += 1 }
    }
    #expect((20..<140).contains(refused), "\(refused)")
  }

  /// The standard library reads decimals rightly; here one division or product must do the same.
  @Test("numbers of one to nineteen digits and more are the nearest there are")
  func numbers() {
    func check(_ text: String) {
      Array(text.utf8).withUnsafeBufferPointer {
        #expect(
          DecimalNumber.parse($0, as: Double.self)?.bitPattern == Double(text)?.bitPattern,
          "\(text)")
        #expect(
          DecimalNumber.parse($0, as: Float.self)?.bitPattern == Float(text)?.bitPattern, "\(text)")
      }
    }
    var generator = SeededGenerator(seed: 3)
    for digits in 1...21 {
      for _ in 0..<60 {
        var text = (0..<digits).map { _ in "\(Int.random(in: 0...9, using: &generator))" }
        text.insert(".", at: Int.random(in: 0...digits, using: &generator))
        let exponent = Int.random(in: -45...45, using: &generator)
        check(text.joined())
        check("-" + text.joined() + "e\(exponent)")
      }
    }
    // Halfway between two numbers, a digit to either side of it, and so little above it that the
    // first 64 bits do not show it.
    for text in [
      "9007199254740993", "9007199254740992.999", "9007199254740993.001", "16777217",
      "16777217.000000001", "16777216.99999999", "18446744073709551615", "1844674407370955161.5",
      "9223372036854775807", "0.9007199254740993", "5e-19", "9999999999999999999",
      "3718658170774692688e-7", "5059507981440060931e-17", "5406470484791380406e-9",
      "3965878806612994690e-7", "2310756387896968031e6", "6762739537395896815e13",
      "1287264090341398896e15", "7878332282339928126e10", "9999999999999999999e19",
      "9999999999999999999e-19", "1000000000000000000.5",
    ] {
      check(text)
    }
  }

  /// Float columns come from the nearest Double unless that cannot tell.
  @Test("a column as Float is rounded once, from the text")
  func floats() throws {
    let texts = [
      "0.1", "16777217", "16777217.0000001", "16777216.9999999", "1e-40", "1e-46", "3.4028236e38",
      "1e39", "-0", "1.00000005960464477539062500000001", "7.038531e-26", "inf", "NA",
    ]
    let text = "x\n" + texts.joined(separator: "\n")
    let table = try Table(bytes: Array(text.utf8), name: "t.csv")
    let numbers = try table.numbers(column: 0, rows: Array(texts.indices), as: Float.self)
    #expect(
      numbers.map(\.bitPattern).dropLast() == texts.dropLast().map { Float($0)!.bitPattern }[...])
    #expect(numbers.last?.isNaN == true)
  }

  @Test("a first row of separators, or of NULs, is refused before its cells fill the memory")
  func tooManyColumns() {
    func refusal(_ byte: UInt8) -> String {
      content(Array(repeating: byte, count: (1 << 20) + 1), blockSize: 1 << 20, threads: 1)[0]
    }
    #expect(refusal(UInt8(ascii: ",")) == "t.csv, line 1: has more than 1,048,576 cells")
    #expect(refusal(0).contains("a NUL byte at offset 0"))
  }
}
