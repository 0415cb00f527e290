extension Examples {
  /// How much each row counts; nil where each counts once.
  public var weights: [Element]? {
    guard let allWeights else { return nil }
    return selection.map { rows in rows.map { allWeights[Int($0)] } } ?? allWeights
  }

  /// The same rows, weighted: row by row times the weights they have.
  ///
  /// Stops the program when there are not as many weights as rows.
  package func weighted(by factors: [Element]) -> Examples {
    guard factors.count == rows else { misuse("\(factors.count) weights for \(rows) rows") }
    var all = allWeights ?? Array(repeating: 1, count: selection == nil ? rows : sourceRows)
    for (place, factor) in factors.enumerated() {
      all[selection.map { Int($0[place]) } ?? place] *= factor
    }
    return Examples(source, targets: allTargets, weights: all, selection: selection)
  }

  /// What the rows weigh together in a loss: the divisor of a mean over them. Summed in `Double` in
  /// row order.
  package func weight(in loss: Loss) -> Double { weight(in: loss, after: 0) }

  /// What these rows weigh together with others that come before them.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func weight(in loss: Loss, after others: Double) -> Double {
    let classes = loss.classWeightOfRow
    guard loss.divisor == .weights, allWeights != nil || classes != nil else {
      return others + Double(rows)
    }
    var sum = others
    for place in 0..<rows {
      let row = selection.map { Int($0[place]) } ?? place
      var weight: Element = 1
      if let classes {
        weight = Element(classes.base)
        for (slope, target) in zip(classes.slopes, allTargets.row(row)) {
          weight += Element(slope) * target
        }
      }
      sum += Double(weight * (allWeights?[row] ?? 1))
    }
    return sum
  }

  /// Checks the weights of rows to be learned from or judged by.
  ///
  /// - Throws: `PerceptronError` for a weight that is negative or not finite, and where all rows
  ///   together weigh nothing.
  package func validateWeights(_ loss: Loss, _ what: String) throws {
    if let place = weights?.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw PerceptronError(
        .dataset,
        "the weight of \(what) row \(grouped(place + 1)) is \(weights?[place] ?? 0); weights are "
          + "finite numbers of 0 and above")
    }
    guard weights?.contains(where: { $0 > 0 }) ?? true, weight(in: loss) > 0 else {
      throw PerceptronError(
        .dataset, "all \(what) rows have weight 0: there is nothing to learn from or judge by")
    }
  }
}
