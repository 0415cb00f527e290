extension PlainExecutor {
  /// u = w (keep t + share), and where there is a complement w′ (1 − (keep t + share)).
  @inline(__always)
  static func transformTargets(
    _ transform: TargetTransform, _ targets: Operand, into result: Operand,
    _ memory: PlanMemory<Element>, _ m: Int
  ) {
    let (keep, share) = (Element(transform.keep), Element(transform.share))
    let (from, to, weights) = (memory[targets], memory[result], memory[transform.weights])
    for i in 0..<m {
      for j in 0..<result.columns {
        let q = keep * from[i * targets.stride + j] + share
        to[i * result.stride + j] = weights[j] * q
        guard let complement = transform.complement else { continue }
        memory[complement.result][i * complement.result.stride + j] =
          memory[complement.weights][j] * (1 - q)
      }
    }
  }

  /// E_i ← s_i E_i and ∂E_i ← (c s_i) ∂E_i, see `RowWeighting`.
  @inline(__always)
  static func weigh(
    _ weighting: RowWeighting, _ loss: Loss, _ losses: Operand, _ gradient: Operand,
    _ memory: PlanMemory<Element>, _ call: PlanCall
  ) {
    let m = call.rows
    func own(_ i: Int) -> Element {
      weighting.hasSampleWeights ? memory.base(.sampleWeights)[call.row(i)] : 1
    }
    var weight = 0.0
    for i in 0..<m {
      var value: Element = 1
      if let classes = weighting.classWeights {
        let targets = memory[classes.targets] + call.row(i) * classes.targets.stride
        let slopes = memory[classes.slopes]
        value = Element(classes.base)
        for k in 0..<classes.targets.columns { value += slopes[k] * targets[k] }
      }
      weight += Double(value * own(i))
    }
    if loss.divisor == .rows { weight = Double(m) }
    let c = Element(loss.factor(weight: weight, columns: gradient.columns))
    func scale(_ row: UnsafeMutablePointer<Element>, _ factor: Element, _ count: Int) {
      for j in 0..<count { row[j] = factor == 0 ? 0 : factor * row[j] }
    }
    for i in 0..<m {
      scale(memory[losses] + i * losses.stride, own(i), losses.columns)
      scale(memory[gradient] + i * gradient.stride, c * own(i), gradient.columns)
    }
    memory[weighting.factor][0] = c
    memory[weighting.factor][1] = Element(weight)
  }
}
