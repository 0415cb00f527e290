import Foundation
import Perceptron
import Testing

@testable import PerceptronServer

/// Rows by column name, and that all ways give the bits of `MLP.predict`.
@Suite struct RowsTests {
  static let text = """
    colour,size,weight,kind
    red,1.5,10.25,apple
    blue,,1e0,berry
    purple,5.7,-3,melon
    "",0.1,28,melon

    """

  /// The same rows as JSON; a missing value is null.
  static let json = """
    [{"size":1.5,"colour":"red","weight":10.25,"note":[1,{"a":null}]},
    {"size":null,"colour":"blue","weight":1e0},
    {"size":5.7,"colour":"purple","weight":-3},
    {"size":"0.1","colour":null,"weight":28}]
    """

  /// The same rows as tensors.
  static let tensors = """
    {"inputs":[
    {"name":"size","shape":[4],"datatype":"FP64","data":[1.5,null,5.7,0.1]},
    {"name":"colour","shape":[4,1],"datatype":"BYTES","data":["red","blue","purple",""]},
    {"name":"weight","shape":[4],"datatype":"FP64","data":[10.25,1,-3,28]}]}
    """

  static func probabilities(_ answer: Answer) -> [Double] {
    let columns = ["apple", "berry", "melon"].map { answer.numbers(of: $0) }
    return (columns.first ?? []).indices.flatMap { i in columns.map { $0[i] } }
  }

