/// The text form of a stack: `32:relu,dropout:0.2,3:softmax`, `64,batch-norm,relu,1`.
///
/// stack = entry {"," entry}; entry = UNITS[":"ACTIVATION] | ACTIVATION | `dropout:`P | `batch-norm` |
/// `layer-norm` | `prelu`. A number alone is `identity`; an activation alone acts on what stands
/// before it, and is that layer's own behind a dense one.
public enum LayerStack {
  /// Reads a stack.
  ///
  /// - Throws: `PerceptronError` naming the entry that cannot be read.
  public static func parse(
    _ text: String, bias: Bool = true, initializer: Initializer? = nil
  ) throws -> [Layer] {
    var layers: [Layer] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      let entry = String(piece).trimmed
      let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let rest = parts.count == 2 ? String(parts[1]) : nil
      func plain(_ layer: Layer) throws -> Layer {
        guard rest == nil else {
          throw PerceptronError(.option, "\(quoted(entry)): \(parts[0]) takes no number")
        }
        return layer
      }
      switch String(parts.first ?? "").lowercased() {
      case "dropout":
        guard let rate = rest.map({ Double($0) }) ?? 0.5, rate >= 0, rate < 1 else {
          throw PerceptronError(
            .option, "\(quoted(entry)): write dropout:0.2, a share of 0 or more and below 1")
        }
        layers.append(.dropout(rate))
      case "batch-norm": layers.append(try plain(.batchNorm))
      case "layer-norm": layers.append(try plain(.layerNorm))
      case "prelu": layers.append(try plain(.prelu))
      case let first:
        if let units = Int(first) {
          guard units > 0 else {
            throw PerceptronError(.option, "\(quoted(entry)): a layer needs at least 1 unit")
          }
          layers.append(.dense(units, bias: bias, initializer: initializer))
          guard let rest else { continue }
          if rest.lowercased() == "prelu" {
            layers.append(.prelu)
          } else {
            append(try Activation(named: rest), to: &layers, initializer)
          }
        } else if let activation = try? Activation(named: entry) {
          append(activation, to: &layers, initializer)
        } else {
          throw PerceptronError(
            .option,
            "\(quoted(entry)) in \(quoted(text)) is not a layer; write UNITS:ACTIVATION, an "
              + "activation, dropout:0.2, batch-norm, layer-norm or prelu, as in "
              + "\"32:relu,dropout:0.2,32:relu\"")
        }
      }
    }
    return layers
  }

  /// An activation behind what stands there, whose weights are drawn for it unless told otherwise.
  private static func append(
    _ activation: Activation, to layers: inout [Layer], _ initializer: Initializer?
  ) {
    if let place = layers.lastIndex(where: \.isDense), case .dense(var dense) = layers[place],
      dense.activation == .identity,
      !layers[place...].contains(where: { if case .activation = $0 { true } else { false } })
    {
      dense.initializer = initializer ?? .standard(for: activation)
      let isNext = place == layers.count - 1
      if isNext { dense.activation = activation }
      layers[place] = .dense(dense)
      if isNext { return }
    }
    layers.append(.activation(activation))
  }

  /// Writes a stack as `parse` reads it; bias, initialiser and constants of normalisations are not
  /// part of the text.
  public static func text(_ layers: [Layer]) -> String {
    layers.map { layer in
      switch layer {
      case .dense(let dense): "\(dense.units):\(dense.activation.name)"
      case .activation(let activation): activation.name
      case .dropout(let dropout): "dropout:\(dropout.rate)"
      case .batchNormalization: "batch-norm"
      case .layerNormalization: "layer-norm"
      case .prelu: "prelu"
      case .custom(let custom): custom.layer.name
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
