import Perceptron

/// A loss of one's own, as a formula in the output A and the targets T: `sum((A - T)^4) / m`.
///
/// Arithmetic is entry by entry; `sum` and `mean` run over all entries; m is the number of examples,
/// K the number of outputs. Functions: `exp`, `log`, `tanh`, `sigmoid`, `softplus`, `relu`, `abs`,
/// `sqrt`. A power has a whole number above it.
public struct LossFormula: Sendable, Hashable {
  /// As it was given.
  public let text: String

  /// - Throws: `PerceptronError` naming the place that cannot be read.
  public init(_ text: String) throws {
    self.text = text
    // With sizes that stay open, so that a single entry is never taken for a total.
    let shape = Shape(.named("m"), .named("K"))
    _ = try expression(
      output: .symbol(Symbol("A", nil, shape, .value)),
      targets: .symbol(Symbol("T", nil, shape, .data)), examples: .named("m"), units: .named("K"))
  }

  /// The loss as an expression, 1 × 1.
  func expression(
    output: Expression, targets: Expression, examples: Dimension, units: Dimension
  ) throws -> Expression {
    var parser = Parser(
      text: text, output: output, targets: targets, examples: examples, units: units)
    return try parser.loss()
  }

  /// What a part of the formula is: a number, or numbers entry by entry.
  private enum Part {
    case number(Coefficient)
    case entries(Expression)
  }

  private struct Parser {
    let letters: [Character]
    var place = 0
    let output: Expression
    let targets: Expression
    let examples: Dimension
    let units: Dimension

    init(
      text: String, output: Expression, targets: Expression, examples: Dimension, units: Dimension
    ) {
      letters = Array(text)
      self.output = output
      self.targets = targets
      self.examples = examples
      self.units = units
    }

    mutating func loss() throws -> Expression {
      let part = try sum()
      skipSpaces()
      guard place == letters.count else {
        throw wrong("\(quoted(String(letters[place]))) is not expected")
      }
      guard case .entries(let x) = part, x.shape.isScalar else {
        throw PerceptronError(
          .option,
          "the loss \(quoted(String(letters))) is not one number for all examples: use sum(…) or mean(…)"
        )
      }
      return x.tidied
    }

    private mutating func sum() throws -> Part {
      var left = try product()
      while let sign = take(["+", "-", "−"]) {
        let right = try product()
        left = try added(left, sign == "+" ? right : scaled(Coefficient(-1), right))
      }
      return left
    }

    private mutating func product() throws -> Part {
      var left = try factor()
      while let sign = take(["*", "·", "/"]) {
        let right = try factor()
        left = try sign == "/" ? divided(left, right) : multiplied(left, right)
      }
      return left
    }

    private mutating func factor() throws -> Part {
      if take(["-", "−"]) != nil { return scaled(Coefficient(-1), try factor()) }
      let base = try atom()
      guard take(["^"]) != nil else { return base }
      let start = place
      guard let exponent = Int(String(run { $0.isASCII && $0.isNumber })),
        (1...16).contains(exponent)
      else {
        place = start
        throw wrong("a power is a whole number from 1 to 16")
      }
      switch base {
      case .number(let c):
        return .number((1..<exponent).reduce(c) { power, _ in power * c })
      case .entries(let x):
        return .entries(
          exponent == 1
            ? x : exponent == 2 ? .map(.square, x) : .hadamard(Array(repeating: x, count: exponent))
        )
      }
    }

