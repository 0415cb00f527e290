/// Text for LaTeX outside of mathematics.
enum LaTeXText {
  /// `text` as it may stand in a paragraph: nothing in it is a command.
  static func escaped(_ text: String) -> String {
    let scalars = visible(text).unicodeScalars.map { $0 }
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      if scalar == "\u{304}" || scalar == "\u{305}" { continue }
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      if next == "\u{304}" || next == "\u{305}" {
        let base = LaTeXSymbols.math(scalar) ?? unknown(scalar, isMath: true)
        result += "$\\overline{\(base)}$"
      } else {
        result += character(scalar, next)
      }
    }
    return result
  }

  /// `text` in typewriter letters, with places where a line may end.
  static func code(_ text: String) -> String {
    let scalars = visible(text).unicodeScalars.map { $0 }
    var result = ""
    for scalar in scalars {
      let isBreak = " -<>,/_.:=()".unicodeScalars.contains(scalar)
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9": result.unicodeScalars.append(scalar)
      case " ": result += "\\ "
      // The typewriter font has all of ASCII in its place. `'` would be set curved.
      case "'": result += "\\char13{}"
      case "!"..."~": result += "\\char\(scalar.value){}"
      default: result += character(scalar, " ")
      }
      if isBreak { result += "\\allowbreak{}" }
    }
    return "\\texttt{\(result)}"
  }

  /// What stands for a character that the fonts lack.
  static func unknown(_ scalar: Unicode.Scalar, isMath: Bool) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return isMath ? "\\text{(\(code))}" : "{[}\(code){]}"
  }

  /// Whether `text` ends in a command of letters, to which a further letter would belong.
  static func endsInCommand(_ text: String) -> Bool {
    let letters = text.unicodeScalars.reversed().prefix { scalar in
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
    guard !letters.isEmpty else { return false }
    return text.unicodeScalars.dropLast(letters.count).last == "\\"
  }

  /// Letters of Latin-1 and its neighbours that the standard fonts build.
  private static let accented = Set(
    ("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"
      + "ĀāĂăĆćČčĎďĒēĔĕĖėĚěĞğĪīŁłŃńŇňŌōŐőŒœŔŕŘřŚśŞşŠšŢţŤťŪūŬŭŮůŰűŸŹźŻżŽž").unicodeScalars)

  private static let marks: [Unicode.Scalar: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\char36{}", "&": "\\&", "#": "\\#",
    "_": "\\_", "%": "\\%", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}",
    "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "''",
    "`": "\\char18{}", "[": "{[}", "]": "{]}", "*": "{*}", "–": "--", "—": "---", "‘": "`",
    "’": "'", "“": "``", "”": "''", "„": ",,", "…": "\\dots{}", "\u{A0}": "~",
    "\u{2009}": "\\,", "\u{202F}": "\\,", "§": "$\\S$", "¶": "$\\P$", "©": "$\\copyright$",
    "€": "EUR", "\u{200D}": "", "\u{2010}": "-", "\u{2011}": "-", "\u{2012}": "--",
  ]

  private static func character(_ scalar: Unicode.Scalar, _ next: Unicode.Scalar) -> String {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", " ", ".", ",", ";", ":", "!", "?", "(", ")", "/", "=",
      "+", "'", "@":
      return String(scalar)
    case "-": return next == "-" ? "-{}" : "-"
    default: break
    }
    if let mark = marks[scalar] { return mark }
    if accented.contains(scalar) { return String(scalar) }
    if let math = LaTeXSymbols.math(scalar) { return "$\(math)$" }
    return unknown(scalar, isMath: false)
  }
}
