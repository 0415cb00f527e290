import PerceptronKernels

/// Single matrix operations on the kernels, for what is computed outside a plan.
///
/// Owns scratch memory and, for products that pay for them, threads. Not for use by two tasks at
/// once.
package final class MatrixEngine<Element: Scalar> {
  private let instructionSet: InstructionSet
  private var scratch: UnsafeMutableRawPointer?
  private var pool: ThreadPool?
  private var hasPool = false

  package init() {
    instructionSet = (try? InstructionSet.selected()) ?? .best
  }

  deinit { scratch?.deallocate() }

  /// left · right, with one of the factors transposed if asked for.
  ///
  /// Stops the program when the inner dimensions differ.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func product(
    _ left: Matrix<Element>, _ right: Matrix<Element>, transposeLeft: Bool = false,
    transposeRight: Bool = false
  ) -> Matrix<Element> {
    let rows = transposeLeft ? left.columns : left.rows
    let inner = transposeLeft ? left.rows : left.columns
    let columns = transposeRight ? right.rows : right.columns
    guard inner == (transposeRight ? right.columns : right.rows), !(transposeLeft && transposeRight)
    else {
      misuse(
        "product of \(left.shape)\(transposeLeft ? "ᵀ" : "") and "
          + "\(right.shape)\(transposeRight ? "ᵀ" : ""): the inner dimensions differ")
    }
    var operation = pk_operation()
    operation.kind = Int32(PK_PRODUCT)
    operation.form = Int32(
      transposeLeft ? PK_LEFT_TRANSPOSED : transposeRight ? PK_RIGHT_TRANSPOSED : PK_PLAIN)
    operation.a = Self.operand(PK_INPUTS, rows: left.rows, columns: left.columns)
    operation.b = Self.operand(PK_TARGETS, rows: right.rows, columns: right.columns)
    operation.c = Self.operand(PK_WORKSPACE, rows: rows, columns: columns)
    let work = 2 * rows * columns * inner
    prepare(work: work)
    let values = [Element](unsafeUninitializedCapacity: rows * columns) { result, count in
      left.values.withUnsafeBufferPointer { a in
        right.values.withUnsafeBufferPointer { b in
          run(
            &operation, a.baseAddress, b.baseAddress, result.baseAddress,
            threaded: work > 2_000_000)
        }
      }
      count = rows * columns
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  /// One of the elementary functions on every entry.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func map(_ function: ElementaryFunction, _ x: Matrix<Element>) -> Matrix<Element> {
    var result = Matrix<Element>(rows: x.rows, columns: x.columns)
    let set = Int32(instructionSet.rawValue)
    x.values.withUnsafeBytes { from in
      result.values.withUnsafeMutableBytes { to in
        if Element.self == Float.self {
          pk_map_f32(
            function.code, set, from.assumingMemoryBound(to: Float.self).baseAddress,
            to.assumingMemoryBound(to: Float.self).baseAddress, x.values.count)
        } else {
          pk_map_f64(
            function.code, set, from.assumingMemoryBound(to: Double.self).baseAddress,
            to.assumingMemoryBound(to: Double.self).baseAddress, x.values.count)
        }
      }
    }
    return result
  }

  private static func operand(
    _ region: some BinaryInteger, rows: Int, columns: Int
  ) -> pk_operand {
    var operand = pk_operand()
    operand.region = Int32(region)
    operand.rows = Int64(rows)
    operand.columns = Int64(columns)
    operand.stride = Int64(columns)
    return operand
  }

  /// Memory and threads, when the work is large enough to need them.
  private func prepare(work: Int) {
    if !hasPool, work > 2_000_000, Threads.cores > 1 {
      hasPool = true
      pool = ThreadPool(threads: Threads.cores)
      scratch?.deallocate()
      scratch = nil
    }
    if scratch == nil, work > 512 {
      scratch = .allocate(
        byteCount: Int(pk_scratch_bytes()) * (pool?.threads ?? 1), alignment: 4096)
    }
  }

  private func run(
    _ operation: inout pk_operation, _ a: UnsafePointer<Element>?, _ b: UnsafePointer<Element>?,
    _ c: UnsafeMutablePointer<Element>?, threaded: Bool
  ) {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer?.self, capacity: Int(PK_REGION_COUNT)
    ) { regions in
      regions.initialize(repeating: nil)
      regions[Int(PK_INPUTS)] = UnsafeMutableRawPointer(mutating: a)
      regions[Int(PK_TARGETS)] = UnsafeMutableRawPointer(mutating: b)
      regions[Int(PK_WORKSPACE)] = UnsafeMutableRawPointer(c)
      withUnsafePointer(to: &operation) { operation in
        var program = pk_program(
          operations: operation, count: 1, is_double: Element.self == Double.self ? 1 : 0,
          instruction_set: Int32(instructionSet.rawValue), loss_region_index: -1)
        var frame = pk_frame()
        frame.regions = UnsafePointer(regions.baseAddress)
        frame.scratch = scratch
        pk_run(&program, &frame, threaded ? pool?.handle : nil)
      }
    }
  }
}

/// The functions that the kernels compute on every entry of a matrix.
package enum ElementaryFunction: Sendable, Hashable, CaseIterable {
  case exp
  case log
  case log1p
  case tanh
  case sigmoid
  case softplus

  fileprivate var code: Int32 {
    switch self {
    case .exp: Int32(PK_EXP)
    case .log: Int32(PK_LOG)
    case .log1p: Int32(PK_LOG1P)
    case .tanh: Int32(PK_TANH)
    case .sigmoid: Int32(PK_SIGMOID)
    case .softplus: Int32(PK_SOFTPLUS)
    }
  }
}
