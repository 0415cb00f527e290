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
      case .differentiate(let activation, let gradient, let values, let into)
      where gradient == product.result && into == gradient:
        product.epilogue = .differentiate(activation, reading: values)
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

  /// An operation in its place.
  struct Step {
    var operation: Operation
    /// Threads wait for one another before it.
    var waits = false
    /// An update of these gradients' parameters alone, by the threads that computed them.
    var owned: Owned?
    /// Every thread computes the whole of it for itself.
    var isRepeated = false
    /// Threads own columns of a product's result, not rows.
    var isByColumns = false
  }

  /// A gradient of which every thread computes a share: rows or columns of a matrix.
  struct Owned {
    let gradient: Operand
    let byColumns: Bool
  }

  /// Puts the gradients of parameters behind everything that works on the batch's rows, and says
  /// where threads must wait for one another.
  ///
  /// A thread owns rows of the batch up to the loss and back to the first layer, so that these need
  /// no waiting; then it owns rows of the weights' gradients, which read all of the batch; then a
  /// stretch of the parameters.
  static func phases(_ operations: [Operation]) -> [Step] {
    let (perRow, perParameter, updates) = sorted(operations)
    var steps =
      perRow.map { Step(operation: $0) }
      + perParameter.enumerated().map { Step(operation: $1, waits: $0 == 0) }
      + updates.indices.map { index in
        let isAnotherKind = index == 0 || !updates[index].isSharedOut(as: updates[index - 1])
        return Step(operation: updates[index], waits: isAnotherKind)
      }
    for index in steps.indices {
      guard case .loop(let loop) = steps[index].operation, loop.share != .rows else { continue }
      steps[index].waits = index > 0
      if index + 1 < steps.count { steps[index + 1].waits = true }
    }
    return steps
  }

  /// The same for several threads, where a parameter is updated by the thread that computed its
  /// gradient: step after step it stays in that core's cache. The loss, which decides whether there
  /// is an update, is summed up by every thread; where that is long, by one, and the others wait.
  /// Updates of gradients that are there already are shared out as in `phases`.
  ///
  /// - Parameter inputs: the batch's inputs, for threads to own columns of the first layer. Its
  ///   weights then never leave the cache of their core: no other thread reads them, for there is no
  ///   gradient of the inputs.
  static func owned(
    _ operations: [Operation], largestBatch: Int, inputs: Operand? = nil
  ) -> [Step] {
    let (perRow, perParameter, updates) = sorted(operations)
    guard !perParameter.isEmpty else { return phases(operations) }
    var rows = perRow.map { Step(operation: $0) }
    var totals: [Step] = []
    var gradients: [Step] = []
    var waitsForTotal = false
    if let inputs { splitFirstLayer(&rows, inputs: inputs) }
    for operation in perParameter {
      guard case .total(_, _, let losses, _, _) = operation else {
        var step = Step(operation: operation)
        if case .product(let product) = operation, product.left == inputs {
          step.isByColumns = true
        }
        gradients.append(step)
        continue
      }
      waitsForTotal = largestBatch * losses.columns > 8192
      totals.append(Step(operation: operation, isRepeated: !waitsForTotal))
    }
    for update in updates {
      let owned = gradients.flatMap { step in
        step.gradients.map { Step(operation: update, owned: $0) }
      }
      if waitsForTotal {
        gradients += owned
      } else {
        gradients = gradients.flatMap { step in
          [step] + step.gradients.map { Step(operation: update, owned: $0) }
        }
      }
    }
    var result = rows
    let rest = totals + gradients
    var hasWaitedForTotal = !waitsForTotal
    for (index, step) in rest.enumerated() {
      var step = step
      step.waits = index == 0
      if !hasWaitedForTotal, step.owned != nil {
        step.waits = true
        hasWaitedForTotal = true
      }
      result.append(step)
    }
    return result
  }

  /// Gives the threads columns of the first product; they wait for one another behind it. Every
  /// thread gathers all of the inputs for itself.
  private static func splitFirstLayer(_ steps: inout [Step], inputs: Operand) {
    for index in steps.indices {
      switch steps[index].operation {
      case .gather(_, let result) where result == inputs,
        .gatherBytes(_, _, let result) where result == inputs:
        steps[index].isRepeated = true
      case .product(let product) where product.left == inputs:
        steps[index].isByColumns = true
        if index + 1 < steps.count { steps[index + 1].waits = true }
      default: break
      }
    }
  }

  /// Whether the first layer of a training step is better split by columns: where its weights are
  /// more than what threads would have to tell each other of its outputs, and nothing but an
  /// elementwise function comes behind the product.
  static func splitsFirstLayer(_ plan: Plan, threads: Int) -> Bool {
    guard case .train = plan.purpose, !plan.keepsEverything, !plan.samplesInLanes,
      case .dense(let dense) = plan.architecture.layers[0]
    else { return false }
    return plan.architecture.inputs >= 2 * plan.largestBatch && dense.units >= 32 * threads
      && dense.activation != .softmax && plan.architecture.layers.count > 1
  }

  private static func sorted(
    _ operations: [Operation]
  ) -> (perRow: [Operation], perParameter: [Operation], updates: [Operation]) {
    var perRow: [Operation] = []
    var perParameter: [Operation] = []
    var updates: [Operation] = []
    for operation in operations {
      switch operation {
      case .gather, .gatherBytes, .activate, .differentiate, .transformTargets, .loss, .weighRows:
        perRow.append(operation)
      case .product(let product) where product.form != .leftTransposed: perRow.append(operation)
      case .product, .sumRows, .total: perParameter.append(operation)
      case .penalize, .sumSquares, .clipNorm, .clipValue, .shrink, .update:
        updates.append(operation)
      case .loop(let loop):
        switch loop.phase {
        case .forBatch: perRow.append(operation)
        case .forParameters: perParameter.append(operation)
        case .withUpdate: updates.append(operation)
        }
      }
    }
    return (perRow, perParameter, updates)
  }
}

extension Operation {
  /// Whether no thread reads in it what another wrote in `previous`: both work on stretches of their
  /// own of one region.
  fileprivate func isSharedOut(as previous: Operation) -> Bool {
    switch (self, previous) {
    case (.penalize, .penalize), (.shrink, .shrink): true
    default: false
    }
  }
}

extension Schedule.Step {
  /// The gradients of parameters that it computes.
  fileprivate var gradients: [Schedule.Owned] {
    let results: [Schedule.Owned]
    switch operation {
    case .product(let product):
      results =
        [.init(gradient: product.result, byColumns: isByColumns)]
        + (product.columnSums.map { [.init(gradient: $0, byColumns: true)] } ?? [])
    case .sumRows(_, let result): results = [.init(gradient: result, byColumns: true)]
    default: results = []
    }
    return results.filter { $0.gradient.region == .gradient }
  }
}
