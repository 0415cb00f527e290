import ArgumentParser
import Perceptron

/// `perceptron inspect`
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a model file.",
    discussion: """
      Example:
        perceptron inspect model.safetensors --values
      """)

  @Argument(help: "The model.")
  var model: String

  @Option(
    help: "For a file of another tool: the activation after each dense layer, as relu,identity.")
  var activations: String?

  @Flag(help: "Print the parameters too.")
  var values = false

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    Interruption.ignoreWriteSignals()
    let file = try ModelFile(model)
    if activations == nil, !file.isDescribed {
      throw PerceptronError(
        .modelFile,
        "it does not describe its network; say what follows each dense layer, as in "
          + "--activations relu,identity", file: model)
    }
    if activations != nil, file.isDescribed {
      throw PerceptronError(
        .option, "--activations has no effect: the file describes its own", file: model)
    }
    let names = try activations.map {
      try $0.split(separator: ",").map { try Activation(named: String($0).trimmed) }
    }
    switch try file.precision() {
    case .float: try show(MLP<Float>(file, activations: names))
    case .double: try show(MLP<Double>(file, activations: names))
    }
  }

  private func show<Element: Scalar>(_ model: MLP<Element>) throws {
    if json {
      Output.result(description(model).text())
      return
    }
    Output.result("network: \(model.architecture.summary)")
    Output.result()
    var rows = [["layer", "shape", "activation", "bias", "parameters", "weights began as"]]
    for (index, layer) in model.architecture.layers.enumerated() {
      let own = model.architecture.parameters.filter { $0.layer == index }
      rows.append([
        "\(index + 1)",
        "\(model.architecture.inputs(of: index)) × \(model.architecture.widths[index])",
        layer.isDense ? layer.activation.name : LayerStack.text([layer]),
        own.contains { $0.role == .bias } ? "yes" : "no", grouped(own.reduce(0) { $0 + $1.count }),
        model.architecture.distribution(of: index).map { "\(layer.initializerName) \($0)" } ?? "",
      ])
    }
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    Output.result()
    let bytes = model.parameters.count * MemoryLayout<Element>.size
    Output.result(
      "\(grouped(model.parameters.count)) parameters, \(grouped(bytes)) bytes in "
        + "\(Element.precision.rawValue); \(grouped(flops(model))) floating-point operations a row")
    if let preprocessing = model.preprocessing { show(preprocessing) }
    if !model.provenance.isEmpty {
      Output.result()
      TextTable(
        rows: model.provenance.map {
          [printable($0.key), $0.value.isEmpty ? "-" : printable($0.value, limit: 60)]
        }
      ).lines.forEach { Output.result($0) }
    }
    if values { showValues(model) }
  }

  private func flops<Element: Scalar>(_ model: MLP<Element>) -> Int {
    model.architecture.operationsPerPrediction
  }

  private func show(_ preprocessing: Preprocessing) {
    Output.result()
    var rows = [["input column", "becomes"]]
    for column in preprocessing.inputs {
      switch column.encoding {
      case .numeric(let imputed, let shift, let scale):
        rows.append([
          printable(column.name),
          "(x - \(decimal(shift, digits: 4))) / \(decimal(scale, digits: 4)), missing: "
            + decimal(imputed, digits: 4),
        ])
      case .categorical(let categories, let mostFrequent):
        let names = categories.prefix(6).map { printable($0, limit: 12) }.joined(separator: ", ")
        rows.append([
          printable(column.name),
          "one of \(names)\(categories.count > 6 ? ", …" : "") or other, missing: "
            + printable(categories[mostFrequent], limit: 12),
        ])
      }
    }
    for (index, line) in TextTable(rows: rows.map { [$0[0]] }).lines.enumerated() {
      let width = rows.map { $0[0].count }.max() ?? 0
      Output.result(
        line + String(repeating: " ", count: width - line.count) + "  " + rows[index][1])
    }
    Output.result()
    for target in preprocessing.targets {
      switch target.kind {
      case .classes(let names):
        Output.result(
          "target: \(printable(target.name)), classes "
            + names.prefix(20).map { printable($0) }.joined(separator: ", ")
            + (names.count > 20 ? ", …" : "")
            + (target.output == .score ? "; the second from a score of 0 on" : ""))
      case .number where target.output == .logarithm:
        Output.result("target: \(printable(target.name)) = e^output")
      case .number(let shift, let scale):
        Output.result("target: \(printable(target.name)) = output × \(scale) + \(shift)")
      }
    }
    if let weights = preprocessing.weightColumn {
      Output.result("rows weighted by: \(printable(weights))")
    }
  }

  private func showValues<Element: Scalar>(_ model: MLP<Element>) {
    for parameter in model.architecture.parameters {
      guard let tensor = model.tensor(parameter.role, layer: parameter.layer) else { continue }
      Output.result()
      Output.result("\(parameter.name) \(tensor.shape)")
      for i in 0..<tensor.rows {
        Output.result(tensor.row(i).map(\.description).joined(separator: " "))
      }
    }
  }

  private func description<Element: Scalar>(_ model: MLP<Element>) -> JSON {
    let layers = model.architecture.layers.indices.map { index -> JSON in
      let layer = model.architecture.layers[index]
      let own = model.architecture.parameters.filter { $0.layer == index }
      var members: [JSON.Member] = [
        JSON.Member("inputs", JSON(model.architecture.inputs(of: index))),
        JSON.Member("kind", .string(layer.kindName)),
        JSON.Member("units", JSON(model.architecture.widths[index])),
        JSON.Member("activation", .string(layer.activation.name)),
        JSON.Member("bias", .bool(own.contains { $0.role == .bias })),
        JSON.Member("initializer", .string(layer.initializerName)),
        JSON.Member("parameters", JSON(own.reduce(0) { $0 + $1.count })),
      ]
      for parameter in own where values {
        guard let tensor = model.tensor(parameter.role, layer: index) else { continue }
        let rows = (0..<tensor.rows).map { i in
          JSON.array(tensor.row(i).map { .number("\($0)") })
        }
        let name = parameter.role == .bias ? "bias_values" : parameter.role.name
        members.append(
          JSON.Member(
            name.replacingSpaces,
            parameter.role == .weights ? .array(rows) : rows.first ?? .array([])))
      }
      return .object(members)
    }
    return [
      "inputs": JSON(model.inputs),
      "outputs": JSON(model.outputs),
      "layers": .array(layers),
      "parameters": JSON(model.parameters.count),
      "bytes": JSON(model.parameters.count * MemoryLayout<Element>.size),
      "flops_per_row": JSON(flops(model)),
      "precision": .string(Element.precision.rawValue),
      "input_names": model.preprocessing.map { .array($0.inputNames.map { .string($0) }) } ?? .null,
      "target": model.preprocessing.map { .string($0.target.name) } ?? .null,
      "targets": model.preprocessing.map { .array($0.targets.map { .string($0.name) }) } ?? .null,
      "classes": model.preprocessing?.classes.map { .array($0.map { .string($0) }) } ?? .null,
      "provenance": .object(model.provenance.map { JSON.Member($0.key, .string($0.value)) }),
    ]
  }
}

extension Layer {
  /// The layer's kind as model files name it.
  fileprivate var kindName: String {
    switch self {
    case .dense: "dense"
    case .activation: "activation"
    case .dropout: "dropout"
    case .batchNormalization: "batch-norm"
    case .layerNormalization: "layer-norm"
    case .prelu: "prelu"
    case .custom: "custom"
    }
  }
}

extension String {
  fileprivate var replacingSpaces: String { String(map { $0 == " " ? "_" : $0 }) }
}
