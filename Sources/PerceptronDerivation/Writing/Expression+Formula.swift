import Perceptron

extension Symbol {
  /// W₁; what is behind an underscore in the name stands below: m_{W₁}.
  public var formula: Formula {
    let parts = name.split(separator: "_", maxSplits: 1).map(String.init)
    func numbered(_ name: String) -> Formula {
      index.map { .indexed(.name(name), .number(String($0))) } ?? .name(name)
    }
    return parts.count == 2
      ? .indexed(.name(parts[0]), numbered(parts[1])) : numbered(name)
  }
}

extension Dimension {
  /// n₁, or the number.
  public var formula: Formula {
    switch self {
    case .number(let size): .number(String(size))
    case .named(let name, let index):
      if name.hasSuffix("+1") {
        .row([
          Dimension.named(String(name.dropLast(2)), index: index).formula, .sign("+"), .number("1"),
        ])
      } else {
        index.map { .indexed(.name(name), .number(String($0))) } ?? .name(name)
      }
    }
  }
}

extension Shape {
  /// m × n₁, or the word scalar.
  public var formula: Formula {
    isScalar ? .word("scalar") : product
  }

  /// m × n₁, and 1 × 1 too: as it stands among the shapes of a product.
  var product: Formula { .row([rows.formula.asFactor, .sign("×"), columns.formula.asFactor]) }
}

extension Coefficient {
  /// The factor without its sign: 1/m, 2/(m n₂), ½; nil for 1.
  func formula(_ numbers: Evaluation? = nil) -> Formula? {
    func power(_ base: Base, _ exponent: Int) -> Formula {
      let name: Formula
      switch base {
      case .dimension(let dimension):
        name =
          numbers?.sizes[dimension].map { .number(String($0)) } ?? dimension.formula.asFactor
      case .constant(let text):
        name =
          numbers?.constants[text].map { .number(Decimals.text($0)) }
          ?? Formula.constant(text).asFactor
      }
      return exponent == 1 ? name : .power(name, .number(String(exponent)))
    }
    var above = powers.filter { $0.exponent > 0 }.map { power($0.base, $0.exponent) }
    var below = powers.filter { $0.exponent < 0 }.map { power($0.base, -$0.exponent) }
    let size = abs(number)
    if size != 1 {
      let inverse = 1 / size
      if size < 1, inverse == inverse.rounded() {
        below.insert(.number(Decimals.text(inverse)), at: 0)
      } else {
        above.insert(.number(Decimals.text(size)), at: 0)
      }
    }
    /// Numbers side by side would read as one.
    func joined(_ factors: [Formula]) -> Formula {
      if factors.count == 1 { return factors[0] }
      return .row(
        numbers == nil
          ? factors : factors.enumerated().flatMap { $0 == 0 ? [$1] : [.sign("·"), $1] })
    }
    let numerator = above.isEmpty ? .number("1") : joined(above)
    if below.isEmpty { return above.isEmpty ? nil : numerator }
    // The line of a fraction holds together what is alone above or below it.
    return .fraction(numerator.opened, joined(below).opened)
  }
}

extension Formula {
  /// A constant by its name, in which an underscore stands before what is below and a ^ before what
  /// is above: `β_1`, `1 − β_1^t`.
  static func constant(_ text: String) -> Formula {
    let words = text.split(separator: " ").map { word -> Formula in
      let powers = word.split(separator: "^", maxSplits: 1)
      let parts = powers[0].split(separator: "_", maxSplits: 1).map(String.init)
      if ["+", "−"].contains(parts[0]) { return .sign(parts[0]) }
      var result = Int(parts[0]) == nil ? Formula.name(parts[0]) : .number(parts[0])
      if parts.count == 2 { result = .indexed(result, .number(parts[1])) }
      return powers.count == 2 ? .power(result, .name(String(powers[1]))) : result
    }
    return words.count == 1 ? words[0] : .row(words)
  }
}

extension Function {
  /// The name in formulas.
  var formula: Formula {
    switch self {
    case .sigmoid: .name("σ")
    case .step: .name("θ")
    case .signum: .word("sgn")
    case .absolute: .word("abs")
    case .squareRoot: .word("sqrt")
    case .normalDistribution: .word("Φ")
    case .normalDensity: .word("φ")
    case .logCosh: .word("lncosh")
    case .timesLog: .word("xlnx")
    case .leakyReLU, .elu: parameterised(.word(word))
    default: .word(word)
    }
  }

