// The JSON of `__metadata__.perceptron`, version 1, and back.

extension MLP {
  /// Everything about the model that is not a tensor.
  var description: JSON {
    [
      "version": JSON(ModelFile.version),
      "precision": .string(Element.precision.rawValue),
      "inputs": JSON(inputs),
      "layers": .array(architecture.layers.map(\.description)),
      "preprocessing": preprocessing?.description ?? .null,
      "provenance": .object(provenance.map { JSON.Member($0.key, .string($0.value)) }),
    ]
  }
}

extension Layer {
  var description: JSON {
    switch self {
    case .dense(let dense):
      [
        "kind": "dense",
        "units": JSON(dense.units),
        "activation": .string(dense.activation.name),
        "bias": .bool(dense.bias),
        "initializer": .string(dense.initializer.rawValue),
      ]
    case .activation(let activation):
      ["kind": "activation", "activation": .string(activation.name)]
    case .dropout(let dropout): ["kind": "dropout", "rate": JSON(dropout.rate)]
    case .batchNormalization(let norm):
      ["kind": "batch-norm", "epsilon": JSON(norm.epsilon), "momentum": JSON(norm.momentum)]
    case .layerNormalization(let norm): ["kind": "layer-norm", "epsilon": JSON(norm.epsilon)]
    case .prelu(let prelu): ["kind": "prelu", "initial_slope": JSON(prelu.initialSlope)]
    case .custom(let custom): ["kind": "custom", "name": .string(custom.layer.name)]
    }
  }

  /// - Parameter custom: the layers that the file may name.
  init?(_ json: JSON, custom: [AnyCustomLayer] = []) {
    switch json["kind"]?.string {
    case "dense":
      guard let units = json["units"]?.int, units > 0,
        let name = json["activation"]?.string, let activation = try? Activation(named: name),
        let bias = json["bias"]?.bool,
        let initializer = json["initializer"]?.string.flatMap(Initializer.init(rawValue:))
      else { return nil }
      self = .dense(units, activation, bias: bias, initializer: initializer)
    case "activation":
      guard let name = json["activation"]?.string, let activation = try? Activation(named: name)
      else { return nil }
      self = .activation(activation)
    case "dropout":
      guard let rate = json["rate"]?.finite else { return nil }
      self = .dropout(rate)
    case "batch-norm":
      guard let epsilon = json["epsilon"]?.finite, let momentum = json["momentum"]?.finite else {
        return nil
      }
      self = .batchNormalization(BatchNormalization(epsilon: epsilon, momentum: momentum))
    case "layer-norm":
      guard let epsilon = json["epsilon"]?.finite else { return nil }
      self = .layerNormalization(LayerNormalization(epsilon: epsilon))
    case "prelu":
      guard let slope = json["initial_slope"]?.finite else { return nil }
      self = .prelu(PReLU(initialSlope: slope))
    case "custom":
      guard let name = json["name"]?.string,
        let layer = custom.first(where: { $0.layer.name == name })
      else { return nil }
      self = .custom(layer)
    default: return nil
    }
  }
}

extension Preprocessing {
  package var description: JSON {
    var members = [JSON.Member("inputs", .array(inputs.map(\.description)))]
    // One target is written as it always was.
    members.append(
      targets.count == 1
        ? JSON.Member("target", target.description)
        : JSON.Member("targets", .array(targets.map(\.description))))
    if let weightColumn { members.append(JSON.Member("weight_column", .string(weightColumn))) }
    return .object(members)
  }

  init?(_ json: JSON) {
    guard let columns = json["inputs"]?.array, !columns.isEmpty,
      let list = json["targets"].map({ $0.array }) ?? json["target"].map({ [$0] }), !list.isEmpty,
      json["targets"] == nil || json["target"] == nil
    else { return nil }
    let targets = list.compactMap { Target($0) }
    guard targets.count == list.count else { return nil }
    let kinds = targets.map(\.classCount)
    // Several targets are all numbers, or all of two classes.
    guard kinds.count == 1 || Set(kinds) == [0] || Set(kinds) == [2] else { return nil }
    let weights = json["weight_column"].flatMap(\.string)
    guard json["weight_column"] == nil || weights != nil else { return nil }
    var inputs: [InputColumn] = []
    for column in columns {
      guard let input = InputColumn(column) else { return nil }
      inputs.append(input)
    }
    let names = inputs.map(\.name) + targets.map(\.name) + (weights.map { [$0] } ?? [])
    guard JSON.areDifferent(names) else { return nil }
    self.init(inputs: inputs, targets: targets, weightColumn: weights)
  }
}

