import Perceptron

/// The elementary functions and the activations as functions of a generated file: those of the kernels
/// (elementary.inc, curves.inc) for one number, with the same roundings and so the same bits.
enum SourceElementary {
  /// The constants that are numbers.
  static func numbers(_ precision: Precision) -> [(String, Double)] {
    let isFloat = precision == .float
    let whole = isFloat ? 0x1p23 : 0x1p52
    return [
      ("LOG2_E", isFloat ? 0x1.715476p+0 : 0x1.71547652b82fep+0),
      ("LN2_HIGH", isFloat ? 0x1.62e430p-1 : 0x1.62e42fefa39efp-1),
      ("LN2_LOW", isFloat ? -0x1.05c610p-29 : 0x1.abc9e3b39803fp-56),
      ("MINUS_LN2_HIGH", isFloat ? -0x1.62e430p-1 : -0x1.62e42fefa39efp-1),
      ("MINUS_LN2_LOW", isFloat ? 0x1.05c610p-29 : -0x1.abc9e3b39803fp-56),
      ("EXP_LOWEST", isFloat ? -105 : -746), ("EXP_HIGHEST", isFloat ? 89 : 710),
      ("EXPM1_LOWEST", isFloat ? -20 : -40), ("TANH_HIGHEST", isFloat ? 10 : 20),
      ("LINEAR", isFloat ? 0x1p-25 : 0x1p-54),
      ("NORMAL_HIGHEST", isFloat ? Double(Float(14.48)) : 38.62),
      ("WHOLE", whole), ("ROUNDING", 1.5 * whole), ("WHOLE_BIAS", whole + (isFloat ? 127 : 1023)),
      ("HALF", 0.5), ("MINUS_HALF", -0.5), ("QUARTER", 0.25), ("FIVE_QUARTERS", 1.25),
      ("FAR", 1000), ("MINUS_FAR", -1000),
      ("GELU_LINEAR", rounded(1.5957691216057308, precision)),
      ("GELU_CUBIC", rounded(0.07135481627260025, precision)),
      ("LARGEST", isFloat ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude),
      (
        "MINUS_LARGEST",
        isFloat ? -Double(Float.greatestFiniteMagnitude) : -.greatestFiniteMagnitude
      ),
    ]
  }

  static func rounded(_ value: Double, _ precision: Precision) -> Double {
    precision == .float ? Double(Float(value)) : value
  }

  /// The constants that are integers.
  static func words(_ precision: Precision) -> [(String, UInt64)] {
    let isFloat = precision == .float
    return [
      ("MANTISSA_BITS", isFloat ? 23 : 52), ("TWO_BIASES", isFloat ? 254 : 2046),
      ("TWO_BIASES_AND_TWO", isFloat ? 256 : 2048), ("BIAS_LESS_ONE", isFloat ? 126 : 1022),
      ("SIGN_BIT", isFloat ? 0x8000_0000 : 1 << 63),
      ("OTHER_BITS", isFloat ? 0x7FFF_FFFF : 1 << 63 - 1),
      ("ONE_BITS", isFloat ? 0x3F80_0000 : 0x3FF0_0000_0000_0000),
      ("SQRT_HALF_BITS", isFloat ? 0x3F35_04F3 : 0x3FE6_A09E_667F_3BCD),
    ]
  }

  /// A polynomial by Horner's rule, table[0] + table[1] x + ….
  private static func polynomial(_ name: String, _ table: [Double], _ precision: Precision)
    -> SourceFunction
  {
    let last = table.count - 1
    var body = "R s\(last) = \u{1}\(last)\u{1};\n"
    for place in (0..<last).reversed() {
      body += "R s\(place) = @fma(s\(place + 1), x, \u{1}\(place)\u{1});\n"
    }
    // Literals look alike in both languages but for the f of C, which is put in by the language.
    return SourceFunction(name, "x", body: body + "return s0;")
  }

