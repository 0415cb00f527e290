/// Gathers the gradients of several batches to one update: large batches in the memory of small ones.
///
/// An update of m rows in batches 1 … k runs each batch with the loss as a sum, c = 1:
///
///     Gⱼ = ∂(ΣE)/∂w over the rows of batch j
///     G  = ((G₁ + G₂) + …) + G_k             added in T, in the order of the batches
///     g  = c G,  L = c (ΣE₁ + … + ΣE_k)      c of m rows, or of what they weigh, in Double
///
/// and hands g to the optimizer. One batch of the m rows computes the same numbers with its sums in
/// another order, and c inside of them: equal up to rounding.
///
/// Where the rows of an update are shared with other processes, each adds up its own so, and
/// `GradientSharing` adds up what they have.
final class GradientAccumulator<Element: Scalar> {
  /// Forward, loss and backward of a batch, on the step's own parameters.
  private let batch: PlanRunner<Element>
  /// What a training step does behind the backward pass, on the step's own memory.
  private let update: Plan
  private let kernels: KernelExecutor?
  /// On the threads of a batch, as the update is.
  private let sums: GradientSums<Element>
  private let step: PlanRunner<Element>
  private let loss: Loss
  private let largestBatch: Int
  private let outputs: Int
  /// Where the weight of a batch's rows stands in its workspace, where rows or classes have weights.
  private let weightOffset: Int?
  /// What the rows of the last update count together: their number, or what they weigh.
  private(set) var weight = 0.0
  private let sharing: GradientSharing<Element>?
  /// Where a batch's gradient goes that is to be added to others.
  private let partGradient: UnsafeMutablePointer<Element>

  /// - Parameter step: whose parameters, gradient and state are used; its plan must not keep samples
  ///   in lanes, and it is not run itself.
  init(
    _ step: PlanRunner<Element>, loss: Loss, largestBatch: Int, executor: Executor,
    threads: Threads, instructionSet: InstructionSet?, sharing: GradientSharing<Element>? = nil
  ) throws {
    self.step = step
    self.sharing = sharing
    self.loss = loss
    self.largestBatch = max(largestBatch, 1)
    let architecture = step.plan.architecture
    outputs = architecture.outputs
    batch = try PlanRunner(
      Plan(
        architecture, .differentiate(loss.reduced(by: .sum)), largestBatch: largestBatch,
        inputForm: step.plan.inputForm, hasSampleWeights: step.plan.hasSampleWeights,
        keepsStatistics: true),
      executor: executor, threads: threads, instructionSet: instructionSet, ownsParameters: false)
    weightOffset = batch.plan.weightedFactor.map { $0.offset + 1 }
    batch.workspace.point(.parameters, at: step.workspace.memory.base(.parameters))
    partGradient = batch.workspace.memory.base(.gradient)
    sums = GradientSums(pool: batch.pool, threads: threads)
    update = step.plan.keeping { operation in
      switch operation {
      case .penalize, .sumSquares, .clipNorm, .clipValue, .shrink, .update: true
      case .gather, .gatherBytes, .product, .sumRows, .activate, .differentiate, .transformTargets,
        .loss, .weighRows, .total, .loop:
        false
      }
    }
    kernels =
      executor == .kernels
      ? KernelExecutor(
        update, step.workspace.memory.bases, precision: Element.precision,
        instructionSet: try instructionSet ?? InstructionSet.selected(),
        threads: batch.pool == nil ? .exactly(1) : threads, pool: batch.pool)
      : nil
  }

  /// The threads that run a batch.
  var threads: Int { batch.threads }

  /// Makes one update of the rows that the call's order names.
  ///
  /// - Returns: their loss; when it is not a finite number no update has been made.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func run(_ examples: borrowing Examples<Element>, _ call: PlanCall) -> Element {
    guard let order = call.order else { misuse("batches to accumulate have no order") }
    let memory = step.workspace.memory
    let gradient = memory.base(.gradient)
    var total = GradientSharing<Element>.Sums()
    var sum = UnsafePointer(gradient)
    examples.bound(to: batch.workspace.memory) {
      if let sharing {
        (sum, total) = sharing.total(of: call.rows, by: sums) { rows, target in
          gather(rows, of: call, order, into: target)
        }
        // A number of rows needs nobody to add it up.
        if weightOffset == nil { total.weight = Double(call.rows) }
      } else {
        total = gather(0..<call.rows, of: call, order, into: gradient)
      }
    }
    weight = total.weight
    let factor = loss.factor(weight: total.weight, columns: outputs)
    sums.multiply(sum, by: factor, into: gradient, count: step.workspace.parameterCount)
    let value = Element(total.loss * factor)
    // Where the update looks whether it is to be made.
    if let place = update.lossValue { memory[place][0] = value }
    let call = PlanCall(rows: 1, coefficients: call.coefficients)
    if let kernels {
      kernels.run(call)
    } else {
      PlainExecutor.run(update, memory, call)
    }
    return value
  }

  /// The gradient of the summed loss over some rows of an update, batch by batch: the first writes
  /// it, the others add theirs.
  @inline(__always)
  private func gather(
    _ rows: Range<Int>, of call: PlanCall, _ order: UnsafePointer<Int32>,
    into gradient: UnsafeMutablePointer<Element>
  ) -> GradientSharing<Element>.Sums {
    var total = GradientSharing<Element>.Sums()
    var first = rows.lowerBound
    while first < rows.upperBound, total.loss.isFinite {
      let size = min(largestBatch, rows.upperBound - first)
      let isFirst = first == rows.lowerBound
      batch.workspace.point(.gradient, at: isFirst ? gradient : partGradient)
      // The first row tells the masks of dropout which rows these are of the update's.
      total.loss += Double(
        batch.run(
          PlanCall(
            rows: size, order: order + first, firstRow: first, seed: call.seed, step: call.step)))
      if let weightOffset {
        total.weight += Double(batch.workspace.memory.base(.workspace)[weightOffset])
      } else {
        total.weight += Double(size)
      }
      if !isFirst { sums.add(partGradient, to: gradient, count: step.workspace.parameterCount) }
      first += size
    }
    return total
  }

  /// The first layer whose values in the last batch are not finite numbers; `rows` are those of the
  /// update.
  func firstNonFinite(rows: Int) -> String? {
    batch.firstNonFinite(rows: min(rows, largestBatch))
  }
}
