extension Preprocessing {
  /// Whether there are several targets of two classes each: every row has any number of labels.
  public var isMultiLabel: Bool {
    guard targets.count > 1, case .classes = target.kind else { return false }
    return true
  }

  /// The outputs of a network that predicts the targets, where their number does not depend on its
  /// last activation.
  package var outputCount: Int? {
    if targets.count > 1 { return targets.count }
    if case .number = target.kind { return 1 }
    return nil
  }

  /// The targets `[rows × targets]` of several columns.
  func severalTargets<Element: Scalar>(
    of table: Table, rows: [Int], outputs: Int
  ) throws -> Matrix<Element> {
    guard outputs == targets.count else {
      throw PerceptronError(
        .network, "\(targets.count) targets do not fit \(outputs) outputs", file: table.name)
    }
    var result = Matrix<Element>(rows: rows.count, columns: outputs)
    for (place, target) in targets.enumerated() {
      let single = Preprocessing(inputs: inputs, target: target)
      let column: Matrix<Element> = try single.encodeTargets(table, rows: rows, outputs: 1)
      for i in rows.indices { result[i, place] = column[i, 0] }
    }
    return result
  }

  /// The rows of a table among `rows` whose targets are all known.
  ///
  /// - Parameter allowsNone: whether there may be none.
  package func labelled(
    _ table: Table, among rows: [Int], allowsNone: Bool = false
  ) throws -> [Int] {
    var known = rows
    for target in targets {
      guard let column = try? table.index(of: target.name) else {
        throw PerceptronError(
          .dataset, "the target column \(quoted(target.name)) is missing", file: table.name)
      }
      let hasValue = table.hasValues(column: column, rows: known)
      known = known.indices.filter { hasValue[$0] }.map { known[$0] }
    }
    guard allowsNone || !known.isEmpty else { throw noLabelled(file: table.name) }
    return known
  }

  /// What to say of a table in which no row has all targets.
  func noLabelled(file: String) -> PerceptronError {
    PerceptronError(
      .dataset, targets.count == 1 ? "no row has a target" : "no row has all targets",
      file: file, column: targets.count == 1 ? target.name : nil)
  }

  /// Rows of a table as a network is judged by them, with their weights.
  func examples<Element: Scalar>(
    of table: Table, rows: [Int], outputs: Int
  ) throws -> Examples<Element> {
    Examples(
      inputs: try encodeInputs(table, rows: rows),
      targets: try encodeTargets(table, rows: rows, outputs: outputs),
      weights: try weights(of: table, rows: rows))
  }

  /// For every target the numbers of some rows; none where it is classes.
  func truth(of table: Table, rows: [Int]) throws -> [[Double]] {
    try targets.map { target in
      guard case .number = target.kind else { return [] }
      return try table.numbers(column: table.index(of: target.name), rows: rows, as: Double.self)
    }
  }

  /// The weights of rows; nil without a column of weights, or where the table lacks it.
  ///
  /// - Throws: `PerceptronError` for a weight that is missing, negative or not finite, with its line.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func weights<Element: Scalar>(of table: Table, rows: [Int]) throws -> [Element]? {
    guard let weightColumn, let column = try? table.index(of: weightColumn) else { return nil }
    let weights = try table.numbers(column: column, rows: rows, as: Element.self)
    if let i = weights.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      let text = table.text(row: rows[i], column: column).map { quoted($0) }
      throw PerceptronError(
        .dataset,
        text.map { "\($0) is no weight: weights are finite numbers of 0 and above" }
          ?? "the weight is missing; write 0 for a row that is not to count", file: table.name,
        line: table.line(ofRow: rows[i]), column: weightColumn)
    }
    return weights
  }

  /// The same for a network trained with a loss: scores want classes as −1 and 1, logarithms of a
  /// rate counts as they are.
  ///
  /// - Throws: `PerceptronError` when the loss is not for such a target.
  package func adapted(to loss: Loss, file: String) throws -> Preprocessing {
    func refuse(_ target: Target, _ message: String) -> PerceptronError {
      PerceptronError(
        .network, "\(loss.kind.rawValue) \(message): \(quoted(target.name))", file: file)
    }
    let output: Target.Output
    switch loss.kind.targets {
    case .signs: output = .score
    case .counts: output = .logarithm
    default: output = .direct
    }
    return Preprocessing(
      inputs: inputs,
      targets: try targets.map { target in
        switch (output, target.kind) {
        case (.score, .classes(let names)):
          guard names.count == 2 else {
            throw refuse(target, "tells two classes apart, not \(names.count)")
          }
          return Target(name: target.name, kind: target.kind, output: .score)
        case (.score, .number):
          throw refuse(target, "tells two classes apart, and the target is a number")
        case (.logarithm, .number):
          return Target(
            name: target.name, kind: .number(shift: 0, scale: 1), output: .logarithm)
        case (.logarithm, .classes): throw refuse(target, "counts, and the target is classes")
        case (.direct, .number) where loss.kind.needsProbabilities:
          throw PerceptronError(
            .network,
            "\(loss.kind.rawValue) compares probabilities; the target \(quoted(target.name)) is "
              + "a number: use mse", file: file)
        case (.direct, .classes) where targets.count > 1 && loss.kind.targets == .distributions:
          throw refuse(target, "is of one class among several; labels want binary-cross-entropy")
        case (.direct, _): return Target(name: target.name, kind: target.kind)
        }
      }, weightColumn: weightColumn)
  }
}

extension Preprocessing.Target {
  /// The number that an output stands for, in the target's own unit.
  func number(_ output: Double, shift: Double, scale: Double) -> Double {
    self.output == .logarithm ? Double.exp(output) : output * scale + shift
  }
}
