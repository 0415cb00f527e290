public import Perceptron

// How the five examples print. Rounded here, not by a library function, so that the output is the
// same on every machine.

/// A line that opens a section.
public func heading(_ text: String) {
  print("\n== \(text)")
}

/// `value` with `digits` places after the point, right-aligned in `width` characters.
public func decimal(_ value: Double, _ digits: Int = 4, width: Int = 0) -> String {
  guard value.isFinite else { return aligned(value.description, width) }
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(String(scale + scaled % scale).dropFirst())
  let sign = value < 0 && scaled != 0 ? "-" : ""
  return aligned("\(sign)\(scaled / scale)" + (digits > 0 ? "." + fraction : ""), width)
}

/// `text` with spaces before it until it is `width` characters long.
public func aligned(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// `text` with spaces after it until it is `width` characters long.
public func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// A matrix by name, with its shape: the "type" of the left-hand side.
public func show(_ name: String, _ matrix: Matrix<Double>, digits: Int = 4) {
  for i in 0..<matrix.rows {
    let label = i == 0 ? padded(name, 7) + padded(matrix.shape, 9) : padded("", 16)
    print("  " + label + matrix.row(i).map { decimal($0, digits, width: digits + 4) }.joined())
  }
}

/// The largest |a − b| of two matrices of one shape.
public func largestDifference(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
  precondition(a.shape == b.shape, "\(a.shape) is not \(b.shape)")
  return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// `equal to the bit`, or the power of ten that a difference stays below.
public func agreement(_ difference: Double) -> String {
  guard difference > 0 else { return "equal to the bit" }
  guard difference < 1 else { return "DIFFERENT, by \(difference)" }
  var exponent = 0
  var bound = 1.0
  while difference < bound / 10 {
    bound /= 10
    exponent += 1
  }
  return "equal within 1e-\(exponent)"
}
