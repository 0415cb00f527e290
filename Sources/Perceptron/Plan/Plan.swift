/// The list of operations of a training step, planned once for a network, a loss, an optimizer and
/// a largest batch, and then run as often as wanted, on any memory, by any executor.
struct Plan: Sendable, Hashable {
  /// What a plan is made for.
  enum Purpose: Sendable, Hashable {
    /// Forward: the outputs of a batch.
    case predict
    /// Forward and loss.
    case evaluate(Loss)
    /// Forward, loss, backward.
    case differentiate(Loss)
    /// Forward, loss, backward, update.
    case train(Loss, Optimizer, Regularization = Regularization())
  }

  let architecture: Architecture
  let purpose: Purpose
  /// The most rows a batch can have.
  let largestBatch: Int
  /// Whether every intermediate value gets memory of its own and is computed even where training
  /// has no use for it (Z beside A, Ā beside Z̄, X̄): what an explanation reads.
  let keepsEverything: Bool
  /// Whether the matrices with a row for every example lie in blocks of rows, a block's columns one
  /// after another: narrow layers then fill every lane of the kernels. The plain executor does not
  /// run such a plan.
  let samplesInLanes: Bool
  /// How the caller keeps the inputs.
  let inputForm: InputForm
  /// Whether layers behave as in training: units are left out, batches are normalised by their own
  /// statistics.
  let isTraining: Bool
  /// Whether `Dropout` draws its masks; otherwise they are what stands in the workspace.
  let drawsMasks: Bool
  /// Whether the caller has a weight for every row.
  let hasSampleWeights: Bool
  /// Numbers that stand in the workspace before the first run.
  private(set) var constants: [Constant] = []
  private(set) var operations: [Operation] = []
  private var withUpdate: [Operation] = []
  /// Entries of the workspace.
  private(set) var workspaceCount = 0

  /// The batch's rows of the inputs and, beside `.predict`, of the targets.
  private(set) var input: Operand
  private(set) var target: Operand?
  /// Where `.inputBatch` and `.targetBatch` lie in the workspace, if the plan has them.
  private(set) var batchOffsets: [Region: Int] = [:]
  /// Values of the forward pass, layer by layer.
  private(set) var layers: [LayerValues] = []
  /// Values of the backward pass, layer by layer.
  private(set) var gradients: [LayerGradients] = []
  /// X̄, in a plan that keeps everything.
  private(set) var inputGradient: Operand?
  /// L, one number.
  private(set) var lossValue: Operand?
  /// c and the weight of the batch's rows, where rows have weights.
  private(set) var weightedFactor: Operand?

  init(
    _ architecture: Architecture, _ purpose: Purpose, largestBatch: Int,
    keepsEverything: Bool = false, samplesInLanes: Bool = false,
    inputForm: InputForm = .numbers, hasSampleWeights: Bool = false, mode: Mode? = nil,
    drawsMasks: Bool = true, keepsStatistics: Bool = false
  ) {
    self.drawsMasks = drawsMasks
    self.architecture = architecture
    self.samplesInLanes =
      samplesInLanes && inputForm == .numbers && !hasSampleWeights && purpose.runsInLanes
      && !architecture.needsLoops
    switch purpose {
    case .predict, .evaluate: isTraining = mode == .training
    case .differentiate, .train: isTraining = mode != .inference
    }
    self.hasSampleWeights = hasSampleWeights
    self.inputForm = inputForm
    self.purpose = purpose
    self.largestBatch = max(largestBatch, 1)
    self.keepsEverything = keepsEverything
    let source = Operand(
      region: .inputs, offset: 0, rows: .batch, columns: architecture.inputs,
      stride: architecture.inputs)
    input = source
    input = gathered(columns: architecture.inputs, in: .inputBatch)
    switch inputForm {
    case .numbers: add(.gather(source, into: input))
    case .bytes(let scale): add(.gatherBytes(source, scale: scale, into: input))
    }
    planForward()
    switch purpose {
    case .predict: break
    case .evaluate(let loss): _ = planLoss(loss)
    case .differentiate(let loss):
      planBackward(from: planLoss(loss))
      if keepsStatistics { operations += withUpdate }
    case .train(let loss, let optimizer, let regularization):
      planBackward(from: planLoss(loss))
      operations += withUpdate
      planUpdate(optimizer, regularization)
    }
  }

  /// The network's output; with a loss that takes logits in a plan that keeps only what it needs,
  /// the logits.
  var output: Operand { layers[layers.count - 1].activation }

  /// With samples in lanes: how many examples lie side by side.
  var block: Int { largestBatch <= 4 ? 4 : 16 }

  mutating func add(_ operation: Operation) { operations.append(operation) }

  /// Adds what a training step does only where the loss is a finite number, beside the update.
  mutating func addWithUpdate(_ operation: Operation) { withUpdate.append(operation) }

