import Perceptron

/// A language that a model is written in, and how numbers, texts and names look there.
enum SourceLanguage: Sendable, Hashable {
  case c
  case swift

  /// A number as a hexadecimal literal, exactly, of this precision.
  func literal(_ value: Double, _ precision: Precision) -> String {
    let digits = hexadecimal(value)
    return self == .c && precision == .float ? digits + "f" : digits
  }

  /// `value` in C99's hexadecimal notation, which Swift has too. It must be finite.
  private func hexadecimal(_ value: Double) -> String {
    let sign = value.sign == .minus ? "-" : ""
    let size = value.magnitude
    guard size.isFinite else { fatalError("\(value) has no literal") }
    if size == 0 { return sign + "0x0p+0" }
    let isNormal = size.isNormal
    let exponent = isNormal ? Int(size.exponent) : -1022
    var fraction = String(size.significandBitPattern, radix: 16)
    fraction = String(repeating: "0", count: 13 - fraction.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return sign + (isNormal ? "0x1" : "0x0") + (fraction.isEmpty ? "" : ".\(fraction)")
      + "p\(exponent < 0 ? "-" : "+")\(exponent.magnitude)"
  }

  /// The name of the number type.
  func type(_ precision: Precision) -> String {
    switch (self, precision) {
    case (.c, .float): "float"
    case (.c, .double): "double"
    case (.swift, .float): "Float"
    case (.swift, .double): "Double"
    }
  }

  /// The unsigned integer of its size.
  func word(_ precision: Precision) -> String {
    switch (self, precision) {
    case (.c, .float): "uint32_t"
    case (.c, .double): "uint64_t"
    case (.swift, .float): "UInt32"
    case (.swift, .double): "UInt64"
    }
  }

  /// `text` as a literal of nothing but printable ASCII: what a table calls its columns and classes
  /// cannot end the literal, and is the same in whatever encoding the file is read.
  func quoted(_ text: String) -> String {
    var result = "\""
    switch self {
    case .c:
      // Question marks as well: ??/ is a backslash to old compilers.
      for byte in text.utf8 {
        if (0x20...0x7E).contains(byte), !"\"\\?".utf8.contains(byte) {
          result.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
          let digits = String(byte, radix: 8)
          result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }
      }
    case .swift:
      for scalar in text.unicodeScalars {
        if (0x20...0x7E).contains(scalar.value), scalar != "\"", scalar != "\\" {
          result.unicodeScalars.append(scalar)
        } else {
          result += "\\u{\(String(scalar.value, radix: 16))}"
        }
      }
    }
    return result + "\""
  }

  /// A different name of letters, digits and underscores for every text: `x_` in front, so that it is
  /// no keyword and no macro, and a number behind where two would be equal.
  static func identifiers(_ texts: [String]) -> [String] {
    var taken: Set<String> = []
    return texts.enumerated().map { place, text in
      var name = "x_"
      for byte in text.utf8.prefix(40) {
        let scalar = Unicode.Scalar(byte)
        let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9") ~= scalar)
        name.unicodeScalars.append(isPlain ? scalar : "_")
      }
      if !taken.insert(name).inserted {
        name += "_column_\(place)"
        while !taken.insert(name).inserted { name += "_" }
      }
      return name
    }
  }

  /// Numbers as the rows of a list, eight to a line.
  func list<Element: Scalar>(_ values: some Collection<Element>) -> String {
    var text = ""
    for (place, value) in values.enumerated() {
      text += place % 8 == 0 ? (place == 0 ? "  " : ",\n  ") : ", "
      text += literal(Double(value), Element.precision)
    }
    return text
  }
}
