import Foundation
import Perceptron
import Testing

/// The options of optimizers, schedules and the finder, as the command takes them.
@Suite struct OptimizerCommandTests {
  private static let train = [
    "train", "@data.csv", "--target", "kind", "--epochs", "3", "--out", "@model.safetensors",
  ]

  @Test(
    "options reach the training, and are said in the model",
    arguments: [
      (
        "--optimizer rmsprop --alpha 0.9 --centered --momentum 0.5 --l1 0.001",
        ["rmsprop(learningRate: 0.01, alpha: 0.9,", "momentum: 0.5, centered: true)", "L1 0.001"]
      ),
      (
        "--optimizer adamw --amsgrad --no-bias-decay --clip-norm 1",
        ["amsgrad: true", "weight decay 0.01 but of biases, norm clipped to 1.0"]
      ),
      (
        "--optimizer lion --beta2 0.95 --weight-decay 0.1 --schedule warmup:4,cosine",
        ["lion(learningRate: 0.0001, beta1: 0.9, beta2: 0.95)", "warmup:4:0.01,cosine:all:0.0"]
      ),
      (
        "--optimizer momentum --dampening 0.3 --clip-value 0.5 --l2 0.01",
        ["dampening: 0.3", "L2 0.01, entries clipped to 0.5"]
      ),
      ("--optimizer lbfgs", ["lbfgs(learningRate: 1.0, history: 10"]),
    ])
  func options(_ text: String, _ said: [String]) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(Self.train + text.split(separator: " ").map(String.init))
    let inspected = try place.succeed(["inspect", "@model.safetensors", "--json"]).out
    for part in said {
      #expect(outcome.err.contains(part), "\(outcome.err)")
      #expect(inspected.contains(part), "\(inspected)")
    }
  }

  @Test("A schedule adds the rate to the lines; the history always has it")
  func history() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let call = Self.train + ["--history", "@run.csv"]
    let plain = try place.succeed(call).err
    #expect(!plain.contains("  rate "))
    #expect(try place.text("run.csv").hasPrefix("epoch,loss,learning_rate,validation_loss,"))
    let stepped = try place.succeed(call + ["--schedule", "step:1:0.5"]).err
    #expect(stepped.contains("  rate 0.000500"))
    let lines = try place.text("run.csv").split(separator: "\n")
    #expect(
      lines.dropFirst().map { $0.split(separator: ",")[2] } == ["0.001", "0.0005", "0.00025"])
    #expect(lines.count == 4)
  }

  @Test("find-lr says a rate, as text, as JSON and as a picture, and writes no model")
  func finder() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let call = ["find-lr", "@data.csv", "--target", "kind", "--steps", "60"]
    #expect(try place.succeed(call).out.contains("try --learning-rate "))
    let out = try place.succeed(call + ["--json", "--plot", "@sweep.svg"]).out
    let json = try JSON.parse(Array(out.utf8))
    let suggestion = try #require(json["suggestion"]?.double)
    #expect(suggestion > 1e-7 && suggestion < 10)
    #expect((json["points"]?.array?.count ?? 0) > 10)
    #expect(try place.text("sweep.svg").hasPrefix("<svg"))
    #expect(Set(try place.folder.content) == ["data.csv", "sweep.svg"])
    let refused = try place.run(call + ["--plot", "@data.csv"])
    #expect(refused.code == 1 && refused.err.contains("no picture"))
  }

  @Test(
    "refusals with exit code 1",
    arguments: [
      ("--schedule cosin", "did you mean cosine?"),
      ("--optimizer lbfgs --schedule cosine", "a schedule does not go with it"),
      ("--optimizer lbfgs --clip-norm 1", "clipping does not go with it"),
      ("--weight-decay=-1", "the weight decay must be at least 0"),
      ("--optimizer rmsprop --alpha 1", "alpha must be at least 0 and below 1"),
    ])
  func refusals(_ text: String, _ message: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.run(Self.train + text.split(separator: " ").map(String.init))
    #expect(outcome.code == 1 && outcome.err.contains(message), "\(outcome.err)")
    #expect(try place.folder.content == ["data.csv"])
  }
}
