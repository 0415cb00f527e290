/// Where one tensor of a network stands in its parameter buffer.
public struct Parameter: Sendable, Hashable {
  /// What it is to its layer.
  public enum Role: Sendable, Hashable {
    /// W `[inputs × units]`
    case weights
    /// b `[1 × units]`
    case bias
    /// γ `[1 × units]` of a normalisation.
    case scale
    /// β `[1 × units]` of a normalisation.
    case shift
    /// a `[1 × units]` of a `PReLU`.
    case slope
    /// The running mean `[1 × units]` of a `BatchNormalization`: kept, not trained.
    case runningMean
    /// The running variance `[1 × units]` of a `BatchNormalization`: kept, not trained.
    case runningVariance
    /// A tensor of a `CustomLayer`, by its name.
    case custom(String)

    /// `weights`, `running_mean`, …
    public var name: String {
      switch self {
      case .weights: "weights"
      case .bias: "bias"
      case .scale: "scale"
      case .shift: "shift"
      case .slope: "slope"
      case .runningMean: "running mean"
      case .runningVariance: "running variance"
      case .custom(let name): name
      }
    }

    /// The letter in formulas: W, b, γ, β, a, μ, σ².
    public var symbol: String {
      switch self {
      case .weights: "W"
      case .bias: "b"
      case .scale: "γ"
      case .shift: "β"
      case .slope: "a"
      case .runningMean: "μ"
      case .runningVariance: "σ²"
      case .custom(let name): name
      }
    }

    /// Whether training changes it by its gradient. What is not trained has the gradient 0.
    public var isTrained: Bool { self != .runningMean && self != .runningVariance }
  }

  /// The layer it belongs to, counted from 0.
  public let layer: Int
  /// What it is to its layer.
  public let role: Role
  /// `[rows × columns]`: weights are inputs × units, the others 1 × units.
  public let rows: Int
  /// The layer's units, for weights and bias alike.
  public let columns: Int
  /// The index of its first entry in the buffer; entries follow row by row.
  public let offset: Int

  /// rows × columns.
  public var count: Int { rows * columns }
  /// Its entries' indices in the buffer.
  public var range: Range<Int> { offset..<offset + count }

  /// `W1`, `b1`, `γ2`, …: the name in formulas and messages, layers counted from 1.
  public var name: String { role.symbol + "\(layer + 1)" }

  /// Rows of one number a unit, one behind the other from `offset` on.
  static func rows(_ roles: [Role], units: Int, layer: Int, offset: Int) -> [Parameter] {
    roles.enumerated().map { place, role in
      Parameter(
        layer: layer, role: role, rows: 1, columns: units, offset: offset + place * units)
    }
  }
}
