extension Loss {
  /// Checks that targets are of the sort this loss compares with.
  ///
  /// - Throws: `PerceptronError` naming the first that is not.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func validate<Element: Scalar>(targets: Matrix<Element>, file: String? = nil) throws {
    func refuse(_ what: String, _ wrong: Element) -> PerceptronError {
      PerceptronError(.dataset, "\(kind.rawValue) needs targets \(what), got \(wrong)", file: file)
    }
    switch kind.targets {
    case .numbers: break
    case .counts:
      if let wrong = targets.values.first(where: { !($0 >= 0) }) {
        throw refuse("of 0 and above, counts", wrong)
      }
    case .signs:
      if let wrong = targets.values.first(where: { abs($0) != 1 }) {
        throw refuse("that are -1 or 1", wrong)
      }
    case .probabilities, .distributions:
      if let wrong = targets.values.first(where: { !($0 >= 0 && $0 <= 1) }) {
        throw refuse("from 0 to 1", wrong)
      }
    }
    guard kind.targets == .distributions else { return }
    for i in 0..<targets.rows {
      let sum = targets.row(i).reduce(0.0) { $0 + Double($1) }
      guard abs(sum - 1) < 1e-3 else {
        throw PerceptronError(
          .dataset,
          "\(kind.rawValue) needs the targets of a row to sum to 1; row \(i) sums to \(sum)",
          file: file)
      }
    }
  }

  /// On which side of the places where its slope, or the slope's, jumps an element lies: there finite
  /// differences say nothing.
  func side(output a: Double, target t: Double) -> Int {
    let difference = a - t
    switch kind {
    case .absoluteError, .quantile: return difference > 0 ? 1 : 0
    case .huber: return difference > parameter ? 1 : difference < -parameter ? -1 : 0
    case .hinge, .squaredHinge: return t * a < 1 ? 1 : 0
    default: return 0
    }
  }

  /// Whether `side` tells anything.
  var hasKinks: Bool {
    switch kind {
    case .absoluteError, .quantile, .huber, .hinge, .squaredHinge: true
    default: false
    }
  }
}
