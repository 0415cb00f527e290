public import Perceptron

/// g(Z): an activation of the library, made of the tape's operations. At a kink the derivative is the
/// one that `Activation` names.
public func activation<Element: Scalar>(
  _ activation: Activation, _ z: Variable<Element>
) -> Variable<Element> {
  switch activation {
  case .identity: return z
  case .relu: return relu(z)
  case .sigmoid: return sigmoid(z)
  case .tanh: return tanh(z)
  case .softmax: return z.softmax
  case .sign: return z.mapped(.sign)
  case .heaviside: return z.mapped(.step)
  case .leakyReLU(let slope): return z.scaled(slope) + relu(z).scaled(1 - slope)
  // min(z, 0) is z − relu(z), whose derivative at 0 is 1.
  case .elu(let alpha): return relu(z) + expm1(z - relu(z)).scaled(alpha)
  case .selu:
    return relu(z).scaled(Activation.seluScale)
      + expm1(z - relu(z)).scaled(Activation.seluScaleAlpha)
  case .gelu: return z * normalDistribution(z)
  case .geluTanh:
    return z
      * sigmoid(z * square(z).scaled(Activation.geluCubic).shifted(Activation.geluLinear))
  case .silu: return z * sigmoid(z)
  case .mish: return z * tanh(softplus(z))
  case .softplus: return softplus(z)
  case .softsign: return z / abs(z).shifted(1)
  case .hardSigmoid: return hardSigmoid(z)
  case .hardTanh: return atMost(1, max(z, filled(-1, like: z)))
  case .hardSwish: return z * hardSigmoid(z)
  case .relu6: return atMost(6, relu(z))
  case .exponential: return exp(z)
  }
}

/// (z + 3)/6, cut off at 0 and 1.
private func hardSigmoid<Element: Scalar>(_ z: Variable<Element>) -> Variable<Element> {
  atMost(6, relu(z.shifted(3))).scaled(1.0 / 6)
}

/// The smaller of x and a number; where they are equal no gradient flows.
private func atMost<Element: Scalar>(
  _ most: Element, _ x: Variable<Element>
) -> Variable<Element> {
  -max(-x, filled(-most, like: x))
}

private func filled<Element: Scalar>(
  _ number: Element, like x: Variable<Element>
) -> Variable<Element> {
  x.tape.constant(Matrix(rows: x.size.rows, columns: x.size.columns, repeating: number))
}
