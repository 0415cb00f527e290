import Perceptron

/// Looks at every layer at the end of each epoch, on a sample of the training rows, and writes what
/// it has seen: CSV, and a picture beside it.
final class DiagnosisFile<Own: Scalar>: TrainingCallback {
  private let path: String
  private var log: DiagnosisLog<Own>

  /// Where the picture goes: `run.csv` has `run.svg` beside it.
  static func picture(of path: String) -> String {
    (path.hasSuffix(".csv") ? String(path.dropLast(4)) : path) + ".svg"
  }

  /// - Parameters:
  ///   - path: of the CSV.
  ///   - rows: some of the training rows.
  ///   - loss: what is minimised.
  init(_ path: String, rows: Examples<Own>, loss: Loss) {
    self.path = path
    log = DiagnosisLog(inputs: rows.inputs, targets: rows.targets, loss: loss)
  }

  func epochEnded<Element: Scalar>(
    _ epoch: EpochRecord, model: () -> MLP<Element>
  ) throws -> TrainingControl {
    if let model = model() as? MLP<Own> { try log.record(epoch: epoch.epoch, model) }
    return .proceed
  }

  func trainingEnded(_ history: TrainingHistory) throws {
    try FileSystem.writeAtomically(Array(log.csv.utf8), to: path)
    try FileSystem.writeAtomically(Array(log.svg.utf8), to: Self.picture(of: path))
    for (epoch, finding) in log.findings {
      Output.message("diagnosis, epoch \(epoch): \(finding.message)")
    }
    if log.findings.isEmpty { Output.message("diagnosis: every layer takes part") }
  }
}
