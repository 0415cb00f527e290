package import Perceptron

/// A model as one file of another language that depends on nothing.
///
/// What is written is `model.folded`: dropout is gone, and batch normalisation beside a dense layer is in
/// its weights. The file computes what `Predictor` does, operation for operation, and so the same bits
/// where fused multiply-add rounds once.
package struct SourceProgram<Element: Scalar> {
  let model: MLP<Element>
  let steps: [SourceStep]

  /// - Throws: `PerceptronError` for a layer that only the user's own program has.
  package init(_ model: MLP<Element>) throws {
    let folded = model.folded
    self.model = folded
    let architecture = folded.architecture
    func range(_ role: Parameter.Role, _ layer: Int) -> Range<Int>? {
      architecture.parameters.first { $0.layer == layer && $0.role == role }?.range
    }
    steps = try architecture.layers.enumerated().flatMap { place, layer in
      let width = architecture.widths[place]
      func own(_ role: Parameter.Role) -> Range<Int> { range(role, place) ?? 0..<0 }
      switch layer {
      case .dropout: return [SourceStep]()
      case .activation(let activation): return [.activation(activation, width: width)]
      case .dense(let dense):
        return [
          .dense(
            inputs: architecture.inputs(of: place), units: width, weights: own(.weights),
            bias: range(.bias, place)), .activation(dense.activation, width: width),
        ]
      case .layerNormalization(let norm):
        return [
          .layerNormalization(
            width: width, scale: own(.scale), shift: own(.shift), epsilon: norm.epsilon)
        ]
      case .batchNormalization(let norm):
        return [
          .batchNormalization(
            width: width, mean: own(.runningMean), variance: own(.runningVariance),
            scale: own(.scale), shift: own(.shift), epsilon: norm.epsilon)
        ]
      case .prelu: return [.prelu(width: width, slope: own(.slope))]
      case .custom(let custom):
        throw PerceptronError(
          .network,
          "layer \(place + 1), \(quoted(custom.layer.name)), is a custom one: its formula is not "
            + "known here, so it cannot be written in another language")
      }
    }
  }

  /// The activations in use, each once, in the order they first act.
  var activations: [Activation] {
    var result: [Activation] = []
    for case .activation(let activation, _) in steps where !result.contains(activation) {
      result.append(activation)
    }
    return result
  }

  /// The functions of this precision that the steps call.
  func calls(_ language: SourceLanguage) -> [String] {
    activations.flatMap { activation in
      activation == .softmax
        ? ["exp"]
        : SourceFunction.calls(
          in: activation.sourceExpression(language, Element.precision) ?? "")
    }
  }

  /// The widest row between two steps.
  var width: Int { max(model.inputs, model.architecture.widths.max() ?? 0) }

  /// What the function that predicts gives, number by number.
  var results: [SourceResult] {
    guard let targets = model.preprocessing?.targets else { return [] }
    return targets.enumerated().flatMap { place, target -> [SourceResult] in
      switch target.kind {
      case .number(let shift, let scale):
        return target.output == .logarithm
          ? [.exponential(place)] : [.scaled(place, scale: scale, shift: shift)]
      case .classes where target.output == .score: return [.output(place)]
      case .classes(let names):
        if targets.count > 1 { return [.output(place)] }
        return model.outputs == 1
          ? [.complement(0), .output(0)] : names.indices.map { .output($0) }
      }
    }
  }

  /// For classes and labels, what a result is compared with: nil where the largest of all decides.
  var threshold: Double? {
    guard let target = model.preprocessing?.target, case .classes = target.kind else { return nil }
    if target.output == .score { return 0 }
    return model.preprocessing?.isMultiLabel ?? false ? 0.5 : nil
  }

  /// The names of the classes, of every target that has any.
  var classNames: [[String]] {
    (model.preprocessing?.targets ?? []).compactMap { target in
      if case .classes(let names) = target.kind { names } else { nil }
    }
  }

  /// A line that says what the file is; nothing in it comes from data.
  var title: String {
    "Written by `perceptron export`: \(model.architecture.summary), "
      + "\(model.parameters.count) parameters in \(Element.precision.rawValue)."
  }

  /// What a missing number counts as, scaled.
  static func filler(_ imputed: Double, _ shift: Double, _ scale: Double) -> Double {
    Double(Element((imputed - shift) / scale))
  }
}

/// One operation on a row; ranges are in the parameter buffer.
enum SourceStep: Sendable {
  case dense(inputs: Int, units: Int, weights: Range<Int>, bias: Range<Int>?)
  case activation(Activation, width: Int)
  case layerNormalization(width: Int, scale: Range<Int>, shift: Range<Int>, epsilon: Double)
  case batchNormalization(
    width: Int, mean: Range<Int>, variance: Range<Int>, scale: Range<Int>, shift: Range<Int>,
    epsilon: Double)
  case prelu(width: Int, slope: Range<Int>)
}

/// One number that is predicted, from an output of the network.
enum SourceResult: Sendable {
  case output(Int)
  /// 1 − output
  case complement(Int)
  /// output · scale + shift
  case scaled(Int, scale: Double, shift: Double)
  /// e^output
  case exponential(Int)

  /// Its formula, y being the outputs.
  func expression(_ language: SourceLanguage) -> String {
    func output(_ place: Int) -> String {
      language == .c ? "(double)y[\(place)]" : "Double(y[\(place)])"
    }
    func number(_ value: Double) -> String { language.literal(value, .double) }
    switch self {
    case .output(let place): return output(place)
    case .complement(let place): return "1 - \(output(place))"
    case .scaled(let place, let scale, let shift):
      return "\(output(place)) * \(number(scale)) + \(number(shift))"
    case .exponential(let place): return "pd_exp(\(output(place)))"
    }
  }

  var isExponential: Bool { if case .exponential = self { true } else { false } }
}
