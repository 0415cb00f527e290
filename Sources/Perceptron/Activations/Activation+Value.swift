// The formulas, one number at a time; curves.inc and rows.inc have them for registers, to the bit.
extension Activation {
  /// SELU's λ and λ α. α and λ are those for which mean 0 and variance 1 are a fixed point of a layer
  /// with weights of mean 0 and variance 1/n (Klambauer et al., "Self-Normalizing Neural Networks",
  /// NIPS 2017).
  package static let seluScale = 1.0507009873554805
  package static let seluScaleAlpha = 1.7580993408473766
  /// 2u = z (linear + cubic z²) of `geluTanh`: 2√(2/π), and that times 0.044715.
  package static let geluLinear = 1.5957691216057308
  package static let geluCubic = 0.07135481627260025
  package static let geluCubicSlope = 0.21406444881780073
  /// An infinite z would meet factors of 0: beyond this, where every tail has long been 0, it is
  /// held.
  private static let far = 1000

  /// g(z) of one number; not for `softmax`, which needs the row.
  public func value<Element: Scalar>(_ z: Element) -> Element {
    switch self {
    case .identity: z
    case .relu: z <= 0 ? 0 : z
    case .sigmoid: .sigmoid(z)
    case .tanh: .tanh(z)
    case .sign: z > 0 ? 1 : -1
    case .heaviside: z > 0 ? 1 : 0
    case .softmax: misuse("softmax acts on a row, not on one number")
    case .leakyReLU(let slope): z > 0 ? z : Element(slope) * z
    case .elu(let alpha): z > 0 ? z : Element(alpha) * .expm1(z)
    case .selu:
      z > 0 ? Element(Self.seluScale) * z : Element(Self.seluScaleAlpha) * .expm1(z)
    case .gelu: z.atLeast(-far()) * .normalDistribution(z)
    case .geluTanh: z.atLeast(-far()) * .sigmoid(Self.geluArgument(held(z)))
    case .silu: z.atLeast(-far()) * .sigmoid(z)
    case .mish: z.atLeast(-far()) * Self.tanhOfSoftplus(z).value
    case .softplus: .softplus(z)
    case .softsign: Self.softsign(z)
    case .hardSigmoid: Self.hardSigmoid(z)
    case .hardTanh: z.atLeast(-1).atMost(1)
    case .hardSwish: z.atLeast(-3) * Self.hardSigmoid(z)
    case .relu6: (z <= 0 ? 0 : z).atMost(6)
    case .exponential: .exp(z)
    }
  }

  /// Ā · g′(z) for one number, with g′ written in a = g(z) or in z: x is the one that `derivativeForm` names.
  func pullback<Element: Scalar>(_ gradient: Element, reading x: Element) -> Element {
    // By the letter that the formula has for it.
    let (a, z) = (x, x)
    switch self {
    case .identity: return gradient
    case .relu: return a <= 0 ? 0 : gradient
    case .sigmoid: return gradient * (a * (1 - a))
    case .tanh: return gradient * (-a).multipliedAdding(a, 1)
    case .sign, .heaviside: return 0
    case .softmax: misuse("softmax acts on a row, not on one number")
    case .leakyReLU(let slope): return a <= 0 ? gradient * Element(slope) : gradient
    case .elu(let alpha): return z > 0 ? gradient : gradient * (Element(alpha) * .exp(z))
    case .selu:
      return gradient
        * (z > 0 ? Element(Self.seluScale) : Element(Self.seluScaleAlpha) * .exp(z))
    case .gelu:
      return gradient
        * held(z).multipliedAdding(.normalDensity(z), .normalDistribution(z))
    case .geluTanh:
      let twice = Self.geluArgument(held(z))
      let growth = (held(z) * held(z)).multipliedAdding(
        Element(Self.geluCubicSlope), Element(Self.geluLinear))
      let share = Element.sigmoid(twice)
      return gradient * (held(z) * growth).multipliedAdding(share * .sigmoid(-twice), share)
    case .silu:
      return gradient * (.sigmoid(z) * held(z).multipliedAdding(.sigmoid(-z), 1))
    case .mish:
      let (value, change) = Self.tanhOfSoftplus(z)
      return gradient * held(z).multipliedAdding(change, value)
    case .softplus: return gradient * -Element.expm1(-a)
    case .softsign:
      let share = 1 / (1 + z.magnitude)
      return gradient * (share * share)
    case .hardSigmoid: return z <= -3 || z >= 3 ? 0 : gradient * (1 / 6)
    case .hardTanh: return a <= -1 || a >= 1 ? 0 : gradient
    case .hardSwish: return z <= -3 ? 0 : z >= 3 ? gradient : gradient * ((z + z + 3) / 6)
    case .relu6: return a <= 0 || a >= 6 ? 0 : gradient
    case .exponential: return gradient * a
    }
  }

  private func far<Element: Scalar>() -> Element { Element(Self.far) }

  private func held<Element: Scalar>(_ z: Element) -> Element {
    z.atLeast(-far()).atMost(far())
  }

  /// 2u
  private static func geluArgument<Element: Scalar>(_ z: Element) -> Element {
    z * (z * z).multipliedAdding(Element(geluCubic), Element(geluLinear))
  }

  /// tanh(ln(1 + eᶻ)) and its derivative, in e = e^{−|z|}: n/d with n = e² + 2e, d = n + 2 below 0,
  /// else n = 1 + 2e, d = n + 2e²; the derivative is 4e(1 + e)/d² below 0, else 4e²(1 + e)/d². Nothing
  /// cancels.
  private static func tanhOfSoftplus<Element: Scalar>(
    _ z: Element
  ) -> (value: Element, derivative: Element) {
    let e = Element.exp(-z.magnitude)
    let twice = e + e
    let n = z < 0 ? e.multipliedAdding(e, twice) : 1 + twice
    let d = z < 0 ? n + 2 : twice.multipliedAdding(e, n)
    let power = z < 0 ? e : e * e
    return (n / d, (power * e.multipliedAdding(4, 4)) / (d * d))
  }

  /// z/(1 + |z|); an infinite z counts as the largest number.
  private static func softsign<Element: Scalar>(_ z: Element) -> Element {
    let most = Element.greatestFiniteMagnitude
    let size = z.atLeast(-most).atMost(most)
    return size / (1 + size.magnitude)
  }

  private static func hardSigmoid<Element: Scalar>(_ z: Element) -> Element {
    (z + 3).atLeast(0).atMost(6) / 6
  }
}

extension Scalar {
  /// self · factor + term with one rounding (fused multiply-add).
  func multipliedAdding(_ factor: Self, _ term: Self) -> Self {
    term.addingProduct(self, factor)
  }

  /// The larger of two; NaN stays.
  fileprivate func atLeast(_ low: Self) -> Self { self < low ? low : self }

  /// The smaller of two; NaN stays.
  fileprivate func atMost(_ high: Self) -> Self { self > high ? high : self }
}
