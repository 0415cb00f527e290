/// A request of the Open Inference Protocol: what its JSON says, but for the data, which is read once
/// it is known what it is for.
///
/// It points into the bytes of the request, which must outlive it.
struct InferenceRequest {
  /// A tensor of the request.
  struct Input {
    var name: JSONText
    var datatype: Datatype
    var shape: TensorShape
    var data: Data
  }

  /// Where a tensor's elements are.
  enum Data {
    /// In the JSON, from this byte on.
    case json(position: Int)
    /// Behind the JSON.
    case binary(Range<Int>)
  }

  /// An output that is asked for.
  struct RequestedOutput {
    var name: String
    var isBinary: Bool?
  }

  /// The bytes of the whole request.
  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var inputs: [Input] = []
  /// Nil where the request does not say: all.
  private(set) var outputs: [RequestedOutput]?
  /// As it stands in the request, quotes left out.
  private(set) var id: JSONText?
  /// Whether outputs that do not say otherwise are binary.
  private(set) var isBinaryOutput = false

  /// Where the JSON ends and binary data begins.
  private let jsonLength: Int
  private var binaryEnd: Int

  /// - Parameters:
  ///   - bytes: the body.
  ///   - jsonLength: the bytes of JSON; nil where the body is nothing else.
  /// - Throws: `Refusal` saying what is wrong with it.
  init(_ bytes: UnsafeBufferPointer<UInt8>, jsonLength: Int?) throws(Refusal) {
    self.bytes = bytes
    let length = jsonLength ?? bytes.count
    guard length >= 0, length <= bytes.count else {
      throw .invalid(
        "Inference-Header-Content-Length is \(length), and the body has \(bytes.count) bytes")
    }
    self.jsonLength = length
    binaryEnd = length
    guard length > 0 else { throw .invalid("the request has no body; send JSON with \"inputs\"") }
    var reader = JSONReader(UnsafeBufferPointer(rebasing: bytes[..<length]))
    try reader.expect("{")
    var isFirst = true
    var hasInputs = false
    var hasParameters = false
    while let key = try reader.nextKey(&isFirst) {
      if key == "inputs" {
        guard !hasInputs else { throw .twice("inputs") }
        hasInputs = true
        try readInputs(&reader)
      } else if key == "id" {
        guard id == nil else { throw .twice("id") }
        let text = try reader.readText()
        _ = try text.string
        id = text
      } else if key == "outputs" {
        guard outputs == nil else { throw .twice("outputs") }
        try readOutputs(&reader)
      } else if key == "parameters" {
        guard !hasParameters else { throw .twice("parameters") }
        hasParameters = true
        try Self.readParameters(&reader) { reader, key throws(Refusal) in
          guard key == "binary_data_output" else { return try reader.skipParameter() }
          isBinaryOutput = try reader.readBool("binary_data_output")
        }
      } else {
        try reader.skipValue()
      }
    }
    try reader.expectEnd()
    guard hasInputs else { throw .invalid("the request has no \"inputs\"") }
    guard !inputs.isEmpty else { throw .invalid("\"inputs\" is empty") }
    guard binaryEnd == bytes.count else {
      throw .invalid(
        "\(bytes.count - length) bytes of binary data follow the JSON, which speaks of "
          + "\(binaryEnd - length)")
    }
  }

  private mutating func readInputs(_ reader: inout JSONReader) throws(Refusal) {
    try reader.expect("[")
    var isFirst = true
    while try reader.nextElement(&isFirst) { inputs.append(try readInput(&reader)) }
  }

