import PerceptronDerivation
import Testing

@testable import Perceptron

/// The derivation of every network the enums allow, executed: derived = tape = training step.
@Suite("Derivation: networks")
struct NetworkDerivationTests {
  /// A layout, a place for the bias, a number of examples.
  private struct Reading {
    let layout: Layout
    let form: BiasForm
    let rows: Int

    static let all = Layout.allCases.flatMap { layout in
      BiasForm.allCases.flatMap { form in
        [1, 4].map { Reading(layout: layout, form: form, rows: $0) }
      }
    }
  }

  private static let combinations: [Combination] = {
    #if DEBUG
      Combination.brief
    #else
      Combination.valid
    #endif
  }()

  @Test("every valid combination", arguments: Array(combinations.enumerated()))
  func combination(_ place: Int, _ item: Combination) throws {
    // Everything in a release build; else each combination in one reading after another.
    #if DEBUG
      let readings = [Reading.all[place % Reading.all.count]]
    #else
      let readings = Reading.all
    #endif
    for reading in readings {
      let form = item.bias ? reading.form : .separate
      try expectAgreement(item, rows: reading.rows, reading.layout, form)
    }
  }

  private func expectAgreement(
    _ item: Combination, rows: Int, _ layout: Layout, _ form: BiasForm
  ) throws {
    let model = try item.network(seed: 5)
    let network = try NetworkProgram(
      model.architecture, objective: .loss(item.loss), rows: rows, layout: layout, biasForm: form)
    let derivation = Derivation(network.program)
    try ProgramDerivationTests.expectShapes(derivation)
    let numbers = try NetworkNumbers(
      network, derivation, model: model,
      inputs: Draw.normal(rows: rows, columns: 3, seed: 6, as: Double.self),
      targets: Draw.targets(for: item.loss, rows: rows, columns: 3, seed: 7, as: Double.self))
    #expect(numbers.disagreement == nil, "\(layout.rawValue), \(form.rawValue)")
    #expect(derivation.adjoints.allSatisfy { $0.formula?.shape == $0.symbol.shape })
    #expect(numbers.lines.lines > 15)
    for layer in network.layers {
      #expect(numbers.checks[layer.weights]?.trainingStep != nil)
      #expect(numbers.checks[layer.weights]?.tape != nil)
      #expect(numbers.checks[layer.preActivation]?.trainingStep != nil)
    }
  }
}
