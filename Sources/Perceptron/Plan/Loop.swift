/// An operation that is a plain loop of Swift under both executors: what a step does beside its matrix
/// products, elementwise functions and updates. The kernels call back for it, thread by thread.
///
/// The loops stand with the layers they belong to.
enum Loop: Sendable, Hashable {
  /// The mask of a `Dropout`.
  case dropoutMask(Dropout, layer: Int, into: Operand)
  /// C = A ⊙ B; may be in place.
  case multiply(Operand, Operand, into: Operand)
  /// See `BatchNormalization`.
  case batchNormalization(BatchNormalization.Pass, into: Operand)
  case batchNormalizationGradient(
    BatchNormalization.Pass, outputGradient: Operand, scale: Operand, shift: Operand,
    into: Operand)
  /// Left out when the loss is not a finite number, as an update is.
  case runningStatistics(BatchNormalization.Pass)
  /// See `LayerNormalization`.
  case layerNormalization(LayerNormalization.Pass, Operand, shift: Operand, into: Operand)
  case layerNormalizationGradient(
    LayerNormalization.Pass, outputGradient: Operand, into: Operand)
  /// See `PReLU`.
  case prelu(Operand, slope: Operand, into: Operand)
  case preluGradient(Operand, input: Operand, slope: Operand, into: Operand)
  case preluSlopeGradient(Operand, input: Operand, into: Operand)
  /// c = 1ᵀ (A ⊙ B): each column's sum, in row order.
  case sumOfProducts(Operand, Operand, into: Operand)
  /// See `CustomLayer`.
  case custom(AnyCustomLayer.Pass)
  case customGradient(
    AnyCustomLayer.Pass, outputGradient: Operand, gradients: [Operand], into: Operand)

  /// What threads share out among them.
  enum Share: Sendable, Hashable {
    /// Rows of the batch.
    case rows
    /// So many columns; every thread needs all rows, so threads wait for one another before and
    /// after.
    case columns(Int)
    /// One thread does all of it.
    case whole
  }

  var share: Share {
    switch self {
    case .dropoutMask, .multiply, .layerNormalization, .layerNormalizationGradient, .prelu,
      .preluGradient:
      .rows
    case .batchNormalization(let pass, _), .batchNormalizationGradient(let pass, _, _, _, _),
      .runningStatistics(let pass):
      .columns(pass.input.columns)
    case .preluSlopeGradient(let x, _, _), .sumOfProducts(let x, _, _): .columns(x.columns)
    case .custom, .customGradient: .whole
    }
  }

  /// When in a step it runs.
  enum Phase { case forBatch, forParameters, withUpdate }

  var phase: Phase {
    switch self {
    case .preluSlopeGradient, .sumOfProducts: .forParameters
    case .runningStatistics: .withUpdate
    default: .forBatch
    }
  }

  /// Runs a thread's part: rows or columns `range`.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func run<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ call: PlanCall, _ range: Range<Int>
  ) {
    let m = call.rows
    switch self {
    case .dropoutMask(let dropout, let layer, let mask):
      dropout.mask(
        into: memory[mask], columns: mask.columns, rows: range,
        firstRow: call.firstRow, layer: layer, seed: call.seed, step: call.step)
    case .multiply(let x, let y, let result):
      let (a, b, c) = (memory[x], memory[y], memory[result])
      // Without gaps: matrices of the workspace.
      for k in range.lowerBound * x.columns..<range.upperBound * x.columns { c[k] = a[k] * b[k] }
    case .batchNormalization(let pass, let result):
      pass.run(memory, rows: m, columns: range, into: result)
    case .batchNormalizationGradient(let pass, let gradient, let scale, let shift, let result):
      pass.differentiate(
        memory, rows: m, columns: range, outputGradient: gradient, scale: scale, shift: shift,
        into: result)
    case .runningStatistics(let pass): pass.updateStatistics(memory, rows: m, columns: range)
    case .layerNormalization(let pass, let input, let shift, let result):
      pass.run(memory, rows: range, input, shift: shift, into: result)
    case .layerNormalizationGradient(let pass, let gradient, let result):
      pass.differentiate(memory, rows: range, outputGradient: gradient, into: result)
    case .prelu(let input, let slope, let result):
      PReLU.run(memory, rows: range, input, slope: slope, into: result)
    case .preluGradient(let gradient, let input, let slope, let result):
      PReLU.differentiate(memory, rows: range, gradient, input: input, slope: slope, into: result)
    case .preluSlopeGradient(let gradient, let input, let result):
      PReLU.differentiateSlope(
        memory, rows: m, columns: range, gradient, input: input, into: result)
    case .sumOfProducts(let x, let y, let result):
      let (a, b, c) = (memory[x], memory[y], memory[result])
      ColumnSums.each(range) { columns, sums in
        for i in 0..<m {
          let (left, right) = (a + i * x.stride, b + i * y.stride)
          for (place, j) in columns.enumerated() {
            sums[place] += Double(left[j]) * Double(right[j])
          }
        }
        for (place, j) in columns.enumerated() { c[j] = Element(sums[place]) }
      }
    case .custom(let pass): pass.run(memory, rows: m)
    case .customGradient(let pass, let gradient, let gradients, let result):
      pass.differentiate(
        memory, rows: m, outputGradient: gradient, gradients: gradients, into: result)
    }
  }

  /// How much there is to share out.
  func extent(rows: Int) -> Int {
    switch share {
    case .rows: rows
    case .columns(let count): count
    case .whole: 1
    }
  }
}

/// Sums of columns in `Double`, in row order, some columns at a time.
enum ColumnSums {
  private static let width = 64

  /// Calls `body` for every few of the columns, with room for a sum each, 0 at first.
  @inline(__always)
  static func each(
    _ range: Range<Int>, _ body: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { sums in
      guard let base = sums.baseAddress else { return }
      var first = range.lowerBound
      while first < range.upperBound {
        let last = min(first + width, range.upperBound)
        base.initialize(repeating: 0, count: width)
        body(first..<last, base)
        first = last
      }
    }
  }

  /// Adds the columns of a matrix.
  @inline(__always)
  static func add<Element: Scalar>(
    _ x: UnsafeMutablePointer<Element>, _ stride: Int, rows: Int, _ columns: Range<Int>,
    into sums: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<rows {
      let row = x + i * stride + columns.lowerBound
      for place in 0..<columns.count { sums[place] += Double(row[place]) }
    }
  }
}
