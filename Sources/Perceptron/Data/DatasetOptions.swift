/// How a table is read as a problem to learn.
public struct DatasetOptions: Sendable, Hashable {
  /// What is to be learned.
  public enum Task: String, Sendable, Hashable, CaseIterable {
    /// Classes for a text column, and for whole numbers of at most 20 different values, each twice
    /// or more on average; a number otherwise.
    case automatic = "auto"
    case classification
    case regression
  }

  /// What is to be learned.
  public var task: Task
  /// How numbers are brought to one size.
  public var scaling: Preprocessing.Scaling
  /// Columns the network is not to see.
  public var drop: [String]
  /// Columns whose numbers are names.
  public var categorical: [String]

  public init(
    task: Task = .automatic, scaling: Preprocessing.Scaling = .standard, drop: [String] = [],
    categorical: [String] = []
  ) {
    self.task = task
    self.scaling = scaling
    self.drop = drop
    self.categorical = categorical
  }
}
