import NIOCore
import Perceptron
import PerceptronDerivation

/// Why a model says what it says of a row: what each column has contributed, or the whole derivation
/// of its gradient with the row's numbers.
struct RowExplanation {
  /// What a derivation is written in.
  enum Format: String, CaseIterable {
    case text
    case markdown
    case latex
    case html
  }

  /// Nil for contributions.
  private let form: Explanation.Form?
  private let format: Format
  private let className: String?

  /// A derivation is checked line by line; of more parameters that takes too long for a request.
  static let mostParameters = 2_000

  init(form: String?, format: String?, className: String?) throws(Refusal) {
    func choice<Choice: RawRepresentable & CaseIterable>(
      _ text: String, _ what: String, _: Choice.Type
    ) throws(Refusal) -> Choice where Choice.RawValue == String {
      guard let choice = Choice(rawValue: text) else {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalid("unknown \(what) \(shown(text)); there are: \(all)")
      }
      return choice
    }
    if format != nil, form == nil {
      throw .invalid("format says how a derivation is written; give form as well, or neither")
    }
    if className != nil, form != nil {
      throw .invalid("class says what is attributed; it has no effect on a derivation")
    }
    self.form = try form.map { text throws(Refusal) in
      try choice(text, "form", Explanation.Form.self)
    }
    self.format =
      try format.map { text throws(Refusal) in
        try choice(text, "format", Format.self)
      } ?? .text
    self.className = className
  }

  func answer(
    _ snapshot: Snapshot, _ bytes: UnsafeBufferPointer<UInt8>, contentType: String?
  ) throws(Refusal) -> (body: ByteBuffer, contentType: String) {
    let table = try OneRow.table(try NamedRows(bytes, contentType: contentType))
    do {
      switch snapshot.model {
      case .float(let model): return try answer(model, snapshot.identity, table)
      case .double(let model): return try answer(model, snapshot.identity, table)
      }
    } catch let error as PerceptronError {
      throw .invalid(error.description)
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw .invalid("\(error)")
    }
  }

  private func answer<Element: Scalar>(
    _ model: MLP<Element>, _ identity: ModelIdentity, _ table: Table
  ) throws -> (body: ByteBuffer, contentType: String) {
    guard let form else {
      // The zero of standardised inputs is the training rows' mean.
      let attributions = try IntegratedGradients(
        model, table, row: 0, className: className, baseline: .zero)
      return (Self.json(attributions, identity), "application/json")
    }
    let text = try derivation(model, form, table)
    switch format {
    case .text: return (ByteBuffer(string: TextWriter.text(text)), "text/plain; charset=utf-8")
    case .markdown:
      return (ByteBuffer(string: MarkdownWriter.text(text)), "text/markdown; charset=utf-8")
    case .latex: return (ByteBuffer(string: LaTeXWriter.text(text)), "text/x-tex; charset=utf-8")
    case .html: return (ByteBuffer(string: HTMLWriter.text(text)), "text/html; charset=utf-8")
    }
  }

  private func derivation<Element: Scalar>(
    _ model: MLP<Element>, _ form: Explanation.Form, _ table: Table
  ) throws -> Document {
    guard model.parameters.count <= Self.mostParameters else {
      throw Refusal.invalid(
        "the network has \(model.parameters.count) parameters; a derivation is for at most "
          + "\(Self.mostParameters): use perceptron explain")
    }
    guard let preprocessing = model.preprocessing else {
      throw Refusal.invalid("the model does not say how rows of a table become inputs")
    }
    for target in preprocessing.targets where (try? table.index(of: target.name)) == nil {
      throw Refusal.invalid(
        "a derivation needs the row's target, the column \(shown(target.name))")
    }
    let wide = try MLP<Double>(model.architecture, parameters: model.parameters.map { Double($0) })
    let inputs: Matrix<Double> = try preprocessing.encodeInputs(table, rows: [0])
    let targets: Matrix<Double> = try preprocessing.encodeTargets(
      table, rows: [0], outputs: model.outputs)
    return try Explanation(
      model.architecture, objective: .loss(model.standardLoss), form: form,
      batch: Explanation.Batch(model: wide, inputs: inputs, targets: targets)
    ).document
  }

  private static func json(_ result: IntegratedGradients, _ identity: ModelIdentity) -> ByteBuffer {
    var out = ByteBuffer()
    out.writeString("{\"model\":")
    out.writeJSON(identity.name)
    out.writeKey("version")
    out.writeJSON(identity.version)
    out.writeKey("answer_of")
    out.writeJSON(result.answerName)
    out.writeKey("answer")
    out.writeJSON(result.answer)
    out.writeKey("baseline_answer")
    out.writeJSON(result.baselineAnswer)
    out.writeKey("attributions")
    out.writeArray(result.ranked) { out, column in
      out.writeString("{\"column\":")
      out.writeJSON(column.name)
      out.writeKey("value")
      if let text = column.text { out.writeJSON(text) } else { out.writeString("null") }
      out.writeKey("attribution")
      out.writeJSON(column.attribution)
      out.writeString("}")
    }
    out.writeString("}")
    return out
  }
}