  func check<Element: Scalar>(_ transport: Transport, as: Element.Type) async throws {
    let models = try Models()
    let path = try models.saveKinds(as: Element.self)
    let model = try MLP<Element>(contentsOf: path)
    guard
      case .classes(let names, let labels, let expected) = try model.predict(
        Models.rows(Self.text))
    else { throw Failure() }
    #expect(names == ["apple", "berry", "melon"] || names == ["apple", "melon", "berry"])
    let order = ["apple", "berry", "melon"].map { names.firstIndex(of: $0)! }
    let wanted = expected.flatMap { row in order.map { row[$0] } }
    try await models.serve([path], transport) { client in
      let csv = try await client.post(
        "/predict/kinds", Self.text, headers: ["Content-Type": "text/csv"])
      #expect(csv.status == 200, "\(csv.text)")
      let json = try await client.post("/predict/kinds", Self.json)
      #expect(json.body == csv.body, "\(json.text)")
      let found = Self.probabilities(csv)
      #expect(found.map { Element($0) } == wanted.map { Element($0) })
      let shown = (csv.json["predictions"] as? [[String: Any]])?.map { $0["prediction"] as? String }
      #expect(shown == labels.map { names[$0] })
      let tensors = try await client.post("/v2/models/kinds/infer", Self.tensors)
      #expect(
        tensors.numbers("probabilities")?.map { Element($0) }
          == expected.flatMap { $0 }.map { Element($0) }, "\(tensors.text)")
    }
  }

  struct Failure: Error {}

  @Test(arguments: Transport.allCases) func sameBitsAsTheLibrary(_ transport: Transport)
    async throws
  {
    try await check(transport, as: Float.self)
    try await check(transport, as: Double.self)
  }

  @Test func numbersInTheirOwnUnit() async throws {
    let models = try Models()
    let path = try models.savePrices()
    guard
      case .numbers(let expected) = try MLP<Float>(contentsOf: path).predict(
        Models.rows("size,weight\n2,11\n3.3,12\n"))
    else { throw Failure() }
    try await models.serve([path], .live) { client in
      let one = try await client.post("/predict/prices", #"{"weight":11,"size":2}"#)
      let rows = one.json["predictions"] as? [[String: Any]]
      #expect((rows?[0]["prediction"] as? NSNumber)?.floatValue == Float(expected[0]))
      #expect(one.json["target"] as? String == "price")
    }
  }

  /// FP32 says that a number is one of 32 bits, whether the model scales it or not.
  @Test(arguments: [Preprocessing.Scaling.none, .standard])
  func datatypesRound(_ scaling: Preprocessing.Scaling) async throws {
    let models = try Models()
    let path = try models.save(
      "prices", target: "price", drop: ["kind", "colour"], layers: [(5, .tanh), (1, .identity)],
      loss: .mse, scaling: scaling, as: Double.self)
    try await models.serve([path], .inProcess) { client in
      func infer(_ datatype: String, _ size: String) async throws -> [Double]? {
        try await client.post(
          "/v2/models/prices/infer",
          """
          {"inputs":[{"name":"features","shape":[1,2],"datatype":"\(datatype)","data":[\(size),2]}]}
          """
        ).numbers("prediction")
      }
      let exact = try await infer("FP64", "0.1")
      let rounded = try await infer("FP32", "0.1")
      #expect(exact != nil && exact != rounded)
      #expect(try await infer("FP64", "\(Double(Float(0.1)))") == rounded)
    }
  }

  @Test(arguments: Transport.allCases) func mistakes(_ transport: Transport) async throws {
    let models = try Models()
    let paths = [try models.saveKinds(as: Float.self), try models.savePlain()]
    try await models.serve(paths, transport) { client in
      for (body, message) in [
        ("", "the request has no body"),
        ("[]", "the list has no rows"),
        ("[1]", "row 1 is no object"),
        ("{\"size\":1}", "row 1: the model needs the column \"colour\""),
        (#"{"size":"big","colour":"red","weight":1}"#, "\"big\" in \"size\" is not a number"),
        (#"{"size":{},"colour":"red","weight":1}"#, "neither a number nor a text"),
        (#"{"size":1,"size":2,"colour":"red","weight":1}"#, "\"size\" appears twice"),
        (#"{"size":1e400,"colour":"red","weight":1}"#, "not a finite number"),
        (#"{"size":1,"colour":"red","weight":1}]"#, "not JSON"),
        ("size,colour\n1,red\n", "the model needs the column"),
        ("size,colour,weight\n1,red\n", "the request, line"),
        ("size,colour,weight\nx,red,1\n", "is not a number"),
      ] {
        let answer = try await client.post("/predict/kinds", body)
        #expect(answer.status == 400, "\(body): \(answer.text)")
        #expect(answer.error?.contains(message) == true, "\(body): \(answer.text)")
      }
      let plain = try await client.post("/predict/plain", #"{"a":1}"#)
      #expect(plain.error?.contains("/v2/models/plain/infer") == true)
    }
  }

  @Test(arguments: Transport.allCases) func explanations(_ transport: Transport) async throws {
    let models = try Models()
    try await models.serve([try models.saveKinds(as: Float.self)], transport) { client in
      let row = #"{"size":1.5,"colour":"re\"d","weight":10,"kind":"apple"}"#
      let answer = try await client.post("/explain/kinds?class=melon", row)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.json["answer_of"] as? String == "melon")
      let parts = try #require(answer.json["attributions"] as? [[String: Any]])
      #expect(Set(parts.compactMap { $0["column"] as? String }) == ["size", "colour", "weight"])
      let sum = parts.reduce(0.0) { $0 + (($1["attribution"] as? NSNumber)?.doubleValue ?? .nan) }
      let whole = ["answer", "baseline_answer"].map {
        (answer.json[$0] as? NSNumber)?.doubleValue ?? .nan
      }
      #expect(abs(sum - (whole[0] - whole[1])) < 1e-6)
      for (format, mark) in [
        ("text", "Backpropagation"), ("html", "<html"), ("latex", "\\document"),
      ] {
        let derivation = try await client.post("/explain/kinds?form=delta&format=\(format)", row)
        #expect(derivation.status == 200, "\(derivation.text)")
        #expect(derivation.text.contains(mark))
      }
      for (path, body, message) in [
        ("?form=magic", row, "unknown form"), ("?format=html", row, "give form as well"),
        ("", "[]", "a row is an object"), ("?class=stone", row, "class"),
        ("?form=delta", #"{"size":1,"colour":"red","weight":1}"#, "needs the row's target"),
        ("", "size,colour,weight\n1,red,2\n1,red,2\n", "one row is explained"),
      ] {
        let answer = try await client.post("/explain/kinds\(path)", body)
        #expect(answer.status == 400, "\(path): \(answer.text)")
        #expect(answer.error?.contains(message) == true, "\(path): \(answer.text)")
      }
    }
  }
}
