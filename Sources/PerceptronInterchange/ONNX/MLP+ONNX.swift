public import Perceptron

/// How a model is written as ONNX.
public struct ONNXOptions: Sendable, Hashable {
  /// The version of the operators.
  public var opset: Int
  /// Only the network, from `features` to `outputs`, without what makes inputs of a table's columns
  /// and predictions of outputs.
  public var networkOnly: Bool

  /// The versions that can be written.
  public static let opsets = 13...20

  /// - Parameters:
  ///   - opset: the version of the operators, 17 unless a runtime asks for another.
  ///   - networkOnly: whether the columns of the table are left out.
  public init(opset: Int = 17, networkOnly: Bool = false) {
    self.opset = opset
    self.networkOnly = networkOnly
  }

  /// The version of the file format that goes with the operators: 8, and no newer than it must be.
  fileprivate var formatVersion: Int64 { opset < 15 ? 7 : opset < 19 ? 8 : 9 }
}

extension MLP {
  /// The bytes of the model as an ONNX file.
  ///
  /// The network is the folded one: without dropout, batch normalisation in the weights next to it.
  /// A model that knows the columns of its table has an input `[N × 1]` for each, called as the
  /// column: numbers, whose NaN is a missing value, or strings, whose empty string is one. Classes
  /// come out as `label` `[N]` and `probabilities` `[N × classes]`, numbers as `prediction`
  /// `[N × targets]` in the targets' own units; several labels as `label` and `probabilities`
  /// `[N × targets]` of the second class each; a network of scores has `scores` in their place. With
  /// `networkOnly`, or where no columns are known, there is one input `features` `[N × n₀]` and one
  /// output `outputs` `[N × n_L]`.
  ///
  /// - Throws: `PerceptronError` naming what ONNX cannot say.
  public func onnx(_ options: ONNXOptions = ONNXOptions()) throws -> [UInt8] {
    guard ONNXOptions.opsets.contains(options.opset) else {
      throw PerceptronError(
        .option,
        "opset \(options.opset) cannot be written; there are \(ONNXOptions.opsets.lowerBound) to "
          + "\(ONNXOptions.opsets.upperBound)")
    }
    // Protocol buffers end there.
    guard parameters.count * MemoryLayout<Element>.size < (1 << 31) - (1 << 24) else {
      throw PerceptronError(
        .network, "an ONNX file holds less than 2 GB, and the network has more")
    }
    if let k = parameters.firstIndex(where: { !$0.isFinite }) {
      throw PerceptronError(
        .network, "parameter \(k) is \(parameters[k]): not a finite number")
    }
    let network = folded
    let columns = options.networkOnly ? nil : preprocessing
    let names = columns?.inputs.map(\.name) ?? []
    if let name = names.first(where: { $0.isEmpty || ONNXNames.all.contains($0) }) {
      let reason = name.isEmpty ? "it has no name" : "an output has its name"
      throw PerceptronError(
        .network,
        "the column \(quoted(name)) cannot be an input: \(reason); the network alone can be written"
      )
    }
    var graph = ONNXGraph<Element>(
      opset: options.opset, name: "perceptron", reserved: names + ONNXNames.all)
    if let columns {
      let features = graph.addRows(columns)
      let outputs = try graph.addNetwork(network, input: features)
      graph.addPredictions(outputs, count: self.outputs, columns)
    } else {
      graph.addInput(ONNXNames.features, graph.elementType, columns: inputs)
      let outputs = try graph.addNetwork(network, input: ONNXNames.features)
      _ = graph.add("Identity", [outputs], output: ONNXNames.outputs)
      graph.addOutput(ONNXNames.outputs, graph.elementType, columns: self.outputs)
    }
    var file = ONNXModelMessage()
    file.irVersion = options.formatVersion
    file.producerName = "swift-perceptron"
    file.opsetImport = [("", options.opset)].map { ONNXOperatorSet($0, $1) }
    if graph.graph.node.contains(where: { $0.domain == "ai.onnx.ml" }) {
      file.opsetImport.append(ONNXOperatorSet("ai.onnx.ml", 2))
    }
    file.graph = graph.graph
    file.metadataProps = metadata
    return file.protobuf
  }

  /// What the names of columns and classes are, as JSON.
  private var metadata: [ONNXEntry] {
    guard let preprocessing else { return [] }
    func list(_ names: [String]) -> String { JSON.array(names.map { .string($0) }).text() }
    var entries = [
      ("columns", list(preprocessing.inputs.map(\.name))),
      ("features", list(preprocessing.inputNames)),
      ("targets", list(preprocessing.targets.map(\.name))),
    ]
    if let classes = preprocessing.classes { entries.append(("classes", list(classes))) }
    return entries.map { key, value in
      var entry = ONNXEntry()
      entry.key = key
      entry.value = value
      return entry
    }
  }
}
