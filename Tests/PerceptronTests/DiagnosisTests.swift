import Testing

@testable import Perceptron

/// Networks that are ill in known ways.
@Suite struct DiagnosisTests {
  private static let inputs: Matrix<Double> = Draw.normal(rows: 40, columns: 4, seed: 1)
  private static let targets: Matrix<Double> = Draw.normal(rows: 40, columns: 1, seed: 2)

  private static func diagnosis(
    _ model: MLP<Double>, since before: MLP<Double>? = nil
  ) throws -> TrainingDiagnosis {
    try TrainingDiagnosis(model, inputs: inputs, targets: targets, loss: .mse, since: before)
  }

  @Test("a sound network has no findings, and its numbers are those of the passes")
  func sound() throws {
    let model = try MLP<Double>(
      inputs: 4, [(8, .tanh), (8, .relu), (1, .identity)], seed: 3)
    let found = try Self.diagnosis(model)
    #expect(found.findings == [])
    let pass = try model.backwardPass(inputs: Self.inputs, targets: Self.targets, loss: .mse)
    for (layer, own) in zip(found.layers, pass.layers) {
      #expect(abs(layer.gradientNorm - own.preActivationGradient.frobeniusNorm) < 1e-12)
      #expect(abs(layer.weightsGradientNorm - own.weightsGradient.frobeniusNorm) < 1e-12)
      let values = own.activation.values
      let mean = values.reduce(0, +) / Double(values.count)
      #expect(abs(layer.activationMean - mean) < 1e-12)
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(abs(layer.activationDeviation - (square - mean * mean).squareRoot()) < 1e-12)
    }
    #expect(found.layers.map { $0.deadShare != nil } == [false, true, false])
    #expect(found.layers.map { $0.saturatedShare != nil } == [true, false, false])
    #expect(found.layers.allSatisfy { $0.updateRatio == nil })
  }

  @Test("large weights saturate a sigmoid or tanh", arguments: [Activation.sigmoid, .tanh])
  func saturated(_ activation: Activation) throws {
    var model = try MLP<Double>(inputs: 4, [(6, activation), (1, .identity)], seed: 3)
    var weights = model.weights(0)
    weights.values = weights.values.map { $0 * 1000 }
    model.setWeights(0, weights)
    let found = try Self.diagnosis(model)
    #expect(found.findings.map(\.kind).contains(.saturated))
    #expect(found.findings.first { $0.kind == .saturated }?.layer == 1)
    #expect((found.layers[0].saturatedShare ?? 0) > 0.9)
  }

  @Test("5 % of the largest slope is the limit of saturation")
  func limitOfSaturation() throws {
    // 4a(1 − a) = 0.05 at a = (1 ± √0.95)/2, z = ±4.357…; 1 − a² = 0.05 at z = ±2.178….
    for (activation, limit) in [(Activation.sigmoid, 4.3565), (.tanh, 2.17827)] {
      let model = try MLP<Double>(
        Architecture(inputs: 1, layers: [.dense(1, activation), .dense(1, .identity)]),
        parameters: [1, 0, 1, 0])
      let rows: [Double] = [-limit - 1e-3, -limit + 1e-3, 0, limit - 1e-3, limit + 1e-3]
      let found = try TrainingDiagnosis(
        model, inputs: Matrix(rows: 5, columns: 1, values: rows),
        targets: Matrix(rows: 5, columns: 1), loss: .mse)
      #expect(found.layers[0].saturatedShare == 0.4, "\(activation)")
    }
  }

  @Test("units that are never positive are dead, to the unit")
  func dead() throws {
    var model = try MLP<Double>(inputs: 4, [(8, .relu), (1, .identity)], seed: 3)
    model.setBias(0, [-100, 0, -100, 0, -100, -100, -100, 0])
    let found = try Self.diagnosis(model)
    #expect(found.layers[0].deadShare == 5.0 / 8)
    #expect(found.findings.map(\.kind) == [.dead])
    #expect(found.findings[0].message.contains("63 % of its units"))
  }

