/// A network as it is used: without `Dropout`, and with every `BatchNormalization` next to a dense
/// layer taken into that layer's weights, for with its running statistics it is one more factor and
/// summand a column:
///
///     s = γ/√(σ² + ε)      t = β − μ s
///     behind a dense layer:       W ← W diag(s)      b ← b ⊙ s + t
///     in front of a dense layer:  b ← b + t W        W ← diag(s) W
///
/// computed in `Double` and rounded once. Outputs differ from the unfolded network's by rounding.
///
/// Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", CVPR 2018, §3.2.
struct Folding: Sendable {
  /// The network to be folded.
  let source: Architecture
  /// The folded network.
  let result: Architecture
  /// For every layer of the result the layers of the source that make it up, in order.
  private let parts: [[Int]]

  init(_ source: Architecture) {
    self.source = source
    var layers: [Layer] = []
    var parts: [[Int]] = []
    /// Normalisations that wait for a dense layer behind them.
    var waiting: [Int] = []
    func settle() {
      for place in waiting {
        layers.append(source.layers[place])
        parts.append([place])
      }
      waiting = []
    }
    for (place, layer) in source.layers.enumerated() {
      switch layer {
      case .dropout: continue
      case .batchNormalization:
        if waiting.isEmpty, case .dense(var dense)? = layers.last, dense.activation == .identity {
          dense.bias = true
          layers[layers.count - 1] = .dense(dense)
          parts[parts.count - 1].append(place)
        } else {
          waiting.append(place)
        }
      case .dense(var dense):
        if !waiting.isEmpty { dense.bias = true }
        layers.append(.dense(dense))
        parts.append(waiting + [place])
        waiting = []
      case .activation(let activation):
        settle()
        if case .dense(var dense)? = layers.last, dense.activation == .identity {
          dense.activation = activation
          layers[layers.count - 1] = .dense(dense)
        } else {
          layers.append(layer)
          parts.append([place])
        }
      case .layerNormalization, .prelu, .custom:
        settle()
        layers.append(layer)
        parts.append([place])
      }
    }
    settle()
    self.parts = parts
    // All that was left out is an identity: nothing but dropout is a layer that gives its input.
    let kept = layers.isEmpty ? [Layer.activation(.identity)] : layers
    guard let result = try? Architecture(inputs: source.inputs, layers: kept) else {
      misuse("\(source.summary) cannot be folded")
    }
    self.result = result
  }

  /// Whether there is nothing to fold.
  var isIdentity: Bool { source == result }

  /// The parameters of the folded network.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func parameters<Element: Scalar>(_ parameters: [Element]) -> [Element] {
    if isIdentity { return parameters }
    var values: [Element] = []
    values.reserveCapacity(result.parameterCount)
    for own in parts {
      if own.count == 1 || !own.contains(where: { source.layers[$0].isDense }) {
        let tensors = source.parameters.filter { own.contains($0.layer) }
        // A bias of 0 where folding gave the layer one happens only beside a normalisation.
        for tensor in tensors { values += parameters[tensor.range] }
      } else {
        values += fold(own, parameters).map { Element($0) }
      }
    }
    return values
  }

  /// W and b of a dense layer with its normalisations.
  private func fold<Element: Scalar>(_ own: [Int], _ parameters: [Element]) -> [Double] {
    func tensor(_ role: Parameter.Role, _ layer: Int) -> [Double]? {
      source.parameters.first { $0.layer == layer && $0.role == role }.map {
        parameters[$0.range].map { Double($0) }
      }
    }
    guard let dense = own.first(where: { source.layers[$0].isDense }),
      var weights = tensor(.weights, dense)
    else { return [] }
    let rows = source.inputs(of: dense)
    let columns = source.widths[dense]
    var bias = tensor(.bias, dense) ?? [Double](repeating: 0, count: columns)
    func affine(_ place: Int) -> (scale: [Double], shift: [Double]) {
      guard case .batchNormalization(let layer) = source.layers[place],
        let gamma = tensor(.scale, place), let beta = tensor(.shift, place),
        let mean = tensor(.runningMean, place), let variance = tensor(.runningVariance, place)
      else { misuse("layer \(place + 1) is no normalisation of batches") }
      let scale = zip(gamma, variance).map { $0 / ($1 + layer.epsilon).squareRoot() }
      return (scale, zip(beta, zip(mean, scale)).map { $0 - $1.0 * $1.1 })
    }
    // From the dense layer outwards: the nearest normalisation first.
    for place in own.filter({ $0 < dense }).reversed() {
      let (scale, shift) = affine(place)
      for i in 0..<rows {
        for j in 0..<columns {
          bias[j] += shift[i] * weights[i * columns + j]
          weights[i * columns + j] *= scale[i]
        }
      }
    }
    for place in own where place > dense {
      let (scale, shift) = affine(place)
      for j in 0..<columns {
        for i in 0..<rows { weights[i * columns + j] *= scale[j] }
        bias[j] = bias[j] * scale[j] + shift[j]
      }
    }
    return weights + bias
  }
}

extension MLP {
  /// The network as it is used: without dropout, and with batch normalisation taken into the weights
  /// of the dense layers next to it. What exports write, and what predictions run on.
  public var folded: MLP {
    let folding = Folding(architecture)
    if folding.isIdentity { return self }
    guard var result = try? MLP(folding.result, parameters: folding.parameters(parameters)) else {
      misuse("\(architecture.summary) cannot be folded")
    }
    result.preprocessing = preprocessing
    result.provenance = provenance
    return result
  }
}
