import HTTPTypes
import Hummingbird
import NIOCore
import Perceptron

// What the server says of itself and of its models.
extension Routes {
  /// The version of the server.
  static let version = "0.1"

  /// For who comes by with a browser.
  func welcome() -> Response {
    var out = ByteBuffer()
    out.writeString(
      "swift-perceptron \(Self.version): models behind the Open Inference Protocol\n\n")
    for entry in server.registry.entries {
      out.writeString(
        "\(entry.name): /v2/models/\(entry.name), /predict/\(entry.name), /explain/\(entry.name)\n")
    }
    out.writeString("\n/openapi.json describes every path, /metrics is for Prometheus\n")
    return Self.reply(out, "text/plain; charset=utf-8")
  }

  func serverMetadata() -> Response {
    var out = ByteBuffer()
    out.writeString("{\"name\":\"swift-perceptron\",\"version\":")
    out.writeJSON(Self.version)
    out.writeString(",\"extensions\":[\"binary_tensor_data\"]}")
    return Self.reply(out)
  }

  /// The protocol's text and its schema disagree on the name; both are here.
  func health(_ isGood: Bool) -> Response {
    Self.reply(
      ByteBuffer(string: "{\"live\":true,\"ready\":\(isGood)}"),
      status: isGood ? .ok : .serviceUnavailable)
  }

  func modelReady(_ context: Context) throws -> Response {
    let model = try server.registry.model(
      context.parameters.get("name") ?? "", version: context.parameters.get("version"))
    var out = ByteBuffer()
    out.writeString("{\"name\":")
    out.writeJSON(model.name)
    out.writeString(",\"ready\":true}")
    return Self.reply(out)
  }

  func modelMetadata(_ context: Context) throws -> Response {
    let name = context.parameters.get("name") ?? ""
    let model = try server.registry.model(name, version: context.parameters.get("version"))
    let versions = try server.registry.entry(name).versions.map(\.version)
    let signature = model.snapshot.signature
    var out = ByteBuffer()
    out.writeString("{\"name\":")
    out.writeJSON(model.name)
    out.writeString(",\"versions\":")
    out.writeArray(versions) { $0.writeJSON($1) }
    out.writeString(",\"platform\":\"perceptron_safetensors\",\"inputs\":")
    out.writeArray(signature.inputs) { $0.write($1) }
    out.writeString(",\"outputs\":")
    out.writeArray(signature.outputs) { $0.write($1.tensor) }
    out.writeString("}")
    return Self.reply(out)
  }
}

extension ByteBuffer {
  fileprivate mutating func write(_ tensor: Signature.Tensor) {
    writeString("{\"name\":")
    writeJSON(tensor.name)
    writeString(",\"datatype\":\"\(tensor.datatype.rawValue)\",\"shape\":")
    writeArray(tensor.shape) { $0.writeJSON($1) }
    writeString("}")
  }
}
