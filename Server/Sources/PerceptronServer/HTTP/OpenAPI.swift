import NIOCore

/// The description of every path (OpenAPI 3.1), for the models that are served.
enum OpenAPI {
  static func description(of registry: ModelRegistry) -> ByteBuffer {
    var out = ByteBuffer()
    out.writeString("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"swift-perceptron\",\"version\":")
    out.writeJSON(Routes.version)
    out.writeString(
      ",\"description\":\"Trained networks behind the Open Inference Protocol (V2).\"},\"paths\":{")
    out.writeKey("/v2", isFirst: true)
    out.writeGet("Server metadata", "ServerMetadata")
    for (path, summary) in [
      ("live", "Whether the server runs"), ("ready", "Whether it takes requests"),
    ] {
      out.writeKey("/v2/health/\(path)")
      out.writeGet(summary, "Health", isOpen: true)
    }
    for (suffix, extra) in [("", ""), ("/versions/{version}", versionParameter)] {
      let path = "/v2/models/{name}" + suffix
      out.writeKey(path)
      out.writeGet("Model metadata", "ModelMetadata", parameters: names(registry) + extra)
      out.writeKey(path + "/ready")
      out.writeGet("Whether the model is ready", "ModelReady", parameters: names(registry) + extra)
      out.writeKey(path + "/infer")
      out.writePost(
        "Inference", parameters: names(registry) + extra,
        content:
          "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/InferenceRequest\"}}}",
        answer: "InferenceResponse")
    }
    let rows =
      "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Rows\"}},"
      + "\"text/csv\":{\"schema\":{\"type\":\"string\"}}}"
    out.writeKey("/predict/{name}")
    out.writePost(
      "Predictions for rows by column name", parameters: names(registry), content: rows,
      answer: "Predictions")
    out.writeKey("/explain/{name}")
    out.writePost(
      "What each column of a row contributed, or the derivation of the gradient",
      parameters: names(registry) + explainParameters, content: rows, answer: "Attributions",
      isText: true)
    out.writeKey("/metrics")
    out.writeString(
      "{\"get\":{\"summary\":\"Prometheus metrics\",\"responses\":{\"200\":{\"description\":\"Metrics\","
        + "\"content\":{\"text/plain\":{\"schema\":{\"type\":\"string\"}}}},"
        + "\"default\":{\"$ref\":\"#/components/responses/Error\"}}}}")
    out.writeString("},")
    out.writeString(components)
    out.writeString("}")
    return out
  }

  /// The path's `{name}`, of which only these are known.
  private static func names(_ registry: ModelRegistry) -> String {
    var out = ByteBuffer()
    out.writeString(
      "{\"name\":\"name\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\",\"enum\":"
    )
    out.writeArray(registry.entries) { $0.writeJSON($1.name) }
    out.writeString("}}")
    return String(buffer: out)
  }

  private static let versionParameter =
    ",{\"name\":\"version\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]*$\"}}"

