import Perceptron

/// A report as one page of HTML that needs nothing else: no script, no file beside it, readable on a
/// phone, on dark screens and on paper.
struct EvaluationPage {
  private let result: EvaluationResult
  /// What the model and the data are.
  private let facts: [[String]]
  /// What the model notes of its training.
  private let provenance: [[String]]
  private let target: String

  init<Element: Scalar>(_ result: EvaluationResult, _ model: MLP<Element>) {
    self.result = result
    target = model.preprocessing?.target.name ?? "a model"
    facts = [
      ["model", result.model], ["network", model.architecture.summary],
      ["parameters", "\(grouped(model.parameters.count)), \(Element.precision.rawValue)"],
      ["data", result.data], ["rows", grouped(result.report.rows)],
    ]
    provenance = model.provenance.filter { !$0.value.isEmpty }.map {
      [$0.key.replacing("_", with: " "), $0.value]
    }
  }

  /// Whether a file begins like a report.
  static func isOne(_ bytes: [UInt8]) -> Bool {
    let mark = Array(Self.mark.utf8)
    return bytes.prefix(1000).indices.contains { bytes[$0...].starts(with: mark) }
  }

  private static let mark = "<meta name=\"generator\" content=\"perceptron evaluate\"/>"

  /// The page. It is well-formed XML too.
  var html: String {
    let title = Self.shown("Evaluation of \(target)")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      \(Self.mark)
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy)"/>
      <link rel="icon" href="data:,"/>
      <title>\(title)</title>
      <style>
      \(Self.sheet)
      </style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      \(summary)
      \(pictures)
      <h2>What was judged</h2>
      \(Self.table(facts, hasHeader: false))
      <h2>How the model was trained</h2>
      \(Self.table(provenance, hasHeader: false))
      </main>
      </body>
      </html>

      """
  }

  /// Nothing may be loaded, run or sent, whatever a text in the page says.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    + "form-action 'none'"

  static func shown(_ text: String) -> String { xmlEscaped(printable(text, limit: 300)) }

  private var summary: String {
    var tiles: [(String, String)] = [("rows", grouped(result.report.rows))]
    if let loss = result.report.loss { tiles.append(("loss", decimal(loss, digits: 4))) }
    if let metrics = result.metrics {
      tiles.append(("accuracy", decimal(metrics.accuracy, digits: 4)))
      tiles.append(("F1", decimal(metrics.f1, digits: 4)))
      if let k = result.topK {
        tiles.append(("top \(k) accuracy", decimal(metrics.topAccuracy(k), digits: 4)))
      }
      if let threshold = metrics.threshold { tiles.append(("threshold", "\(threshold)")) }
      tiles += result.more(metrics).map { ($0.name, $0.value) }
    }
    if let metrics = result.report.regression {
      tiles += zip(["MAE", "RMSE", "R²"], result.report.cells.dropFirst(2)).map { ($0, $1) }
      tiles += zip(EvaluationResult.moreNames, EvaluationResult.moreCells(metrics)).map { ($0, $1) }
    }
    let items = tiles.map { "<div><dt>\(Self.shown($0.0))</dt><dd>\(Self.shown($0.1))</dd></div>" }
    return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
  }

  private var pictures: String {
    switch result.report.outcomes {
    case .classes(let truth, let probabilities):
      guard let metrics = result.metrics else { return "" }
      let charts = ClassCharts(metrics, truth: truth, probabilities: probabilities)
      let table = Self.table(result.classTable(metrics, limit: 500), hasHeader: true)
      return """
        <h2>Class by class</h2>
        \(table)
        <h2>Which classes are taken for which</h2>
        \(charts.confusion.map { Self.figure($0, "The stronger the colour, the more of the row.") } ?? Self.table(
          charts.mistakes, hasHeader: true))
        <h2>How well the probabilities rank</h2>
        <div class="pair">\(Self.figure(charts.roc, charts.curveNote))
        \(Self.figure(charts.precisionRecall, charts.curveNote))</div>
        \(charts.calibration.map { Self.calibration($0, charts.calibrationNote) } ?? "")
        """
    case .numbers(let truth, let predictions):
      let charts = NumberCharts(truth: truth, predictions: predictions)
      return """
        <h2>Prediction and truth</h2>
        <div class="pair">\(Self.figure(charts.scatter, charts.note))
        \(Self.figure(charts.residuals, "Residual: truth − prediction. \(charts.note)"))</div>
        <h2>How the residuals are spread</h2>
        \(Self.figure(charts.histogram, "Rows in each range of the residual."))
        """
    case nil: return ""
    }
  }

  private static func calibration(_ charts: (curve: String, counts: String), _ note: String)
    -> String
  {
    """
    <h2>Do the probabilities mean what they say?</h2>
    <div class="pair">\(figure(charts.curve, note))
    \(figure(charts.counts, "How many rows each bin holds."))</div>
    """
  }

  private static func figure(_ svg: String, _ note: String) -> String {
    "<figure><div class=\"scroll\">\(svg)</div><figcaption>\(shown(note))</figcaption></figure>"
  }

  /// The first column is text, the others are numbers, but where there is no header.
  private static func table(_ rows: [[String]], hasHeader: Bool) -> String {
    let lines = rows.enumerated().map { number, row in
      let isHeader = hasHeader && number == 0
      let cells = row.enumerated().map { column, text in
        let name = isHeader || column == 0 ? "th" : "td"
        let scope = name == "td" ? "" : " scope=\"\(isHeader ? "col" : "row")\""
        let kind = hasHeader && column > 0 ? " class=\"number\"" : ""
        return "<\(name)\(scope)\(kind)>\(shown(text))</\(name)>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return "<div class=\"scroll\"><table>\n\(lines.joined(separator: "\n"))\n</table></div>"
  }

  private static let sheet = """
    :root { --page: #ffffff; --text: #1f2328; --quiet: #59636e; --line: #d5d9de; --soft: #f4f6f8 }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #16191d; --text: #e2e6ea; --quiet: #9aa4ae; --line: #3a4048; --soft: #1f2429
      }
    }
    * { box-sizing: border-box }
    html { color-scheme: light dark; -webkit-text-size-adjust: 100% }
    body {
      margin: 0; background: var(--page); color: var(--text);
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
    }
    main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1.25rem; overflow-wrap: anywhere }
    h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem }
    dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .6rem; margin: 0 }
    dl > div { background: var(--soft); border-radius: 6px; padding: .5rem .75rem }
    dt { color: var(--quiet); font-size: .82rem; line-height: 1.3 }
    dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
    .scroll { overflow-x: auto }
    table { border-collapse: collapse; font-size: .92rem }
    th, td {
      padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left;
      vertical-align: baseline; overflow-wrap: anywhere;
    }
    th { font-weight: 600; overflow-wrap: normal }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem }
    figure { margin: 0; break-inside: avoid }
    figure svg { display: block; max-width: 100%; height: auto }
    figcaption { color: var(--quiet); font-size: .85rem }
    @media print { main { max-width: none; padding: 0 } dl > div { border: 1px solid var(--line) } }
    """
}