  /// The same memory, and of the operations those that `isWanted` names.
  func keeping(_ isWanted: (Operation) -> Bool) -> Plan {
    var plan = self
    plan.operations.removeAll { !isWanted($0) }
    return plan
  }

  /// Fresh workspace for a matrix with a row for every example.
  mutating func batch(columns: Int) -> Operand {
    guard samplesInLanes else {
      return allocate(rows: .batch, columns: columns, count: largestBatch * columns)
    }
    let samples = (largestBatch + block - 1) / block * block
    var operand = allocate(rows: .batch, columns: columns, count: samples * columns)
    operand.block = block
    return operand
  }

  /// A place for the batch's rows of the caller's matrix.
  private mutating func gathered(columns: Int, in region: Region) -> Operand {
    let operand = batch(columns: columns)
    // Loops read a batch where it was gathered; and where no layer is dense it may be the output.
    if keepsEverything || samplesInLanes || architecture.needsLoops
      || !architecture.layers.contains(where: \.isDense)
    {
      return operand
    }
    batchOffsets[region] = operand.offset
    return Operand(region: region, offset: 0, rows: .batch, columns: columns, stride: columns)
  }

  mutating func allocate(rows: Extent, columns: Int, count: Int) -> Operand {
    let operand = Operand(
      region: .workspace, offset: workspaceCount, rows: rows, columns: columns, stride: columns)
    // Every matrix starts on a cache line, and a vector read past its end stays inside.
    workspaceCount += (count + 63) / 64 * 64 + 64
    return operand
  }

  /// Fresh workspace for a number each column.
  mutating func row(columns: Int) -> Operand {
    allocate(rows: .fixed(1), columns: columns, count: columns)
  }

  func parameter(_ role: Parameter.Role, layer: Int) -> Operand {
    operand(role, layer: layer, in: .parameters)
  }

  /// All tensors of a layer.
  func tensors(of layer: Int, in region: Region) -> [Operand] {
    architecture.parameters.filter { $0.layer == layer }.map {
      operand($0.role, layer: layer, in: region)
    }
  }

  func gradient(_ role: Parameter.Role, layer: Int) -> Operand {
    operand(role, layer: layer, in: .gradient)
  }

  private func operand(_ role: Parameter.Role, layer: Int, in region: Region) -> Operand {
    let parameter = architecture.parameter(role, layer: layer)
    return Operand(
      region: region, offset: parameter.offset, rows: .fixed(parameter.rows),
      columns: parameter.columns, stride: parameter.columns)
  }
}

/// How layers behave that differ in training.
public enum Mode: String, Sendable, Hashable, CaseIterable {
  /// `Dropout` leaves units out, `BatchNormalization` takes the batch's statistics.
  case training
  /// `Dropout` does nothing, `BatchNormalization` takes the running statistics.
  case inference
}

/// Numbers of the workspace that no run changes.
struct Constant: Sendable, Hashable {
  let operand: Operand
  let values: [Double]
}

extension Plan.Purpose {
  /// Whether the kernels have all of it with samples in lanes: of losses those of elements, and
  /// cross-entropy, as they are.
  var runsInLanes: Bool {
    switch self {
    case .predict: true
    case .evaluate(let loss), .differentiate(let loss), .train(let loss, _, _):
      !loss.transformsTargets
        && (!loss.kind.isPerRow || loss.kind == .crossEntropy
          || loss.kind == .crossEntropyFromLogits)
    }
  }
}

/// How inputs are kept outside of a batch.
enum InputForm: Sendable, Hashable {
  /// As the numbers a network computes with.
  case numbers
  /// As bytes; x = byte / scale.
  case bytes(scale: Double)
}

/// The values of one layer's forward pass.
struct LayerValues: Sendable, Hashable {
  /// A_{l−1}
  let input: Operand
  /// Z_l; overwritten by A_l unless the plan keeps everything.
  let preActivation: Operand
  /// A_l
  let activation: Operand
  /// What the layer's backward needs besides.
  var kept: [Operand] = []
}

/// The values of one layer's backward pass.
struct LayerGradients: Sendable, Hashable {
  /// Ā_l; nil where the loss is differentiated through the activation in one step.
  let outputGradient: Operand?
  /// Z̄_l
  let preActivationGradient: Operand
}

/// The gradient that enters a layer from behind.
enum LayerGradient: Sendable, Hashable {
  /// Ā_l
  case ofActivation(Operand)
  /// Z̄_l: the loss has been differentiated through the activation already.
  case ofPreActivation(Operand)

  var operand: Operand {
    switch self {
    case .ofActivation(let operand), .ofPreActivation(let operand): operand
    }
  }
}

extension Plan {
  /// The loss that the plan ends in, if any.
  var loss: Loss? {
    switch purpose {
    case .predict: nil
    case .evaluate(let loss), .differentiate(let loss), .train(let loss, _, _): loss
    }
  }

