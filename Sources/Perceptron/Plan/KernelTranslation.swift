import PerceptronKernels

extension pk_operand {
  init(_ operand: Operand) {
    self.init()
    region = Int32(operand.region.rawValue)
    offset = Int64(operand.offset)
    columns = Int64(operand.columns)
    stride = Int64(operand.stride)
    switch operand.rows {
    case .batch: is_batch = 1
    case .fixed(let count): rows = Int64(count)
    }
  }
}

extension pk_operation {
  /// The operation as the kernels read it.
  init(_ step: Schedule.Step) {
    self.init()
    barrier = step.waits ? 1 : 0
    repeated = step.isRepeated ? 1 : 0
    by_columns = step.isByColumns ? 1 : 0
    switch step.operation {
    case .gather(let source, let result):
      kind = Int32(PK_GATHER)
      a = pk_operand(source)
      c = pk_operand(result)
    case .gatherBytes(let source, let scale, let result):
      kind = Int32(PK_GATHER)
      function = Int32(PK_BYTES_TO_NUMBERS)
      constants.0 = scale
      a = pk_operand(source)
      c = pk_operand(result)
    case .product(let product):
      kind = Int32(PK_PRODUCT)
      form = Int32(product.form.rawValue)
      a = pk_operand(product.left)
      b = pk_operand(product.right)
      c = pk_operand(product.result)
      if let operand = product.bias ?? product.columnSums {
        has_bias = 1
        bias = pk_operand(operand)
      }
      switch product.epilogue {
      case .none: epilogue = Int32(PK_NO_EPILOGUE)
      case .activate(let activation):
        epilogue = Int32(PK_EPILOGUE_ACTIVATE)
        function = activation.code
        constants.0 = activation.parameter
      case .differentiate(let activation, let values):
        epilogue = Int32(PK_EPILOGUE_DIFFERENTIATE)
        function = activation.code
        constants.0 = activation.parameter
        e = pk_operand(values)
      }
    case .sumRows(let x, let result):
      kind = Int32(PK_SUM_ROWS)
      a = pk_operand(x)
      c = pk_operand(result)
    case .activate(let activation, let z, let result):
      kind = Int32(PK_ACTIVATE)
      function = activation.code
      constants.0 = activation.parameter
      a = pk_operand(z)
      c = pk_operand(result)
    case .differentiate(let activation, let gradient, let values, let result):
      kind = Int32(PK_DIFFERENTIATE)
      function = activation.code
      constants.0 = activation.parameter
      a = pk_operand(gradient)
      e = pk_operand(values)
      c = pk_operand(result)
    case .transformTargets(let transform, let targets, let result):
      kind = Int32(PK_TRANSFORM_TARGETS)
      constants.0 = transform.keep
      constants.1 = transform.share
      a = pk_operand(targets)
      b = pk_operand(transform.weights)
      c = pk_operand(result)
      if let complement = transform.complement {
        has_bias = 1
        e = pk_operand(complement.weights)
        bias = pk_operand(complement.result)
      }
    case .weighRows(let weighting, let loss, let losses, let gradient):
      kind = Int32(PK_WEIGH_ROWS)
      form = Int32(loss.divisor == .rows ? PK_DIVIDED_BY_ROWS : PK_DIVIDED_BY_WEIGHTS)
      reduction = loss.reduction.code
      columns = Int32(gradient.columns)
      has_weights = weighting.hasSampleWeights ? 1 : 0
      a = pk_operand(losses)
      c = pk_operand(gradient)
      bias = pk_operand(weighting.factor)
      if let classes = weighting.classWeights {
        function = 1
        constants.0 = classes.base
        b = pk_operand(classes.targets)
        e = pk_operand(classes.slopes)
      }
    case .loss(let loss, let output, let targets, let complement, let losses, let gradient):
      kind = Int32(PK_LOSS)
      function = loss.code
      constants.0 = loss.parameter
      if let complement {
        has_bias = 1
        bias = pk_operand(complement)
      }
      reduction = loss.reduction.code
      a = pk_operand(output)
      b = pk_operand(targets)
      e = pk_operand(losses)
      c = pk_operand(gradient)
    case .total(let loss, let width, let losses, let factor, let result):
      kind = Int32(PK_TOTAL)
      if let factor {
        has_bias = 1
        bias = pk_operand(factor)
      }
      reduction = loss.reduction.code
      columns = Int32(width)
      a = pk_operand(losses)
      c = pk_operand(result)
    case .update(let optimizer, let parameters):
      kind = Int32(PK_UPDATE)
      count = Int64(parameters)
      if let owned = step.owned {
        c = pk_operand(owned.gradient)
        by_columns = owned.byColumns ? 1 : 0
      }
      function = optimizer.code
      constants = optimizer.constants
    case .penalize(let l1, let l2, let stretch):
      kind = Int32(PK_PENALIZE)
      constants = (l1, l2, 0)
      c = pk_operand(stretch)
    case .sumSquares(let parameters, let squares):
      kind = Int32(PK_SUM_SQUARES)
      count = Int64(parameters)
      c = pk_operand(squares)
    case .clipNorm(let most, let squares, let parameters):
      kind = Int32(PK_CLIP_NORM)
      constants.0 = most
      count = Int64(parameters)
      a = pk_operand(squares)
    case .clipValue(let most, let parameters):
      kind = Int32(PK_CLIP_VALUE)
      constants.0 = most
      count = Int64(parameters)
    case .shrink(let decay, let stretch):
      kind = Int32(PK_SHRINK)
      constants.0 = decay
      c = pk_operand(stretch)
    case .loop(let loop):
      kind = Int32(PK_CALL)
      guarded = loop.phase == .withUpdate ? 1 : 0
      switch loop.share {
      case .rows: a.is_batch = 1
      case .columns(let columns): a.rows = Int64(columns)
      case .whole: a.rows = 1
      }
    }
  }
}