  var derivativeFormula: Formula {
    switch self {
    case .sigmoid: .name("σ′")
    case .step: .name("θ′")
    case .normalDistribution: .word("Φ′")
    case .normalDensity: .word("φ′")
    case .leakyReLU, .elu: parameterised(.word(word + "′"))
    default: .word(word + "′")
    }
  }

  /// In one word: a hyphen would be a minus.
  private var word: String {
    switch self {
    case .exp: "exp"
    case .log: "log"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .softplus: "softplus"
    case .relu: "relu"
    case .step: "step"
    case .sign: "sign"
    case .signum: "sgn"
    case .absolute: "abs"
    case .square: "square"
    case .squareRoot: "sqrt"
    case .normalDistribution: "normal"
    case .normalDensity: "density"
    case .leakyReLU: "lrelu"
    case .elu: "elu"
    case .selu: "selu"
    case .gelu: "gelu"
    case .geluTanh: "gelutanh"
    case .silu: "silu"
    case .mish: "mish"
    case .softsign: "softsign"
    case .hardSigmoid: "hardsigmoid"
    case .hardTanh: "hardtanh"
    case .hardSwish: "hardswish"
    case .relu6: "relu6"
    case .logCosh: "lncosh"
    case .timesLog: "xlnx"
    }
  }

  /// With the parameter below, where it is not the usual one.
  private func parameterised(_ name: Formula) -> Formula {
    guard let activation, !Activation.allCases.contains(activation) else { return name }
    return .indexed(name, .number(Decimals.text(activation.parameter)))
  }
}

extension Expression {
  /// As it is written: juxtaposition for the matrix product, ⊙ and ⊘ entry by entry.
  public var formula: Formula { formula(Names()) }

  /// How adjoints are called.
  struct Names {
    /// Another name for the adjoint of a symbol, such as δ₂ for Z̄₂.
    var adjoints: [Symbol: Formula] = [:]
    /// Numbers to be written in place of symbols and adjoints.
    var numbers: Evaluation?

    func symbol(_ symbol: Symbol) -> Formula {
      numbers?.values[symbol].flatMap { $0.formula } ?? symbol.formula
    }

    func adjoint(of symbol: Symbol) -> Formula {
      if let value = numbers?.adjoints[symbol].flatMap({ $0.formula }) { return value }
      return adjoints[symbol] ?? .overline(symbol.formula)
    }
  }

