extension Dataset {
  /// A weight for each class: `balanced`, or `NAME=WEIGHT,…` with 1 for those not named.
  ///
  /// `balanced` is n/(K n_k), n_k being the rows of class k among the n rows, as in scikit-learn: all
  /// classes together then weigh the same.
  ///
  /// - Throws: `PerceptronError` for a class that there is not, a number that is none, and where it
  ///   is not classes that are learned.
  public func classWeights(_ text: String) throws -> [Double] {
    try ClassWeights(preprocessing, file: name).weights(text) { classCounts }
  }
}

extension RowSource {
  /// A weight for each class, as for a ``Dataset``; `balanced` reads the targets once.
  ///
  /// - Throws: as for a `Dataset`, and when the files cannot be read.
  package func classWeights(_ text: String) throws -> [Double] {
    try ClassWeights(preprocessing, file: name).weights(text, counts: classCounts)
  }

  /// What the rows to learn from weigh together in a loss: Σ_k n_k w_k, with w_k as `Examples.weight` has
  /// it for a row.
  func weight<Element: Scalar>(in loss: Loss, as: Element.Type) throws -> Double {
    guard let classes = loss.classWeightOfRow else { return Double(trainingRows) }
    let base = Element(classes.base)
    let others = classes.slopes.map { base + Element($0) }
    let weights = others.count == 1 ? [base] + others : others
    return zip(try classCounts(), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// n_k, the rows of each class among those to learn from.
  private func classCounts() throws -> [Int] {
    guard let classes = preprocessing.classes else { misuse("no classes to be counted") }
    var counts = [Int](repeating: 0, count: classes.count)
    let size = 1 << 16
    for first in stride(from: 0, to: trainingRows, by: size) {
      let part = first..<min(first + size, trainingRows)
      let targets: Matrix<Float> = try targets(part)
      for row in 0..<targets.rows {
        let code = counts.indices.first {
          outputs == 1 ? targets[row, 0] == Float($0) : targets[row, $0] == 1
        }
        if let code { counts[code] += 1 }
      }
    }
    return counts
  }
}

/// Reads what is said of the weights of classes.
private struct ClassWeights {
  let names: [String]
  let file: String

  /// - Throws: `PerceptronError` where it is not the classes of one target that are learned.
  init(_ preprocessing: Preprocessing, file: String) throws {
    guard let names = preprocessing.classes else {
      throw PerceptronError(
        .option,
        preprocessing.isMultiLabel
          ? "class weights are for one target; labels have positive weights"
          : "class weights are for classes; the target \(quoted(preprocessing.target.name)) is a "
            + "number", file: file)
    }
    self.names = names
    self.file = file
  }

  func weights(_ text: String, counts: () throws -> [Int]) throws -> [Double] {
    if text.lowercased() == "balanced" {
      let counts = try counts()
      if let missing = counts.firstIndex(of: 0) {
        throw PerceptronError(
          .dataset, "the class \(quoted(names[missing])) has no training row to be balanced by",
          file: file)
      }
      let rows = Double(counts.reduce(0, +))
      return counts.map { rows / (Double(names.count) * Double($0)) }
    }
    var weights = Array(repeating: 1.0, count: names.count)
    var named: Set<Int> = []
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let sign = entry.lastIndex(of: "="),
        let weight = Double(String(entry[entry.index(after: sign)...]).trimmed)
      else {
        throw PerceptronError(
          .option,
          "\(quoted(String(entry))) is no class weight; write balanced, or NAME=WEIGHT,NAME=WEIGHT")
      }
      let wanted = String(entry[..<sign]).trimmed
      guard let place = names.firstIndex(where: { ExactText($0) == ExactText(wanted) }) else {
        throw unknownName(wanted, what: "class", among: names)
      }
      guard named.insert(place).inserted else {
        throw PerceptronError(.option, "the class \(quoted(wanted)) has two weights")
      }
      weights[place] = weight
    }
    return weights
  }
}
