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
  private let rowsForThreads: Int

  /// - Parameter rowsForThreads: a call with fewer rows runs on the caller's thread alone.
  init(
    _ plan: Plan, precision: Precision, instructionSet: InstructionSet, threads: Int,
    rowsForThreads: Int
  ) {
    pool = threads > 1 ? ThreadPool(threads: threads) : nil
    let fused = Schedule.fused(plan.operations, keepsEverything: plan.keepsEverything)
    let steps =
      pool == nil || plan.samplesInLanes
      ? Schedule.phases(fused) : Schedule.owned(fused, largestBatch: plan.largestBatch)
    operations = .allocate(capacity: steps.count)
    for (index, step) in steps.enumerated() {
      operations.initializeElement(at: index, to: pk_operation(step))
    }
    scratch = .allocate(
      byteCount: Int(pk_scratch_bytes()) * (pool?.threads ?? 1), alignment: 4096)
    self.instructionSet = instructionSet
    isDouble = precision == .double
    samplesInLanes = plan.samplesInLanes
    lossIndex = plan.lossValue?.offset ?? -1
    self.rowsForThreads = rowsForThreads
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
    pk_run(&program, &frame, call.rows < rowsForThreads ? nil : pool?.handle)
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
