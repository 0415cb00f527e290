/// Runs a plan by one plain loop an operation: the oracle that the kernels are held against, and
/// the place to read what an operation does.
struct PlainExecutor<Element: Scalar> {
  /// Runs the list once.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  static func run(_ plan: Plan, _ memory: PlanMemory<Element>, _ call: PlanCall) {
    if plan.samplesInLanes { misuse("a plan with samples in lanes is for the kernels") }
    let m = call.rows
    for operation in plan.operations {
      switch operation {
      case .gather(let source, let result):
        let (from, to) = (memory[source], memory[result])
        for i in 0..<m {
          for j in 0..<result.columns {
            to[i * result.stride + j] = from[call.row(i) * source.stride + j]
          }
        }
      case .gatherBytes(let source, let scale, let result):
        let (from, to, divisor) = (memory.bytes(source), memory[result], Element(scale))
        for i in 0..<m {
          for j in 0..<result.columns {
            to[i * result.stride + j] = Element(from[call.row(i) * source.stride + j]) / divisor
          }
        }
      case .product(let product): multiply(product, memory, m)
      case .sumRows(let x, let result):
        let (from, to) = (memory[x], memory[result])
        for j in 0..<x.columns {
          var sum: Element = 0
          for i in 0..<m { sum += from[i * x.stride + j] }
          to[j] = sum
        }
      case .activate(let activation, let z, let result):
        let (from, to) = (memory[z], memory[result])
        for i in 0..<m {
          activate(activation, from + i * z.stride, to + i * result.stride, z.columns)
        }
      case .differentiate(let activation, let gradient, let values, let result):
        let (from, x, to) = (memory[gradient], memory[values], memory[result])
        for i in 0..<m {
          differentiate(
            activation, from + i * gradient.stride, x + i * values.stride,
            to + i * result.stride, gradient.columns)
        }
      case .transformTargets(let transform, let targets, let result):
        transformTargets(transform, targets, into: result, memory, m)
      case .loss(let loss, let output, let targets, let complement, let losses, let gradient):
        let c = Element(loss.factor(rows: m, columns: output.columns))
        for i in 0..<m {
          loss.row(
            output: memory[output] + i * output.stride,
            targets: memory[targets] + i * targets.stride,
            complement: complement.map { UnsafePointer(memory[$0] + i * $0.stride) },
            columns: output.columns, factor: c, losses: memory[losses] + i * losses.stride,
            gradient: memory[gradient] + i * gradient.stride)
        }
      case .weighRows(let weighting, let loss, let losses, let gradient):
        weigh(weighting, loss, losses, gradient, memory, call)
      case .total(let loss, let columns, let losses, let factor, let result):
        let c = factor.map { memory[$0][0] } ?? Element(loss.factor(rows: m, columns: columns))
        let values = memory[losses]
        memory[result][0] = c * Element.treeSum(count: m * losses.columns) { values[$0] }
      case .update(let optimizer, let count):
        guard let loss = plan.lossValue, memory[loss][0].isFinite else { continue }
        optimizer.update(memory, count, call.coefficients)
      case .penalize(let l1, let l2, let stretch):
        GradientRules.penalize(
          memory.base(.parameters) + stretch.offset, memory[stretch], stretch.columns,
          l1: l1, l2: l2)
      case .sumSquares(let count, let squares):
        GradientRules.sumSquares(memory.base(.gradient), count, into: memory[squares])
      case .clipNorm(let most, let squares, let count):
        GradientRules.clipNorm(
          memory.base(.gradient), count, squares: memory[squares], blocks: squares.columns,
          most: most)
      case .clipValue(let most, let count):
        GradientRules.clipValue(memory.base(.gradient), count, most: Element(most))
      case .shrink(let decay, let stretch):
        guard let loss = plan.lossValue, memory[loss][0].isFinite else { continue }
        let factor = Element(1 - call.coefficients.rate * decay)
        let w = memory[stretch]
        for k in 0..<stretch.columns { w[k] *= factor }
      case .loop(let loop):
        if loop.phase == .withUpdate {
          guard let loss = plan.lossValue, memory[loss][0].isFinite else { continue }
        }
        loop.run(memory, call, 0..<loop.extent(rows: m))
      }
    }
  }

  @inline(__always)
  private static func multiply(_ product: Product, _ memory: PlanMemory<Element>, _ m: Int) {
    let (a, b, c) = (memory[product.left], memory[product.right], memory[product.result])
    let bias = product.bias.map { memory[$0] }
    let (aStride, bStride) = (product.left.stride, product.right.stride)
    let isTransposed = product.form == .leftTransposed
    let rows = isTransposed ? product.left.columns : product.left.rowCount(batch: m)
    let inner = product.inner(batch: m)
    for i in 0..<rows {
      for j in 0..<product.result.columns {
        var chain = bias.map { $0[j] } ?? 0
        for p in 0..<inner {
          let left = isTransposed ? a[p * aStride + i] : a[i * aStride + p]
          let right = product.form == .rightTransposed ? b[j * bStride + p] : b[p * bStride + j]
          chain.addProduct(left, right)
        }
        c[i * product.result.stride + j] = chain
      }
    }
  }

  @inline(__always)
  private static func activate(
    _ activation: Activation, _ z: UnsafeMutablePointer<Element>,
    _ a: UnsafeMutablePointer<Element>, _ columns: Int
  ) {
    if activation == .softmax {
      Softmax.forward(z, a, columns)
    } else {
      for j in 0..<columns { a[j] = activation.value(z[j]) }
    }
  }

  @inline(__always)
  private static func differentiate(
    _ activation: Activation, _ gradient: UnsafeMutablePointer<Element>,
    _ x: UnsafeMutablePointer<Element>, _ result: UnsafeMutablePointer<Element>,
    _ columns: Int
  ) {
    if activation == .softmax {
      Softmax.backward(outputGradient: gradient, output: x, into: result, columns)
    } else {
      for j in 0..<columns { result[j] = activation.pullback(gradient[j], reading: x[j]) }
    }
  }
}
