/// Numbers as text: the shortest digits that are read back as the number, as `description` has them.
package enum NumberText {
  /// A number as the cell of a table: whole numbers without a point, NaN as a missing value.
  package static func cell(_ value: Double) -> String {
    if value.isNaN { return "NA" }
    return value.magnitude < 0x1p53 && value == Double(Int(value))
      && !(value == 0 && value.sign == .minus) ? "\(Int(value))" : "\(value)"
  }

  /// Writes a number behind what is there.
  @inline(__always)
  static func append<Element: Scalar>(_ value: Element, to bytes: inout [UInt8]) {
    var text = value.description
    text.withUTF8 { bytes.append(contentsOf: $0) }
  }
}