  private mutating func readInput(_ reader: inout JSONReader) throws(Refusal) -> Input {
    try reader.expect("{")
    var name: JSONText?
    var datatype: Datatype?
    var shape: TensorShape?
    var position: Int?
    var binarySize: Int?
    var isFirst = true
    while let key = try reader.nextKey(&isFirst) {
      if key == "name" {
        guard name == nil else { throw .twice("name") }
        name = try reader.readText()
      } else if key == "shape" {
        guard shape == nil else { throw .twice("shape") }
        shape = try TensorShape(&reader)
      } else if key == "datatype" {
        guard datatype == nil else { throw .twice("datatype") }
        let text = try reader.readText()
        datatype = Datatype(text)
        if datatype == nil {
          throw .invalid("the datatype \(shown(try text.string)) is none of the protocol's")
        }
      } else if key == "data" {
        guard position == nil else { throw .twice("data") }
        position = try reader.skipArray()
      } else if key == "parameters" {
        try Self.readParameters(&reader) { reader, key throws(Refusal) in
          guard key == "binary_data_size" else { return try reader.skipParameter() }
          guard let size = try reader.readNumber().integer, size >= 0 else {
            throw .invalid("binary_data_size must be a number of bytes")
          }
          binarySize = size
        }
      } else {
        try reader.skipValue()
      }
    }
    guard let name else { throw .invalid("an input has no \"name\"") }
    func missing(_ what: String) throws(Refusal) -> Refusal {
      .invalid("the input \(shown(try name.string)) has no \"\(what)\"")
    }
    guard let datatype else { throw try missing("datatype") }
    guard let shape else { throw try missing("shape") }
    let data: Data
    switch (position, binarySize) {
    case (let position?, nil): data = .json(position: position)
    case (nil, let size?):
      guard size <= bytes.count - binaryEnd else {
        throw .invalid(
          "the input \(shown(try name.string)) should have \(size) bytes of binary data, and "
            + "\(bytes.count - binaryEnd) are left")
      }
      data = .binary(binaryEnd..<binaryEnd + size)
      binaryEnd += size
    case (nil, nil): throw try missing("data")
    case (_?, _?):
      throw .invalid("the input \(shown(try name.string)) has data and binary_data_size")
    }
    return Input(name: name, datatype: datatype, shape: shape, data: data)
  }

  private mutating func readOutputs(_ reader: inout JSONReader) throws(Refusal) {
    try reader.expect("[")
    var outputs: [RequestedOutput] = []
    var isFirst = true
    while try reader.nextElement(&isFirst) {
      try reader.expect("{")
      var name: String?
      var isBinary: Bool?
      var isFirstKey = true
      while let key = try reader.nextKey(&isFirstKey) {
        if key == "name" {
          name = try reader.readText().string
        } else if key == "parameters" {
          try Self.readParameters(&reader) { reader, key throws(Refusal) in
            if key == "binary_data" {
              isBinary = try reader.readBool("binary_data")
            } else if key == "classification" {
              throw .invalid("the classification extension is not supported")
            } else {
              try reader.skipParameter()
            }
          }
        } else {
          try reader.skipValue()
        }
      }
      guard let name else { throw .invalid("a requested output has no \"name\"") }
      guard !outputs.contains(where: { $0.name == name }) else {
        throw .invalid("the output \(shown(name)) is asked for twice")
      }
      outputs.append(RequestedOutput(name: name, isBinary: isBinary))
    }
    self.outputs = outputs
  }

  /// Reads an object of parameters, each by `body`.
  private static func readParameters(
    _ reader: inout JSONReader,
    _ body: (inout JSONReader, JSONText) throws(Refusal) -> Void
  ) throws(Refusal) {
    guard reader.peek() == UInt8(ascii: "{") else {
      throw .invalid("\"parameters\" must be an object")
    }
    try reader.expect("{")
    var isFirst = true
    while let key = try reader.nextKey(&isFirst) { try body(&reader, key) }
  }
}

extension JSONReader {
  /// A parameter that means nothing here: a string, number or bool.
  fileprivate mutating func skipParameter() throws(Refusal) {
    try skipValue()
  }

  fileprivate mutating func readBool(_ name: String) throws(Refusal) -> Bool {
    if skipWord("true") { return true }
    if skipWord("false") { return false }
    throw .invalid("\(name) must be true or false")
  }
}

extension Refusal {
  fileprivate static func twice(_ key: String) -> Refusal { .invalid("\"\(key)\" appears twice") }
}
