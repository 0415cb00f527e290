/// Which fold each row is judged in.
enum Folds {
  /// Rows dealt out one after another in random order, class by class, so that the folds differ by
  /// at most one row, and so do the rows of any class in them.
  ///
  /// - Parameters:
  ///   - classes: the positions of every class's rows; one class where nothing is stratified.
  ///   - rows: the number of rows.
  ///   - folds: the number of folds.
  /// - Returns: for each position its fold, counted from 0.
  static func dealt(
    _ classes: [[Int]], rows: Int, folds: Int, stream: inout RandomStream
  ) -> [Int] {
    var result = [Int](repeating: 0, count: rows)
    var next = 0
    for members in classes {
      for place in stream.permutation(of: members.count) {
        result[members[Int(place)]] = next % folds
        next += 1
      }
    }
    return result
  }

  /// Whole groups given out greedily, the largest first, equals in random order: each to the fold
  /// that is fullest the least with the classes of its rows, Σ_c n_fc g_c / N_c², of equals to the
  /// one with the fewest rows, then to the first.
  ///
  /// - Parameters:
  ///   - groups: for each position its group, 0, …, `count` − 1.
  ///   - classes: for each position its class; all 0 where nothing is stratified.
  ///   - folds: the number of folds.
  /// - Returns: for each position its fold, counted from 0.
  static func grouped(
    _ groups: [Int], count: Int, classes: [Int], folds: Int, stream: inout RandomStream
  ) -> [Int] {
    let classCount = (classes.max() ?? 0) + 1
    var members = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: count)
    var totals = [Int](repeating: 0, count: classCount)
    for (group, label) in zip(groups, classes) {
      members[group][label] += 1
      totals[label] += 1
    }
    let sizes = members.map { $0.reduce(0, +) }
    let order = stream.permutation(of: count).map(Int.init)
    let places = order.indices.sorted { a, b in
      (-sizes[order[a]], a) < (-sizes[order[b]], b)
    }
    var filled = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: folds)
    var foldOf = [Int](repeating: 0, count: count)
    for group in places.map({ order[$0] }) {
      func cost(_ fold: Int) -> (Double, Int, Int) {
        var sum = 0.0
        for label in 0..<classCount where totals[label] > 0 {
          let total = Double(totals[label])
          sum += Double(filled[fold][label]) * Double(members[group][label]) / (total * total)
        }
        return (sum, filled[fold].reduce(0, +), fold)
      }
      let best = (0..<folds).map(cost).min(by: <)?.2 ?? 0
      foldOf[group] = best
      for label in 0..<classCount { filled[best][label] += members[group][label] }
    }
    return groups.map { foldOf[$0] }
  }
}