  static func table(_ name: String, _ precision: Precision) -> [Double]? {
    let isFloat = precision == .float
    switch name {
    case "poly_exp":
      return isFloat
        ? [0.5, 0x1.555554p-3, 0x1.5554f2p-5, 0x1.1111cap-7, 0x1.6d40a4p-10, 0x1.9fbdeep-13]
        : [
          0.5, 0x1.5555555555559p-3, 0x1.5555555555548p-5, 0x1.111111110f7dap-7,
          0x1.6c16c16c1cd2dp-10, 0x1.a01a01af7e1b0p-13, 0x1.a01a0182f5444p-16,
          0x1.71ddf93bd11a9p-19, 0x1.27e52b3f4be4dp-22, 0x1.af5d4e5ef0bcap-26,
          0x1.1ef522fa62d0bp-29,
        ]
    case "poly_log":
      return isFloat
        ? [
          0x1.555548p-2, -0x1.000006p-2, 0x1.99a4b6p-3, -0x1.555c4ep-3, 0x1.233768p-3,
          -0x1.fc2204p-4, 0x1.e6f066p-4, -0x1.de3c28p-4, 0x1.1457c8p-4,
        ]
        : [
          0x1.5555555555592p-1, 0x1.999999997fdb8p-2, 0x1.24924941f11b6p-2,
          0x1.c71c520961e4bp-3, 0x1.74663ee7e16b6p-3, 0x1.39a1babd3bca2p-3,
          0x1.2f056388f18e5p-3,
        ]
    case "poly_normal":
      return isFloat
        ? [
          0x1.fb8d36p-2, -0x1.1d4ad6p-3, 0x1.7169d6p-5, 0x1.5dbd6cp-7, -0x1.911914p-6,
          0x1.032284p-6, -0x1.3fae94p-8, -0x1.27ac92p-13, 0x1.54637ep-11, -0x1.3c2892p-14,
          -0x1.267176p-14,
        ]
        : [
          0x1.fb8d36288361ep-2, -0x1.1d4ad7c6f13b1p-3, 0x1.7169e9b96108ep-5,
          0x1.5dbfe8f510326p-7, -0x1.911b6cec9bc0cp-6, 0x1.0314d6800b708p-6,
          -0x1.3f851dd2aeb39p-8, -0x1.081296f309d6ap-13, 0x1.53caa61ba4b39p-11,
          -0x1.bbd641922bdb4p-14, -0x1.5271695874426p-14, 0x1.77f13f7a5818ep-16,
          0x1.a5243ab650216p-17, -0x1.e87af6dd266d0p-19, -0x1.48818e5bb6b81p-19,
          0x1.e966569859ea3p-22, 0x1.1bbba203a29dbp-21, -0x1.89a1b4424f703p-27,
          -0x1.d2c9812c08856p-24, -0x1.273450bc7ed41p-26, 0x1.2fda007d7d9e3p-26,
          0x1.930b3b6bad1edp-28, -0x1.b4331c8eb28c8p-30, -0x1.a6ffde7a7ed36p-31,
        ]
    default: return nil
    }
  }

  /// The functions that `wanted` need, those they call before them; `fma`, `bits_of` and `real_of` are
  /// the language's own.
  static func text(
    _ wanted: [String], _ language: SourceLanguage, _ precision: Precision
  ) -> [String] {
    var done: Set<String> = ["fma", "bits_of", "real_of"]
    var result: [String] = []
    func add(_ name: String) {
      guard done.insert(name).inserted else { return }
      let table = table(name, precision)
      guard
        let function = table.map({ polynomial(name, $0, precision) })
          ?? SourceFormulas.all(precision).first(where: { $0.name == name })
      else { fatalError("no function is called \(name)") }
      for call in function.calls { add(call) }
      var text = function.text(language, precision)
      for (place, value) in (table ?? []).enumerated() {
        text = text.replacing("\u{1}\(place)\u{1}", with: language.literal(value, precision))
      }
      result.append(text)
    }
    for name in wanted { add(name) }
    return result
  }
}
