import Foundation
import Perceptron
import Testing

@testable import PerceptronCommand

/// `train --runs`, `train --log-dir`, `runs`, `log`, `export --format onnx` and `import`.
@Suite struct RunsTests {
  @Test("every training adds a line, and the best is found")
  func record() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    for (name, epochs) in [("a", "1"), ("b", "9")] {
      try place.succeed([
        "train", "@data.csv", "--target", "kind", "--epochs", epochs, "--quiet", "--out",
        "@\(name)", "--runs", "@runs.jsonl", "--learning-rate", "0.05",
      ])
    }
    let lines = try place.text("runs.jsonl").split(separator: "\n")
    #expect(lines.count == 2)
    let record = try JSON.parse(Array(lines[0].utf8))
    for key in ["time", "data_fingerprint", "model", "seed", "seconds", "train", "options"] {
      #expect(record[key] != nil, "\(key)")
    }
    #expect(record["options"]?["learning rate"] != nil || record["options"]?["optimizer"] != nil)
    let list = try place.succeed(["runs", "list", "@runs.jsonl"]).out
    #expect(list.split(separator: "\n").count == 3)
    let best = try JSON.parse(
      Array(
        place.succeed(["runs", "best", "@runs.jsonl", "--metric", "train_loss", "--json"]).out.utf8)
    )
    #expect(best["run"]?.int == 2)
    let compared = try place.succeed(["runs", "compare", "@runs.jsonl", "--metric", "train_loss"])
    #expect(compared.out.split(separator: "\n")[1].hasPrefix("2 "))
    #expect(compared.out.contains("epochs"))
    try place.refuse(
      ["runs", "best", "@runs.jsonl", "--metric", "colour"], says: ["colour", "train_loss"])
    try place.refuse(
      [
        "train", "@data.csv", "--target", "kind", "--out", "@c", "--runs", "@data.csv", "--quiet",
      ], says: ["data.csv"])
  }

  @Test("a torn line is the only one that is lost")
  func torn() throws {
    let place = try Workplace(["runs.jsonl": "{\"time\":\"1\",\"train\":{\"loss\":2}}\n{\"time\":"])
    try RunFile.append(
      ["time": "2", "train": ["loss": 1.0]], to: place.folder("runs.jsonl"))
    let (runs, damaged) = try RunFile.read(place.folder("runs.jsonl"))
    #expect(runs.map(\.number) == [1, 3] && damaged == 1)
    let outcome = try place.succeed(["runs", "list", "@runs.jsonl"])
    #expect(outcome.err.contains("1 line of"))
  }

  @Test("of many processes that write at once none loses a line")
  func writers() throws {
    let place = try Workplace(["data.csv": Tables.coins])
    let count = 8
    let processes = try (0..<count).map { number in
      try place.start([
        "train", "@data.csv", "--target", "side", "--epochs", "2", "--quiet", "--out",
        "@m\(number)", "--runs", "@runs.jsonl", "--seed", "\(number)", "--threads", "1",
      ])
    }
    for process in processes { #expect(try process.outcome(limit: 120).code == 0) }
    let (runs, damaged) = try RunFile.read(place.folder("runs.jsonl"))
    #expect(damaged == 0)
    #expect(Set(runs.compactMap { $0.json["seed"]?.int }) == Set(0..<count))
    #expect(runs.count == count)
  }

  @Test("the course of a training is in two runs, and read back as CSV")
  func log() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let train = [
      "train", "@data.csv", "--target", "kind", "--epochs", "3", "--quiet", "--out", "@m",
      "--log-dir", "@logs", "--history", "@h.jsonl",
    ]
    try place.succeed(train)
    let text = try place.succeed(["log", "@logs", "--csv"]).out
    let table = try Table(bytes: Array(text.utf8), name: "log")
    #expect(table.columns.map(\.name) == ["run", "tag", "step", "wall_time", "value"])
    var losses: [String] = []
    for row in 0..<table.rowCount where table.text(row: row, column: 1) == "loss" {
      if table.text(row: row, column: 0)?.hasSuffix("/train") == true {
        losses.append(table.text(row: row, column: 4) ?? "")
      }
    }
    let history = try place.text("h.jsonl").split(separator: "\n").map { line in
      try JSON.parse(Array(line.utf8))["loss"]?.double ?? .nan
    }
    #expect(losses.map { Float($0) } == history.map { Float($0) })
    try place.succeed(train)
    let runs = Set(
      try place.succeed(["log", "@logs"]).out.split(separator: "\n").dropFirst().compactMap {
        $0.split(separator: "/").first
      })
    #expect(runs.count == 2)
    try place.refuse(["log", "@data.csv"], says: ["not a file of TensorBoard"])
  }

  @Test("a model goes to ONNX, and its network comes back")
  func onnx() throws {
    let place = try Workplace()
    try place.write(Models.flowers.get(), to: "m.safetensors")
    try place.succeed([
      "export", "@m.safetensors", "--format", "onnx", "--network-only", "--out", "@n.onnx",
    ])
    try place.succeed(["import", "@n.onnx", "--out", "@back.safetensors"])
    let back = try MLP<Float>(contentsOf: place.folder("back.safetensors"))
    let model = try MLP<Float>(contentsOf: place.folder("m.safetensors"))
    #expect(back.parameters == model.parameters)
    try place.succeed(["export", "@m.safetensors", "--format", "onnx", "--out", "@m.onnx"])
    try place.refuse(
      ["export", "@m.safetensors", "--format", "onnx", "--opset", "12", "--out", "@o.onnx"],
      says: ["opset 12", "13 to 20"])
    try place.refuse(["import", "@m.onnx", "--out", "@o"], says: ["m.onnx", "inputs"])
  }
}
