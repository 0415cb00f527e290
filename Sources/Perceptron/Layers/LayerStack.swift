/// The text form of a stack: `32:relu,32:relu,3:softmax`.
///
/// stack = entry {"," entry}; entry = UNITS[":"ACTIVATION]; a number alone is `identity`.
public enum LayerStack {
  /// Reads a stack.
  ///
  /// - Throws: `PerceptronError` naming the entry that cannot be read.
  public static func parse(
    _ text: String, bias: Bool = true, initializer: Initializer? = nil
  ) throws -> [Layer] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { piece in
      let entry = String(piece).trimmed
      let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = parts.first, let units = Int(first) else {
        throw PerceptronError(
          .option,
          "\(quoted(entry)) in \(quoted(text)) is not a layer; write UNITS:ACTIVATION, as in "
            + "\"32:relu,32:relu\"")
      }
      guard units > 0 else {
        throw PerceptronError(.option, "\(quoted(entry)): a layer needs at least 1 unit")
      }
      let activation = parts.count == 2 ? try Activation(named: String(parts[1])) : .identity
      return .dense(units, activation, bias: bias, initializer: initializer)
    }
  }

  /// Writes a stack as `parse` reads it; bias and initialiser are not part of the text.
  public static func text(_ layers: [Layer]) -> String {
    layers.map { layer in
      switch layer {
      case .dense(let dense): "\(dense.units):\(dense.activation.name)"
      }
    }.joined(separator: ",")
  }
}

extension String {
  /// Without spaces and tabs at its ends.
  package var trimmed: String {
    var view = Substring(self)
    while let first = view.first, first == " " || first == "\t" { view.removeFirst() }
    while let last = view.last, last == " " || last == "\t" { view.removeLast() }
    return String(view)
  }
}