  private static let explainParameters =
    [
      "form": ["vectorized", "elementwise", "differentials", "delta"],
      "format": RowExplanation.Format.allCases.map(\.rawValue),
    ]
    .sorted { $0.key < $1.key }
    .map { name, values in
      ",{\"name\":\"\(name)\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":["
        + values.map { "\"\($0)\"" }.joined(separator: ",") + "]}}"
    }.joined() + ",{\"name\":\"class\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}"

  /// Everything that paths refer to.
  private static let components = """
    "components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer"}},
    "responses":{"Error":{"description":"Why the request is not answered","content":
    {"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}}},
    "schemas":{
    "Error":{"type":"object","required":["error"],"properties":{"error":{"type":"string"}}},
    "ServerMetadata":{"type":"object","required":["name","version","extensions"],"properties":
    {"name":{"type":"string"},"version":{"type":"string"},
    "extensions":{"type":"array","items":{"type":"string"}}}},
    "Health":{"type":"object","required":["live","ready"],"properties":
    {"live":{"type":"boolean"},"ready":{"type":"boolean"}}},
    "ModelReady":{"type":"object","required":["name","ready"],"properties":
    {"name":{"type":"string"},"ready":{"type":"boolean"}}},
    "Datatype":{"type":"string","enum":[\(Datatype.allCases.map { "\"\($0)\"" }.joined(separator: ","))]},
    "TensorMetadata":{"type":"object","required":["name","datatype","shape"],"properties":
    {"name":{"type":"string"},"datatype":{"$ref":"#/components/schemas/Datatype"},
    "shape":{"type":"array","items":{"type":"integer"}}}},
    "ModelMetadata":{"type":"object","required":["name","platform","inputs","outputs"],"properties":
    {"name":{"type":"string"},"versions":{"type":"array","items":{"type":"string"}},
    "platform":{"type":"string"},
    "inputs":{"type":"array","items":{"$ref":"#/components/schemas/TensorMetadata"}},
    "outputs":{"type":"array","items":{"$ref":"#/components/schemas/TensorMetadata"}}}},
    "Parameters":{"type":"object","additionalProperties":
    {"anyOf":[{"type":"string"},{"type":"number"},{"type":"boolean"}]}},
    "TensorData":{"description":"Flat or nested, row by row; null is a missing value","type":"array",
    "items":{"anyOf":[{"type":"number"},{"type":"string"},{"type":"boolean"},{"type":"null"},
    {"$ref":"#/components/schemas/TensorData"}]}},
    "RequestInput":{"type":"object","required":["name","shape","datatype"],"properties":
    {"name":{"type":"string"},"shape":{"type":"array","items":{"type":"integer","minimum":0}},
    "datatype":{"$ref":"#/components/schemas/Datatype"},
    "parameters":{"$ref":"#/components/schemas/Parameters"},
    "data":{"$ref":"#/components/schemas/TensorData"}}},
    "RequestOutput":{"type":"object","required":["name"],"properties":
    {"name":{"type":"string"},"parameters":{"$ref":"#/components/schemas/Parameters"}}},
    "InferenceRequest":{"type":"object","required":["inputs"],"properties":
    {"id":{"type":"string"},"parameters":{"$ref":"#/components/schemas/Parameters"},
    "inputs":{"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/RequestInput"}},
    "outputs":{"type":"array","items":{"$ref":"#/components/schemas/RequestOutput"}}}},
    "ResponseOutput":{"type":"object","required":["name","shape","datatype"],"properties":
    {"name":{"type":"string"},"shape":{"type":"array","items":{"type":"integer"}},
    "datatype":{"$ref":"#/components/schemas/Datatype"},
    "parameters":{"$ref":"#/components/schemas/Parameters"},
    "data":{"$ref":"#/components/schemas/TensorData"}}},
    "InferenceResponse":{"type":"object","required":["model_name","outputs"],"properties":
    {"model_name":{"type":"string"},"model_version":{"type":"string"},"id":{"type":"string"},
    "outputs":{"type":"array","items":{"$ref":"#/components/schemas/ResponseOutput"}}}},
    "Row":{"description":"Values by column name; null is a missing value","type":"object",
    "additionalProperties":
    {"anyOf":[{"type":"number"},{"type":"string"},{"type":"boolean"},{"type":"null"}]}},
    "Rows":{"anyOf":[{"$ref":"#/components/schemas/Row"},
    {"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/Row"}}]},
    "Predictions":{"type":"object","required":["model","version","predictions"],"properties":
    {"model":{"type":"string"},"version":{"type":"string"},
    "predictions":{"type":"array","items":{"type":"object"}}}},
    "Attributions":{"type":"object","required":["model","version","answer_of","answer",
    "baseline_answer","attributions"],"properties":{"model":{"type":"string"},
    "version":{"type":"string"},"answer_of":{"type":"string"},"answer":{"type":"number"},
    "baseline_answer":{"type":"number"},"attributions":{"type":"array","items":{"type":"object",
    "required":["column","value","attribution"]}}}}}}
    """
}

extension ByteBuffer {
  fileprivate mutating func writeGet(
    _ summary: String, _ schema: String, parameters: String = "", isOpen: Bool = false
  ) {
    writeString(
      "{\"get\":{\"summary\":\"\(summary)\",\"parameters\":[\(parameters)],\"responses\":{")
    writeString("\"200\":{\"description\":\"\(summary)\",\"content\":")
    writeString(
      "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/\(schema)\"}}}},")
    if isOpen {
      writeString("\"503\":{\"description\":\"The server is about to stop\",\"content\":")
      writeString(
        "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/\(schema)\"}}}},")
    }
    writeString("\"default\":{\"$ref\":\"#/components/responses/Error\"}}}}")
  }

  fileprivate mutating func writePost(
    _ summary: String, parameters: String, content: String, answer: String, isText: Bool = false
  ) {
    writeString("{\"post\":{\"summary\":\"\(summary)\",\"parameters\":[\(parameters)],")
    writeString("\"requestBody\":{\"required\":true,\"content\":\(content)},\"responses\":{")
    writeString("\"200\":{\"description\":\"\(summary)\",\"content\":{\"application/json\":")
    writeString("{\"schema\":{\"$ref\":\"#/components/schemas/\(answer)\"}}")
    if isText {
      for type in ["text/plain", "text/markdown", "text/html", "text/x-tex"] {
        writeString(",\"\(type)\":{\"schema\":{\"type\":\"string\"}}")
      }
    }
    writeString("}},\"default\":{\"$ref\":\"#/components/responses/Error\"}}}}")
  }
}
