import Foundation
import Perceptron

/// Seconds until 784-256-256-10 tells 98 % of MNIST's test images: planning, training and judging
/// after every epoch; reading the files is left out.
enum MNIST98 {
  static let goal = 0.98

  /// Epochs at a learning rate. The library has no schedules; a `fit` of its own for every rate
  /// comes near one.
  static let stages: [(epochs: Int, rate: Double)] = [(2, 0.0015), (13, 0.0003)]

  static func record(_ settings: Settings) throws -> Record {
    guard let folder = settings.mnist else {
      throw PerceptronError(.option, "mnist-98 needs --mnist FOLDER, with MNIST's four files")
    }
    let (train, test) = try (read(folder, "train"), read(folder, "t10k"))
    var model = try MLP<Float>(
      inputs: 784, [(256, .relu), (256, .relu), (10, .softmax)], seed: settings.seed)
    var accuracies: [Double] = []
    var reached: Double?
    let start = ContinuousClock.now
    for (stage, (epochs, rate)) in stages.enumerated() where reached == nil {
      try model.fit(
        train, loss: .crossEntropy, optimizer: .adam(learningRate: rate), epochs: epochs,
        batchSize: 128, validation: .dataset(test), seed: settings.seed + UInt64(stage),
        threads: settings.threads ?? .automatic
      ) { epoch in
        let accuracy = epoch.validationAccuracy ?? 0
        accuracies.append(accuracy)
        guard accuracy >= goal else { return .proceed }
        reached = (ContinuousClock.now - start).seconds
        return .stop
      }
    }
    let best = accuracies.max() ?? 0
    let line =
      if let reached { "98 % after \(shown(reached)) s, \(accuracies.count) epochs" } else {
        "not reached, \(shown(100 * best)) % after \(accuracies.count) epochs"
      }
    return Record(
      name: "mnist-98", line: "mnist-98: \(line)",
      fields: [
        ("seconds", .number(reached ?? .nan)), ("epochs", .integer(accuracies.count)),
        ("accuracy", .number(accuracies.last ?? 0)),
      ])
  }

  /// The images and labels of `train` or `t10k`, plain or compressed.
  private static func read(_ folder: String, _ part: String) throws -> Dataset<Float> {
    func path(_ name: String) -> String {
      let plain = "\(folder)/\(part)-\(name)-ubyte"
      return FileManager.default.fileExists(atPath: plain) ? plain : plain + ".gz"
    }
    return try Dataset(images: path("images-idx3"), labels: path("labels-idx1"))
  }
}
