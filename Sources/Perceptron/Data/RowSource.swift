/// How rows become what a network takes, where that is not to be learned from them: as a model says that
/// is trained on.
package struct RowEncoding: Sendable {
  package let preprocessing: Preprocessing
  /// n_L: two classes have one output or two.
  package let outputs: Int

  package init(_ preprocessing: Preprocessing, outputs: Int) {
    self.preprocessing = preprocessing
    self.outputs = outputs
  }
}

/// Rows on a disk that a training reads piece by piece, as a network takes them: those to learn from
/// first, those held out for validation behind them.
package protocol RowSource: Sendable {
  /// The folder or file, as the user named it.
  var name: String { get }
  /// The file that the rows come from in the first place.
  var origin: String { get }
  /// All rows.
  var rows: Int { get }
  /// Those to learn from, which come first.
  var trainingRows: Int { get }
  /// How raw rows become these.
  var preprocessing: Preprocessing { get }
  /// n_L
  var outputs: Int { get }
  /// What is learned, and how the numbers were scaled.
  var options: DatasetOptions { get }
  /// A number that tells contents apart.
  var fingerprint: UInt64 { get }

  /// The bytes that a row takes in memory while it is read for a network of a precision.
  func memory(ofRowIn precision: Precision) -> Int

  /// The rows of several ranges, one behind the other.
  ///
  /// - Throws: `PerceptronError` when the files cannot be read any more, or hold what is no number.
  func examples<Element: Scalar>(_ parts: [Range<Int>]) throws -> Examples<Element>

  /// T of some of the rows, whose inputs are not read.
  ///
  /// - Throws: as for the rows.
  func targets<Element: Scalar>(_ part: Range<Int>) throws -> Matrix<Element>

  /// The rows of several ranges.
  ///
  /// - Parameter old: rows that are not needed any more; where nobody else has them, the new ones may
  ///   be written over them. Nil afterwards.
  func examples<Element: Scalar>(
    _ parts: [Range<Int>], over old: inout Examples<Element>?
  ) throws -> Examples<Element>
}

extension RowSource {
  /// n₀
  package var inputs: Int { preprocessing.inputCount }

  package func examples<Element: Scalar>(
    _ parts: [Range<Int>], over old: inout Examples<Element>?
  ) throws -> Examples<Element> {
    // Its memory is free before there is new.
    old = nil
    return try examples(parts)
  }

  /// Some of the rows.
  package func examples<Element: Scalar>(
    _ part: Range<Int>, as: Element.Type = Element.self
  ) throws -> Examples<Element> {
    try examples([part])
  }
}

extension Preprocessing {
  /// The outputs of the usual network: two classes share one.
  var standardOutputs: Int {
    outputCount ?? classes.map { $0.count == 2 ? 1 : $0.count } ?? 1
  }

  /// What is learned.
  var task: DatasetOptions.Task {
    if case .classes = target.kind { .classification } else { .regression }
  }
}
