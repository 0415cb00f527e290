/// The diagnoses of a training, epoch by epoch, on the same rows each time.
///
/// ```swift
/// var log = DiagnosisLog(inputs: x, targets: t, loss: .crossEntropy)
/// try log.record(epoch: 0, model)     // and at the end of every epoch
/// print(log.findings)
/// ```
public struct DiagnosisLog<Element: Scalar>: Sendable {
  /// One epoch.
  public struct Entry: Sendable, Hashable {
    /// 0 is before the first step.
    public let epoch: Int
    /// How the network stood at its end.
    public let diagnosis: TrainingDiagnosis
  }

  private let inputs: Matrix<Element>
  private let targets: Matrix<Element>
  private let loss: Loss
  private var last: MLP<Element>?
  /// In the order they were recorded.
  public private(set) var entries: [Entry] = []

  /// - Parameters:
  ///   - inputs: X of the rows to look at, the training rows or some of them.
  ///   - targets: T of the same rows.
  ///   - loss: what the training minimises.
  ///   - rows: of more rows than this, as many at equal distances are taken.
  public init(
    inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss, rows: Int = 256
  ) {
    let count = max(min(inputs.rows, rows), 0)
    let chosen = (0..<count).map { $0 * inputs.rows / count }
    self.inputs = inputs.selecting(rows: chosen)
    self.targets = targets.selecting(rows: chosen)
    self.loss = loss
  }

  /// Looks at the network at the end of an epoch.
  ///
  /// - Throws: `PerceptronError` when the rows or the loss do not fit the network.
  public mutating func record(epoch: Int, _ model: MLP<Element>) throws {
    entries.append(
      Entry(
        epoch: epoch,
        diagnosis: try TrainingDiagnosis(
          model, inputs: inputs, targets: targets, loss: loss, since: last)))
    last = model
  }

  /// What is wrong, each kind in each layer once, with the first epoch it was seen in.
  public var findings: [(epoch: Int, finding: TrainingDiagnosis.Finding)] {
    var findings: [(epoch: Int, finding: TrainingDiagnosis.Finding)] = []
    for entry in entries {
      for finding in entry.diagnosis.findings
      where !findings.contains(where: {
        $0.finding.kind == finding.kind && $0.finding.layer == finding.layer
      }) {
        findings.append((entry.epoch, finding))
      }
    }
    return findings
  }

  /// A line for every layer of every epoch, numbers in full.
  public var csv: String {
    var text =
      "epoch,layer,activation,activation_mean,activation_deviation,gradient_norm,"
      + "weights_gradient_norm,dead_share,saturated_share,update_ratio,findings\n"
    for entry in entries {
      let findings = entry.diagnosis.findings
      for layer in entry.diagnosis.layers {
        let kinds = findings.filter { $0.layer == layer.number }.map(\.kind.rawValue)
        let numbers: [Double?] = [
          layer.activationMean, layer.activationDeviation, layer.gradientNorm,
          layer.weightsGradientNorm, layer.deadShare, layer.saturatedShare, layer.updateRatio,
        ]
        text += "\(entry.epoch),\(layer.number),\(layer.activation.name),"
        text += numbers.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",")
        text += ",\(kinds.joined(separator: " "))\n"
      }
    }
    return text
  }

  /// ‖Z̄‖ of every layer over the epochs, on a logarithmic scale.
  public var svg: String {
    let layers = entries.first?.diagnosis.layers ?? []
    return LineChart(
      title: "Gradient by layer", xLabel: "epoch", yLabel: "‖Z̄‖",
      series: layers.indices.map { index in
        LineChart.Series(
          name: "\(layers[index].number) \(layers[index].activation.name)",
          points: entries.map {
            (x: Double($0.epoch), y: $0.diagnosis.layers[index].gradientNorm)
          })
      }, yScale: .log
    ).svg()
  }
}
