import Perceptron

// Activations as operators. The short operators of ONNX Runtime are for floats; in double precision
// the same functions are put together from arithmetic, Exp and Log.
extension ONNXGraph {
  /// A = g(Z).
  ///
  /// - Throws: `PerceptronError` naming an activation that has no operators in this precision.
  mutating func activate(_ z: String, _ activation: Activation) throws -> String {
    let isFloat = Element.precision == .float
    switch activation {
    case .identity: return z
    case .relu: return add("Relu", [z])
    case .sigmoid: return add("Sigmoid", [z])
    case .tanh: return add("Tanh", [z])
    case .softmax: return add("Softmax", [z], [.int("axis", -1)])
    case .sign: return step(z, low: -1)
    case .heaviside: return step(z, low: 0)
    case .leakyReLU(let slope):
      if isFloat { return add("LeakyRelu", [z], [.float("alpha", slope)]) }
      return positive(z, else: add("Mul", [z, number(slope)]))
    case .elu(let alpha):
      if isFloat { return add("Elu", [z], [.float("alpha", alpha)]) }
      return positive(z, else: add("Mul", [exponentialLessOne(z), number(alpha)]))
    case .selu:
      let (scale, scaleAlpha) = (Activation.seluScale, Activation.seluScaleAlpha)
      if isFloat {
        return add(
          "Selu", [z], [.float("alpha", scaleAlpha / scale), .float("gamma", scale)])
      }
      let below = add("Mul", [exponentialLessOne(z), number(scaleAlpha)])
      let above = add("Mul", [z, number(scale)])
      return add("Where", [add("Greater", [z, number(0)]), above, below])
    case .gelu:
      guard isFloat else {
        throw PerceptronError(
          .network,
          "gelu in double precision cannot be written: ONNX Runtime has no Erf of doubles; "
            + "gelu-tanh can, and so can a network of precision float")
      }
      if opset >= 20 { return add("Gelu", [z]) }
      let error = add("Erf", [add("Mul", [z, number(0.5.squareRoot())])])
      let share = add("Mul", [add("Add", [error, number(1)]), number(0.5)])
      return add("Mul", [z, share])
    case .geluTanh:
      let growth = add("Mul", [add("Mul", [z, z]), number(Activation.geluCubic)])
      let factor = add("Add", [growth, number(Activation.geluLinear)])
      return add("Mul", [z, add("Sigmoid", [add("Mul", [z, factor])])])
    case .silu: return add("Mul", [z, add("Sigmoid", [z])])
    case .mish: return add("Mul", [z, add("Tanh", [softplus(z)])])
    case .softplus: return softplus(z)
    case .softsign:
      if isFloat { return add("Softsign", [z]) }
      return add("Div", [z, add("Add", [add("Abs", [z]), number(1)])])
    case .hardSigmoid: return hardSigmoid(z)
    case .hardTanh: return clip(z, -1, 1)
    case .hardSwish: return add("Mul", [z, hardSigmoid(z)])
    case .relu6: return clip(z, 0, 6)
    case .exponential: return add("Exp", [z])
    }
  }

  /// x where it is above 0, else what `below` says.
  mutating func positive(_ x: String, else below: String) -> String {
    add("Where", [add("Greater", [x, number(0)]), x, below])
  }

  private mutating func step(_ z: String, low: Double) -> String {
    add("Where", [add("Greater", [z, number(0)]), number(1), number(low)])
  }

  private mutating func clip(_ z: String, _ low: Double, _ high: Double) -> String {
    add("Clip", [z, number(low), number(high)])
  }

  private mutating func hardSigmoid(_ z: String) -> String {
    if Element.precision == .float {
      return add("HardSigmoid", [z], [.float("alpha", 1 / 6), .float("beta", 0.5)])
    }
    return add("Div", [clip(add("Add", [z, number(3)]), 0, 6), number(6)])
  }

  /// eˣ − 1 below 0; what it is above is not used, and must not overflow.
  private mutating func exponentialLessOne(_ x: String) -> String {
    let below = add("Min", [x, number(0)])
    return add("Sub", [add("Exp", [below]), number(1)])
  }

  /// ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|})
  private mutating func softplus(_ x: String) -> String {
    if Element.precision == .float { return add("Softplus", [x]) }
    let power = add("Exp", [add("Neg", [add("Abs", [x])])])
    let rest = add("Log", [add("Add", [power, number(1)])])
    return add("Add", [add("Max", [x, number(0)]), rest])
  }
}
