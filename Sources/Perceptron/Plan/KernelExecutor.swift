import PerceptronKernels
import Synchronization

/// Runs a plan on the kernels: the list is fused, ordered for threads and translated once; a step is
/// then one call.
final class KernelExecutor {
  private let operations: UnsafeMutableBufferPointer<pk_operation>
  private let scratch: UnsafeMutableRawPointer
  let pool: ThreadPool?
  private let poolHandle: OpaquePointer?
  // Behind pointers: a class's own variables would be checked for overlapping access in every step.
  private let program: UnsafeMutablePointer<pk_program>
  private let frame: UnsafeMutablePointer<pk_frame>
  private let pace: UnsafeMutablePointer<pk_pace>?
  private let callbacks: LoopCallbacks?
  /// How the first layer's weights must lie when it runs, where not row by row.
  let columnParts: ColumnParts?

  /// - Parameters:
  ///   - bases: the memory it will run on, in the order of `Region`; inputs and targets may change.
  ///   - threads: how many run it, at most; `.exactly` so many, whether they pay or not.
  ///   - shared: another executor's pool, where the two never run at once; nil for one of its own.
  init(
    _ plan: Plan, _ bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>, precision: Precision,
    instructionSet: InstructionSet, threads: Threads, pool shared: ThreadPool? = nil
  ) {
    let work = plan.operationsPerRow
    let count = threads.count(operations: work * plan.largestBatch)
    pool = count > 1 ? shared ?? ThreadPool(threads: count) : nil
    let fused = Schedule.fused(plan.operations, keepsEverything: plan.keepsEverything)
    let threadCount = pool?.threads ?? 1
    var ownBytes = 0
    let steps: [Schedule.Step]
    if threadCount == 1 || plan.samplesInLanes || plan.regularizes
      || plan.architecture.needsLoops
    {
      steps = Schedule.phases(fused)
    } else {
      let splits = Schedule.splitsFirstLayer(plan, threads: threadCount)
      if splits {
        let numbers = plan.largestBatch * plan.architecture.inputs + 64
        ownBytes = numbers * (precision == .double ? 8 : 4)
      }
      steps = Schedule.owned(
        fused, largestBatch: plan.largestBatch, inputs: splits ? plan.input : nil)
    }
    operations = .allocate(capacity: steps.count)
    for (index, step) in steps.enumerated() {
      operations.initializeElement(at: index, to: pk_operation(step))
    }
    callbacks = LoopCallbacks(steps, operations, bases: bases, precision: precision)
    let scratchBytes = Int(pk_scratch_bytes()) + (ownBytes + 4095) / 4096 * 4096
    scratch = .allocate(byteCount: scratchBytes * threadCount, alignment: 4096)
    program = .allocate(capacity: 1)
    program.initialize(
      to: pk_program(
        operations: operations.baseAddress, count: Int32(operations.count),
        is_double: precision == .double ? 1 : 0, instruction_set: Int32(instructionSet.rawValue),
        loss_region_index: Int32(plan.lossValue?.offset ?? -1),
        column_parts: Int32(ownBytes > 0 ? threadCount : 0), multiply_adds: Int64(work / 2),
        lanes: nil))
    columnParts =
      ownBytes > 0
      ? ColumnParts(
        plan.architecture.parameter(.weights, layer: 0), threads: threadCount,
        precision: precision) : nil
    if plan.samplesInLanes {
      program.pointee.lanes = pk_lanes_create(program, bases, Int32(plan.block))
      guard program.pointee.lanes != nil else { misuse("no memory for a plan") }
    }
    frame = .allocate(capacity: 1)
    frame.initialize(to: pk_frame())
    frame.pointee.regions = UnsafePointer(bases)
    frame.pointee.scratch = scratch
    frame.pointee.scratch_bytes = Int64(scratchBytes)
    poolHandle = pool?.handle
    pace = threads.pace()
  }

  deinit {
    pk_lanes_destroy(program.pointee.lanes)
    program.deallocate()
    frame.deallocate()
    pace?.deallocate()
    operations.deallocate()
    scratch.deallocate()
  }

  /// The threads that run a step, the caller's among them.
  var threads: Int { pool?.threads ?? 1 }

  /// Runs the list once.
  func run(_ call: PlanCall) {
    frame.pointee.order = call.order
    frame.pointee.first_row = Int64(call.firstRow)
    frame.pointee.rows = Int64(call.rows)
    let coefficients = call.coefficients
    frame.pointee.coefficients = (
      coefficients.first, coefficients.second, coefficients.third, coefficients.fourth,
      coefficients.rate
    )
    callbacks?.call = call
    pk_run(program, frame, poolHandle, pace)
  }
}

extension Threads {
  /// Where calls note when threads pay; nil where they are to join in any case.
  func pace() -> UnsafeMutablePointer<pk_pace>? {
    if case .exactly = self { return nil }
    let pace = UnsafeMutablePointer<pk_pace>.allocate(capacity: 1)
    pace.initialize(to: pk_pace())
    return pace
  }
}

/// A pool of threads; its workers sleep when there is nothing to do.
final class ThreadPool {
  let threads: Int
  let handle: OpaquePointer
  /// How many there have been, the helpers of an `OrderedWork` counted as one: every thread that shares
  /// this library's work belongs to one.
  static let created = Atomic(0)

  /// - Returns: nil when the system gives no threads; a step then runs on the caller's alone, with
  ///   the same result.
  init?(threads: Int) {
    guard let handle = pk_pool_create(Int32(threads)) else { return nil }
    self.handle = handle
    self.threads = threads
    Self.created.add(1, ordering: .relaxed)
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
