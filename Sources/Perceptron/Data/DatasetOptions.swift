/// How a table is read as a problem to learn.
public struct DatasetOptions: Sendable, Hashable {
  /// What is to be learned.
  public enum Task: String, Sendable, Hashable, CaseIterable {
    /// Classes for a text column, and for whole numbers of at most 20 different values, each twice
    /// or more on average; a number otherwise.
    case automatic = "auto"
    /// Classes.
    case classification
    /// A number.
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
  /// The column that says how much a row counts; the network does not see it.
  public var weightColumn: String?

  /// How a table is read; what is not given is found out from the table.
  ///
  /// - Parameters:
  ///   - task: what is to be learned.
  ///   - scaling: how numbers are brought to one size.
  ///   - drop: columns the network is not to see.
  ///   - categorical: columns whose numbers are names.
  ///   - weightColumn: the column that says how much a row counts.
  public init(
    task: Task = .automatic, scaling: Preprocessing.Scaling = .standard, drop: [String] = [],
    categorical: [String] = [], weightColumn: String? = nil
  ) {
    self.task = task
    self.scaling = scaling
    self.drop = drop
    self.categorical = categorical
    self.weightColumn = weightColumn
  }
}
