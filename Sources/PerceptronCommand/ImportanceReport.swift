import Perceptron

/// What `perceptron importance` says, in each form.
protocol ImportanceReport {
  /// Lines for people.
  var text: [String] { get }
  /// Everything, in full.
  var json: JSON { get }
  /// A header and rows of cells, numbers in full.
  var csv: [[String]] { get }
  /// A picture.
  var svg: String { get }
}

/// A number for people: four places, or three digits of a small one.
private func short(_ value: Double) -> String {
  abs(value) < 0.01 && value != 0 && value.isFinite
    ? decimal(value, digits: 0) : decimal(value, digits: 4)
}

/// More bars than this make no picture.
private let mostBars = 40

extension PermutationImportance: ImportanceReport {
  private var repeats: Int { columns.first?.values.count ?? 0 }

  private var change: String { metric == .accuracy || metric == .r2 ? "fall" : "rise" }

  var text: [String] {
    let rows = ranked.map { column in
      [
        printable(column.name, limit: 40), short(column.mean),
        column.standardDeviation.map { "± " + short($0) } ?? "",
      ]
    }
    return [
      "\(metric.rawValue) \(short(baseline)) on \(grouped(self.rows)) rows; its \(change) when a "
        + "column is shuffled, mean and standard deviation of \(repeats)",
      "",
    ] + TextTable(rows: [["column", "importance", ""]] + rows).lines
  }

  var json: JSON {
    [
      "method": "permutation", "metric": .string(metric.rawValue), "baseline": JSON(baseline),
      "rows": JSON(rows),
      "columns": .array(
        ranked.map { column in
          [
            "column": .string(column.name), "importance": JSON(column.mean),
            "standard_deviation": column.standardDeviation.map { JSON($0) } ?? .null,
            "values": .array(column.values.map { JSON($0) }),
          ]
        }),
    ]
  }

  var csv: [[String]] {
    [["column", "importance", "standard_deviation"]]
      + ranked.map { column in
        [column.name, "\(column.mean)", column.standardDeviation.map { "\($0)" } ?? ""]
      }
  }

  var svg: String {
    BarChart(
      title: "Permutation importance", xLabel: "\(change) of \(metric.rawValue)",
      bars: ranked.prefix(mostBars).map {
        .init(name: $0.name, value: $0.mean, spread: $0.standardDeviation)
      }
    ).svg()
  }
}

extension IntegratedGradients: ImportanceReport {
  var text: [String] {
    let rows = ranked.map { column in
      [
        printable(column.name, limit: 40), printable(column.text ?? "missing"),
        (column.attribution < 0 ? "" : "+") + short(column.attribution),
      ]
    }
    let sum = columns.reduce(0) { $0 + $1.attribution }
    return [
      "\(printable(answerName)): \(short(answer)), at the baseline \(short(baselineAnswer))", "",
    ] + TextTable(rows: [["column", "value", "contribution"]] + rows).lines + [
      "",
      "sum \(short(sum)), difference \(short(answer - baselineAnswer)); "
        + "error of completeness \(short(completenessError)) with \(grouped(points)) points",
    ]
  }

  var json: JSON {
    [
      "method": "integrated-gradients", "answer_of": .string(answerName), "answer": JSON(answer),
      "baseline_answer": JSON(baselineAnswer), "completeness_error": JSON(completenessError),
      "points": JSON(points),
      "columns": .array(
        columns.map { column in
          [
            "column": .string(column.name), "value": column.text.map { .string($0) } ?? .null,
            "attribution": JSON(column.attribution),
          ]
        }),
    ]
  }

  var csv: [[String]] {
    [["column", "value", "attribution"]]
      + columns.map { [$0.name, $0.text ?? "", "\($0.attribution)"] }
  }

  var svg: String {
    BarChart(
      title: "\(printable(answerName)): \(short(answer))",
      xLabel: "contribution, from \(short(baselineAnswer)) at the baseline",
      bars: ranked.prefix(mostBars).map {
        .init(
          name: "\(printable($0.name, limit: 14)) = \($0.text ?? "missing")", value: $0.attribution)
      }
    ).svg()
  }
}

extension PartialDependence: ImportanceReport {
  private var values: [String] {
    switch grid {
    case .numbers(let values): values.map { "\($0)" }
    case .categories(let names): names
    }
  }

  var text: [String] {
    let header = [printable(column)] + curves.map { printable($0.name) }
    let rows = values.indices.map { value in
      [printable(values[value])] + curves.map { short($0.values[value]) }
    }
    return [
      "the mean answer for \(grouped(self.rows)) rows when all have the same \(printable(column))",
      "",
    ] + TextTable(rows: [header] + rows).lines
  }

  var json: JSON {
    let values: [JSON] =
      switch grid {
      case .numbers(let values): values.map { JSON($0) }
      case .categories(let names): names.map { .string($0) }
      }
    return [
      "method": "partial-dependence", "column": .string(column), "rows": JSON(rows),
      "values": .array(values),
      "curves": .array(
        curves.map {
          ["name": .string($0.name), "values": .array($0.values.map { JSON($0) })]
        }),
    ]
  }

  var csv: [[String]] {
    [[column] + curves.map(\.name)]
      + values.indices.map { value in [values[value]] + curves.map { "\($0.values[value])" } }
  }

  var svg: String {
    // Of two classes the second one's curve says everything.
    let shown = curves.count == 2 ? Array(curves[1...]) : curves
    let answer = curves.count == 1 ? printable(curves[0].name) : "mean probability"
    let name = curves.count == 2 ? "\(answer) of \(printable(curves[1].name))" : answer
    switch grid {
    case .numbers(let values):
      return LineChart(
        title: "Partial dependence on \(printable(column))", xLabel: printable(column),
        yLabel: name,
        series: shown.map { curve in
          LineChart.Series(
            name: printable(curve.name),
            points: zip(values, curve.values).map { (x: $0, y: $1) })
        }
      ).svg()
    case .categories(let names):
      let bars = names.indices.flatMap { value in
        shown.map { curve in
          BarChart.Bar(
            name: shown.count == 1
              ? names[value]
              : "\(printable(names[value], limit: 12)): \(printable(curve.name, limit: 12))",
            value: curve.values[value])
        }
      }
      return BarChart(
        title: "Partial dependence on \(printable(column))", xLabel: name,
        bars: Array(bars.prefix(4 * mostBars))
      ).svg()
    }
  }
}
