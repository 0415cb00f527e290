// The part of TensorFlow's event.proto, summary.proto and tensor.proto
// (https://github.com/tensorflow/tensorflow) that scalars need, with their field numbers.

/// Event
struct EventMessage: ProtobufMessage {
  var wallTime = 0.0
  var step: Int64 = 0
  var fileVersion = ""
  var values: [SummaryValue] = []

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: wallTime = value.double
    case 2: step = value.int
    case 3: fileVersion = value.text
    case 5:
      var reader = ProtobufReader(bytes: value.bytes)
      while let (field, value) = reader.next() {
        if field == 1 { values.append(SummaryValue(protobuf: value.bytes)) }
      }
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    if wallTime != 0 { writer.double(1, wallTime) }
    if step != 0 { writer.int(2, step) }
    writer.text(3, fileVersion)
    guard !values.isEmpty else { return }
    var summary = ProtobufWriter()
    for value in values { summary.message(1, value) }
    writer.data(5, summary.bytes)
  }
}

/// Summary.Value
struct SummaryValue: ProtobufMessage {
  var tag = ""
  var simpleValue: Float?
  /// As newer writers store numbers.
  var tensor: ScalarTensor?

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: tag = value.text
    case 2: simpleValue = value.float
    case 8: tensor = ScalarTensor(protobuf: value.bytes)
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.text(1, tag)
    if let simpleValue { writer.float(2, simpleValue) }
    if let tensor { writer.message(8, tensor) }
    // Metadata, plugin data, the plugin's name.
    var plugin = ProtobufWriter()
    plugin.text(1, "scalars")
    var metadata = ProtobufWriter()
    metadata.data(1, plugin.bytes)
    writer.data(9, metadata.bytes)
  }

  /// The number; nil where it is none.
  var number: Double? { simpleValue.map { Double($0) } ?? tensor?.scalar }
}

/// TensorProto of one number, in one of three places.
struct ScalarTensor: ProtobufMessage {
  /// 1 for floats, 2 for doubles.
  var dtype: Int64 = 0
  var content: ArraySlice<UInt8> = []
  var floats: [Float] = []
  var doubles: [Double] = []

  mutating func take(_ field: Int, _ value: ProtobufValue) {
    switch field {
    case 1: dtype = value.int
    case 4: content = value.bytes
    case 5: floats += value.floats
    case 6: doubles += value.doubles
    default: break
    }
  }

  func write(to writer: inout ProtobufWriter) {
    writer.int(1, dtype)
    if !content.isEmpty { writer.data(4, content) }
    writer.floats(5, floats)
    writer.doubles(6, doubles)
  }

  /// The one number it holds; nil where it holds another count, or other things.
  var scalar: Double? {
    switch dtype {
    case 1 where floats.count == 1: Double(floats[0])
    case 1 where content.count == 4: Double(ProtobufValue.bytes(content).floats[0])
    case 2 where doubles.count == 1: doubles[0]
    case 2 where content.count == 8: ProtobufValue.bytes(content).doubles[0]
    default: nil
    }
  }
}
