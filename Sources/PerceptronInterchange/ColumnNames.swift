package import Perceptron

/// The names of columns where there are none: `x0`, `x1`, … for inputs, `y` or `y0`, `y1`, … for
/// targets.
enum ColumnNames {
  static func inputs(_ count: Int) -> [String] { (0..<count).map { "x\($0)" } }

  static func targets(_ count: Int) -> [String] {
    count == 1 ? ["y"] : (0..<count).map { "y\($0)" }
  }
}

extension MLP {
  /// The network as a model of raw rows: columns `x0`, `x1`, … as they are, a missing one counting as 0,
  /// and the target `y`, or several.
  ///
  /// - Parameters:
  ///   - task: nil takes classes behind softmax and sigmoid, and numbers otherwise.
  ///   - classes: their names in the order of the outputs; nil for `0`, `1`, ….
  ///   - file: for messages.
  /// - Throws: `PerceptronError` when the classes do not fit the outputs.
  package func takingColumns(
    task: ImportedTask? = nil, classes: [String]? = nil, file: String
  ) throws -> MLP {
    let last = architecture.outputActivation
    let task =
      task ?? (last == .softmax || last == .sigmoid ? .classification : .regression)
    if task == .classification, last != .softmax, last != .sigmoid {
      throw PerceptronError(
        .modelFile, "classes need softmax or sigmoid outputs, not \(last.name)", file: file)
    }
    let columns = ColumnNames.inputs(inputs).map {
      Preprocessing.InputColumn(name: $0, encoding: .numeric(imputed: 0, shift: 0, scale: 1))
    }
    let isOneTarget = outputs == 1 || (task == .classification && last == .softmax)
    let targets = try ColumnNames.targets(isOneTarget ? 1 : outputs).map { name in
      guard task == .classification else {
        return Preprocessing.Target(name: name, kind: .number(shift: 0, scale: 1))
      }
      let count = isOneTarget ? max(outputs, 2) : 2
      let names = classes ?? (0..<count).map { "\($0)" }
      guard names.count == count, Set(names).count == count else {
        throw PerceptronError(
          .modelFile, "\(names.count) different classes do not fit \(outputs) outputs", file: file)
      }
      return Preprocessing.Target(name: name, kind: .classes(names))
    }
    var result = self
    result.preprocessing = Preprocessing(inputs: columns, targets: targets)
    return result
  }
}
