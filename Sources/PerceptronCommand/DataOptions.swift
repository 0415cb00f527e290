import ArgumentParser
import Perceptron
import PerceptronInterchange

/// The rows a command learns from: the options that `train`, `cross-validate` and `tune` share.
struct DataOptions: ParsableArguments {
  @Argument(
    help: """
      The table to learn from, also .gz; a folder with images; an .npz with the arrays X and y; or \
      what perceptron convert has written.
      """)
  var data: String?

  @Option(
    help: """
      The column to predict; of a table. Several times for several: all numbers, or all of two \
      values, each a label.
      """)
  var target: [String] = []

  @Option(help: "Images to learn from: an IDX file, plain or .gz.")
  var images: String?

  @Option(help: "The labels of the images.")
  var labels: String?

  @OptionGroup var arrays: ArrayOptions

  @Option(help: "auto, classification or regression; auto looks at the target.")
  var task = "auto"

  @Option(help: "How numbers are scaled: standard, minmax or none.")
  var scale = "standard"

  @Option(help: "A column to leave out; may be given several times.")
  var drop: [String] = []

  @Option(help: "A column whose numbers are names; may be given several times.")
  var categorical: [String] = []

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  func validate() throws {
    if try arrays.validate(data: data, images: images, labels: labels) { return try refuseTarget() }
    try ImageOptions.validate(data: data, images: images, labels: labels)
    if arrays.isGiven(data) { return try refuseTarget() }
    guard isImages else { return }
    let useless = [
      ("--target", !target.isEmpty), ("--task", task != "auto"), ("--scale", scale != "standard"),
      ("--drop", !drop.isEmpty), ("--categorical", !categorical.isEmpty),
      ("--separator", separator != "auto"),
    ]
    if let (option, _) = useless.first(where: \.1) {
      throw ValidationError("\(option) has no effect with images; it is for tables.")
    }
  }

  private func refuseTarget() throws {
    guard target.isEmpty, separator == "auto" else {
      throw ValidationError(
        "\(target.isEmpty ? "--separator" : "--target") has no effect with arrays; it is for tables."
      )
    }
  }

  /// Refuses a table without a target.
  func requireTarget() throws {
    if !isImages, !arrays.isGiven(data), !isStored, target.isEmpty {
      throw ValidationError("Missing expected argument '--target <target>'")
    }
  }

  /// Whether it is images that are learned from.
  var isImages: Bool {
    images != nil
      || (target.isEmpty && !isStored && data.map { ImageFolder($0) != nil } ?? false)
  }

  /// Whether it is rows that `perceptron convert` has written.
  var isStored: Bool { data.map { StoredRows.isOne($0) } ?? false }

  /// What is read, with the words for it in messages.
  var files: [(name: String, path: String)] {
    [
      ("the table", data), ("--images", images), ("--labels", labels), ("--inputs", arrays.inputs),
      ("--targets", arrays.targets),
    ].compactMap { name, path in path.map { (name, $0) } }
  }

  /// The table.
  ///
  /// - Parameter model: names the columns of arrays.
  func table(like model: Preprocessing? = nil) throws -> Table {
    if arrays.isGiven(data) { return try arrays.table(data, like: model) }
    return try Table(
      contentsOf: data ?? "", separator: try named(separator, Table.Separator.self, "separator"))
  }

  /// The rows to learn from, and the test set where there is one: the second pair of a folder of
  /// images.
  ///
  /// - Parameters:
  ///   - weightColumn: how much each row counts.
  ///   - group: a column that is no input.
  func read<Element: Scalar>(
    weightColumn: String? = nil, leavingOut group: String? = nil
  ) throws -> (data: Dataset<Element>, test: Dataset<Element>?) {
    if let images, let labels { return (try Dataset(images: images, labels: labels), nil) }
    let path = data ?? ""
    if isImages, let folder = ImageFolder(path) {
      let files = try folder.training()
      let test = try folder.testIfPresent().map {
        try Dataset<Element>(images: $0.images, labels: $0.labels)
      }
      let data = try Dataset<Element>(images: files.images, labels: files.labels)
      if let test { try test.checkFits(data) }
      return (data, test)
    }
    let dropped = drop + (group.map { drop.contains($0) ? [] : [$0] } ?? [])
    let options = DatasetOptions(
      task: try named(task, DatasetOptions.Task.self, "task"),
      scaling: try named(scale, Preprocessing.Scaling.self, "scaling"),
      drop: dropped, categorical: categorical, weightColumn: weightColumn)
    let table = try table()
    let targets = arrays.isGiven(data) ? try ArrayOptions.targets(of: table) : target
    return (try Dataset(table, targets: targets, options: options), nil)
  }

  /// What two runs must share to be about the same rows.
  func context<Element: Scalar>(_ data: Dataset<Element>) -> [ProvenanceEntry] {
    [
      ProvenanceEntry("data", fileName(data.name)),
      ProvenanceEntry("target", data.target),
      ProvenanceEntry("task", data.taskName),
      ProvenanceEntry("scale", data.options.scaling.rawValue),
      ProvenanceEntry("drop", data.options.drop.joined(separator: ", ")),
      ProvenanceEntry("categorical", categorical.joined(separator: ", ")),
      ProvenanceEntry("data fingerprint", String(data.fingerprint, radix: 16)),
    ] + (data.options.weightColumn.map { [ProvenanceEntry("weight column", $0)] } ?? [])
  }
}

extension Dataset {
  /// What is learned, as files and JSON say it.
  var taskName: String {
    preprocessing.isMultiLabel
      ? "multi-label" : isClassification ? "classification" : "regression"
  }
}

/// The last part of a path.
func fileName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
