import Perceptron

/// A value in a file of the reference, with its place for messages.
struct Gold: Sendable {
  let json: JSON
  let place: String

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private init(_ json: JSON, _ place: String) {
    self.json = json
    self.place = place
  }

  init(file: String) throws {
    self.init(try Fixtures.json("reference/\(file)"), file)
  }

  private func value<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw Failure(description: "\(place) is not \(what)") }
    return value
  }

  /// A member that must be there.
  subscript(key: String) -> Gold {
    get throws { Gold(try value(json[key], "an object with \(key)"), "\(place).\(key)") }
  }

  /// A member that may be absent or null.
  func optional(_ key: String) -> Gold? {
    guard let found = json[key], !found.isNull else { return nil }
    return Gold(found, "\(place).\(key)")
  }

  var elements: [Gold] {
    get throws {
      try value(json.array, "an array").enumerated().map { Gold($1, "\(place)[\($0)]") }
    }
  }

  var keys: [String] { get throws { try value(json.object, "an object").map(\.key) } }
  var text: String { get throws { try value(json.string, "a string") } }
  var number: Double { get throws { try value(json.double, "a number") } }
  var integer: Int { get throws { try value(json.int, "an integer") } }
  var flag: Bool { get throws { try value(json.bool, "a boolean") } }

  /// A plain list of numbers.
  var numbers: [Double] {
    get throws {
      try value(json.array, "an array").map { try value($0.double, "a list of numbers") }
    }
  }

  /// `{"shape": […], "data": […]}`; a vector becomes one row.
  var tensor: Matrix<Double> {
    get throws {
      let shape = try self["shape"].numbers.map { Int($0) }
      let data = try self["data"].numbers
      guard (1...2).contains(shape.count), data.count == shape.reduce(1, *) else {
        throw Failure(description: "\(place): \(data.count) numbers in shape \(shape)")
      }
      return Matrix(
        rows: shape.count == 2 ? shape[0] : 1, columns: shape[shape.count - 1], values: data)
    }
  }
}

/// What of the reference the library has, found out by asking it: a part that appears is noticed.
enum Parts {
  private static func name(_ name: String) -> String {
    String(name.map { $0 == "_" ? "-" : $0 })
  }

  static func activation(_ gold: String) -> Activation? {
    try? Activation(named: gold == "hardswish" ? "hard-swish" : name(gold))
  }

  static func hasLayer(_ kind: String) -> Bool {
    let stacks = [
      "dense": "2", "activation": "2,relu", "dropout": "2,dropout:0.5",
      "batch_norm": "2,batch-norm", "layer_norm": "2,layer-norm",
    ]
    return stacks[kind].flatMap { try? LayerStack.parse($0) } != nil
  }

  static func hasLoss(_ gold: String) -> Bool {
    kinds[gold] != nil || (try? Loss(named: name(gold))) != nil
  }

  static func hasOptimizer(_ gold: String) -> Bool {
    (try? Optimizer(named: name(gold))) != nil
  }

  /// The kinds that compute a loss of the reference.
  static let kinds: [String: [Loss.Kind]] = [
    "half_squared_error": [.halfSquaredError],
    "mse": [.meanSquaredError, .squaredError],
    "bce": [.binaryCrossEntropy],
    "bce_with_logits": [.binaryCrossEntropyFromLogits],
    "cross_entropy": [.crossEntropyFromLogits],
    "cross_entropy_probabilities": [.crossEntropy],
    "mae": [.absoluteError],
    "huber": [.huber],
    "log_cosh": [.logCosh],
    "hinge": [.hinge],
    "squared_hinge": [.squaredHinge],
    "poisson_nll": [.poisson],
    "kl_divergence": [.klDivergence],
    "kl_divergence_from_logits": [.klDivergenceFromLogits],
  ]

  static let reductions: [String: Loss.Reduction] = [
    "mean_rows": .rows, "weighted_mean": .rows, "mean_elements": .elements, "sum": .sum,
  ]
}

