/// What a search tries: names of settings, and the values each may take.
///
/// A range is written `0.1..0.5`, with `log:` before it where equal ratios are equally likely; it is
/// of whole numbers where both ends are written as such. Choices stand between bars: `relu|tanh`.
public struct SearchSpace: Sendable, Hashable {
  /// The values of one setting.
  public enum Values: Sendable, Hashable {
    /// One of these, each equally likely.
    case choices([String])
    /// A number from the range; whole where `isWhole`.
    case range(ClosedRange<Double>, isLogarithmic: Bool, isWhole: Bool)
  }

  /// One setting.
  public struct Dimension: Sendable, Hashable {
    /// What is set, such as `learning-rate`.
    public let name: String
    /// To what.
    public let values: Values

    /// A setting and its values.
    public init(_ name: String, _ values: Values) {
      self.name = name
      self.values = values
    }
  }

  /// One setting of a trial.
  public struct Setting: Sendable, Hashable {
    /// What is set.
    public let name: String
    /// To what, as a command line would say it.
    public let value: String

    /// A name and its value.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In the order in which a trial draws them.
  public var dimensions: [Dimension]

  /// A space of these.
  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

  /// The settings of a trial: a function of (seed, trial) and the space alone.
  ///
  /// Numbers have four significant digits, so that what a table shows is what ran.
  public func settings(ofTrial trial: Int, seed: UInt64) -> [Setting] {
    var stream = RandomStream(
      seed: seed, purpose: .trial, index: UInt32(truncatingIfNeeded: trial))
    return dimensions.map { Setting($0.name, $0.values.draw(&stream)) }
  }
}

extension SearchSpace.Values {
  fileprivate func draw(_ stream: inout RandomStream) -> String {
    switch self {
    case .choices(let choices): return choices[stream.index(below: choices.count)]
    case .range(let range, let isLogarithmic, let isWhole):
      let (low, high) = (range.lowerBound, range.upperBound)
      if isWhole, !isLogarithmic { return "\(Int(low) + stream.index(below: Int(high - low) + 1))" }
      let share = stream.uniform()
      // Whole numbers: each has the room from ½ below it to ½ above.
      let (from, to) = isWhole ? (low - 0.5, high + 0.5) : (low, high)
      let drawn =
        isLogarithmic
        ? Double.exp(Double.log(from) + (Double.log(to) - Double.log(from)) * share)
        : from + (to - from) * share
      if isWhole { return "\(Int(min(max(drawn < 0 ? drawn - 0.5 : drawn + 0.5, low), high)))" }
      return "\(min(max(fourDigits(drawn), low), high))"
    }
  }

  /// `value` rounded to four significant digits.
  private func fourDigits(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    var (scaled, exponent) = (abs(value), 0)
    while scaled < 1000, exponent > -300 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    while scaled >= 10_000, exponent < 300 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    let text = "\(value < 0 ? "-" : "")\(Int(scaled + 0.5))e\(exponent)"
    return Double(text) ?? value
  }

  /// Reads `log:1e-4..1e-1`, `1..3` or `relu|tanh`.
  ///
  /// - Throws: `PerceptronError` for anything that has no value to draw.
  init(_ text: String, of name: String) throws {
    func fail(_ message: String) -> PerceptronError {
      PerceptronError(.option, "the values \(quoted(text)) of \(quoted(name)): \(message)")
    }
    let isLogarithmic = text.hasPrefix("log:")
    let rest = isLogarithmic ? String(text.dropFirst(4)) : text
    guard let dots = rest.utf8.firstDots else {
      guard !isLogarithmic else { throw fail("a logarithmic range is written log:LOW..HIGH") }
      let choices = rest.split(separator: "|", omittingEmptySubsequences: false).map {
        String($0).trimmed
      }
      guard choices.allSatisfy({ !$0.isEmpty }) else { throw fail("a choice is empty") }
      self = .choices(choices)
      return
    }
    let ends = [String(rest[..<dots.lowerBound]), String(rest[dots.upperBound...])].map(\.trimmed)
    guard let low = Double(ends[0]), let high = Double(ends[1]), low.isFinite, high.isFinite else {
      throw fail("the ends of a range are numbers")
    }
    guard low <= high else { throw fail("the low end is above the high end") }
    guard !isLogarithmic || low > 0 else {
      throw fail("a logarithmic range begins above 0")
    }
    let isWhole = ends.allSatisfy { Int($0) != nil }
    guard !isWhole || max(abs(low), abs(high)) < 1e15 else { throw fail("the range is too long") }
    self = .range(low...high, isLogarithmic: isLogarithmic, isWhole: isWhole)
  }
}

extension String.UTF8View {
  /// Where `..` stands.
  fileprivate var firstDots: Range<Index>? {
    var place = startIndex
    while place < endIndex {
      let next = index(after: place)
      if next < endIndex, self[place] == UInt8(ascii: "."), self[next] == UInt8(ascii: ".") {
        return place..<index(after: next)
      }
      place = next
    }
    return nil
  }
}

extension SearchSpace {
  /// Reads `learning-rate=log:1e-4..1e-1` and the like, one text a setting.
  ///
  /// - Throws: `PerceptronError` for a text that cannot be read or a name given twice.
  public init(parsing texts: [String]) throws {
    try self.init(
      checking: texts.map { text in
        guard let place = text.firstIndex(of: "="), place != text.startIndex else {
          throw PerceptronError(
            .option,
            "\(quoted(text)) is no setting to search; write NAME=VALUES, as in "
              + "\"learning-rate=log:1e-4..1e-1\" or \"activation=relu|tanh\"")
        }
        let name = String(text[..<place]).trimmed
        return Dimension(name, try Values(String(text[text.index(after: place)...]), of: name))
      })
  }

  /// Reads `{"learning-rate": "log:1e-4..1e-1", "batch-size": [16, 32]}`.
  ///
  /// - Throws: `PerceptronError` for anything else.
  package init(_ json: JSON) throws {
    guard let members = json.object else {
      throw PerceptronError(.option, "a search space is a JSON object of names and their values")
    }
    try self.init(
      checking: members.map { member in
        switch member.value {
        case .string(let text): return Dimension(member.key, try Values(text, of: member.key))
        case .array(let elements) where !elements.isEmpty:
          return Dimension(
            member.key,
            .choices(
              try elements.map { element in
                switch element {
                case .string(let text) where !text.isEmpty: return text
                case .number(let literal): return literal
                default:
                  throw PerceptronError(
                    .option, "the choices of \(quoted(member.key)) are texts and numbers")
                }
              }))
        default:
          throw PerceptronError(
            .option,
            "the values of \(quoted(member.key)) are a text such as \"log:1e-4..1e-1\", or an array"
          )
        }
      })
  }

  private init(checking dimensions: [Dimension]) throws {
    var names: Set<ExactText> = []
    for dimension in dimensions where !names.insert(ExactText(dimension.name)).inserted {
      throw PerceptronError(.option, "the setting \(quoted(dimension.name)) is given twice")
    }
    self.init(dimensions)
  }

  /// The space in the texts that `init(parsing:)` reads.
  public var texts: [String] {
    dimensions.map { dimension in
      switch dimension.values {
      case .choices(let choices): "\(dimension.name)=" + choices.joined(separator: "|")
      case .range(let range, let isLogarithmic, let isWhole):
        "\(dimension.name)=\(isLogarithmic ? "log:" : "")"
          + (isWhole
            ? "\(Int(range.lowerBound))..\(Int(range.upperBound))"
            : "\(range.lowerBound)..\(range.upperBound)")
      }
    }
  }
}
