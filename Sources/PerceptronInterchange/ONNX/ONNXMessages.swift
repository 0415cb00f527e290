// The part of onnx.proto (https://github.com/onnx/onnx, IR version 8) that a multilayer perceptron
// needs, with its field numbers. Nothing here contains itself, so that reading cannot recurse.

/// ModelProto
struct ONNXModelMessage: ProtobufMessage {
  var irVersion: Int64 = 0
  var producerName = ""
  var graph: ONNXGraphMessage?
  var opsetImport: [ONNXOperatorSet] = []
  var metadataProps: [ONNXEntry] = []

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: irVersion = value.int
    case 2: producerName = value.text
    case 7: graph = ONNXGraphMessage(protobuf: value.bytes)
    case 8: opsetImport.append(ONNXOperatorSet(protobuf: value.bytes))
    case 14: metadataProps.append(ONNXEntry(protobuf: value.bytes))
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.int(1, irVersion)
    writer.text(2, producerName)
    if let graph { writer.message(7, graph) }
    for version in opsetImport { writer.message(8, version) }
    for entry in metadataProps { writer.message(14, entry) }
  }
}

/// OperatorSetIdProto
struct ONNXOperatorSet: ProtobufMessage {
  var domain = ""
  var version: Int64 = 0

  init() {}
  init(_ domain: String, _ version: Int) { (self.domain, self.version) = (domain, Int64(version)) }

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    if field == 1 { domain = value.text } else if field == 2 { version = value.int }
  }

  func write(to writer: inout ProtobufWriter) {
    // The empty domain is the operators' own, and is said.
    writer.data(1, domain.utf8)
    writer.int(2, version)
  }
}

/// StringStringEntryProto
struct ONNXEntry: ProtobufMessage {
  var key = ""
  var value = ""

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    if field == 1 { key = value.text } else if field == 2 { self.value = value.text }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.text(1, key)
    writer.text(2, value)
  }
}

/// GraphProto
struct ONNXGraphMessage: ProtobufMessage {
  var node: [ONNXNodeMessage] = []
  var name = ""
  var initializer: [ONNXTensorMessage] = []
  var input: [ONNXValueMessage] = []
  var output: [ONNXValueMessage] = []

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: node.append(ONNXNodeMessage(protobuf: value.bytes))
    case 2: name = value.text
    case 5: initializer.append(ONNXTensorMessage(protobuf: value.bytes))
    case 11: input.append(ONNXValueMessage(protobuf: value.bytes))
    case 12: output.append(ONNXValueMessage(protobuf: value.bytes))
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    for node in node { writer.message(1, node) }
    writer.text(2, name)
    for tensor in initializer { writer.message(5, tensor) }
    for value in input { writer.message(11, value) }
    for value in output { writer.message(12, value) }
  }
}

/// NodeProto
struct ONNXNodeMessage: ProtobufMessage {
  var input: [String] = []
  var output: [String] = []
  var name = ""
  var opType = ""
  var attribute: [ONNXAttributeMessage] = []
  var domain = ""

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: input.append(value.text)
    case 2: output.append(value.text)
    case 3: name = value.text
    case 4: opType = value.text
    case 5: attribute.append(ONNXAttributeMessage(protobuf: value.bytes))
    case 7: domain = value.text
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    // An empty name is an input left out: it keeps the place of the others.
    for name in input { writer.data(1, name.utf8) }
    for name in output { writer.data(2, name.utf8) }
    writer.text(3, name)
    writer.text(4, opType)
    for attribute in attribute { writer.message(5, attribute) }
    writer.text(7, domain)
  }
}

/// AttributeProto
struct ONNXAttributeMessage: ProtobufMessage {
  /// AttributeType
  enum Kind: Int64 {
    case float = 1
    case int = 2
    case string = 3
    case ints = 7
    case strings = 8
  }

  var name = ""
  var f: Float = 0
  var i: Int64 = 0
  var s: ArraySlice<UInt8> = []
  var ints: [Int64] = []
  var strings: [ArraySlice<UInt8>] = []
  var type: Kind?

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: name = value.text
    case 2: f = value.float
    case 3: i = value.int
    case 4: s = value.bytes
    case 8: ints += value.ints
    case 9: strings.append(value.bytes)
    case 20: type = Kind(rawValue: value.int)
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.text(1, name)
    switch type {
    case .float: writer.float(2, f)
    case .int: writer.int(3, i)
    case .string: writer.data(4, s)
    case .ints: for value in ints { writer.int(8, value) }
    case .strings: for value in strings { writer.data(9, value) }
    case nil: break
    }
    if let type { writer.int(20, type.rawValue) }
  }
}

/// TensorProto
struct ONNXTensorMessage: ProtobufMessage {
  var dims: [Int64] = []
  var dataType: Int32 = 0
  var floatData: [Float] = []
  var stringData: [ArraySlice<UInt8>] = []
  var name = ""
  var rawData: ArraySlice<UInt8>?
  var doubleData: [Double] = []
  /// Whether the numbers are in another file.
  var isExternal = false

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: dims += value.ints
    case 2: dataType = Int32(truncatingIfNeeded: value.int)
    case 4: floatData += value.floats
    case 6: stringData.append(value.bytes)
    case 8: name = value.text
    case 9: rawData = value.bytes
    case 10: doubleData += value.doubles
    case 13: isExternal = true
    case 14: isExternal = isExternal || value.int != 0
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    for dimension in dims { writer.int(1, dimension) }
    writer.int(2, Int64(dataType))
    writer.floats(4, floatData)
    for text in stringData { writer.data(6, text) }
    writer.text(8, name)
    if let rawData { writer.data(9, rawData) }
    writer.doubles(10, doubleData)
  }
}

/// ValueInfoProto with a TypeProto.Tensor: a name, the type of the numbers, the dimensions.
struct ONNXValueMessage: ProtobufMessage {
  var name = ""
  var type = ONNXTensorType()

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    if field == 1 { name = value.text }
    guard field == 2 else { return }
    var reader = ProtobufReader(bytes: value.bytes)
    while let (field, value) = reader.next() {
      if field == 1 { type = ONNXTensorType(protobuf: value.bytes) }
    }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.text(1, name)
    var outer = ProtobufWriter()
    outer.message(1, type)
    writer.data(2, outer.bytes)
  }
}

/// TypeProto.Tensor
struct ONNXTensorType: ProtobufMessage {
  var elemType: Int32 = 0
  var shape: ONNXShape?

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    if field == 1 { elemType = Int32(truncatingIfNeeded: value.int) }
    if field == 2 { shape = ONNXShape(protobuf: value.bytes) }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.int(1, Int64(elemType))
    if let shape { writer.message(2, shape) }
  }
}

/// TensorShapeProto
struct ONNXShape: ProtobufMessage {
  var dim: [ONNXDimension] = []

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    if field == 1 { dim.append(ONNXDimension(protobuf: value.bytes)) }
  }

  func write(to writer: inout ProtobufWriter) {
    for dimension in dim { writer.message(1, dimension) }
  }
}

/// TensorShapeProto.Dimension: a number, or a name for any number.
struct ONNXDimension: ProtobufMessage {
  var dimValue: Int64 = 0
  var dimParam = ""

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    if field == 1 { dimValue = value.int } else if field == 2 { dimParam = value.text }
  }

  func write(to writer: inout ProtobufWriter) {
    if dimParam.isEmpty { writer.int(1, dimValue) } else { writer.text(2, dimParam) }
  }
}
