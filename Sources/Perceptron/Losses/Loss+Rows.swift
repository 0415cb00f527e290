// The element losses and their derivatives, one row at a time: what the plain executor runs. The
// kernels compute the same numbers in the same order.
extension Loss.Kind {
  /// Computes one row.
  ///
  /// - Parameters:
  ///   - output: the network's output A, or its logits, K numbers.
  ///   - targets: T, K numbers.
  ///   - factor: c.
  ///   - losses: E: K numbers, or one where the loss is per row. Not multiplied by c.
  ///   - gradient: c ∂ΣE/∂output, K numbers; may be `output`.
  func row<Element: Scalar>(
    output: UnsafePointer<Element>, targets: UnsafePointer<Element>, columns: Int,
    factor c: Element, losses: UnsafeMutablePointer<Element>,
    gradient: UnsafeMutablePointer<Element>
  ) {
    switch self {
    case .halfSquaredError:
      for j in 0..<columns {
        let difference = output[j] - targets[j]
        losses[j] = difference * difference * 0.5
        gradient[j] = c * difference
      }
    case .squaredError, .meanSquaredError:
      for j in 0..<columns {
        let difference = output[j] - targets[j]
        losses[j] = difference * difference
        gradient[j] = 2 * c * difference
      }
    case .binaryCrossEntropy:
      for j in 0..<columns {
        let (loss, slope) = Self.binary(probability: output[j], target: targets[j])
        losses[j] = loss
        gradient[j] = c * slope
      }
    case .binaryCrossEntropyFromLogits:
      for j in 0..<columns {
        let (loss, slope) = Self.binary(logit: output[j], target: targets[j])
        losses[j] = loss
        gradient[j] = c * slope
      }
    case .crossEntropy:
      losses[0] = Element.treeSum(count: columns) {
        targets[$0] == 0 ? 0 : -(targets[$0] * .log(output[$0]))
      }
      for j in 0..<columns {
        gradient[j] = targets[j] == 0 ? 0 : -(c * (targets[j] / output[j]))
      }
    case .crossEntropyFromLogits:
      Self.softmax(
        logits: output, targets: targets, columns: columns, factor: c, losses: losses,
        gradient: gradient)
    }
  }

  /// −t ln p − (1−t) ln(1−p) and its slope in p; the mathematical limits where p is 0 or 1.
  private static func binary<Element: Scalar>(
    probability p: Element, target t: Element
  ) -> (loss: Element, slope: Element) {
    let yes: Element = t == 0 ? 0 : -(t * .log(p))
    let no: Element = t == 1 ? 0 : -((1 - t) * .log1p(-p))
    let slope: Element =
      t == 0 ? 1 / (1 - p) : t == 1 ? -(1 / p) : (p - t) / (p * (1 - p))
    return (yes + no, slope)
  }

  /// t·softplus(−z) + (1−t)·softplus(z) and its slope (1−t)σ(z) − tσ(−z): no term cancels.
  private static func binary<Element: Scalar>(
    logit z: Element, target t: Element
  ) -> (loss: Element, slope: Element) {
    let small = Element.exp(-abs(z))
    let tail = Element.log1p(small)
    let positive: Element = z <= 0 ? tail : z + tail
    let negative: Element = z <= 0 ? tail - z : tail
    let yes: Element = t == 0 ? 0 : t * negative
    let no: Element = t == 1 ? 0 : (1 - t) * positive
    let near = 1 / (1 + small)
    let far = small / (1 + small)
    let sigma: Element = z <= 0 ? far : near
    let complement: Element = z <= 0 ? near : far
    return (yes + no, (1 - t) * sigma - t * complement)
  }

  /// Σ_k t_k (ln Σ e^{z−max} − (z_k − max)) and c (softmax(z) − t).
  private static func softmax<Element: Scalar>(
    logits z: UnsafePointer<Element>, targets t: UnsafePointer<Element>, columns: Int,
    factor c: Element, losses: UnsafeMutablePointer<Element>,
    gradient: UnsafeMutablePointer<Element>
  ) {
    let largest = Softmax.maximum(z, columns)
    let total = Element.treeSum(count: columns) { .exp(z[$0] - largest) }
    let logTotal = Element.log(total)
    losses[0] = Element.treeSum(count: columns) {
      t[$0] == 0 ? 0 : t[$0] * (logTotal - (z[$0] - largest))
    }
    for j in 0..<columns {
      gradient[j] = c * (Element.exp(z[j] - largest) / total - t[j])
    }
  }
}
