import Perceptron

/// Why a training cannot go on: where its numbers stopped being numbers, and what to change.
struct Divergence: Sendable, Hashable, Encodable {
  /// `NaN` or `infinite`.
  let became: String
  /// The update that could not be made, counted from 1.
  let update: Int
  /// Its epoch, counted from 1.
  let epoch: Int
  /// The layer it shows in first, counted from 1 as in the formulas; nil where it is the loss.
  let layer: Int?
  /// What happened, in one sentence.
  let message: String
  /// What to change, one thing a line.
  let advice: [String]

  /// - Parameters:
  ///   - value: the loss, or infinity where it is a parameter.
  ///   - update: counted from 1.
  ///   - epoch: counted from 1.
  ///   - diagnosis: of the network before the update.
  ///   - learningRate: of the update.
  init(
    value: Double, update: Int, epoch: Int, diagnosis: TrainingDiagnosis, learningRate: Double
  ) {
    became = value.isNaN ? "NaN" : "infinite"
    self.update = update
    self.epoch = epoch
    let findings = diagnosis.findings
    let place = findings.first { $0.kind == .notFinite } ?? findings.first { $0.kind == .exploding }
    layer = place?.layer
    message =
      "The loss became \(became) in update \(update), epoch \(epoch)"
      + (place.map { ", and layer \($0.layer) is where it shows first." } ?? ".")
      + " The network is as it was before that update."
    advice =
      ["Lower the learning rate: it is \(text: learningRate), try \(text: learningRate / 10)."]
      + findings.map { Self.sentence($0.message) }
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}