extension Preprocessing.InputColumn {
  fileprivate var description: JSON {
    switch encoding {
    case .numeric(let imputed, let shift, let scale):
      [
        "name": .string(name), "kind": "numeric", "imputed": JSON(imputed), "shift": JSON(shift),
        "scale": JSON(scale),
      ]
    case .categorical(let categories, let mostFrequent):
      [
        "name": .string(name), "kind": "categorical",
        "categories": .array(categories.map { .string($0) }), "most_frequent": JSON(mostFrequent),
      ]
    }
  }

  fileprivate init?(_ json: JSON) {
    guard let name = json["name"]?.string else { return nil }
    switch json["kind"]?.string {
    case "numeric":
      guard let imputed = json["imputed"]?.finite, let shift = json["shift"]?.finite,
        let scale = json["scale"]?.finite, scale != 0
      else { return nil }
      self.init(name: name, encoding: .numeric(imputed: imputed, shift: shift, scale: scale))
    case "categorical":
      guard let categories = json["categories"]?.strings, !categories.isEmpty,
        JSON.areDifferent(categories), let mostFrequent = json["most_frequent"]?.int,
        categories.indices.contains(mostFrequent)
      else { return nil }
      self.init(
        name: name, encoding: .categorical(categories: categories, mostFrequent: mostFrequent))
    default: return nil
    }
  }
}

extension Preprocessing.Target {
  fileprivate var description: JSON {
    var members = [JSON.Member("name", .string(name))]
    switch kind {
    case .classes(let names):
      members += [
        JSON.Member("kind", "classes"), JSON.Member("classes", .array(names.map { .string($0) })),
      ]
    case .number(let shift, let scale):
      members += [
        JSON.Member("kind", "number"), JSON.Member("shift", JSON(shift)),
        JSON.Member("scale", JSON(scale)),
      ]
    }
    if output != .direct { members.append(JSON.Member("output", .string(output.rawValue))) }
    return .object(members)
  }

  /// Classes, 0 for a number.
  fileprivate var classCount: Int {
    if case .classes(let names) = kind { names.count } else { 0 }
  }

  fileprivate init?(_ json: JSON) {
    guard let name = json["name"]?.string else { return nil }
    var output = Output.direct
    if let text = json["output"] {
      guard let known = text.string.flatMap(Output.init(rawValue:)) else { return nil }
      output = known
    }
    switch json["kind"]?.string {
    case "classes":
      guard let classes = json["classes"]?.strings, classes.count > 1,
        JSON.areDifferent(classes), output != .logarithm, output != .score || classes.count == 2
      else { return nil }
      self.init(name: name, kind: .classes(classes), output: output)
    case "number":
      guard let shift = json["shift"]?.finite, let scale = json["scale"]?.finite, scale != 0 else {
        return nil
      }
      guard output == .direct || (output == .logarithm && shift == 0 && scale == 1) else {
        return nil
      }
      self.init(name: name, kind: .number(shift: shift, scale: scale), output: output)
    default: return nil
    }
  }
}

extension JSON {
  /// A number that is finite.
  var finite: Double? { double.flatMap { $0.isFinite ? $0 : nil } }

  /// Whether no text occurs twice.
  static func areDifferent(_ texts: [String]) -> Bool {
    Set(texts.map { ExactText($0) }).count == texts.count
  }

  /// An array of texts.
  var strings: [String]? {
    guard let array else { return nil }
    let texts = array.compactMap(\.string)
    return texts.count == array.count ? texts : nil
  }
}
