/// What stands for a character in LaTeX's mathematics, with amsmath and amssymb.
enum LaTeXSymbols {
  /// The command or character for `scalar`, or nil if there is none.
  static func math(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9": return String(scalar)
    default: break
    }
    if let known = commands[scalar] { return known }
    if let letter = styled(scalar) { return letter }
    if let base = UnicodeScripts.base(ofSuperscript: scalar) {
      return base == "T" ? "{}^{\\mathsf{T}}" : math(base).map { "{}^{\($0)}" }
    }
    return UnicodeScripts.base(ofSubscript: scalar).flatMap(math).map { "{}_{\($0)}" }
  }

  /// Letters of Unicode's mathematical alphabets.
  private static func styled(_ scalar: Unicode.Scalar) -> String? {
    func letter(_ start: UInt32, _ command: String) -> String? {
      let place = scalar.value - start
      let code = place < 26 ? 0x41 + place : 0x61 + place - 26
      return Unicode.Scalar(code).map { "\\\(command){\($0)}" }
    }
    switch scalar.value {
    case 0x1D400..<0x1D434: return letter(0x1D400, "mathbf")
    case 0x1D434..<0x1D468: return letter(0x1D434, "mathit")
    case 0x1D468..<0x1D49C: return letter(0x1D468, "mathbf")
    // Script has capitals only.
    case 0x1D49C..<0x1D4B6: return letter(0x1D49C, "mathcal")
    case 0x1D4D0..<0x1D4EA: return letter(0x1D4D0, "mathcal")
    case 0x1D538..<0x1D552: return letter(0x1D538, "mathbb")
    case 0x1D7CE...0x1D7D7: return "\\mathbf{\(scalar.value - 0x1D7CE)}"
    case 0x1D7D8...0x1D7E1: return "\\mathbf{\(scalar.value - 0x1D7D8)}"
    default: return nil
    }
  }

  private static let commands: [Unicode.Scalar: String] = [
    // ASCII
    " ": "~", "+": "+", "-": "-", "=": "=", "<": "<", ">": ">", "/": "/", "(": "(", ")": ")",
    ",": ",", ";": ";", ":": ":", ".": ".", "!": "!", "?": "?", "*": "*", "'": "'",
    "[": "\\lbrack", "]": "\\rbrack", "{": "\\lbrace", "}": "\\rbrace", "|": "\\vert",
    "\\": "\\backslash", "_": "\\_", "^": "\\wedge", "~": "\\sim", "%": "\\%", "&": "\\&",
    "#": "\\#", "$": "\\$", "@": "\\text{@}", "\"": "\\text{''}", "`": "\\text{`}",
    // Greek
    "α": "\\alpha", "β": "\\beta", "γ": "\\gamma", "δ": "\\delta", "ε": "\\varepsilon",
    "ϵ": "\\epsilon", "ζ": "\\zeta", "η": "\\eta", "θ": "\\theta", "ϑ": "\\vartheta",
    "ι": "\\iota", "κ": "\\kappa", "λ": "\\lambda", "μ": "\\mu", "µ": "\\mu", "ν": "\\nu",
    "ξ": "\\xi", "ο": "o", "π": "\\pi", "ρ": "\\rho", "ς": "\\varsigma", "σ": "\\sigma",
    "τ": "\\tau", "υ": "\\upsilon", "φ": "\\varphi", "ϕ": "\\phi", "χ": "\\chi", "ψ": "\\psi",
    "ω": "\\omega", "Α": "\\mathrm{A}", "Β": "\\mathrm{B}", "Γ": "\\Gamma", "Δ": "\\Delta",
    "Ε": "\\mathrm{E}", "Ζ": "\\mathrm{Z}", "Η": "\\mathrm{H}", "Θ": "\\Theta",
    "Ι": "\\mathrm{I}", "Κ": "\\mathrm{K}", "Λ": "\\Lambda", "Μ": "\\mathrm{M}",
    "Ν": "\\mathrm{N}", "Ξ": "\\Xi", "Ο": "\\mathrm{O}", "Π": "\\Pi", "Ρ": "\\mathrm{P}",
    "Σ": "\\Sigma", "Τ": "\\mathrm{T}", "Υ": "\\Upsilon", "Φ": "\\Phi", "Χ": "\\mathrm{X}",
    "Ψ": "\\Psi", "Ω": "\\Omega",
    // Letters of their own
    "ℝ": "\\mathbb{R}", "ℕ": "\\mathbb{N}", "ℤ": "\\mathbb{Z}", "ℚ": "\\mathbb{Q}",
    "ℂ": "\\mathbb{C}", "𝔼": "\\mathbb{E}", "ℙ": "\\mathbb{P}", "ℒ": "\\mathcal{L}",
    "ℓ": "\\ell", "ℰ": "\\mathcal{E}", "ℱ": "\\mathcal{F}", "ℋ": "\\mathcal{H}",
    "ℐ": "\\mathcal{I}", "ℛ": "\\mathcal{R}", "ℬ": "\\mathcal{B}", "ℳ": "\\mathcal{M}",
    "Ŵ": "\\widehat{W}", "ŵ": "\\hat{w}",
    "∂": "\\partial", "∇": "\\nabla", "∞": "\\infty", "∅": "\\emptyset", "ℎ": "h",
    // Operators
    "−": "-", "±": "\\pm", "∓": "\\mp", "×": "\\times", "÷": "\\div", "·": "\\cdot",
    "⋅": "\\cdot", "∙": "\\bullet", "•": "\\bullet", "∗": "\\ast", "∘": "\\circ",
    "⊙": "\\odot", "⊘": "\\oslash", "⊗": "\\otimes", "⊕": "\\oplus", "⊖": "\\ominus",
    "∑": "\\sum", "∏": "\\prod", "∫": "\\int", "√": "\\surd", "⊤": "\\top", "⊥": "\\perp",
    "∧": "\\wedge", "∨": "\\vee", "¬": "\\neg", "∩": "\\cap", "∪": "\\cup", "∖": "\\setminus",
    // Relations
    "≤": "\\leq", "≥": "\\geq", "≠": "\\neq", "≈": "\\approx", "≡": "\\equiv", "∼": "\\sim",
    "≅": "\\cong", "≃": "\\simeq", "∝": "\\propto", "≪": "\\ll", "≫": "\\gg", "∈": "\\in",
    "∉": "\\notin", "∋": "\\ni", "⊂": "\\subset", "⊆": "\\subseteq", "⊃": "\\supset",
    "∀": "\\forall", "∃": "\\exists", "≔": ":=", "∣": "\\mid", "∥": "\\parallel",
    "≜": "\\triangleq", "≲": "\\lesssim", "≳": "\\gtrsim",
    // Arrows
    "←": "\\leftarrow", "→": "\\rightarrow", "↔": "\\leftrightarrow", "⇐": "\\Leftarrow",
    "⇒": "\\Rightarrow", "⇔": "\\Leftrightarrow", "↦": "\\mapsto", "↑": "\\uparrow",
    "↓": "\\downarrow", "⟶": "\\longrightarrow", "⟵": "\\longleftarrow",
    "⟹": "\\Longrightarrow", "⟺": "\\Longleftrightarrow", "⟼": "\\longmapsto",
    // Brackets
    "⟨": "\\langle", "⟩": "\\rangle", "‖": "\\Vert", "⌊": "\\lfloor", "⌋": "\\rfloor",
    "⌈": "\\lceil", "⌉": "\\rceil",
    // Fractions, marks, dots
    "½": "\\tfrac{1}{2}", "¼": "\\tfrac{1}{4}", "¾": "\\tfrac{3}{4}", "⅓": "\\tfrac{1}{3}",
    "⅔": "\\tfrac{2}{3}", "⅛": "\\tfrac{1}{8}", "′": "'", "″": "''", "…": "\\dots",
    "⋯": "\\cdots", "⋮": "\\vdots", "⋱": "\\ddots", "°": "{}^{\\circ}", "†": "\\dagger",
    "✓": "\\checkmark", "✔": "\\checkmark", "✗": "\\times", "✘": "\\times", "□": "\\square",
    "∎": "\\blacksquare", "⎕": "\\square", "◻": "\\square", "★": "\\star", "☐": "\\square",
    "\u{A0}": "~", "\u{2009}": "\\,",
  ]
}
