extension Rule {
  /// What the rule says, at the margin of a line.
  var statement: [Document.Inline] {
    switch self {
    case .meaningOfAdjoint: [.text("what an adjoint is")]
    case .definition(let symbol): [.text("the definition of "), .formula(symbol.formula)]
    case .differentialOfSum:
      [
        .formula(Letters.says(.differential(a + b), d(a) + d(b))),
        .text("; what is held fixed has d = 0"),
      ]
    case .differentialOfMultiple: [.text("a constant factor stays")]
    case .differentialOfProduct: equation(.differential(a * b), d(a) * b + a * d(b))
    case .differentialOfHadamard:
      equation(.differential(a.times(b)), d(a).times(b) + a.times(d(b)))
    case .differentialOfReciprocal:
      equation(.differential(.reciprocal(a)), -.hadamard([.reciprocal(a), .reciprocal(a), d(a)]))
    case .differentialOfTranspose: equation(.differential(a.transposed), d(a).transposed)
    case .differentialOfFunction(let function):
      [.formula(function.formula), .text(" acts entry by entry: its derivative at every entry, ⊙")]
    case .differentialOfSoftmax:
      [.text("every entry of a row divides by the row's sum: "), .formula(Self.softmax)]
    case .differentialOfLogSumExp:
      [.text("the derivative of "), .formula(.word("lse")), .text(" is the softmax")]
    case .differentialOfInner:
      equation(.differential(.inner(a, b)), .inner(d(a), b) + .inner(a, d(b)))
    case .differentialOfAppending: [.text("the ones do not vary")]
    case .differentialOfDiagonal: [.text("the diagonal varies as its entries do")]
    case .innerOfSum: equation(.inner(a, b + c), .inner(a, b) + .inner(a, c))
    case .innerOfMultiple: [.text("a number may stand on either side")]
    case .moveLeftFactor: equation(.inner(a, b * c), .inner(b.transposed * a, c))
    case .moveRightFactor: equation(.inner(a, b * c), .inner(a * c.transposed, b))
    case .moveHadamard: equation(.inner(a, b.times(c)), .inner(a.times(b), c))
    case .moveTranspose: equation(.inner(a, b.transposed), .inner(a.transposed, b))
    case .moveAppending:
      [.text("what was appended does not vary: its column (or row) is dropped")]
    case .moveDiagonal: [.text("only the diagonal counts")]
    case .symmetry: equation(.inner(a, b), .inner(b, a))
    case .collect: equation(.inner(a, c) + .inner(b, c), .inner(a + b, c))
    case .readOff(let symbol):
      [
        .formula(
          .group(
            .angle,
            .row([.boxed(.name("?")), .sign(","), Expression.differential(.symbol(symbol)).formula])
          )),
        .text(" stands alone: the "), .formula(.boxed(.name("?"))), .text(" is the gradient"),
      ]
    case .sumOverUses(let symbol):
      [.formula(symbol.formula), .text(" is used in several places: their adjoints add up")]
    case .adjoint(let symbol):
      [.text("with "), .formula(.overline(symbol.formula)), .text(" put in")]
    case .derivative(let function): Self.derivative(of: function)
    case .scalars: [.text("numbers commute with everything")]
    case .transposes: [.text("a transpose of a product, of a transpose, of ones")]
    case .ones:
      [.text("⊙ with ones changes nothing; a column of ones times a row of ones is all ones")]
    case .rowsSumToOne(let symbol):
      [.text("the targets "), .formula(symbol.formula), .text(" of one example sum to 1")]
    case .cancel: [.formula(Letters.says(a.over(a), .ones(.scalar)))]
    case .expand: equation(a.times(b + c), a.times(b) + a.times(c))
    case .likeTerms: [.text("equal terms are added")]
    case .factor: [.text("what all terms share is taken out")]
    case .diagonalProduct:
      [.text("a diagonal matrix scales: its product is ⊙ with the diagonal")]
    case .together: [.text("every adjoint replaced by its own formula")]
    }
  }

  private var a: Expression { Letters.a }
  private var b: Expression { Letters.b }
  private var c: Expression { Letters.c }
  private func d(_ x: Expression) -> Expression { .differential(x) }

  private func equation(_ left: Expression, _ right: Expression) -> [Document.Inline] {
    [.formula(Letters.says(left, right))]
  }

  /// dA = A ⊙ (dZ − ((A ⊙ dZ) 1) 1ᵀ)
  private static var softmax: Formula {
    let z = Expression.symbol(Symbol("Z", nil, Letters.square, .value))
    let change = Expression.hadamard([Letters.a, .differential(z)])
    return Letters.says(
      .differential(Letters.a),
      Letters.a.times(
        .differential(z) - change.sums(along: .row, spreadTo: Letters.square)))
  }

  /// σ′(z) = σ(z) (1 − σ(z)), with the case of z where there are two.
  private static func derivative(of function: Function) -> [Document.Inline] {
    let z = Expression.symbol(Symbol("z", nil, .scalar, .value))
    guard let derivative = function.derivative(at: z) else {
      return [
        .formula(function.formula),
        .text(" is flat wherever it has a derivative: no signal passes"),
      ]
    }
    var text: [Document.Inline] = [.formula(Letters.says(.mapDerivative(function, z), derivative))]
    if function == .relu {
      text += [
        .text(", which is "),
        .formula(.cases([.init(.number("1"), if: "z > 0"), .init(.number("0"), if: "otherwise")])),
      ]
    }
    return text
  }
}

/// The letters that rules are stated with.
enum Letters {
  private static let n = Dimension.named("n")
  static let square = Shape(n, n)
  static let a = Expression.symbol(Symbol("A", nil, square, .value))
  static let b = Expression.symbol(Symbol("B", nil, square, .value))
  static let c = Expression.symbol(Symbol("C", nil, square, .value))

  static func says(_ left: Expression, _ right: Expression) -> Formula {
    .row([left.formula, .equals, right.formula])
  }
}
