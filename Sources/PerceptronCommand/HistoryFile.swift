import Perceptron

/// The course of a training as CSV: what `--history` writes.
enum HistoryFile {
  static let header = "epoch,loss,validation_loss,validation_accuracy,best\n"

  static func write(_ history: TrainingHistory, to path: String) throws {
    var text = header
    for record in history.epochs {
      text += "\(record.epoch),\(record.loss),"
      text += (record.validationLoss.map { "\($0)" } ?? "") + ","
      text += (record.validationAccuracy.map { "\($0)" } ?? "") + ",\(record.isBest)\n"
    }
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
  }
}