  @Test("a deep stack of sigmoids lets the gradient fade, and the layer is named")
  func vanishing() throws {
    let layers = Array(repeating: (units: 6, activation: Activation.sigmoid), count: 9)
    let model = try MLP<Double>(inputs: 4, layers + [(1, .identity)], seed: 3)
    let found = try Self.diagnosis(model)
    let finding = try #require(found.findings.first { $0.kind == .vanishing })
    let norms = found.layers.map { $0.gradientNorm / found.layers[9].gradientNorm }
    #expect(norms[finding.layer - 1] < 1e-3)
    #expect(norms[finding.layer...].allSatisfy { $0 >= 1e-3 })
    #expect(finding.layer < 9 && finding.message.hasPrefix("layer \(finding.layer): "))
  }

  @Test("large weights let it explode; what is no number is said alone")
  func exploding() throws {
    var model = try MLP<Double>(
      inputs: 4, [(6, .identity), (6, .identity), (6, .identity), (1, .identity)], seed: 3)
    model.setParameters(model.parameters.map { $0 * 40 })
    let found = try Self.diagnosis(model)
    #expect(found.findings.map(\.kind) == [.exploding])
    model.setParameters(model.parameters.map { _ in .nan })
    #expect(try Self.diagnosis(model).findings.map(\.kind) == [.notFinite])
  }

  @Test("the update ratio by hand, and weights that jump")
  func update() throws {
    let before = try MLP<Double>(inputs: 4, [(3, .tanh), (1, .identity)], seed: 3)
    var after = before
    after.setParameters(before.parameters.map { $0 * 1.25 })
    for layer in try Self.diagnosis(after, since: before).layers {
      #expect(abs((layer.updateRatio ?? 0) - 0.25) < 1e-12)
    }
    after.setParameters(before.parameters.map { $0 * -2 })
    let jumped = try Self.diagnosis(after, since: before)
    #expect(jumped.findings.map(\.kind) == [.unsteady, .unsteady])
    after.setParameters(before.parameters.map { _ in 0 })
    #expect(try Self.diagnosis(before, since: after).layers[0].updateRatio == nil)
  }

  @Test("a log takes rows at equal distances, says a finding once, and is a table and a picture")
  func log() throws {
    var model = try MLP<Double>(inputs: 4, [(4, .relu), (1, .identity)], seed: 3)
    var log = DiagnosisLog(inputs: Self.inputs, targets: Self.targets, loss: .mse, rows: 10)
    try log.record(epoch: 0, model)
    model.setBias(0, [-100, -100, -100, 1])
    for epoch in 1...2 { try log.record(epoch: epoch, model) }
    #expect(log.entries.map(\.epoch) == [0, 1, 2])
    #expect(log.findings.map(\.epoch) == [1])
    #expect(log.findings.map(\.finding.kind) == [.dead])
    let rows = (0..<10).map { $0 * 4 }
    let own = try TrainingDiagnosis(
      model, inputs: Self.inputs.selecting(rows: rows), targets: Self.targets.selecting(rows: rows),
      loss: .mse, since: model)
    #expect(own == log.entries[2].diagnosis)
    let csv = try table(log.csv)
    #expect(csv.rowCount == 6)
    #expect(csv.texts(column: csv.columns.count - 1, rows: [0, 2]) == [nil, "dead"])
    #expect(csv.texts(column: 1, rows: [0, 1]) == ["1", "2"])
    #expect(log.svg.hasPrefix("<svg ") && log.svg.contains("1 relu"))
    #expect(log.svg == log.svg)
    // Fewer rows than asked for are taken as they are.
    var short = DiagnosisLog(inputs: Self.inputs, targets: Self.targets, loss: .mse, rows: 1000)
    try short.record(epoch: 0, model)
    #expect(short.entries[0].diagnosis == (try Self.diagnosis(model)))
  }
}
