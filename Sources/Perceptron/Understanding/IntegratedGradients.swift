/// What each column of a row has contributed to the answer of a network, beside a baseline.
///
/// On the straight way from the baseline x₀ to the row x, the slope of the answer f in input i is
/// gathered:
///
///     a_i = (x_i − x₀_i) ∫₀¹ ∂f/∂x_i (x₀ + α (x − x₀)) dα
///
/// **Completeness**: Σ_i a_i = f(x) − f(x₀). The attribution of a column is the sum over the inputs
/// it becomes, so this holds for columns too. An input that f does not depend on gets 0, and of a
/// linear f exactly w_i (x_i − x₀_i).
///
/// f is the probability of a class, or the predicted number in the target's own unit. The gradients
/// are those of the network's own backward pass, in `Double`, and ``completenessError`` says what the
/// integral, computed piece by piece, lacks in the end.
///
/// Source: Sundararajan, Taly, Yan, "Axiomatic attribution for deep networks", ICML 2017.
public struct IntegratedGradients: Sendable, Hashable {
  /// Where the way begins.
  public enum Baseline: String, Sendable, Hashable, CaseIterable {
    /// The mean of every input over the rows of the table: of a category its share.
    case mean
    /// 0 for every input, which is the training rows' mean of a standardised number, and no
    /// category at all.
    case zero
  }

  /// One column of the table.
  public struct Column: Sendable, Hashable {
    /// The column's name in the header.
    public let name: String
    /// What the cell says; nil where the value is missing.
    public let text: String?
    /// a, summed over the inputs the column becomes.
    public let attribution: Double
  }

  /// In the order of the model's inputs.
  public let columns: [Column]
  /// What f is: a class, or the target.
  public let answerName: String
  /// f(x)
  public let answer: Double
  /// f(x₀)
  public let baselineAnswer: Double
  /// At how many points of the way the gradient was taken.
  public let points: Int

  /// Σ a − (f(x) − f(x₀)), which is 0 but for the error of the integral.
  public var completenessError: Double {
    columns.reduce(0) { $0 + $1.attribution } - (answer - baselineAnswer)
  }

  /// The columns by falling magnitude of their attribution; equal ones in the model's order.
  public var ranked: [Column] {
    columns.indices.sorted {
      (columns[$0].attribution.magnitude, $1) > (columns[$1].attribution.magnitude, $0)
    }.map { columns[$0] }
  }

  /// - Parameters:
  ///   - model: the network; it must know how rows of a table become inputs.
  ///   - table: columns are found by name; a target is not needed.
  ///   - row: the row of the table, counted from 0.
  ///   - className: of which class the probability is explained; nil takes the predicted one.
  ///   - baseline: where the way begins.
  /// - Throws: `PerceptronError` when the table does not fit the model, it does not know the class,
  ///   or it has an activation without a useful derivative.
  public init<Element: Scalar>(
    _ model: MLP<Element>, _ table: Table, row: Int, className: String? = nil,
    baseline: Baseline = .mean
  ) throws {
    let model = try model.inDouble()
    let wanted = try JudgedRows(model, table, rows: [row])
    let x = Array(wanted.inputs.row(0))
    var start = [Double](repeating: 0, count: x.count)
    if baseline == .mean {
      let all = try JudgedRows(model, table, rows: nil).inputs
      for i in 0..<all.rows {
        for j in start.indices { start[j] += all[i, j] }
      }
      start = start.map { $0 / Double(all.rows) }
    }
    let answers = wanted.answers(try Predictor(model).outputs(wanted.inputs).row(0))
    let names = wanted.answerNames
    var label = answers.indices.reduce(0) { answers[$1] > answers[$0] ? $1 : $0 }
    if let className {
      guard wanted.encoder.classes != nil else {
        throw PerceptronError(.option, "a class is asked for, and the model predicts a number")
      }
      guard let found = names.firstIndex(of: className) else {
        throw unknownName(className, what: "class", among: names)
      }
      label = found
    }
    // f = factor · A_k + shift
    let (k, factor, shift): (Int, Double, Double) =
      switch wanted.encoder.target.kind {
      case .number(let shift, let scale): (0, scale, shift)
      case .classes where model.outputs == 1: label == 1 ? (0, 1, 0) : (0, -1, 1)
      case .classes: (label, 1, 0)
      }
    let path = try GradientPath(model, output: k, from: start, to: x)
    columns = zip(wanted.encoder.inputs, wanted.places).map { column, places in
      Column(
        name: column.name,
        text: (try? table.index(of: column.name)).flatMap { table.text(row: row, column: $0) },
        attribution: factor * places.reduce(0) { $0 + path.attributions[$1] })
    }
    answerName = names[label]
    answer = factor * path.end + shift
    baselineAnswer = factor * path.start + shift
    points = path.points
  }
}

extension MLP {
  /// The same network in `Double`; every number of `Float` is one.
  func inDouble() throws -> MLP<Double> {
    var model = try MLP<Double>(architecture, parameters: parameters.map { Double($0) })
    model.preprocessing = preprocessing
    model.provenance = provenance
    return model
  }
}
