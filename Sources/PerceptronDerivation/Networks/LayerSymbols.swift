public import Perceptron

extension NetworkProgram {
  /// The symbols of one layer, numbered by its place in the stack, as `Parameter.name` numbers them.
  ///
  /// | layer | given or learned | A |
  /// |---|---|---|
  /// | dense | W, b | g(Z), Z = X W + 1 b |
  /// | an activation by itself | | g(X) |
  /// | dropout | M | X ⊙ M |
  /// | batch and layer normalisation | γ, β; in use μ, v | X̂ ⊙ 1 γ + 1 β |
  /// | prelu | a | relu(X) + 1 a ⊙ (X − relu(X)) |
  public struct LayerSymbols: Sendable, Hashable {
    /// A tensor of the layer: learned, or a running statistic, which is given.
    public struct Tensor: Sendable, Hashable {
      /// What it is to its layer.
      public let role: Parameter.Role
      /// What stands for it.
      public let symbol: Symbol
    }

    /// What X̄ of a normalisation is written with.
    struct Normalization: Sendable, Hashable {
      /// X̂
      let normalized: Symbol
      /// s = √(v + ε)
      let deviation: Symbol
      /// Whether μ and v are numbers that are given.
      let isFixed: Bool
    }

    /// What it is.
    public let layer: Layer
    /// Its tensors, those that are learned in the order of the parameter buffer.
    public internal(set) var tensors: [Tensor] = []
    /// M of a dropout that leaves units out.
    public internal(set) var mask: Symbol?
    /// Z of a dense layer, of one row (or column) for each example; of any other what enters it.
    public let preActivation: Symbol
    /// A, what it hands to the next one.
    public let activation: Symbol
    var normalization: Normalization?

    /// The tensor with a role; nil where the layer has none.
    public func symbol(of role: Parameter.Role) -> Symbol? {
      tensors.first { $0.role == role }?.symbol
    }

    /// W, or Ŵ with the bias in its last row (or column); stops the program in a layer that is not
    /// dense.
    public var weights: Symbol {
      guard let weights = symbol(of: .weights) else { misuse("the layer has no weights") }
      return weights
    }
    /// nil without bias, or where Ŵ holds it.
    public var bias: Symbol? { symbol(of: .bias) }
    /// The layer's activation function.
    public var function: Activation { layer.activation }
    /// What training changes.
    public var parameters: [Symbol] { tensors.filter { $0.role.isTrained }.map(\.symbol) }
  }
}
