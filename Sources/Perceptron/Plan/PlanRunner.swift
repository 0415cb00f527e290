import PerceptronKernels

/// How many threads a step may use. The result does not depend on it, to the bit.
public enum Threads: Sendable, Hashable {
  /// As many of the processor's cores as pay for this network and batch.
  case automatic
  /// At most this many.
  case upTo(Int)
  /// This many, whether they pay or not.
  case exactly(Int)

  /// Floating-point operations from which a second thread pays, which costs about a microsecond a
  /// step.
  static let pays = 1_000_000

  /// The number for a step of `operations` floating-point operations.
  func count(operations: Int) -> Int {
    switch self {
    case .exactly(let count): max(count, 1)
    case .upTo(let limit): min(max(limit, 1), max(operations / (Self.pays / 2), 1), Self.available)
    case .automatic: min(Self.available, max(operations / (Self.pays / 2), 1))
    }
  }

  /// The cores this process may use: on Linux those of its affinity mask, but no more than a
  /// container's quota leaves it time for, rounded up. Found out once.
  public static let cores = max(Int(pk_processor_count()), 1)
}

/// Who runs a plan.
public enum Executor: Sendable, Hashable, CaseIterable {
  /// The compiled kernels.
  case kernels
  /// One plain loop an operation: slow, readable, and equal to the kernels to the bit.
  case plain
}

/// A plan with its memory and its executor: allocated once, run as often as wanted without
/// allocating.
final class PlanRunner<Element: Scalar> {
  let plan: Plan
  let workspace: Workspace<Element>
  private let kernels: KernelExecutor?
  // What a run asks of the plan, so that it need not be copied.
  private let largestBatch: Int
  private let lossOffset: Int?
  // Where the kernels want weights in another order than files and everybody else: since the first
  // run, until somebody else looks.
  private let columnParts: ColumnParts?
  private var isApart = false

  init(
    _ plan: Plan, executor: Executor = .kernels, threads: Threads = .automatic,
    instructionSet: InstructionSet? = nil, ownsParameters: Bool = true
  ) throws {
    let instructionSet = try instructionSet ?? InstructionSet.selected()
    workspace = Workspace(plan, ownsParameters: ownsParameters)
    switch executor {
    case .kernels:
      kernels = KernelExecutor(
        plan, workspace.memory.bases, precision: Element.precision, instructionSet: instructionSet,
        threads: threads)
    case .plain: kernels = nil
    }
    columnParts = kernels?.columnParts
    self.plan = plan
    largestBatch = plan.largestBatch
    lossOffset = plan.lossValue?.offset
  }

  /// The threads that run a step.
  var threads: Int { kernels?.threads ?? 1 }

  /// Those threads, for what else is to be done between its runs; nil where there is one.
  var pool: ThreadPool? { kernels?.pool }

  /// Runs the list once.
  ///
  /// - Returns: the loss, or 0 when the plan has none.
  @discardableResult
  func run(_ call: PlanCall) -> Element {
    guard call.rows <= largestBatch else {
      misuse("a batch of \(call.rows) rows in a plan for \(largestBatch)")
    }
    if let kernels {
      if columnParts != nil, !isApart { move(apart: true) }
      kernels.run(call)
    } else {
      PlainExecutor.run(plan, workspace.memory, call)
    }
    guard let lossOffset else { return 0 }
    return workspace.memory.base(.workspace)[lossOffset]
  }

  /// Brings parameters and state into the order that everybody but the kernels knows. To be said
  /// before reading or writing them between runs.
  func settle() {
    if isApart { move(apart: false) }
  }

  private func move(apart: Bool) {
    let regions =
      [Region.parameters]
      + [.firstState, .secondState, .thirdState].prefix(workspace.stateCount)
    for region in regions { columnParts?.move(workspace.memory.base(region), apart: apart) }
    isApart = apart
  }

  /// `layer 2` for the first layer whose values in the last run are not finite numbers.
  func firstNonFinite(rows: Int) -> String? {
    for (index, layer) in plan.layers.enumerated() {
      let values = workspace.matrix(layer.activation, batch: rows).values
      if values.contains(where: { !$0.isFinite }) { return "layer \(index + 1)" }
    }
    return nil
  }
}
