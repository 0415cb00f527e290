import Perceptron

/// The pictures of a report about classes.
struct ClassCharts {
  private let metrics: ClassificationMetrics
  private let curves: [(name: String, curve: RankingCurve)]

  /// More lines than this nobody tells apart.
  private static let shownClasses = 8

  init(_ metrics: ClassificationMetrics, truth: [Int], probabilities: [Double]) {
    self.metrics = metrics
    let count = metrics.classNames.count
    // Of two classes the second one's curve says everything.
    let labels = count == 2 ? 1..<2 : 0..<min(count, Self.shownClasses)
    curves = labels.map { label in
      (
        printable(metrics.classNames[label], limit: 40),
        ClassificationMetrics.curve(
          of: label, truth: truth, probabilities: probabilities, classes: count)
      )
    }
  }

  /// What the curves are of.
  var curveNote: String {
    let count = metrics.classNames.count
    if count == 2 { return "By the probability of \(printable(metrics.classNames[1]))." }
    return "Each class against the rest"
      + (count > Self.shownClasses ? "; the first \(Self.shownClasses) of \(count) classes." : ".")
  }

  /// Nil for more classes than a field of cells can show.
  var confusion: String? {
    guard metrics.classNames.count <= 20 else { return nil }
    return HeatChart(
      title: "Confusion matrix", rowLabel: "truth", columnLabel: "prediction",
      names: metrics.classNames, counts: metrics.confusionMatrix
    ).svg()
  }

  /// The pairs of classes most often taken for each other.
  var mistakes: [[String]] {
    var pairs: [(truth: Int, prediction: Int, count: Int)] = []
    for (truth, row) in metrics.confusionMatrix.enumerated() {
      for (prediction, count) in row.enumerated() where count > 0 && prediction != truth {
        pairs.append((truth, prediction, count))
      }
    }
    pairs.sort { ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction) }
    return [["truth", "prediction", "rows"]]
      + pairs.prefix(30).map { pair in
        [
          printable(metrics.classNames[pair.truth]), printable(metrics.classNames[pair.prediction]),
          grouped(pair.count),
        ]
      }
  }

  var roc: String {
    let lines = curves.filter { $0.curve.rocAUC != nil }.map { name, curve in
      LineChart.Series(
        name: "\(name), area \(decimal(curve.rocAUC ?? 0, digits: 3))",
        points: thinned(
          [(x: 0, y: 0)]
            + curve.points.map {
              (x: $0.falsePositives / curve.negatives, y: $0.truePositives / curve.positives)
            }))
    }
    return LineChart(
      title: "ROC", xLabel: "false positive rate", yLabel: "true positive rate",
      series: lines + [LineChart.Series(name: "chance", points: [(x: 0, y: 0), (x: 1, y: 1)])]
    ).svg(width: 400, height: 400)
  }

  var precisionRecall: String {
    let lines = curves.filter { $0.curve.positives > 0 }.map { name, curve in
      LineChart.Series(
        name: "\(name), average \(decimal(curve.averagePrecision, digits: 3))",
        points: thinned(
          curve.points.map {
            (
              x: $0.truePositives / curve.positives,
              y: $0.truePositives / ($0.truePositives + $0.falsePositives)
            )
          }))
    }
    // What chance would reach is the share of positive rows, another for each class.
    var chance: [LineChart.Series] = []
    if curves.count == 1, let curve = curves.first?.curve {
      let rate = curve.positives / max(curve.positives + curve.negatives, 1)
      chance = [LineChart.Series(name: "chance", points: [(x: 0, y: rate), (x: 1, y: rate)])]
    }
    return LineChart(
      title: "Precision and recall", xLabel: "recall", yLabel: "precision", series: lines + chance
    ).svg(width: 400, height: 400)
  }

  var calibrationNote: String {
    metrics.classNames.count == 2
      ? "Probability of \(printable(metrics.classNames[1])); on the dashed line 80 % means 80 %."
      : "Probability of the predicted class; on the dashed line 80 % means 80 %."
  }

  /// The reliability diagram and how many rows are behind each of its bars.
  var calibration: (curve: String, counts: String)? {
    guard let calibration = metrics.calibration else { return nil }
    let bins = calibration.bins
    let shares = bins.compactMap { bin in
      bin.share.map { share in
        (
          left: bin.lower, right: bin.upper, y: share,
          text: "\(grouped(bin.rows)) rows, share \(decimal(share, digits: 3)), mean probability "
            + decimal(bin.meanProbability ?? 0, digits: 3)
        )
      }
    }
    let dots = bins.compactMap { bin in
      bin.meanProbability.flatMap { mean in bin.share.map { (x: mean, y: $0) } }
    }
    let counts = bins.map {
      (left: $0.lower, right: $0.upper, y: Double($0.rows), text: "\(grouped($0.rows)) rows")
    }
    return (
      PlotChart(
        title: "Reliability", xLabel: "mean probability", yLabel: "share that turned out so",
        marks: [
          .backdrop(shares), .guide([(x: 0, y: 0), (x: 1, y: 1)]), .line(dots), .dots(dots),
        ],
        xRange: [0, 1], yRange: [0, 1]
      ).svg(width: 400, height: 340),
      PlotChart(
        title: "Rows by probability", xLabel: "probability", yLabel: "rows",
        marks: [.bars(counts)], xRange: [0, 1], yRange: [0, 1]
      ).svg(width: 400, height: 340)
    )
  }

  /// At most some hundred points of a curve, its ends among them.
  private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let limit = 400
    guard points.count > limit else { return points }
    return (0..<limit).map { points[$0 * (points.count - 1) / (limit - 1)] }
  }
}

