import Foundation
import Testing

@testable import PerceptronServer

/// The Open Inference Protocol, by each of the two ways in.
@Suite struct ProtocolTests {
  static let kinds = """
    {"id":"a\\"b","inputs":[
    {"name":"size","shape":[2,1],"datatype":"FP64","data":[[1.5],[6]]},
    {"name":"colour","shape":[2,1],"datatype":"BYTES","data":["red","gr\\u0065en"]},
    {"name":"weight","shape":[2],"datatype":"INT32","data":[10,28]}]}
    """

  @Test(arguments: Transport.allCases) func healthAndMetadata(_ transport: Transport) async throws {
    let models = try Models()
    let paths = ["kinds=\(try models.saveKinds(as: Float.self))", try models.savePrices()]
    try await models.serve(paths, transport) { client in
      for path in ["/v2/health/live", "/v2/health/ready", "/v2/health/live/"] {
        let answer = try await client.get(path)
        #expect(answer.status == 200, "\(path)")
        #expect(answer.json["live"] as? Bool == true)
      }
      let server = try await client.get("/v2").json
      #expect(server["name"] as? String == "swift-perceptron")
      #expect(server["extensions"] as? [String] == ["binary_tensor_data"])
      let answer = try await client.get("/v2/models/kinds")
      #expect(
        answer.text == """
          {"name":"kinds","versions":["1"],"platform":"perceptron_safetensors","inputs":[\
          {"name":"size","datatype":"FP32","shape":[-1,1]},\
          {"name":"colour","datatype":"BYTES","shape":[-1,1]},\
          {"name":"weight","datatype":"FP32","shape":[-1,1]}],"outputs":[\
          {"name":"label","datatype":"BYTES","shape":[-1]},\
          {"name":"probabilities","datatype":"FP32","shape":[-1,3]}]}
          """)
      #expect(
        try await client.get("/v2/models/prices/versions/1/ready").json["ready"] as? Bool == true)
    }
  }

  @Test(arguments: Transport.allCases) func inference(_ transport: Transport) async throws {
    let models = try Models()
    try await models.serve([try models.saveKinds(as: Float.self)], transport) { client in
      for path in ["/v2/models/kinds/infer", "/v2/models/kinds/versions/1/infer/"] {
        let answer = try await client.post(path, Self.kinds)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.json["model_name"] as? String == "kinds")
        #expect(answer.json["model_version"] as? String == "1")
        #expect(answer.json["id"] as? String == "a\"b")
        #expect(answer.data("label")?.count == 2)
        let sums = try #require(answer.numbers("probabilities"))
        #expect(sums.count == 6)
        #expect(abs(sums[0] + sums[1] + sums[2] - 1) < 1e-6)
      }
      let one = try await client.post(
        "/v2/models/kinds/infer",
        Self.kinds.replacing("\"id\"", with: "\"outputs\":[{\"name\":\"label\"}],\"id\""))
      #expect(one.numbers("probabilities") == nil)
      #expect(one.data("label")?.count == 2)
    }
  }

  /// All ways to say the same numbers give the same answer.
  @Test(arguments: Transport.allCases) func sameNumbers(_ transport: Transport) async throws {
    let models = try Models()
    let paths = [try models.savePrices(), try models.savePlain()]
    try await models.serve(paths, transport) { client in
      func infer(_ inputs: String) async throws -> Answer {
        try await client.post("/v2/models/prices/infer", "{\"inputs\":[\(inputs)]}")
      }
      func columns(_ datatype: String, _ size: String = "6", _ weight: String = "28") -> String {
        """
        {"data":[\(weight)],"datatype":"\(datatype)","shape":[1],"name":"weight"},
        {"name":"size","shape":[1,1],"datatype":"\(datatype)","data":[[\(size)]],"unknown":{"a":[1]}}
        """
      }
      let expected = try await infer(columns("FP32"))
      #expect(expected.status == 200, "\(expected.text)")
      for datatype in Datatype.allCases where datatype != .BYTES && datatype != .BOOL {
        let answer = try await infer(columns(datatype.rawValue))
        #expect(answer.body == expected.body, "\(datatype)")
      }
      for features in [
        #"{"name":"features","shape":[1,2],"datatype":"FP32","data":[6,28]}"#,
        #"{"name":"input","shape":[1,2],"datatype":"FP64","data":[[6.0,2.8e1]]}"#,
      ] {
        let answer = try await infer(features)
        #expect(answer.body == expected.body, "\(features): \(answer.text)")
      }
      // A missing value is the training rows' median.
      let missing = try await infer(columns("FP32", "null"))
      #expect(missing.body == (try await infer(columns("FP32", "1.5")).body), "\(missing.text)")
      let plain = try await client.post(
        "/v2/models/plain/infer",
        #"{"inputs":[{"name":"features","shape":[2,2],"datatype":"FP32","data":[[1,2],[3,4]]}]}"#)
      #expect(plain.numbers("outputs")?.count == 4)
    }
  }

  /// Binary data in and out says what JSON says.
  @Test(arguments: Transport.allCases) func binaryData(_ transport: Transport) async throws {
    let models = try Models()
    try await models.serve([try models.saveKinds(as: Float.self)], transport) { client in
      let json = try await client.post("/v2/models/kinds/infer", Self.kinds)
      let header = Array(
        """
        {"parameters":{"binary_data_output":true},"inputs":[
        {"name":"size","shape":[2,1],"datatype":"FP64","parameters":{"binary_data_size":16}},
        {"name":"colour","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":16}},
        {"name":"weight","shape":[2,1],"datatype":"FP16","parameters":{"binary_data_size":4}}]}
        """.utf8)
      var body = header
      for value in [1.5, 6.0] { withUnsafeBytes(of: value.bitPattern) { body += $0 } }
      for text in ["red", "green"] {
        withUnsafeBytes(of: UInt32(text.utf8.count)) { body += $0 }
        body += text.utf8
      }
      body += [0x00, 0x49, 0x00, 0x4F]  // 10 and 28
      let answer = try await client.send(
        "POST", "/v2/models/kinds/infer",
        headers: ["Inference-Header-Content-Length": "\(header.count)"], body: body)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.headers["content-type"] == "application/octet-stream")
      let length = try #require(Int(answer.headers["inference-header-content-length"] ?? ""))
      let head = String(decoding: answer.body[..<length], as: UTF8.self)
      #expect(head.contains("\"parameters\":{\"binary_data_size\":24}"), "\(head)")
      let floats = answer.body.suffix(24)
      let numbers = (0..<6).map { k in
        Float(
          bitPattern: floats.dropFirst(4 * k).prefix(4).reversed().reduce(UInt32(0)) {
            $0 << 8 | UInt32($1)
          })
      }
      #expect(
        numbers.map(Double.init).map { Float($0) }
          == json.numbers("probabilities")?.map { Float($0) })
      let labels = answer.body[length...].dropLast(24)
      let first = try #require(json.data("label")?.first as? String)
      #expect(Array(labels.prefix(4)) == [UInt8(first.utf8.count), 0, 0, 0])
      #expect(
        String(decoding: labels.dropFirst(4).prefix(first.utf8.count), as: UTF8.self) == first)
    }
  }

  @Test(arguments: Transport.allCases) func versions(_ transport: Transport) async throws {
    let models = try Models()
    let old = try models.savePrices("old", seed: 1)
    let new = try models.savePrices("new", seed: 2)
    try await models.serve(["p:10=\(new)", "p:2=\(old)"], transport) { client in
      let body = #"{"inputs":[{"name":"features","shape":[1,2],"datatype":"FP32","data":[6,28]}]}"#
      let latest = try await client.post("/v2/models/p/infer", body)
      #expect(latest.json["model_version"] as? String == "10")
      let first = try await client.post("/v2/models/p/versions/2/infer", body)
      #expect(first.json["model_version"] as? String == "2")
      #expect(first.numbers("prediction") != latest.numbers("prediction"))
      #expect(try await client.get("/v2/models/p").json["versions"] as? [String] == ["2", "10"])
      let unknown = try await client.post("/v2/models/p/versions/3/infer", body)
      #expect(unknown.status == 404)
      #expect(unknown.error == "the model \"p\" has no version \"3\"; there is 2, 10")
    }
  }

  /// A request and what is wrong with it.
  struct Mistake: CustomTestStringConvertible, Sendable {
    let body: String
    let message: String

    init(_ body: String, _ message: String) {
      self.body = body
      self.message = message
    }

    var testDescription: String { message }
  }

  static func tensor(_ shape: String, _ data: String, name: String = "features") -> String {
    #"{"inputs":[{"name":"\#(name)","shape":\#(shape),"datatype":"FP32","data":\#(data)}]}"#
  }

  static let mistakes: [Mistake] = [
    Mistake("{\"inputs\":", "not JSON: byte 10: expected '[', found the end of the text"),
    Mistake("[]", "not JSON: byte 0: expected '{', found '['"),
    Mistake("{}", "the request has no \"inputs\""),
    Mistake("{\"inputs\":[]}", "\"inputs\" is empty"),
    Mistake("{\"inputs\":[],\"inputs\":[]}", "\"inputs\" appears twice"),
    Mistake("{\"inputs\":[{}]}", "an input has no \"name\""),
    Mistake(
      "{\"inputs\":[{\"name\":\"size\",\"shape\":[1]}]}", "the input \"size\" has no \"datatype\""),
    Mistake(
      "{\"inputs\":[{\"name\":\"size\",\"shape\":[1],\"datatype\":\"FP99\",\"data\":[1]}]}",
      "the datatype \"FP99\" is none of the protocol's"),
    Mistake(tensor("[1,3]", "[1,2,3]"), "does not fit the model, which takes [-1, 2]"),
    Mistake(tensor("[2]", "[1,2]"), "does not fit the model, which takes [-1, 2]"),
    Mistake(tensor("[1,2]", "[1]"), "\"data\" does not have the 2 values of [1, 2]"),
    Mistake(tensor("[1,2]", "[1,2,3]"), "\"data\" does not have the 2 values of [1, 2]"),
    Mistake(tensor("[2,2]", "[[1,2],[3]]"), "\"data\" does not have the 4 values of [2, 2]"),
    Mistake(tensor("[1,2]", "[[1],[2]]"), "\"data\" does not have the 2 values of [1, 2]"),
    Mistake(tensor("[1,2]", "[[[1,2]]]"), "\"data\" does not have the 2 values of [1, 2]"),
    Mistake(tensor("[-1,2]", "[1,2]"), "a shape has whole numbers from 0 on"),
    Mistake(tensor("[0,2]", "[]"), "the request has no rows"),
    Mistake(tensor("[1,1,2]", "[1,2]"), "a shape here has one or two dimensions"),
    Mistake(tensor("[]", "[]"), "a shape here has one or two dimensions"),
    Mistake(tensor("[1000000000,2]", "[1,2]"), "which the request is too short for"),
    Mistake(tensor("[1,2]", "[NaN,2]"), "not JSON"),
    Mistake(tensor("[1,2]", "[\"NaN\",2]"), "a text in a tensor of FP32"),
    Mistake(tensor("[1,2]", "[true,2]"), "true or false in a tensor of FP32"),
    Mistake(tensor("[1,2]", "[1e999,2]"), "1e999 is not a finite number in float"),
    Mistake(tensor("[1,2]", "[01,2]"), "superfluous 0"),
    Mistake(tensor("[1,2]", "[1,2"), "not JSON"),
    Mistake(tensor("[1,1]", "[1]", name: "nothing"), "the model has no input \"nothing\""),
    Mistake(tensor("[1,1]", "[1]", name: "size"), "the input \"weight\" is missing"),
    Mistake(
      #"{"inputs":[{"name":"size","shape":[1],"datatype":"UINT8","data":[300]}]}"#,
      "300 is no UINT8"),
    Mistake(
      #"{"inputs":[{"name":"size","shape":[1],"datatype":"INT64","data":[1.5]}]}"#,
      "1.5 is no INT64"),
    Mistake(
      #"{"inputs":[{"name":"size","shape":[1],"datatype":"BYTES","data":["a"]}]}"#,
      "the column \"size\" has numbers"),
    Mistake(
      #"{"inputs":[{"name":"size","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}"#,
      "0 are left"),
    Mistake(
      tensor("[1,2]", "[1,2]").replacing("}]}", with: "}],\"outputs\":[{\"name\":\"x\"}]}"),
      "the model has no output \"x\""),
    Mistake(
      String(repeating: "{\"a\":", count: 70) + "1" + String(repeating: "}", count: 70),
      "nested deeper than 64 levels"),
  ]

  /// Each is a 400 with its message, and the server goes on.
  @Test(arguments: Transport.allCases) func mistakes(_ transport: Transport) async throws {
    let models = try Models()
    try await models.serve([try models.savePrices()], transport) { client in
      for mistake in Self.mistakes {
        let answer = try await client.post("/v2/models/prices/infer", mistake.body)
        #expect(answer.status == 400, "\(mistake.body): \(answer.text)")
        #expect(
          answer.error?.contains(mistake.message) == true, "\(mistake.body): \(answer.text)")
      }
      let good = try await client.post(
        "/v2/models/prices/infer", Self.tensor("[1,2]", "[6,28]"))
      #expect(good.status == 200)
    }
  }

  /// Paths, methods and names that lead nowhere, in particular not to files.
  @Test(arguments: Transport.allCases) func wrongPaths(_ transport: Transport) async throws {
    let models = try Models()
    try await models.serve([try models.savePrices()], transport) { client in
      for (path, status) in [
        ("/nothing", 404), ("/v2/models/nothing", 404), ("/v2/models/nothing/ready", 404),
        ("/v2/models/..%2f..%2fetc%2fpasswd", 404), ("/v2/models/../../etc/passwd", 404),
        ("/v2/models/prices/versions/99", 404), ("/v2/models/prices/versions/x/ready", 404),
        ("/v2/models/prices/infer", 405), ("/predict/prices", 405), ("/v2/models", 404),
      ] {
        let answer = try await client.get(path)
        #expect(answer.status == status, "\(path): \(answer.text)")
        #expect(answer.error != nil, "\(path): \(answer.text)")
      }
      for path in [
        "/v2/models/nothing/infer", "/v2/models/..%2fprices/infer",
        "/v2/models/prices/versions/0/infer",
        "/predict/nothing", "/explain/nothing",
      ] {
        let answer = try await client.post(path, "{\"inputs\":[]}")
        #expect(answer.status == 404, "\(path): \(answer.text)")
        #expect(answer.error != nil, "\(path): \(answer.text)")
      }
      #expect(try await client.post("/v2", "{}").headers["allow"] == "GET, HEAD")
    }
  }
}
