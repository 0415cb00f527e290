extension Dataset {
  /// A weight for each class: `balanced`, or `NAME=WEIGHT,…` with 1 for those not named.
  ///
  /// `balanced` is n/(K n_k), n_k being the rows of class k among the n rows, as in scikit-learn: all
  /// classes together then weigh the same.
  ///
  /// - Throws: `PerceptronError` for a class that there is not, a number that is none, and where it
  ///   is not classes that are learned.
  public func classWeights(_ text: String) throws -> [Double] {
    guard let names = classNames else {
      throw PerceptronError(
        .option,
        preprocessing.isMultiLabel
          ? "class weights are for one target; labels have positive weights"
          : "class weights are for classes; the target \(quoted(target)) is a number",
        file: name)
    }
    if text.lowercased() == "balanced" {
      let counts = groups().map { Double($0.count) }
      if let missing = counts.firstIndex(of: 0) {
        throw PerceptronError(
          .dataset, "the class \(quoted(names[missing])) has no training row to be balanced by",
          file: name)
      }
      return counts.map { Double(rows.count) / (Double(names.count) * $0) }
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
