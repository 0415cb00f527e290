import PerceptronKernels

/// Runs a plan on the kernels: the list is fused, ordered for threads and translated once; a step is
/// then one call.
final class KernelExecutor {
  private let operations: UnsafeMutableBufferPointer<pk_operation>
  private let scratch: UnsafeMutableRawPointer
  private let pool: ThreadPool?
  private let instructionSet: InstructionSet
  private let isDouble: Bool
  private let samplesInLanes: Bool
  private let lossIndex: Int

  init(
    _ plan: Plan, precision: Precision, instructionSet: InstructionSet, threads: Int
  ) {
    let steps = Schedule.threaded(
      Schedule.fused(plan.operations, keepsEverything: plan.keepsEverything))
    operations = .allocate(capacity: steps.count)
    for (index, step) in steps.enumerated() {
      operations.initializeElement(
        at: index, to: pk_operation(step.operation, waits: step.waits))
    }
    pool = threads > 1 ? ThreadPool(threads: threads) : nil
    scratch = .allocate(
      byteCount: Int(pk_scratch_bytes()) * (pool?.threads ?? 1), alignment: 4096)
    self.instructionSet = instructionSet
    isDouble = precision == .double
    samplesInLanes = plan.samplesInLanes
    lossIndex = plan.lossValue?.offset ?? -1
  }

  deinit {
    operations.deallocate()
    scratch.deallocate()
  }

  /// The threads that run a step, the caller's among them.
  var threads: Int { pool?.threads ?? 1 }

  /// Runs the list once.
  func run(
    _ bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ call: PlanCall,
    coefficients: (first: Double, second: Double)
  ) {
    var program = pk_program(
      operations: operations.baseAddress, count: Int32(operations.count),
      is_double: isDouble ? 1 : 0, instruction_set: Int32(instructionSet.rawValue),
      samples_in_lanes: samplesInLanes ? 1 : 0,
      loss_region_index: Int32(lossIndex))
    var frame = pk_frame(
      regions: UnsafePointer(bases), order: call.order, first_row: Int64(call.firstRow),
      rows: Int64(call.rows), coefficients: (coefficients.first, coefficients.second, 0, 0),
      scratch: scratch)
    pk_run(&program, &frame, pool?.handle)
  }
}

/// A pool of threads; its workers sleep when there is nothing to do.
final class ThreadPool {
  let threads: Int
  let handle: OpaquePointer

  /// - Returns: nil when the system gives no threads; a step then runs on the caller's alone, with
  ///   the same result.
  init?(threads: Int) {
    guard let handle = pk_pool_create(Int32(threads)) else { return nil }
    self.handle = handle
    self.threads = threads
  }

  deinit { pk_pool_destroy(handle) }

  /// Calls `body` once on every thread, each with its part of 0 ..< `count`.
  func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
      var work = body
      withUnsafeMutablePointer(to: &work) { work in
        pk_share(
          handle, Int64(count),
          { work, first, last in
            let body = work?.assumingMemoryBound(to: ((Range<Int>) -> Void).self).pointee
            body?(Int(first)..<Int(last))
          }, work)
      }
    }
  }
}

/// What the planner does to a list before the kernels run it.
enum Schedule {
  /// Merges an elementwise operation into the product whose result it changes in place, and the sum
  /// of rows into the product whose right factor they are.
  static func fused(_ operations: [Operation], keepsEverything: Bool) -> [Operation] {
    var result: [Operation] = []
    for operation in operations {
      guard case .product(var product)? = result.last, product.epilogue == .none else {
        result.append(operation)
        continue
      }
      switch operation {
      case .activate(let activation, let z, let a) where z == product.result && a == z:
        product.epilogue = .activate(activation)
      case .differentiate(let activation, let gradient, let output, let into)
      where gradient == product.result && into == gradient:
        product.epilogue = .differentiate(activation, output: output)
      case .sumRows(let rows, let sums)
      where product.form == .leftTransposed && rows == product.right && product.columnSums == nil:
        product.columnSums = sums
      default:
        result.append(operation)
        continue
      }
      result[result.count - 1] = .product(product)
    }
    return result
  }

  /// Puts the gradients of parameters behind everything that works on the batch's rows, and says
  /// where threads must wait for one another.
  ///
  /// A thread owns rows of the batch up to the loss and back to the first layer, so that these need
  /// no waiting; then it owns rows of the weights' gradients, which read all of the batch; then a
  /// stretch of the parameters.
  static func threaded(_ operations: [Operation]) -> [(operation: Operation, waits: Bool)] {
    var perRow: [Operation] = []
    var perParameter: [Operation] = []
    var updates: [Operation] = []
    for operation in operations {
      switch operation {
      case .gather, .activate, .differentiate, .loss: perRow.append(operation)
      case .product(let product) where product.form != .leftTransposed: perRow.append(operation)
      case .product, .sumRows, .total: perParameter.append(operation)
      case .update: updates.append(operation)
      }
    }
    return perRow.map { ($0, false) }
      + perParameter.enumerated().map { ($1, $0 == 0) }
      + updates.enumerated().map { ($1, $0 == 0) }
  }
}
