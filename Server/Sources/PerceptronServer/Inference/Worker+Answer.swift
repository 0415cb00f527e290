import NIOCore
import Perceptron

// The answer to a request of the Open Inference Protocol.
extension NetworkWorker {
  /// Writes what is asked for; binary data follows the JSON.
  func writeAnswer(
    _ request: InferenceRequest, rows: Int, for model: ModelIdentity, into out: inout ByteBuffer
  ) throws(Refusal) -> InferenceSummary {
    var wanted: [(output: Signature.Output, isBinary: Bool)] = []
    if let requested = request.outputs, !requested.isEmpty {
      for each in requested {
        guard let output = answers.signature.outputs.first(where: { $0.tensor.name == each.name })
        else {
          let names = answers.signature.outputs.map { shown($0.tensor.name) }
          throw .invalid(
            "the model has no output \(shown(each.name)); it has \(names.joined(separator: ", "))")
        }
        wanted.append((output, each.isBinary ?? request.isBinaryOutput))
      }
    } else {
      wanted = answers.signature.outputs.map { ($0, request.isBinaryOutput) }
    }
    let start = out.writerIndex
    let values = UnsafeBufferPointer(rebasing: outputs[..<(rows * answers.width)])
    out.writeBytes(model.prefix)
    if let id = request.id {
      out.writeString(",\"id\":\"")
      out.writeBytes(id.bytes)
      out.writeString("\"")
    }
    out.writeString(",\"outputs\":[")
    var binary = ByteBuffer()
    for (place, (output, isBinary)) in wanted.enumerated() {
      out.writeString(place == 0 ? "{\"name\":\"" : ",{\"name\":\"")
      out.writeString(output.tensor.name)
      out.writeString("\",\"shape\":[")
      out.writeJSON(rows)
      if output.tensor.shape.count > 1 {
        out.writeInteger(UInt8(ascii: ","))
        out.writeJSON(output.columns)
      }
      out.writeString("],\"datatype\":\"")
      out.writeString(output.tensor.datatype.rawValue)
      if isBinary {
        let before = binary.writerIndex
        try answers.writeBinary(output, values, rows: rows, into: &binary)
        out.writeString("\",\"parameters\":{\"binary_data_size\":")
        out.writeJSON(binary.writerIndex - before)
        out.writeString("}}")
      } else {
        out.writeString("\",\"data\":")
        try answers.writeData(output, values, rows: rows, into: &out)
        out.writeString("}")
      }
    }
    out.writeString("]}")
    let hasBinary = wanted.contains { $0.isBinary }
    let jsonLength = hasBinary ? out.writerIndex - start : nil
    if hasBinary { out.writeBuffer(&binary) }
    return InferenceSummary(rows: rows, jsonLength: jsonLength)
  }
}
