/// `text` on one line, without what would act on a terminal or change the direction of reading:
/// control and formatting characters are shown as `\u{1b}`, line breaks become spaces.
func visible(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n", "\r", "\t", "\u{2028}", "\u{2029}": result += " "
    // Joins parts of an emoji, and letters of some scripts.
    case "\u{200D}": result.unicodeScalars.append(scalar)
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .unassigned, .privateUse:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}

/// The columns of a terminal that `text` takes: 0 for a combining mark, 1 for anything else.
func displayWidth(_ text: String) -> Int {
  var width = 0
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: break
    default: width += 1
    }
  }
  return width
}

/// `text` with spaces at its left up to `width`.
func padded(left text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - displayWidth(text))) + text
}

/// `text` with spaces at its right up to `width`.
func padded(right text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - displayWidth(text)))
}

/// `value` with six significant digits: `0.333333`, `1.5`, `6.02214e+23`.
func shortDecimal(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  guard value != 0 else { return "0" }
  // The shortest digits that name the value, then one rounding of those.
  let parts = abs(value).description.split(separator: "e")
  let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  var digits = (point[0] + (point.count > 1 ? point[1] : "")).compactMap(\.wholeNumberValue)
  var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + point[0].count - 1
  let zeros = digits.prefix { $0 == 0 }.count
  digits.removeFirst(zeros)
  exponent -= zeros
  if digits.count > 6 {
    let roundsUp = digits[6] >= 5
    digits.removeLast(digits.count - 6)
    if roundsUp {
      var place = 5
      while place >= 0, digits[place] == 9 {
        digits[place] = 0
        place -= 1
      }
      if place >= 0 {
        digits[place] += 1
      } else {
        digits.insert(1, at: 0)
        exponent += 1
      }
    }
  }
  while digits.count > 1, digits.last == 0 { digits.removeLast() }
  let text = digits.map(String.init).joined()
  let sign = value < 0 ? "-" : ""
  switch exponent {
  case 0..<6 where digits.count <= exponent + 1:
    return sign + text + String(repeating: "0", count: exponent + 1 - digits.count)
  case 0..<6: return sign + text.prefix(exponent + 1) + "." + text.dropFirst(exponent + 1)
  case -4..<0: return sign + "0." + String(repeating: "0", count: -exponent - 1) + text
  default:
    let tail = digits.count > 1 ? "." + text.dropFirst() : ""
    return sign + text.prefix(1) + tail + "e\(exponent)"
  }
}
