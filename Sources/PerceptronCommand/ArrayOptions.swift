import ArgumentParser
import Perceptron
import PerceptronInterchange

/// Arrays of NumPy instead of a table: the options that `train`, `evaluate` and others share.
struct ArrayOptions: ParsableArguments {
  @Option(help: "Rows of inputs: an .npy file; they become the columns x0, x1, ….")
  var inputs: String?

  @Option(help: "Their targets: an .npy file of as many rows; the column y, or y0, y1, ….")
  var targets: String?

  /// Refuses one without the other and another source of rows beside them.
  ///
  /// - Returns: whether they are given.
  func validate(data: String?, images: String?, labels: String?) throws -> Bool {
    guard inputs != nil || targets != nil else { return false }
    guard inputs != nil, targets != nil else {
      throw ValidationError(
        inputs == nil
          ? "--targets FILE needs --inputs FILE." : "--inputs FILE needs --targets FILE.")
    }
    guard data == nil, images == nil, labels == nil else {
      throw ValidationError("Give either --inputs and --targets or other data, not both.")
    }
    return true
  }

  /// Whether the rows are in arrays: these, or an archive in the place of a table.
  func isGiven(_ data: String?) -> Bool {
    inputs != nil || data.map { NumPyTable.isArray($0) } ?? false
  }

  /// The arrays as a table.
  func table(_ data: String?, like model: Preprocessing?) throws -> Table {
    guard let inputs else { return try NumPyTable.table(data ?? "", like: model) }
    return try NumPyTable.table(inputs: inputs, targets: targets, like: model)
  }

  /// The columns of such a table that are to be predicted.
  static func targets(of table: Table) throws -> [String] {
    let targets = table.columns.map(\.name).filter { $0.hasPrefix("y") }
    guard !targets.isEmpty else {
      throw PerceptronError(
        .dataset,
        "there are no targets: an .npz holds them as y, and beside --inputs there are "
          + "--targets", file: table.name)
    }
    return targets
  }
}
