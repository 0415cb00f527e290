import Testing

@testable import PerceptronDerivation

@Suite("Derivation: notations of a formula")
struct DerivationFormulaTests {
  typealias S = SampleDocument

  struct Case: CustomTestStringConvertible {
    let formula: Formula
    let lines: [String]
    let latex: String

    init(_ formula: Formula, _ lines: String..., latex: String) {
      self.formula = formula
      self.lines = lines
      self.latex = latex
    }

    var testDescription: String { lines.joined(separator: " / ") }
  }

  static let cases: [Case] = [
    Case(
      S.affine(S.x, S.w1, S.b1), "X W₁ + 1 b₁", latex: #"X\,W_{1} + 1\,b_{1}"#),
    Case(S.apply("relu", S.z1), "relu(Z₁)", latex: #"\operatorname{relu}(Z_{1})"#),
    Case(S.apply("relu′", .name("z")), "relu′(z)", latex: #"\operatorname{relu}'(z)"#),
    Case(
      .row([S.w1, .group(.round, .row([S.x, S.minus, S.y]))]), "W₁ (X − Y)",
      latex: #"W_{1}\,(X - Y)"#),
    Case(S.adjoint(S.z2), "Z\u{304}₂", latex: #"\overline{Z}_{2}"#),
    Case(S.adjoint(S.loss), "L\u{304}", latex: #"\overline{\mathcal{L}}"#),
    Case(
      S.adjoint(.row([S.x, S.w1])), "X\u{305} \u{305}W\u{305}₁\u{305}",
      latex: #"\overline{X\,W_{1}}"#),
    Case(.transpose(S.w1), "W₁ᵀ", latex: #"W_{1}^{\mathsf{T}}"#),
    Case(
      .transpose(.row([S.x, S.w1])), "(X W₁)ᵀ", latex: #"(X\,W_{1})^{\mathsf{T}}"#),
    Case(.power(.name("σ"), .number("2")), "σ²", latex: #"\sigma^{2}"#),
    Case(.power(.name("x"), .name("Q")), "x^{Q}", latex: "x^{Q}"),
    Case(
      .power(.name("e"), .row([S.minus, .name("z")])), "e⁻ᶻ", latex: "e^{-z}"),
    Case(
      .power(.fraction(.number("1"), .number("2")), .number("2")), "(1/2)²",
      latex: #"\left(\frac{1}{2}\right)^{2}"#),
    Case(
      .indexed(.name("w"), .row([.name("i"), .name("j")])), "wᵢⱼ", latex: "w_{ij}"),
    Case(
      .indexed(.name("A"), .row([.name("l"), S.minus, .number("1")])), "Aₗ₋₁", latex: "A_{l - 1}"),
    Case(.indexed(.name("n"), .name("out")), "nₒᵤₜ", latex: #"n_{\mathit{out}}"#),
    Case(.indexed(.name("n"), .name("L")), "n_{L}", latex: "n_{L}"),
    Case(
      .indexed(S.adjoint(S.w1), .row([.number("2"), .number("3")])), "(W\u{304}₁)₂₃",
      latex: #"(\overline{W}_{1})_{23}"#),
    Case(
      .row([.fraction(.number("1"), .name("m")), .transpose(S.x)]), "(1/m) Xᵀ",
      latex: #"\frac{1}{m}\,X^{\mathsf{T}}"#),
    Case(
      .fraction(.row([.sign("∂"), S.loss]), .row([.sign("∂"), S.w1])), "∂𝓛/∂W₁",
      latex: #"\frac{\partial\mathcal{L}}{\partial W_{1}}"#),
    Case(
      .fraction(.row([.name("a"), S.minus, .name("y")]), .row([.number("2"), .name("m")])),
      "(a − y)/(2 m)", latex: #"\frac{a - y}{2\,m}"#),
    Case(.fraction(S.apply("σ", .name("z")), .name("m")), "σ(z)/m", latex: #"\frac{\sigma(z)}{m}"#),
    Case(
      .row([.fraction(.number("1"), .number("2")), S.plus, .name("b")]), "1/2 + b",
      latex: #"\frac{1}{2} + b"#),
    Case(
      .sum(from: .name("k"), to: nil, .row([.name("a"), .name("b")])), "Σₖ a b",
      latex: #"\sum_{k}\,a\,b"#),
    Case(
      .sum(
        from: .row([.name("k"), .equals, .number("1")]), to: .name("n"),
        .row([.name("a"), S.plus, .name("b")])),
      "Σ_{k=1}^{n} (a + b)", latex: #"\sum_{k = 1}^{n}\,(a + b)"#),
    Case(
      .row([.sign("d"), S.loss, .equals, .group(.angle, .row([S.x, .sign(","), .sign("d"), S.y]))]),
      "d𝓛 = ⟨X, dY⟩", latex: #"\mathrm{d}\mathcal{L} = \langle X,\mathrm{d}Y\rangle"#),
    Case(
      .row([S.minus, .name("a"), S.times, S.minus, .name("b")]), "−a ⊙ −b",
      latex: #"-a \odot -b"#),
    Case(.group(.bars, .name("x")), "|x|", latex: #"\lvert x\rvert"#),
    Case(.group(.norm, .name("x")), "‖x‖", latex: #"\lVert x\rVert"#),
    Case(.group(.square, .name("x")), "[x]", latex: #"\lbrack x\rbrack"#),
    Case(.boxed(.sign("?")), "[?]", latex: #"\boxed{?}"#),
    Case(
      .cases([.init(.number("1"), if: "z > 0"), .init(.number("0"), if: "otherwise")]),
      "1 if z > 0, else 0",
      latex: #"\begin{cases} 1 & \text{if }z>0 \\ 0 & \text{otherwise} \end{cases}"#),
    Case(.name("dV"), "dV", latex: "dV"),
    Case(.number("1e-3"), "1e-3", latex: #"1\mathrm{e}{-3}"#),
    Case(.row([.name("½"), .name("ℝ")]), "½ ℝ", latex: #"\tfrac{1}{2}\,\mathbb{R}"#),
    Case(
      S.numbers([["1", "-2"]]), "[1  -2]", latex: #"\begin{bmatrix} 1 & -2 \end{bmatrix}"#),
    Case(
      .row([
        S.z1, .equals, S.numbers([["1", "-20"], ["0.5", "3"]]), .transpose(S.numbers([["4"]])),
      ]),
      "Z₁ = ⎡   1  -20 ⎤ [4]ᵀ",
      "     ⎣ 0.5    3 ⎦     ",
      latex: #"Z_{1} = \begin{bmatrix} 1 & -20 \\ 0.5 & 3 \end{bmatrix}\,"#
        + #"\begin{bmatrix} 4 \end{bmatrix}^{\mathsf{T}}"#),
    Case(
      .transpose(S.numbers([["1"], ["2"], ["3"]])),
      "⎡ 1 ⎤ᵀ", "⎢ 2 ⎥ ", "⎣ 3 ⎦ ",
      latex: #"\begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix}^{\mathsf{T}}"#),
    Case(
      .group(.round, .row([.name("a"), S.plus, S.numbers([["1"], ["2"]])])),
      "⎛ a + ⎡ 1 ⎤ ⎞", "⎝     ⎣ 2 ⎦ ⎠",
      latex: #"\left(a + \begin{bmatrix} 1 \\ 2 \end{bmatrix}\right)"#),
    Case(.matrix([]), "[]", latex: #"\begin{bmatrix}  \end{bmatrix}"#),
  ]

  @Test("terminal text and LaTeX", arguments: cases)
  func written(_ item: Case) {
    #expect(UnicodeMath.lines(item.formula) == item.lines)
    #expect(LaTeXMath.text(item.formula) == item.latex)
    let widths = Set(item.lines.map(displayWidth))
    #expect(widths.count == 1 && widths.first == UnicodeMath.width(item.formula))
  }

  @Test("MathML")
  func mathML() {
    func inner(_ formula: Formula) -> String {
      let text = MathML.text(formula)
      return String(text.dropFirst("<math>".count).dropLast("</math>".count))
    }
    #expect(inner(S.w1) == "<msub><mi>W</mi><mn>1</mn></msub>")
    #expect(
      inner(S.adjoint(S.w1))
        == "<msub><mover><mi>W</mi><mo stretchy=\"true\">‾</mo></mover><mn>1</mn></msub>")
    #expect(
      inner(.transpose(S.w1))
        == "<msubsup><mi>W</mi><mn>1</mn><mi mathvariant=\"normal\">T</mi></msubsup>")
    #expect(
      inner(.transpose(S.adjoint(S.w1))).hasPrefix("<msubsup><mover>"))
    #expect(inner(.fraction(.number("-1"), .name("m"))) == "<mfrac><mn>−1</mn><mi>m</mi></mfrac>")
    #expect(inner(.boxed(.sign("?"))) == "<mrow class=\"boxed\"><mo>?</mo></mrow>")
    #expect(
      inner(.row([S.minus, .name("x")])) == "<mrow><mo form=\"prefix\">−</mo><mi>x</mi></mrow>")
    #expect(inner(.name("<b>")) == "<mrow><mi>&lt;</mi><mi>b</mi><mi>&gt;</mi></mrow>")
    #expect(
      MathML.text(.sum(from: .name("k"), to: .name("n"), .name("a")), isDisplayed: true)
        == "<math displaystyle=\"true\"><mrow><munderover><mo movablelimits=\"true\">∑</mo>"
        + "<mi>k</mi><mi>n</mi></munderover><mi>a</mi></mrow></math>")
    #expect(inner(S.numbers([["1"]])).contains("<mtable class=\"numbers\"><mtr><mtd><mn>1</mn>"))
  }

  @Test("between the dollars of Markdown no character means something to Markdown")
  func inlineMarkdown() {
    let form = LaTeXForm(.markdownInline)
    for item in Self.cases {
      let text = form.text(item.formula)
      #expect(!text.contains("operatorname") && !text.contains("<") && !text.contains("*"))
      // A backslash stands before a letter only, an underscore after a space only.
      for (scalar, next) in zip(text.unicodeScalars, text.unicodeScalars.dropFirst()) {
        if scalar == "\\" { #expect(next.properties.isAlphabetic, "\(text)") }
        if next == "_" { #expect(scalar == " ", "\(text)") }
      }
    }
  }

  @Test("every letter and sign of a formula has its LaTeX")
  func symbols() {
    let text =
      "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ⊙⊘·←⇒↦→∂∇⟨⟩−×∈∞≤≥≠≈½ℝ′‖…⋯⋮𝓛ℒ𝔼∝∘⊗⊕±√⌊⌋⌈⌉²₁ᵀₖⁿ"
      + "|{}[]_%&#$^~\\"
    for scalar in text.unicodeScalars {
      #expect(LaTeXSymbols.math(scalar) != nil, "\(scalar)")
    }
    // Weights with the bias as their last row.
    #expect(LaTeXMath.text(.indexed(.name("Ŵ"), .number("1"))) == #"\widehat{W}_{1}"#)
    #expect(LaTeXMath.text(.name("🙂")) == #"\text{(U+1F642)}"#)
    #expect(LaTeXText.escaped("a_b 🙂 ½") == #"a\_b {[}U+1F642{]} $\tfrac{1}{2}$"#)
  }

  @Test("a constant with a name of several parts; a shape with a sum in it")
  func constants() {
    let w = Symbol("W", 1, Shape(.named("n", index: 0), .named("m")), .parameter)
    func written(_ name: String, _ exponent: Int) -> (text: String, latex: String) {
      let x = Expression.scale(Coefficient(1, [(.constant(name), exponent)]), .symbol(w))
      return (UnicodeMath.line(x.formula), LaTeXMath.text(x.formula))
    }
    #expect(written("β_1", 1) == ("β₁ W₁", #"\beta_{1}\,W_{1}"#))
    #expect(written("1 − β_1", 1) == ("(1 − β₁) W₁", #"(1 - \beta_{1})\,W_{1}"#))
    #expect(
      written("1 − β_1^t", -1) == ("(1/(1 − β₁ᵗ)) W₁", #"\frac{1}{1 - \beta_{1}^{t}}\,W_{1}"#))
    let shape = Shape(.named("n+1", index: 0), .named("m"))
    #expect(UnicodeMath.line(shape.formula) == "(n₀ + 1) × m")
  }

  @Test("a name with an underscore: what is behind it stands below")
  func names() {
    func written(_ name: String, _ index: Int?) -> (text: String, latex: String) {
      let symbol = Symbol(name, index, .scalar, .value)
      return (UnicodeMath.line(symbol.formula), LaTeXMath.text(symbol.formula))
    }
    #expect(written("m_W", 1) == ("m_{W₁}", "m_{W_{1}}"))
    #expect(written("v_Ŵ", 2) == ("v_{Ŵ₂}", #"v_{\widehat{W}_{2}}"#))
    #expect(written("x_k", nil) == ("xₖ", "x_{k}"))
    #expect(written("m", 1) == ("m₁", "m_{1}"))
    #expect(Symbol("m_W", 1, .scalar, .value).text == "m_W1")
  }

  @Test("six digits of a number")
  func shortNumbers() {
    let texts: [(Double, String)] = [
      (0, "0"), (1, "1"), (-2.5, "-2.5"), (1.0 / 3, "0.333333"), (2.0 / 3, "0.666667"),
      (123456, "123456"), (1234567, "1.23457e6"), (999999.5, "1e6"), (0.00012345678, "0.000123457"),
      (0.000012345678, "1.23457e-5"), (6.02214076e23, "6.02214e23"),
      (.leastNonzeroMagnitude, "5e-324"),
      (1e5, "100000"), (99999.96, "100000"), (.nan, "nan"), (-.infinity, "-inf"), (100, "100"),
    ]
    for (value, text) in texts { #expect(shortDecimal(value) == text) }
  }

  @Test("long lines break before signs, and no term is lost")
  func breaking() {
    let terms = (1...20).flatMap { number -> [Formula] in
      (number == 1 ? [] : [number % 2 == 0 ? S.minus : S.plus]) + [.variable("x", number)]
    }
    let lines = Formula.row(terms).broken(to: 30).map(UnicodeMath.line)
    #expect(lines.count > 3 && lines.allSatisfy { displayWidth($0) <= 30 })
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" − ") || $0.hasPrefix(" + ") })
    #expect(lines.joined() == UnicodeMath.line(.row(terms)))
    #expect(S.numbers([["1", "2"]]).broken(to: 2).count == 1)
  }
}
