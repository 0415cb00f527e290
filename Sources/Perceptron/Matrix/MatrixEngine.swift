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

  /// - Parameter instructionSet: which kernels; nil takes `InstructionSet.selected()`.
  package init(instructionSet: InstructionSet? = nil) {
    self.instructionSet = instructionSet ?? (try? InstructionSet.selected()) ?? .best
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
    // Threads that own columns bring only those of a large right factor into panels.
    operation.by_columns =
      right.values.count * MemoryLayout<Element>.stride > 1_000_000 && !transposeLeft ? 1 : 0
    let work = 2 * rows * columns * inner
    prepare(work: work)
    let values = [Element](unsafeUninitializedCapacity: rows * columns) { result, count in
      useLargePages(result)
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

  /// A matrix whose entries `write` gives, all of them, in ranges of whole units: a large one is
  /// split among the engine's threads.
  ///
  /// - Parameters:
  ///   - rows: of the matrix.
  ///   - columns: of the matrix.
  ///   - unit: how many entries stay together, such as a row; it divides their number.
  ///   - write: sets the entries of a range, given the first of all; called once by each thread.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func matrix(
    rows: Int, columns: Int, unit: Int = 1,
    write: (UnsafeMutablePointer<Element>, Range<Int>) -> Void
  ) -> Matrix<Element> {
    let values = [Element](unsafeUninitializedCapacity: rows * columns) { result, count in
      count = rows * columns
      guard let first = result.baseAddress, count > 0 else { return }
      useLargePages(result)
      guard let pool, count >= Self.splitFrom else { return write(first, 0..<count) }
      pool.share(count / unit) { write(first, $0.lowerBound * unit..<$0.upperBound * unit) }
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  /// Entries from which a second thread pays.
  private static var splitFrom: Int { 65_536 }

  private func useLargePages(_ fresh: UnsafeMutableBufferPointer<Element>) {
    let bytes = fresh.count * MemoryLayout<Element>.stride
    if bytes >= Int(PK_LARGE_PAGES_FROM) { pk_use_large_pages(fresh.baseAddress, Int64(bytes)) }
  }

  /// A function of every entry.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func map(_ function: EntryFunction, _ x: Matrix<Element>) -> Matrix<Element> {
    let (code, set) = (function.code, Int32(instructionSet.rawValue))
    return x.values.withUnsafeBufferPointer { entries in
      matrix(rows: x.rows, columns: x.columns) { result, range in
        guard let first = entries.baseAddress else { return }
        let from = UnsafeRawPointer(first + range.lowerBound)
        let to = UnsafeMutableRawPointer(result + range.lowerBound)
        if Element.self == Float.self {
          pk_map_f32(
            code, set, from.assumingMemoryBound(to: Float.self),
            to.assumingMemoryBound(to: Float.self), range.count)
        } else {
          pk_map_f64(
            code, set, from.assumingMemoryBound(to: Double.self),
            to.assumingMemoryBound(to: Double.self), range.count)
        }
      }
    }
  }

  /// An operation on the entries of two matrices of one shape.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func combine(
    _ operation: EntryOperation, _ a: Matrix<Element>, _ b: Matrix<Element>
  ) -> Matrix<Element> {
    b.values.withUnsafeBufferPointer { combine(operation, a, $0.baseAddress, step: 1) }
  }

  /// An operation on every entry and a number.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func combine(
    _ operation: EntryOperation, _ a: Matrix<Element>, _ number: Element
  ) -> Matrix<Element> {
    withUnsafePointer(to: number) { combine(operation, a, $0, step: 0) }
  }

  private func combine(
    _ operation: EntryOperation, _ a: Matrix<Element>, _ b: UnsafePointer<Element>?, step: Int
  ) -> Matrix<Element> {
    let (code, set) = (operation.code, Int32(instructionSet.rawValue))
    return a.values.withUnsafeBufferPointer { left in
      matrix(rows: a.rows, columns: a.columns) { result, range in
        guard let a = left.baseAddress, let b else { return }
        pk_combine(
          code, Element.self == Double.self ? 1 : 0, set, a + range.lowerBound,
          b + range.lowerBound * step, step, result + range.lowerBound, range.count)
      }
    }
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
    if !hasPool, work > 2_000_000, Threads.available > 1 {
      hasPool = true
      pool = ThreadPool(threads: Threads.available)
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
          instruction_set: Int32(instructionSet.rawValue),
          loss_region_index: -1, column_parts: 0, multiply_adds: 0, lanes: nil)
        var frame = pk_frame()
        frame.regions = UnsafePointer(regions.baseAddress)
        frame.scratch = scratch
        frame.scratch_bytes = pk_scratch_bytes()
        pk_run(&program, &frame, threaded ? pool?.handle : nil, nil)
      }
    }
  }
}
