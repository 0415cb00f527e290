extension TrainingOptions {
  /// What two runs must share for one to take up the other.
  func identity<Element: Scalar>(
    _ architecture: Architecture, train: Examples<Element>,
    from stream: RowStream<Element>? = nil, validation: Examples<Element>?
  ) -> [ProvenanceEntry] {
    func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
    return context + [
      ProvenanceEntry("network", architecture.summary),
      ProvenanceEntry(
        "bias",
        architecture.layers.indices.map { index in
          architecture.parameters.contains { $0.layer == index && $0.role == .bias } ? "yes" : "no"
        }.joined(separator: ", ")),
      ProvenanceEntry("precision", Element.precision.rawValue),
      ProvenanceEntry("loss", loss.name),
      ProvenanceEntry("optimizer", optimizer.fullDescription),
      ProvenanceEntry("epochs", "\(epochs)"),
      ProvenanceEntry("batch size", "\(batchSize)"),
      ProvenanceEntry("accumulated batches", "\(accumulation)"),
      ProvenanceEntry("seed", "\(seed)"),
      ProvenanceEntry("monitor", monitor.rawValue),
      ProvenanceEntry("least improvement", "\(minDelta)"),
      ProvenanceEntry("training metrics", measuresTraining ? "yes" : "no"),
      ProvenanceEntry("early stopping", patience.map { "\($0)" } ?? "off"),
      ProvenanceEntry("training rows", "\(stream?.rows ?? train.rows)"),
      ProvenanceEntry("validation rows", "\(validation?.rows ?? 0)"),
      ProvenanceEntry(
        "training data", hexadecimal(stream?.source.fingerprint ?? train.fingerprint())),
      ProvenanceEntry(
        "validation data", validation.map { hexadecimal($0.fingerprint()) } ?? "none"),
    ] + rules + (isDeterministic ? [ProvenanceEntry("deterministic", "yes")] : [])
      + (stream.map { [ProvenanceEntry("rows of a window", "\($0.order.windowRows)")] } ?? [])
  }
}
