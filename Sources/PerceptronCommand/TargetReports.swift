import Perceptron

// What is said about several targets: one by one, and labels all together.
extension EvaluationReport {
  /// One line a target; nothing where there is only one.
  func printTargets() {
    guard !targets.isEmpty else { return }
    Output.result()
    if let labels {
      let rows = targets.compactMap { target in
        target.classification.map { metrics in
          [
            printable(target.name), decimal(metrics.accuracy, digits: 4),
            decimal(metrics.precision, digits: 4), decimal(metrics.recall, digits: 4),
            decimal(metrics.f1, digits: 4),
          ]
        }
      }
      TextTable(rows: [["label", "accuracy", "precision", "recall", "f1"]] + rows).lines
        .forEach { Output.result($0) }
      Output.result(
        "all labels of a row right: \(decimal(labels.subsetAccuracy, digits: 4)); f1 macro "
          + "\(decimal(labels.macroF1, digits: 4)), micro \(decimal(labels.microF1, digits: 4))")
      return
    }
    let rows = targets.compactMap { target in
      target.regression.map { metrics in
        [
          printable(target.name), decimal(metrics.mae, digits: 4),
          decimal(metrics.rmse, digits: 4), metrics.r2.map { decimal($0, digits: 4) } ?? "",
        ]
      }
    }
    TextTable(rows: [["target", "mae", "rmse", "r2"]] + rows).lines.forEach { Output.result($0) }
  }

  /// The same in full.
  var targetMembers: [JSON.Member] {
    guard !targets.isEmpty else { return [] }
    var members: [JSON.Member] = []
    if let labels {
      members += [
        JSON.Member("accuracy", JSON(labels.subsetAccuracy)),
        JSON.Member("hamming_loss", JSON(labels.hammingLoss)),
        JSON.Member("f1_macro", JSON(labels.macroF1)),
        JSON.Member("f1_micro", JSON(labels.microF1)),
      ]
    }
    members.append(
      JSON.Member(
        "targets",
        .array(
          targets.map { target in
            let own = EvaluationReport(of: target, rows: rows).json.object ?? []
            return .object(
              [JSON.Member("target", .string(target.name))]
                + own.filter { $0.key != "rows" && $0.key != "loss" })
          })))
    return members
  }
}