  /// Whether the loss takes the last layer's Z and stands for its activation too.
  var lossTakesLogits: Bool { loss?.kind.fromLogits != nil }

  private mutating func planForward() {
    var values = input
    for (index, layer) in architecture.layers.enumerated() {
      let isLast = index == architecture.layers.count - 1
      let result = layer.planned.forward(
        &self, input: values, layer: index,
        activates: keepsEverything || !(isLast && lossTakesLogits))
      layers.append(result)
      values = result.activation
    }
  }

  private mutating func planLoss(_ loss: Loss) -> LayerGradient {
    let columns = architecture.outputs
    let source = Operand(
      region: .targets, offset: 0, rows: .batch, columns: columns, stride: columns)
    let target = gathered(columns: columns, in: .targetBatch)
    self.target = target
    // The targets are gathered with the inputs: by the time of the loss they are in the cache.
    operations.insert(.gather(source, into: target), at: 1)
    let losses = batch(columns: loss.kind.isPerRow ? 1 : columns)
    let gradient = batch(columns: columns)
    let last = layers[layers.count - 1]
    let throughActivation = lossTakesLogits
    let (compared, complement) = transformed(target, loss)
    let weighting = weighting(loss, source: source)
    add(
      .loss(
        loss.with(
          kind: loss.kind.fromLogits ?? loss.kind, reduction: weighting == nil ? nil : .sum),
        output: throughActivation ? last.preActivation : last.activation, targets: compared,
        complement: complement, losses: losses, gradient: gradient))
    if let weighting {
      add(.weighRows(weighting, loss, losses: losses, gradient: gradient))
    }
    let total = allocate(rows: .fixed(1), columns: 1, count: 1)
    add(.total(loss, columns: columns, losses: losses, factor: weighting?.factor, into: total))
    lossValue = total
    return throughActivation ? .ofPreActivation(gradient) : .ofActivation(gradient)
  }

  /// What a loss compares with: the targets, or where they are smoothed or weighted others.
  private mutating func transformed(
    _ target: Operand, _ loss: Loss
  ) -> (compared: Operand, complement: Operand?) {
    guard loss.transformsTargets else { return (target, nil) }
    let columns = target.columns
    let (own, others) = loss.targetWeights(columns: columns)
    let (keep, share) = loss.smoothing(columns: columns)
    let result = batch(columns: columns)
    let complement =
      others.isEmpty
      ? nil
      : TargetTransform.Complement(weights: constant(others), result: batch(columns: columns))
    add(
      .transformTargets(
        TargetTransform(
          keep: keep, share: share, weights: constant(own), complement: complement), target,
        into: result))
    return (result, complement?.result)
  }

  /// How rows are weighed behind the loss, if they are.
  private mutating func weighting(_ loss: Loss, source: Operand) -> RowWeighting? {
    let ofClasses = loss.classWeightOfRow
    guard hasSampleWeights || ofClasses != nil else { return nil }
    let factor = allocate(rows: .fixed(1), columns: 2, count: 2)
    weightedFactor = factor
    return RowWeighting(
      hasSampleWeights: hasSampleWeights,
      classWeights: ofClasses.map {
        RowWeighting.ClassWeights(targets: source, base: $0.base, slopes: constant($0.slopes))
      }, factor: factor)
  }

  /// A row of numbers that no run changes.
  private mutating func constant(_ values: [Double]) -> Operand {
    let operand = allocate(rows: .fixed(1), columns: values.count, count: values.count)
    constants.append(Constant(operand: operand, values: values))
    return operand
  }

  private mutating func planBackward(from lossGradient: LayerGradient) {
    var entering = lossGradient
    var reversed: [LayerGradients] = []
    for index in architecture.layers.indices.reversed() {
      let result = architecture.layers[index].planned.backward(
        &self, values: layers[index], outputGradient: entering, layer: index,
        needsInput: index > 0 || keepsEverything)
      var outputGradient: Operand? = nil
      if case .ofActivation(let operand) = entering { outputGradient = operand }
      reversed.append(
        LayerGradients(
          outputGradient: outputGradient, preActivationGradient: result.preActivationGradient))
      if let next = result.inputGradient { entering = .ofActivation(next) }
    }
    gradients = reversed.reversed()
    inputGradient = keepsEverything ? entering.operand : nil
  }
}

extension Plan {
  /// Floating-point operations of the matrix products for one row.
  var operationsPerRow: Int {
    switch purpose {
    case .predict, .evaluate:
      architecture.operationsPerPrediction
    case .differentiate, .train: architecture.operationsPerStep(rows: 1)
    }
  }
}

extension Architecture {
  /// Whether every layer is so narrow that samples in lanes run faster than units in lanes.
  var isNarrow: Bool { inputs <= 32 && widths.allSatisfy { $0 <= 16 } }
}