extension Gold {
  /// What a description of layers needs and the library lacks.
  var partsMissingInLayers: [String] {
    get throws {
      var missing: [String] = []
      for layer in try elements {
        let kind = try layer["kind"].text
        if !Parts.hasLayer(kind) {
          missing.append(kind == "activation" ? "activation layer" : kind)
        }
        if let activation = try layer.optional("activation")?.text,
          Parts.activation(activation) == nil
        {
          missing.append(activation)
        }
      }
      return missing.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }

  /// The shape and the parameters of a description of dense layers.
  func network(inputs: Int) throws -> (architecture: Architecture, parameters: [Double]) {
    let layers = try elements.map { layer -> Layer in
      let kind = try layer["kind"].text
      guard kind == "dense", let activation = Parts.activation(try layer["activation"].text) else {
        throw Failure(description: "\(layer.place): teach the golden tests to build this \(kind)")
      }
      return .dense(
        try layer["units"].integer, activation, bias: layer.optional("b") != nil)
    }
    return (try Architecture(inputs: inputs, layers: layers), try parameters)
  }

  /// A list of `W` and `b` (null without bias) as one buffer.
  var parameters: [Double] {
    get throws {
      try elements.flatMap {
        try $0["W"].tensor.values + ($0.optional("b").map { try $0.tensor.values } ?? [])
      }
    }
  }

  /// What a description of a loss needs and the library lacks.
  var partsMissingInLoss: [String] {
    get throws {
      let name = try self["name"].text
      let reduction = try self["reduction"].text
      let known: Set = [
        "name", "reduction", "delta", "log_input", "pos_weight", "class_weights", "label_smoothing",
      ]
      return (Parts.hasLoss(name) ? [] : [name])
        + (Parts.reductions[reduction] == nil ? [reduction] : [])
        + (try keys.filter { !known.contains($0) })
    }
  }

  /// The losses that compute what is described.
  var losses: [Loss] {
    get throws {
      guard let kinds = Parts.kinds[try self["name"].text],
        let reduction = Parts.reductions[try self["reduction"].text]
      else {
        throw Failure(description: "\(place): teach the golden tests this loss")
      }
      // Poisson's output is the logarithm of the rate, and nothing else.
      if let logInput = optional("log_input"), !(try logInput.flag) {
        throw Failure(description: "\(place): teach the golden tests rates")
      }
      let isWeighted = try self["reduction"].text == "weighted_mean"
      return try kinds.map { kind in
        Loss(kind, parameter: try optional("delta")?.number, reduction: reduction)
          .smoothed(by: try optional("label_smoothing")?.number ?? 0)
          .weighted(classes: try optional("class_weights")?.tensor.values ?? [])
          .weighted(positive: try optional("pos_weight")?.tensor.values ?? [])
          .divided(by: isWeighted ? .weights : .rows)
      }
    }
  }

  /// What a description of an optimizer (`optimizer`, `hyperparameters`, `clip`) needs and the
  /// library lacks.
  var partsMissingInOptimizer: [String] {
    get throws {
      let name = try self["optimizer"].text
      return Parts.hasOptimizer(name) ? [] : [name]
    }
  }

  var optimizer: Optimizer {
    get throws {
      let numbers = try self["hyperparameters"]
      let rate = try numbers["lr"].number
      switch try self["optimizer"].text {
      case "sgd":
        let momentum = try numbers["momentum"].number
        guard momentum != 0 else { return .sgd(learningRate: rate) }
        return try numbers["nesterov"].flag
          ? .nesterov(learningRate: rate, momentum: momentum)
          : .momentum(
            learningRate: rate, momentum: momentum, dampening: try numbers["dampening"].number)
      case "rmsprop":
        return .rmsprop(
          learningRate: rate, alpha: try numbers["alpha"].number,
          epsilon: try numbers["eps"].number, momentum: try numbers["momentum"].number,
          centered: try numbers["centered"].flag)
      case "adagrad":
        return .adagrad(
          learningRate: rate, learningRateDecay: try numbers["lr_decay"].number,
          initialAccumulator: try numbers["initial_accumulator_value"].number,
          epsilon: try numbers["eps"].number)
      case "adadelta":
        return .adadelta(
          learningRate: rate, rho: try numbers["rho"].number, epsilon: try numbers["eps"].number)
      case "lion":
        let betas = try numbers["betas"].numbers
        return .lion(learningRate: rate, beta1: betas[0], beta2: betas[1])
      case "adam", "adamw", "adamax", "nadam", "radam": return try adamLike(numbers, rate)
      case let name: throw Failure(description: "\(place): teach the golden tests \(name)")
      }
    }
  }
}

extension Gold {
  private func adamLike(_ numbers: Gold, _ rate: Double) throws -> Optimizer {
    let betas = try numbers["betas"].numbers
    let (beta1, beta2, epsilon) = (betas[0], betas[1], try numbers["eps"].number)
    switch try self["optimizer"].text {
    case "adam":
      return .adam(
        learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        amsgrad: try numbers["amsgrad"].flag)
    case "adamw":
      return .adamw(
        learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        amsgrad: try numbers["amsgrad"].flag)
    case "adamax":
      return .adamax(learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    case "nadam":
      return .nadam(
        learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        momentumDecay: try numbers["momentum_decay"].number)
    default: return .radam(learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    }
  }

  /// The decay and the clipping of a case of an optimizer.
  var regularization: Regularization {
    get throws {
      var result = Regularization(
        weightDecay: try self["hyperparameters"].optional("weight_decay")?.number)
      guard let clip = optional("clip") else { return result }
      switch try clip["kind"].text {
      case "global_norm": result.clipping = .norm(try clip["max_norm"].number)
      case "value": result.clipping = .value(try clip["max_value"].number)
      case let kind: throw Failure(description: "\(place): teach the golden tests \(kind)")
      }
      return result
    }
  }
}

extension Matrix where Element == Double {
  /// The same numbers, each rounded to another type.
  func rounded<Other: Scalar>(to: Other.Type = Other.self) -> Matrix<Other> {
    Matrix<Other>(rows: rows, columns: columns, values: values.map { Other($0) })
  }
}
