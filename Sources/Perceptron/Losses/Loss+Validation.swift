extension Loss {
  /// Checks that the loss fits an output layer, and its numbers each other.
  ///
  /// - Throws: `PerceptronError` saying which activation the loss needs, why the pair is useless, or
  ///   which number is out of range.
  public func validate(output activation: Activation, units: Int) throws {
    if let required = kind.requiredActivation, activation != required {
      throw PerceptronError(
        .network,
        "\(kind.rawValue) needs \(required.name) in the last layer, not \(activation.name)"
          + advice(for: activation))
    }
    if activation == .softmax, units < 2 {
      throw PerceptronError(
        .network, "softmax over \(units) unit is always 1; use sigmoid for two classes")
    }
    if kind.isPerRow, kind.isOfLogits, units < 2 {
      throw PerceptronError(
        .network, "\(kind.rawValue) of \(units) unit is always 0; it needs a unit for every class")
    }
    try validateParameter(.network)
    try validateSmoothing()
    try validateClassWeights(units)
    try validatePositiveWeights(units)
  }

  private func advice(for activation: Activation) -> String {
    switch (kind, activation) {
    case (.focal, .sigmoid): return "; with sigmoid there is binary-focal"
    case (.binaryFocal, .softmax): return "; with softmax there is focal"
    case (.poisson, _): return ": its output is the logarithm of the rate"
    case (.hinge, _), (.squaredHinge, _): return ": its output is a score, the class its sign"
    case (_, .identity):
      guard let logits = kind.fromLogits else { return "" }
      return "; for a network that keeps logits there is \(logits.rawValue)"
    default: return ""
    }
  }

  func validateParameter(_ place: PerceptronError.Kind) throws {
    func refuse(_ message: String) -> PerceptronError {
      PerceptronError(place, "\(kind.rawValue): \(message), not \(parameter)")
    }
    switch kind {
    case .huber:
      guard parameter > 0, parameter.isFinite else { throw refuse("delta must be above 0") }
    case .quantile:
      guard parameter > 0, parameter < 1 else { throw refuse("tau must be between 0 and 1") }
    case .focal, .focalFromLogits, .binaryFocal, .binaryFocalFromLogits:
      guard parameter > 0, parameter.isFinite else {
        throw refuse("gamma must be above 0 (with 0 it would be the cross-entropy)")
      }
    default: break
    }
  }

  private func validateSmoothing() throws {
    guard labelSmoothing != 0 else { return }
    guard takesClasses else {
      throw PerceptronError(
        .network,
        "label smoothing is for cross-entropies and focal losses, not for \(kind.rawValue)")
    }
    guard labelSmoothing > 0, labelSmoothing < 1 else {
      throw PerceptronError(
        .network, "label smoothing must be at least 0 and below 1, not \(labelSmoothing)")
    }
  }

  private func validateClassWeights(_ units: Int) throws {
    guard !classWeights.isEmpty else { return }
    guard takesClasses else {
      throw PerceptronError(
        .network,
        "class weights are for cross-entropies and focal losses; "
          + "for \(kind.rawValue) weigh the rows")
    }
    if kind.isBinary, units > 1 {
      throw PerceptronError(
        .network,
        "class weights of \(kind.rawValue) are for one output and two classes, the network has "
          + "\(units) outputs; there are positive weights")
    }
    let classes = kind.isBinary ? 2 : units
    guard classWeights.count == classes else {
      throw PerceptronError(
        .network, "\(classes) classes have \(classes) class weights, not \(classWeights.count)")
    }
    guard classWeights.allSatisfy({ $0 >= 0 && $0.isFinite }),
      classWeights.contains(where: { $0 > 0 })
    else {
      throw PerceptronError(
        .network,
        "class weights are finite, not negative and not all 0: \(Self.list(classWeights))")
    }
  }

  private func validatePositiveWeights(_ units: Int) throws {
    guard !positiveWeights.isEmpty else { return }
    guard kind.isBinary else {
      throw PerceptronError(
        .network,
        "a positive weight is for binary-cross-entropy and binary-focal, not for \(kind.rawValue)")
    }
    guard positiveWeights.count == 1 || positiveWeights.count == units else {
      throw PerceptronError(
        .network,
        "\(units) outputs have 1 or \(units) positive weights, not \(positiveWeights.count)")
    }
    guard positiveWeights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw PerceptronError(
        .network, "a positive weight is a finite number above 0: \(Self.list(positiveWeights))")
    }
  }
}
