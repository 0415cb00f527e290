import Perceptron

/// Layers without a Z: dropout, activations by themselves, prelu, normalisations. There is no δ of
/// them; each hands the adjoint of its output on to its input.
///
/// A normalisation does so by the rule that its layer runs, since a mean couples what it is taken of:
///
/// | | adjoint of the input |
/// |---|---|
/// | over the batch | (Ā − (1/m) 1 β̄ − (1/m) X̂ ⊙ 1 γ̄) ⊙ 1 γ ⊘ 1 s |
/// | over the units | (G − (1/n) (G 1) 1ᵀ − (1/n) X̂ ⊙ ((G ⊙ X̂) 1) 1ᵀ) ⊘ s 1ᵀ, G = Ā ⊙ 1 γ |
/// | statistics given | Ā ⊙ 1 γ ⊘ 1 s |
///
/// It is not derived here; what is shown is compared with the derivation's own adjoint, which goes
/// through X̂, s, v, C and μ one by one.
extension DeltaReading {
  /// The rule of the normalisation that a symbol enters; nil elsewhere.
  func handedOn(to symbol: Symbol) -> Expression? {
    guard let layer = normalization(taking: symbol), let parts = layer.normalization,
      let gamma = layer.symbol(of: .scale), let beta = layer.symbol(of: .shift)
    else { return nil }
    let (layout, examples) = (network.layout, network.examples)
    let units = layout.units(of: symbol.shape)
    let normalized = Expression.symbol(parts.normalized)
    let deviation = Expression.symbol(parts.deviation)
    let arriving = Expression.adjoint(layer.activation)
    func everyExample(_ x: Expression) -> Expression { layout.inEveryExample(x, examples) }
    let scale = everyExample(.symbol(gamma))
    if case .layerNormalization = layer.layer {
      let own = arriving.times(scale).tidied
      func mean(_ x: Expression) -> Expression {
        layout.inEveryUnit(layout.overUnits(x.tidied), units).divided(by: units)
      }
      let inner = own - mean(own) - normalized.times(mean(own.times(normalized)))
      return numbersFirst(inner.over(layout.inEveryUnit(deviation, units)))
    }
    guard !parts.isFixed else {
      return .hadamard([arriving, scale, .reciprocal(everyExample(deviation))])
    }
    let common = everyExample(.adjoint(beta)).divided(by: examples)
    let along = normalized.times(everyExample(.adjoint(gamma))).divided(by: examples)
    return numbersFirst(
      .hadamard([arriving - common - along, scale, .reciprocal(everyExample(deviation))]))
  }

  /// What the section about a layer shows. A dense one: δ, W̄, b̄. One without a Z: Ā, where no section
  /// above has it, what is learned, and what enters, unless it is X, which has a section of its own.
  func adjoints(inSectionOf place: Int) -> [Symbol] {
    let layer = network.layers[place]
    if layer.layer.isDense { return [layer.preActivation] + layer.parameters }
    let wanted =
      layer.parameters + (layer.preActivation == network.inputs ? [] : [layer.preActivation])
    let entering = layer.parameters + [layer.preActivation]
    let isRead = entering.contains { symbol in
      derivation.adjoint(of: symbol).flatMap(expression)?.contains {
        $0 == .adjoint(layer.activation)
      } == true
    }
    return (isRead && !isShown(place) ? [layer.activation] : []) + wanted
  }

  /// Why the formula looks as it does.
  func why(_ adjoint: AdjointDerivation) -> [Document.Inline] {
    guard let layer = normalization(taking: adjoint.symbol), let parts = layer.normalization else {
      return reasons.why(adjoint)
    }
    if parts.isFixed {
      return [.text("mean and deviation are given numbers: every entry is scaled, hence ⊙")]
    }
    let isOverUnits = if case .layerNormalization = layer.layer { true } else { false }
    return [
      .text("the rule of \(LayerStack.text([layer.layer])): every "),
      .text(
        isOverUnits
          ? "unit of an example changes its mean and deviation"
          : "example changes the mean and deviation of all"),
      .text(", so that their means are taken off what arrives; the vectorized form derives it"),
    ]
  }

  private func normalization(taking symbol: Symbol) -> NetworkProgram.LayerSymbols? {
    network.layers.first { $0.normalization != nil && $0.preActivation == symbol }
  }

  private func numbersFirst(_ x: Expression) -> Expression {
    Simplifier(program: network.program).scalarsFirst(x)
  }
}
