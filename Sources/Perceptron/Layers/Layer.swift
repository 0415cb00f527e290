/// One entry of a network's stack.
///
/// The set is closed because it is written to files. A case holds the layer's description; its
/// numbers are in the network's parameter buffer.
public enum Layer: Sendable, Hashable {
  /// A = g(X W + 1 b), see `Dense`.
  case dense(Dense)

  /// A dense layer, as in `[(2, .relu), (1, .sigmoid)]`.
  public static func dense(
    _ units: Int, _ activation: Activation = .identity, bias: Bool = true,
    initializer: Initializer? = nil
  ) -> Layer {
    .dense(Dense(units: units, activation: activation, bias: bias, initializer: initializer))
  }

  /// The number of columns of its output.
  public var units: Int {
    switch self {
    case .dense(let dense): dense.units
    }
  }

  /// The activation of its output.
  public var activation: Activation {
    switch self {
    case .dense(let dense): dense.activation
    }
  }

  /// The parameters it owns for `inputs` input columns, in file order; `index` is its place in the
  /// stack.
  func parameters(inputs: Int, index: Int, offset: Int) -> [Parameter] {
    switch self {
    case .dense(let dense): dense.parameters(inputs: inputs, layer: index, offset: offset)
    }
  }
}

/// Where one tensor of a network stands in its parameter buffer.
public struct Parameter: Sendable, Hashable {
  /// Which of a layer's two tensors it is.
  public enum Role: String, Sendable, Hashable {
    /// W `[inputs × units]`
    case weights
    /// b `[1 × units]`
    case bias
  }

  /// The layer it belongs to, counted from 0.
  public let layer: Int
  /// Whether it is weights or a bias.
  public let role: Role
  /// `[rows × columns]`: weights are inputs × units, a bias is 1 × units.
  public let rows: Int
  /// The layer's units, for weights and bias alike.
  public let columns: Int
  /// The index of its first entry in the buffer; entries follow row by row.
  public let offset: Int

  /// rows × columns.
  public var count: Int { rows * columns }
  /// Its entries' indices in the buffer.
  public var range: Range<Int> { offset..<offset + count }

  /// `W1`, `b1`, …: the name in formulas and messages, layers counted from 1.
  public var name: String { (role == .weights ? "W" : "b") + "\(layer + 1)" }
}
