extension MLP {
  /// Writes the model to a `.safetensors` file: to a temporary name first, then renamed, so that
  /// there is a whole file at `path` at any moment.
  ///
  /// - Throws: `PerceptronError` when the file cannot be written; a file that was there is intact.
  public func save(to path: String) throws {
    try FileSystem.writeAtomically(encoded(), to: path)
  }

  /// The bytes of the model's file: the same for the same model.
  func encoded() throws -> [UInt8] {
    try Safetensors.encode(
      tensors: ModelFile.tensors(architecture, parameters),
      metadata: [("format", "pt"), (ModelFile.metadataKey, description.text())])
  }

  /// Reads a model from a `.safetensors` file.
  ///
  /// A file of another tool holds no description: then `activations` says what follows each dense
  /// layer, in order, and the shapes say the rest. `customLayers` are those that the file may name.
  ///
  /// - Throws: `PerceptronError` saying what is wrong with the file, with the tensor's name.
  public init(
    contentsOf path: String, activations: [Activation]? = nil,
    customLayers: [any CustomLayer] = []
  ) throws {
    try self.init(ModelFile(path), activations: activations, customLayers: customLayers)
  }

  package init(
    _ file: ModelFile, activations: [Activation]? = nil, customLayers: [any CustomLayer] = []
  ) throws {
    guard let description = file.description else {
      guard let activations else {
        throw PerceptronError(
          .modelFile,
          "it does not describe its network; say the activations, as in MLP(contentsOf: …, "
            + "activations: [.relu, .identity])", file: file.file.file)
      }
      if file.isSequential {
        let layers = try file.denseLayers(activations)
        try self.init(inputs: layers.inputs, layers: layers.layers)
        parameters = try file.parameters(architecture, as: Element.self)
      } else {
        let layers = try file.namedLayers(activations)
        try self.init(inputs: layers.inputs, layers: layers.layers)
        parameters = try file.parameters(
          architecture,
          named: { "\(layers.names[$0.layer]).\($0.role == .weights ? "weight" : "bias")" },
          as: Element.self)
      }
      return
    }
    guard activations == nil else {
      throw PerceptronError(
        .option, "the file describes its own activations; giving others has no effect",
        file: file.file.file)
    }
    _ = try file.precision()
    guard let inputs = description["inputs"]?.int, inputs > 0 else {
      throw file.malformed("inputs")
    }
    guard let stack = description["layers"]?.array, !stack.isEmpty else {
      throw file.malformed("layers")
    }
    var layers: [Layer] = []
    let custom = customLayers.map { AnyCustomLayer($0) }
    for entry in stack {
      guard let layer = Layer(entry, custom: custom) else {
        guard entry["kind"]?.string == "custom", let name = entry["name"]?.string else {
          throw file.malformed("layers")
        }
        throw PerceptronError(
          .modelFile,
          "its layer \(quoted(name)) is a custom one: it can be read where that is at hand, as in "
            + "MLP(contentsOf: …, customLayers: […])", file: file.file.file)
      }
      layers.append(layer)
    }
    let architecture: Architecture
    do {
      architecture = try Architecture(inputs: inputs, layers: layers)
    } catch let error as PerceptronError {
      throw PerceptronError(.modelFile, error.message, file: file.file.file)
    }
    // A file that lies about its size must not make us allocate for it.
    guard architecture.parameterCount <= file.file.bytes.count else {
      throw PerceptronError(
        .modelFile,
        "its description has \(grouped(architecture.parameterCount)) parameters, more than the "
          + "file can hold", file: file.file.file)
    }
    try self.init(
      architecture,
      parameters: file.parameters(
        architecture, ignoring: CheckpointKeys.isTensor, as: Element.self))
    if let json = description["preprocessing"], !json.isNull {
      guard let decoded = Preprocessing(json), decoded.inputCount == inputs else {
        throw file.malformed("preprocessing")
      }
      if let classes = decoded.classes {
        guard
          classes.count == outputs && decoded.target.output == .direct
            || (classes.count == 2 && outputs == 1)
        else {
          throw file.malformed("preprocessing")
        }
      } else if outputs != decoded.outputCount {
        throw file.malformed("preprocessing")
      }
      preprocessing = decoded
    }
    guard let entries = description["provenance"]?.object else {
      throw file.malformed("provenance")
    }
    for member in entries {
      guard let value = member.value.string else { throw file.malformed("provenance") }
      provenance.append(ProvenanceEntry(member.key, value))
    }
  }

  /// Notes where the model comes from, replacing what was noted before.
  package mutating func note(_ entries: [ProvenanceEntry]) { provenance = entries }
}

extension ModelFile {
  /// The dense layers that tensors named `N.weight`, `N.bias` describe.
  fileprivate func denseLayers(_ activations: [Activation]) throws -> (inputs: Int, layers: [Layer])
  {
    func fail(_ message: String) -> PerceptronError {
      PerceptronError(.modelFile, message, file: file.file)
    }
    let numbers = Set(
      file.tensors.compactMap { tensor in
        tensor.name.split(separator: ".").first.flatMap { Int($0) }
      }
    ).sorted()
    guard !numbers.isEmpty else {
      throw fail("it has no tensors named as in nn.Sequential (0.weight, 0.bias, 2.weight, …)")
    }
    guard numbers.count == activations.count else {
      throw fail(
        "it has \(numbers.count) dense layers, \(activations.count) activations were given")
    }
    var layers: [Layer] = []
    var inputs = 0
    var width = 0
    var expected = 0
    for (index, number) in numbers.enumerated() {
      guard number == expected else {
        throw fail(
          "the dense layer after \(index) others should be module \(expected) with these "
            + "activations, the file has \(number)")
      }
      guard let weight = file.tensor(named: "\(number).weight") else {
        throw fail("tensor \"\(number).weight\" is missing")
      }
      guard weight.shape.count == 2, weight.shape[0] > 0, weight.shape[1] > 0 else {
        throw fail("\"\(number).weight\" of shape \(weight.shape) is no matrix")
      }
      if index == 0 {
        inputs = weight.shape[1]
      } else if weight.shape[1] != width {
        throw fail(
          "\"\(number).weight\" takes \(weight.shape[1]) inputs where layer \(index) gives \(width)"
        )
      }
      width = weight.shape[0]
      let hasBias = file.tensor(named: "\(number).bias") != nil
      let othersHave = file.tensors.contains { $0.name.hasSuffix(".bias") }
      guard hasBias || !othersHave else {
        throw fail("tensor \"\(number).bias\" is missing, while other layers have a bias")
      }
      layers.append(.dense(width, activations[index], bias: hasBias))
      expected = number + (activations[index] == .identity ? 1 : 2)
    }
    return (inputs, layers)
  }
}
