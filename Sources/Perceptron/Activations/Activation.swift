/// The function a layer applies to its pre-activation: A = g(Z).
///
/// | name | g(z) | g′(z) | at the kink | source |
/// |---|---|---|---|---|
/// | `identity` | z | 1 | | |
/// | `relu` | max(0, z) | 1 if a > 0 else 0 | g′(0) = 0 | Nair and Hinton 2010 |
/// | `sigmoid` | σ(z) = 1/(1 + e⁻ᶻ) | a(1 − a) | | |
/// | `tanh` | tanh z | 1 − a² | | |
/// | `softmax` | e^{z_j} / Σ_k e^{z_k}, row by row | Z̄ = A ⊙ (Ā − rowsum(Ā ⊙ A)) | | |
/// | `sign` | +1 if z > 0 else −1 | 0 almost everywhere: no training | | |
/// | `heaviside` | 1 if z > 0 else 0 | 0 almost everywhere: no training | | |
/// | `leaky-relu:S` | z if z > 0 else S z; S = 0.01 | 1 if a > 0 else S | g′(0) = S | Maas et al. 2013 |
/// | `elu:A` | z if z > 0 else A (eᶻ − 1); A = 1 | 1 if z > 0 else A eᶻ | g′(0) = A | Clevert et al. 2016 |
/// | `selu` | λ (z if z > 0 else α (eᶻ − 1)); α = 1.67326…, λ = 1.05070… | λ if z > 0 else λ α eᶻ | g′(0) = λα | Klambauer et al. 2017 |
/// | `gelu` | z Φ(z), Φ the normal distribution | Φ(z) + z φ(z) | | Hendrycks and Gimpel 2016 |
/// | `gelu-tanh` | z σ(2u), u = √(2/π) (z + 0.044715 z³) | σ(2u) + 2 z u′ σ(2u) σ(−2u) | | the same |
/// | `silu`, `swish` | z σ(z) | σ(z) (1 + z σ(−z)) | | Elfwing et al. 2018 |
/// | `mish` | z tanh(ln(1 + eᶻ)) | tanh s + z σ(z)/cosh² s, s = ln(1 + eᶻ) | | Misra 2020 |
/// | `softplus` | ln(1 + eᶻ) | σ(z) = 1 − e⁻ᵃ | | Dugas et al. 2001 |
/// | `softsign` | z/(1 + \|z\|) | 1/(1 + \|z\|)² | | Glorot and Bengio 2010 |
/// | `hard-sigmoid` | (z + 3)/6, from 0 to 1 | 1/6 if −3 < z < 3 else 0 | g′(±3) = 0 | Howard et al. 2019 |
/// | `hard-tanh` | z, from −1 to 1 | 1 if −1 < a < 1 else 0 | g′(±1) = 0 | Collobert 2004 |
/// | `hard-swish` | z · hard-sigmoid(z) | 0, (2z + 3)/6, 1 | g′(−3) = 0, g′(3) = 1 | Howard et al. 2019 |
/// | `relu6` | z, from 0 to 6 | 1 if 0 < a < 6 else 0 | g′(0) = g′(6) = 0 | Krizhevsky 2010 |
/// | `exponential`, `exp` | eᶻ | a | | |
///
/// A parameter stands behind the name and a colon; without one it is the value given here. NaN goes in
/// and comes out of all of them but `sign` and `heaviside`, whose comparison is false. Infinite z gives
/// the limits.
public enum Activation: Sendable, Hashable {
  /// g(z) = z.
  case identity
  /// g(z) = max(0, z), g′(0) = 0.
  case relu
  /// g(z) = 1/(1 + e⁻ᶻ), from 0 to 1.
  case sigmoid
  /// g(z) = tanh z, from −1 to 1.
  case tanh
  /// e^{z_j} / Σ_k e^{z_k}: every row is positive and sums to 1.
  case softmax
  /// +1 for z > 0, else −1; forward only, it has no slope to train by.
  case sign
  /// 1 for z > 0, else 0; forward only.
  case heaviside
  /// z for z > 0, else slope · z: no unit falls silent.
  case leakyReLU(slope: Double = 0.01)
  /// z for z > 0, else alpha (eᶻ − 1), down to −alpha.
  case elu(alpha: Double = 1)
  /// λ z for z > 0, else λ α (eᶻ − 1): layers of it keep mean 0 and variance 1.
  case selu
  /// z Φ(z), with the normal distribution Φ(z) = (1 + erf(z/√2))/2.
  case gelu
  /// z σ(2u) = z (1 + tanh u)/2, u = √(2/π) (z + 0.044715 z³): close to `gelu`.
  case geluTanh
  /// z σ(z).
  case silu
  /// z tanh(ln(1 + eᶻ)).
  case mish
  /// ln(1 + eᶻ), above 0.
  case softplus
  /// z/(1 + |z|), from −1 to 1.
  case softsign
  /// (z + 3)/6, cut off at 0 and 1.
  case hardSigmoid
  /// z, cut off at −1 and 1.
  case hardTanh
  /// z · hardSigmoid(z).
  case hardSwish
  /// z, cut off at 0 and 6.
  case relu6
  /// eᶻ, above 0.
  case exponential

  /// Whether backpropagation gets a signal through it. A step function has derivative 0 wherever it
  /// has one, so that no weight in front of it would ever change.
  public var isTrainable: Bool { self != .sign && self != .heaviside }

  /// Whether entry (i, j) of the output depends on entry (i, j) of the input alone.
  public var isElementwise: Bool { self != .softmax }

  /// Where in z the derivative jumps, or the derivative of the derivative: finite differences that
  /// reach over such a place say nothing.
  public var kinks: [Double] {
    switch self {
    case .relu, .leakyReLU, .elu, .selu, .softsign, .sign, .heaviside: [0]
    case .hardSigmoid, .hardSwish: [-3, 3]
    case .hardTanh: [-1, 1]
    case .relu6: [0, 6]
    case .identity, .sigmoid, .tanh, .softmax, .gelu, .geluTanh, .silu, .mish, .softplus,
      .exponential:
      []
    }
  }

  /// What a derivative is written in.
  public enum DerivativeForm: Sendable, Hashable {
    /// A, which may have taken Z's place.
    case ofOutput
    /// Z, which must be kept beside A for the backward pass.
    case ofPreActivation
  }

  /// What g′ is written in: the output wherever nothing is lost by it.
  public var derivativeForm: DerivativeForm {
    switch self {
    case .identity, .relu, .sigmoid, .tanh, .softmax, .sign, .heaviside, .leakyReLU, .softplus,
      .hardTanh, .relu6, .exponential:
      .ofOutput
    case .elu, .selu, .gelu, .geluTanh, .silu, .mish, .softsign, .hardSigmoid, .hardSwish:
      .ofPreActivation
    }
  }

  /// The number that a name can be followed by; 0 for those without one.
  public var parameter: Double {
    switch self {
    case .leakyReLU(let slope): slope
    case .elu(let alpha): alpha
    default: 0
    }
  }
}