/// The pictures of a report about numbers.
struct NumberCharts {
  private let points: [(truth: Double, prediction: Double)]
  private let residualValues: [Double]
  private let rows: Int

  /// More dots than this only make a page heavy.
  private static let shownRows = 2000

  init(truth: [Double], predictions: [Double]) {
    rows = truth.count
    let count = min(rows, Self.shownRows)
    points = (0..<count).map {
      let row = $0 * truth.count / count
      return (truth[row], predictions[row])
    }
    residualValues = zip(truth, predictions).map { $0 - $1 }.filter(\.isFinite)
  }

  var note: String {
    points.count < rows
      ? "\(grouped(points.count)) of \(grouped(rows)) rows, evenly spaced in the table." : ""
  }

  var scatter: String {
    let ends = points.flatMap { [$0.truth, $0.prediction] }.filter(\.isFinite)
    let (low, high) = (ends.min() ?? 0, ends.max() ?? 1)
    return PlotChart(
      title: "Prediction against truth", xLabel: "truth", yLabel: "prediction",
      marks: [
        .guide([(x: low, y: low), (x: high, y: high)]),
        .dots(points.map { (x: $0.truth, y: $0.prediction) }),
      ]
    ).svg(width: 400, height: 400)
  }

  var residuals: String {
    let predictions = points.map(\.prediction).filter(\.isFinite)
    let (low, high) = (predictions.min() ?? 0, predictions.max() ?? 1)
    return PlotChart(
      title: "Residuals", xLabel: "prediction", yLabel: "residual",
      marks: [
        .guide([(x: low, y: 0), (x: high, y: 0)]),
        .dots(points.map { (x: $0.prediction, y: $0.truth - $0.prediction) }),
      ]
    ).svg(width: 400, height: 400)
  }

  /// Bars of equal width, about 2∛m of them (the Rice rule).
  var histogram: String {
    var root = 1
    while root * root * root < residualValues.count { root += 1 }
    let count = max(5, min(2 * root, 40))
    let (low, high) = (residualValues.min() ?? 0, residualValues.max() ?? 0)
    let width = high > low ? (high - low) / Double(count) : 1
    var counts = [Int](repeating: 0, count: count)
    for value in residualValues {
      let place = (value - low) / width
      counts[place < Double(count) ? max(Int(place), 0) : count - 1] += 1
    }
    let bars = counts.enumerated().map { bin, rows in
      let left = low + Double(bin) * width
      return (
        left: left, right: left + width, y: Double(rows),
        text: "\(grouped(rows)) rows from \(decimal(left, digits: 4)) to "
          + decimal(left + width, digits: 4)
      )
    }
    return PlotChart(
      title: "Residuals", xLabel: "residual", yLabel: "rows", marks: [.bars(bars)], yRange: [0, 1]
    ).svg(width: 480, height: 320)
  }
}