extension Activation {
  var code: Int32 {
    switch self {
    case .identity: Int32(PK_IDENTITY)
    case .relu: Int32(PK_RELU)
    case .sigmoid: Int32(PK_SIGMOID_ACTIVATION)
    case .tanh: Int32(PK_TANH_ACTIVATION)
    case .softmax: Int32(PK_SOFTMAX)
    case .sign: Int32(PK_SIGN)
    case .heaviside: Int32(PK_HEAVISIDE)
    case .leakyReLU: Int32(PK_LEAKY_RELU)
    case .elu: Int32(PK_ELU)
    case .selu: Int32(PK_SELU)
    case .gelu: Int32(PK_GELU)
    case .geluTanh: Int32(PK_GELU_TANH)
    case .silu: Int32(PK_SILU)
    case .mish: Int32(PK_MISH)
    case .softplus: Int32(PK_SOFTPLUS_ACTIVATION)
    case .softsign: Int32(PK_SOFTSIGN)
    case .hardSigmoid: Int32(PK_HARD_SIGMOID)
    case .hardTanh: Int32(PK_HARD_TANH)
    case .hardSwish: Int32(PK_HARD_SWISH)
    case .relu6: Int32(PK_RELU6)
    case .exponential: Int32(PK_EXPONENTIAL)
    }
  }
}

extension Loss {
  fileprivate var code: Int32 {
    switch kind {
    case .halfSquaredError: Int32(PK_HALF_SQUARED_ERROR)
    case .squaredError, .meanSquaredError: Int32(PK_SQUARED_ERROR)
    case .absoluteError: Int32(PK_ABSOLUTE_ERROR)
    case .huber: Int32(PK_HUBER)
    case .logCosh: Int32(PK_LOG_COSH)
    case .quantile: Int32(PK_QUANTILE)
    case .poisson: Int32(PK_POISSON)
    case .hinge: Int32(PK_HINGE)
    case .squaredHinge: Int32(PK_SQUARED_HINGE)
    case .binaryCrossEntropy: Int32(PK_BINARY_CROSS_ENTROPY)
    case .crossEntropy: Int32(PK_CROSS_ENTROPY)
    case .klDivergence: Int32(PK_KL_DIVERGENCE)
    case .binaryCrossEntropyFromLogits: Int32(PK_BINARY_CROSS_ENTROPY_LOGITS)
    case .binaryFocalFromLogits: Int32(PK_BINARY_FOCAL_LOGITS)
    case .crossEntropyFromLogits where isUnnormalised:
      Int32(PK_CROSS_ENTROPY_LOGITS_UNNORMALISED)
    case .crossEntropyFromLogits: Int32(PK_CROSS_ENTROPY_LOGITS)
    case .klDivergenceFromLogits: Int32(PK_KL_DIVERGENCE_LOGITS)
    case .focalFromLogits: Int32(PK_FOCAL_LOGITS)
    case .focal, .binaryFocal: misuse("\(kind.rawValue) is computed from the logits")
    }
  }
}

extension Loss.Reduction {
  fileprivate var code: Int32 {
    switch self {
    case .rows: Int32(PK_BY_ROWS)
    case .elements: Int32(PK_BY_ELEMENTS)
    case .sum: Int32(PK_BY_NOTHING)
    }
  }
}

extension Optimizer {
  fileprivate var code: Int32 {
    switch self {
    case .sgd: Int32(PK_SGD)
    case .momentum(_, _, let dampening):
      Int32(dampening > 0 ? PK_DAMPED_MOMENTUM : PK_MOMENTUM)
    case .nesterov: Int32(PK_NESTEROV)
    case .adam(_, _, _, _, let amsgrad), .adamw(_, _, _, _, let amsgrad):
      Int32(amsgrad ? PK_AMSGRAD : PK_ADAM)
    case .adamax: Int32(PK_ADAMAX)
    case .nadam: Int32(PK_NADAM)
    case .radam: Int32(PK_RADAM)
    case .rmsprop(_, _, _, let momentum, centered: false):
      Int32(momentum > 0 ? PK_RMSPROP_MOMENTUM : PK_RMSPROP)
    case .rmsprop(_, _, _, let momentum, centered: true):
      Int32(momentum > 0 ? PK_RMSPROP_CENTERED_MOMENTUM : PK_RMSPROP_CENTERED)
    case .adagrad: Int32(PK_ADAGRAD)
    case .adadelta: Int32(PK_ADADELTA)
    case .lion: Int32(PK_LION)
    case .lbfgs: misuse("lbfgs is no rule of single updates")
    }
  }

  /// What the kernels know of the rule for all steps: its decay (β₂, α or ρ), ε, and v₀ of adagrad.
  fileprivate var constants: (Double, Double, Double) {
    switch self {
    case .sgd, .momentum, .nesterov, .lbfgs: (0, 0, 0)
    case .adam(_, _, let beta2, let epsilon, _), .adamw(_, _, let beta2, let epsilon, _),
      .adamax(_, _, let beta2, let epsilon), .nadam(_, _, let beta2, let epsilon, _),
      .radam(_, _, let beta2, let epsilon):
      (beta2, epsilon, 0)
    case .rmsprop(_, let alpha, let epsilon, _, _): (alpha, epsilon, 0)
    case .adagrad(_, _, let initial, let epsilon): (0, epsilon, initial)
    case .adadelta(_, let rho, let epsilon): (rho, epsilon, 0)
    case .lion(_, _, let beta2): (beta2, 0, 0)
    }
  }
}
