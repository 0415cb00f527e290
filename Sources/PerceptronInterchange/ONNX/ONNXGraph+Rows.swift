import Perceptron

// Raw rows in, predictions out: what `Preprocessing` does, as operators.
extension ONNXGraph {
  /// An input for every column and what the network sees of them together, `[N × n₀]`.
  mutating func addRows(_ preprocessing: Preprocessing) -> String {
    var parts: [String] = []
    for column in preprocessing.inputs {
      switch column.encoding {
      case .numeric(let imputed, let shift, let scale):
        addInput(column.name, elementType, columns: 1)
        parts.append(numeric(column.name, imputed, shift, scale))
      case .categorical(let categories, let mostFrequent):
        addInput(column.name, .string, columns: 1)
        parts.append(oneHot(column.name, categories, mostFrequent))
      }
    }
    return add("Concat", parts, [.int("axis", 1)])
  }

  /// (x − shift)/scale in double precision, rounded once; a missing x is the one of the training.
  private mutating func numeric(
    _ x: String, _ imputed: Double, _ shift: Double, _ scale: Double
  ) -> String {
    let filler = number((imputed - shift) / scale)
    var scaled = x
    if shift != 0 || scale != 1 {
      let isFloat = Element.precision == .float
      let wide = isFloat ? cast(x, .double) : x
      let centred = add("Sub", [wide, doubles([shift], shape: [])])
      scaled = add("Div", [centred, doubles([scale], shape: [])])
      if isFloat { scaled = cast(scaled, .float) }
    }
    return add("Where", [add("IsNaN", [x]), filler, scaled])
  }

  /// 1 in the place of the category; whatever means "missing" is the most frequent one, other texts
  /// have the last place.
  private mutating func oneHot(
    _ text: String, _ categories: [String], _ mostFrequent: Int
  ) -> String {
    let missing = MissingValue.spellings
    let codes = Array(categories.indices) + missing.map { _ in mostFrequent }
    let code = add(
      "LabelEncoder", [text],
      [
        .strings("keys_strings", categories + missing), .ints("values_int64s", codes),
        .int("default_int64", categories.count),
      ], domain: "ai.onnx.ml")
    let places = integers(Array(0...categories.count), shape: [1, categories.count + 1])
    return cast(add("Equal", [code, places]), elementType)
  }

  mutating func cast(_ value: String, _ type: ONNXType, output: String? = nil) -> String {
    add("Cast", [value], [.int("to", Int(type.rawValue))], output: output)
  }

  /// The outputs that say what the network's outputs `[N × n_L]` stand for.
  mutating func addPredictions(_ outputs: String, count: Int, _ preprocessing: Preprocessing) {
    let target = preprocessing.target
    switch target.kind {
    case .number: addNumbers(outputs, preprocessing.targets)
    case .classes where preprocessing.targets.count > 1 || target.output == .score:
      addLabels(outputs, preprocessing)
    case .classes(let names) where count == 1:
      let isSecond = add("GreaterOrEqual", [outputs, number(0.5)])
      let (second, first) = (texts([names[1]], shape: []), texts([names[0]], shape: []))
      let label = add("Where", [isSecond, second, first])
      _ = add("Squeeze", [label, integers([1], shape: [1])], output: ONNXNames.label)
      let rest = add("Sub", [number(1), outputs])
      _ = add(
        "Concat", [rest, outputs], [.int("axis", 1)], output: ONNXNames.probabilities)
      addOutput(ONNXNames.label, .string, columns: nil)
      addOutput(ONNXNames.probabilities, elementType, columns: 2)
    case .classes(let names):
      let best = add("ArgMax", [outputs], [.int("axis", 1), .int("keepdims", 0)])
      _ = add(
        "Gather", [texts(names, shape: [names.count]), best], output: ONNXNames.label)
      _ = add("Identity", [outputs], output: ONNXNames.probabilities)
      addOutput(ONNXNames.label, .string, columns: nil)
      addOutput(ONNXNames.probabilities, elementType, columns: names.count)
    }
  }

  /// In the targets' own units, in double precision and rounded once.
  private mutating func addNumbers(_ outputs: String, _ targets: [Preprocessing.Target]) {
    let isFloat = Element.precision == .float
    var value = isFloat ? cast(outputs, .double) : outputs
    let units = targets.map { target -> (shift: Double, scale: Double) in
      guard case .number(let shift, let scale) = target.kind else { return (0, 1) }
      return (shift, scale)
    }
    if targets[0].output == .logarithm {
      value = add("Exp", [value])
    } else {
      let shape = [1, units.count]
      value = add("Mul", [value, doubles(units.map(\.scale), shape: shape)])
      value = add("Add", [value, doubles(units.map(\.shift), shape: shape)])
    }
    if isFloat {
      _ = cast(value, .float, output: ONNXNames.prediction)
    } else {
      _ = add("Identity", [value], output: ONNXNames.prediction)
    }
    addOutput(ONNXNames.prediction, elementType, columns: targets.count)
  }

  /// A label for each of several targets, or for the one whose score has no probability.
  private mutating func addLabels(_ outputs: String, _ preprocessing: Preprocessing) {
    let targets = preprocessing.targets
    let isScore = targets[0].output == .score
    func names(_ place: Int) -> [String] {
      targets.map { target in
        if case .classes(let names) = target.kind { names[place] } else { "" }
      }
    }
    let shape = [1, targets.count]
    let isSecond = add("GreaterOrEqual", [outputs, number(isScore ? 0 : 0.5)])
    let (second, first) = (texts(names(1), shape: shape), texts(names(0), shape: shape))
    let isOne = targets.count == 1
    let label = add(
      "Where", [isSecond, second, first], output: isOne ? nil : ONNXNames.label)
    if isOne {
      _ = add("Squeeze", [label, integers([1], shape: [1])], output: ONNXNames.label)
    }
    let name = isScore ? ONNXNames.scores : ONNXNames.probabilities
    _ = add("Identity", [outputs], output: name)
    addOutput(ONNXNames.label, .string, columns: isOne ? nil : targets.count)
    addOutput(name, elementType, columns: targets.count)
  }
}

/// What inputs and outputs are called that are no columns of the table.
enum ONNXNames {
  static let features = "features"
  static let outputs = "outputs"
  static let label = "label"
  static let probabilities = "probabilities"
  static let scores = "scores"
  static let prediction = "prediction"

  static let all = [features, outputs, label, probabilities, scores, prediction]
}