  func formula(_ names: Names) -> Formula {
    func written(_ x: Expression) -> Formula { x.formula(names) }
    /// In brackets where it is looser than a product.
    func factor(_ x: Expression) -> Formula {
      x.binds == .sum ? .group(.round, written(x)) : written(x)
    }
    /// In brackets unless it is one thing.
    func atom(_ x: Expression) -> Formula {
      x.binds == .atom ? written(x) : .group(.round, written(x))
    }
    func call(_ function: Formula, _ x: Expression) -> Formula {
      .row([function, .group(.round, written(x))])
    }
    switch self {
    case .symbol(let symbol): return names.symbol(symbol)
    case .adjoint(let symbol): return names.adjoint(of: symbol)
    case .differential(let x):
      switch x {
      case .symbol, .inner: return .row([.sign("d"), written(x)])
      default: return .row([.sign("d"), .group(.round, written(x))])
      }
    case .ones(let shape):
      return shape.rows == .one && !shape.isScalar ? .transpose(.number("1")) : .number("1")
    case .zeros: return .number("0")
    case .scale(let c, let x):
      var parts: [Formula] = c.number < 0 ? [.sign("−")] : []
      let front = c.formula(names.numbers)
      if let front { parts.append(front) }
      if x == .ones(.scalar), front != nil { return .row(parts) }
      // 3·1 is a matrix of threes; 3 1 would be two numbers.
      let isFilled = if case .ones = x { front != nil && c.powers.isEmpty } else { false }
      if isFilled || (names.numbers != nil && x.shape.isScalar && front != nil) {
        parts.append(.sign("·"))
      }
      parts.append(
        x.binds == .hadamard && front != nil ? .group(.round, written(x)) : factor(x).closed)
      return .row(parts)
    case .sum(let terms):
      var parts: [Formula] = []
      for (index, term) in terms.enumerated() {
        if case .scale(let c, let x) = term, c.number < 0, index > 0 {
          parts += [.sign("−"), written(.scale(-c, x).tidied)]
        } else {
          if index > 0 { parts.append(.sign("+")) }
          let isSum = if case .sum = term { true } else { false }
          let text = isSum ? factor(term) : written(term)
          parts.append(index > 0 ? text.closed : text)
        }
      }
      return .row(parts)
    case .product(let a, let b):
      func side(_ x: Expression) -> Formula {
        (x.binds == .product || x.binds == .atom ? written(x) : .group(.round, written(x))).closed
      }
      // Two numbers side by side would read as one.
      let isNumeric = names.numbers != nil && (a.shape.isScalar || b.shape.isScalar)
      return .row(isNumeric ? [side(a), .sign("·"), side(b)] : [side(a), side(b)])
    case .hadamard(let factors):
      var parts: [Formula] = []
      for (index, x) in factors.enumerated() {
        if case .reciprocal(let below) = x {
          parts += (index == 0 ? [.number("1")] : []) + [.sign("⊘"), atom(below)]
        } else {
          if index > 0 { parts.append(.sign("⊙")) }
          parts.append((x.binds == .atom ? written(x) : .group(.round, written(x))).closed)
        }
      }
      return .row(parts)
    case .reciprocal(let x): return .row([.number("1"), .sign("⊘"), atom(x)])
    case .transpose(let x): return .transpose(atom(x))
    case .map(.absolute, let x): return .group(.bars, written(x))
    case .map(.square, let x): return .power(atom(x), .number("2"))
    case .map(let function, let x): return call(function.formula, x)
    case .mapDerivative(let function, let x): return call(function.derivativeFormula, x)
    case .softmax(let x, _): return call(.word("softmax"), x)
    case .logSumExp(let x, _): return call(.word("lse"), x)
    case .inner(let a, let b):
      return .group(.angle, .row([written(a), .sign(","), written(b)]))
    case .diagonal(let x): return call(.word("diag"), x)
    case .appending(let filling, let x, let axis):
      let entry = Formula.number(filling == .ones ? "1" : "0")
      return .matrix(axis == .row ? [[written(x), entry]] : [[written(x)], [entry]])
    case .droppingLast(let x, _): return call(.word("drop"), x)
    case .opaque(let name, let parts, _):
      let list = parts.map(written).enumerated().flatMap { $0 == 0 ? [$1] : [.sign(","), $1] }
      return .row([.word(name), .group(.round, .row(list))])
    }
  }

  /// How tightly the outermost operation binds.
  private enum Binding { case sum, hadamard, product, atom }

  private var binds: Binding {
    switch self {
    case .sum: .sum
    case .scale(let c, let x):
      c == .one ? x.binds : x == .ones(.scalar) ? .product : .sum
    case .hadamard, .reciprocal: .hadamard
    case .product: .product
    default: .atom
    }
  }
}

extension Formula {
  /// In brackets when it is a negative number.
  fileprivate var closed: Formula {
    if case .number(let text) = self, text.hasPrefix("−") { return .group(.round, self) }
    return self
  }

  /// In brackets when it is a sum or a difference.
  fileprivate var asFactor: Formula { needsBracketsInSum ? .group(.round, self) : self }

  /// Without round brackets around everything.
  fileprivate var opened: Formula {
    if case .group(.round, let inner) = self { inner } else { self }
  }
}

extension Matrix<Double> {
  /// The entries with six significant digits; a single one without brackets; nil for more than fit
  /// on a page.
  var formula: Formula? {
    guard values.count <= 40, columns <= 10 else { return nil }
    if values.count == 1 { return .number(Decimals.text(values[0])) }
    return .matrix(
      (0..<rows).map { i in (0..<columns).map { .number(Decimals.text(self[i, $0])) } })
  }
}

/// Numbers as they are shown to people.
enum Decimals {
  /// With six significant digits and no trailing zeros: 0.377538, 1e-07, 12.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "∞" : "−∞" }
    let size = abs(value)
    let digits =
      size == size.rounded() && size < 1e6 ? String(Int(size)) : String(size.significant(6))
    return (value < 0 ? "−" : "") + digits
  }
}

extension Double {
  /// Rounded to so many significant digits.
  func significant(_ digits: Int) -> Double {
    guard self != 0, isFinite else { return self }
    var exponent = 0
    var size = abs(self)
    while size >= 10 { (size, exponent) = (size / 10, exponent + 1) }
    while size < 1 { (size, exponent) = (size * 10, exponent - 1) }
    let places = digits - 1 - exponent
    let scale = (0..<abs(places)).reduce(1.0) { power, _ in power * 10 }
    return places >= 0 ? (self * scale).rounded() / scale : (self / scale).rounded() * scale
  }
}
