/// `value` with `digits` places after the point, for people to read; files get every digit.
///
/// Numbers too large or too small for that are written in full, non-finite ones by name.
package func decimal(_ value: Double, digits: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let magnitude = abs(value)
  guard magnitude * scale < 9e15 else { return value.description }
  if magnitude != 0, magnitude * scale < 0.5 { return "\(significant(value))" }
  let scaled = UInt64(magnitude * scale + 0.5)
  let whole = scaled / UInt64(scale)
  var fraction = String(scaled % UInt64(scale))
  while fraction.count < digits { fraction = "0" + fraction }
  let sign = value < 0 ? "-" : ""
  return digits == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
}

/// Three significant digits of a small number, as `1.23e-07`.
private func significant(_ value: Double) -> String {
  var mantissa = abs(value)
  var exponent = 0
  while mantissa < 1 {
    mantissa *= 10
    exponent -= 1
  }
  let rounded = UInt64(mantissa * 100 + 0.5)
  let digits = rounded >= 1000 ? (rounded / 10, exponent + 1) : (rounded, exponent)
  let fraction = digits.0 % 100
  return "\(value < 0 ? "-" : "")\(digits.0 / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    + "e\(digits.1)"
}

/// `count` with thousands separated by commas: `1,234,567`.
package func grouped(_ count: Int) -> String {
  var digits = Array(String(abs(count)))
  var position = digits.count - 3
  while position > 0 {
    digits.insert(",", at: position)
    position -= 3
  }
  return (count < 0 ? "-" : "") + String(digits)
}