    private mutating func atom() throws -> Part {
      skipSpaces()
      guard place < letters.count else { throw wrong("it ends too early") }
      if take(["("]) != nil {
        let inner = try sum()
        try close()
        return inner
      }
      let start = place
      let digits = run { $0.isASCII && ($0.isNumber || $0 == ".") }
      if !digits.isEmpty {
        guard let number = Double(digits), number.isFinite else {
          place = start
          throw wrong("\(quoted(digits)) is not a number")
        }
        return .number(Coefficient(number))
      }
      let word = run { $0.isLetter }
      switch word {
      case "A": return .entries(output)
      case "T": return .entries(targets)
      case "m": return .number(Coefficient(1, [(.dimension(examples), 1)]))
      case "K": return .number(Coefficient(1, [(.dimension(units), 1)]))
      case "sum", "mean":
        let inner = try entries(argument())
        guard word == "mean" else { return .entries(inner.total) }
        let share = Coefficient.reciprocal(examples) * .reciprocal(units)
        return .entries(.scale(share, inner.total))
      default:
        let functions: [String: Function] = [
          "exp": .exp, "log": .log, "tanh": .tanh, "sigmoid": .sigmoid, "softplus": .softplus,
          "relu": .relu, "abs": .absolute, "sqrt": .squareRoot,
        ]
        guard let function = functions[word] else {
          place = start
          throw wrong(
            "\(quoted(word.isEmpty ? String(letters[start]) : word)) is unknown; there are A, T, m, K, sum, mean, "
              + functions.keys.sorted().joined(separator: ", "))
        }
        return .entries(.map(function, try entries(argument())))
      }
    }

    private mutating func argument() throws -> Part {
      guard take(["("]) != nil else { throw wrong("\"(\" is missing") }
      let inner = try sum()
      try close()
      return inner
    }

    private mutating func close() throws {
      guard take([")"]) != nil else { throw wrong("\")\" is missing") }
    }

    /// A number where entries are needed fills a matrix.
    private func entries(_ part: Part, like other: Expression? = nil) throws -> Expression {
      switch part {
      case .entries(let x): return x
      case .number(let c): return .scale(c, .ones(other?.shape ?? output.shape))
      }
    }

    private func scaled(_ c: Coefficient, _ part: Part) -> Part {
      switch part {
      case .number(let d): .number(c * d)
      case .entries(let x): .entries(.scale(c, x))
      }
    }

    private func added(_ a: Part, _ b: Part) throws -> Part {
      switch (a, b) {
      case (.number(let c), .number(let d)):
        guard c.isLike(d) else { throw wrong("numbers with m or K cannot be added to others") }
        return .number(
          Coefficient(c.number + d.number, c.powers.map { ($0.base, $0.exponent) }))
      case (.entries(let x), _): return .entries(try fitting(x, try entries(b, like: x), +))
      case (_, .entries(let y)): return .entries(try fitting(try entries(a, like: y), y, +))
      }
    }

    private func multiplied(_ a: Part, _ b: Part) throws -> Part {
      switch (a, b) {
      case (.number(let c), _): scaled(c, b)
      case (_, .number(let c)): scaled(c, a)
      case (.entries(let x), .entries(let y)): .entries(try fitting(x, y) { $0.times($1) })
      }
    }

    private func divided(_ a: Part, _ b: Part) throws -> Part {
      switch b {
      case .number(let c):
        guard c.number != 0 else { throw wrong("a division by 0") }
        return scaled(Coefficient(1 / c.number, c.powers.map { ($0.base, -$0.exponent) }), a)
      case .entries(let y): return try multiplied(a, .entries(.reciprocal(y)))
      }
    }

    private func fitting(
      _ x: Expression, _ y: Expression, _ combine: (Expression, Expression) -> Expression
    ) throws -> Expression {
      guard x.shape == y.shape else {
        throw wrong("a total and single entries cannot be combined")
      }
      return combine(x, y)
    }

    private mutating func skipSpaces() {
      while place < letters.count, letters[place] == " " { place += 1 }
    }

    private mutating func take(_ signs: [Character]) -> Character? {
      skipSpaces()
      guard place < letters.count, signs.contains(letters[place]) else { return nil }
      place += 1
      return letters[place - 1]
    }

    private mutating func run(_ belongs: (Character) -> Bool) -> String {
      skipSpaces()
      var word = ""
      while place < letters.count, belongs(letters[place]) {
        word.append(letters[place])
        place += 1
      }
      return word
    }

    private func wrong(_ message: String) -> PerceptronError {
      PerceptronError(
        .option, "the loss \(quoted(String(letters))), character \(place + 1): \(message)")
    }
  }
}
