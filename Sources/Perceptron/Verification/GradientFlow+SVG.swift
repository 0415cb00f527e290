extension GradientFlow {
  /// A bar chart of ‖Z̄_l‖ layer by layer on a logarithmic scale: one self-contained SVG, with
  /// colours for light and dark.
  ///
  /// - Parameter title: what stands above; any text.
  public func svg(title: String = "Gradient flow") -> String {
    let finite = layers.map(\.norm).filter { $0 > 0 && $0.isFinite }.map(Self.decade)
    var bottom = Self.floor(finite.min() ?? 0) - 1
    let top = max(-Self.floor(-(finite.max() ?? 1)), bottom + 2)
    // At most ten lines across, each a power of ten.
    let spacing = (top - bottom + 9) / 10
    bottom = top - (top - bottom + spacing - 1) / spacing * spacing
    let (left, above, pitch, height) = (64, 64, 72, 240)
    let width = left + max(pitch * layers.count, 360) + 16
    // What does not fit is in the title element alone.
    let heading = title.count > width / 9 ? title.prefix(width / 9 - 1) + "…" : title
    func y(_ decade: Double) -> Double {
      Double(above) + Double(height) * (Double(top) - decade) / Double(top - bottom)
    }
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(above + height + 64)\" "
        + "width=\"\(width)\" height=\"\(above + height + 64)\" role=\"img\">",
      "<title>\(xmlEscaped(title))</title>",
      "<desc>\(xmlEscaped(advice))</desc>", Self.style,
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
      "<text class=\"title\" x=\"16\" y=\"24\">\(xmlEscaped(heading))</text>",
      "<text x=\"16\" y=\"46\">‖Z̄‖ of every layer: the gradient before the activation, whole batch"
        + "</text>",
    ]
    for decade in stride(from: bottom, through: top, by: spacing) {
      let height = decimal(y(Double(decade)), digits: 1)
      lines.append(
        "<line class=\"grid\" x1=\"\(left)\" x2=\"\(width - 16)\" y1=\"\(height)\" "
          + "y2=\"\(height)\"/>")
      lines.append(
        "<text class=\"right\" x=\"\(left - 8)\" y=\"\(height)\" dy=\"4\">1e\(decade)</text>")
    }
    for (place, layer) in layers.enumerated() {
      let middle = left + pitch * place + pitch / 2
      let isDrawn = layer.norm > 0 && layer.norm.isFinite
      let start = isDrawn ? y(Self.decade(layer.norm)) : Double(above + height)
      let end = Double(above + height)
      if isDrawn {
        lines.append(
          "<rect class=\"bar\" x=\"\(middle - 18)\" y=\"\(decimal(start, digits: 1))\" "
            + "width=\"36\" height=\"\(decimal(end - start, digits: 1))\"><title>"
            + "‖Z̄\(layer.number)‖ = \(layer.norm)</title></rect>")
      }
      lines.append(
        "<text class=\"middle\" x=\"\(middle)\" y=\"\(decimal(start - 6, digits: 1))\">"
          + "\(Self.short(layer.norm))</text>")
      lines.append(
        "<text class=\"middle\" x=\"\(middle)\" y=\"\(above + height + 20)\">\(layer.number)</text>"
      )
      lines.append(
        "<text class=\"middle\" x=\"\(middle)\" y=\"\(above + height + 38)\">"
          + "\(xmlEscaped(layer.activation.name))</text>")
    }
    lines.append(
      "<text class=\"right\" x=\"\(left - 8)\" y=\"\(above + height + 20)\">layer</text>")
    lines.append("</svg>\n")
    return lines.joined(separator: "\n")
  }

  /// log₁₀ x
  private static func decade(_ x: Double) -> Double { Double.log(x) / Double.log(10) }

  /// ⌊x⌋, without a call of libm.
  private static func floor(_ x: Double) -> Int { Double(Int(x)) > x ? Int(x) - 1 : Int(x) }

  /// `1.2e-5`: two digits, for a label.
  private static func short(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return decimal(value, digits: 0) }
    if value >= 0.01, value < 1000 { return decimal(value, digits: value < 10 ? 2 : 0) }
    var exponent = floor(decade(value))
    var mantissa = Double.exp(Double.log(value) - Double(exponent) * Double.log(10))
    if mantissa >= 9.95 { (mantissa, exponent) = (1, exponent + 1) }
    return "\(decimal(max(mantissa, 1), digits: 1))e\(exponent)"
  }

  private static let style = """
    <style>
    .page { fill: #ffffff } .bar { fill: #2f6fb4 } .grid { stroke: #d5d9de }
    text { fill: #24292f; font: 12px system-ui, sans-serif }
    .title { font-weight: bold; font-size: 15px } .middle { text-anchor: middle }
    .right { text-anchor: end }
    @media (prefers-color-scheme: dark) {
    .page { fill: #16191d } .bar { fill: #6aa8e8 } .grid { stroke: #3a4048 } text { fill: #e2e6ea }
    }
    </style>
    """
}
