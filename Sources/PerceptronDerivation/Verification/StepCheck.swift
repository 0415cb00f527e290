import Perceptron

/// The machine's check of a derivation, line by line: every line is evaluated with numbers, and a
/// d(…) by differences, in a random direction.
public struct StepCheck: Sendable, Hashable {
  /// The first line that is not equal to the one above it.
  public struct Failure: Sendable, Hashable {
    /// In whose derivation it stands.
    public let symbol: Symbol
    /// The reason that the line gives.
    public let rule: Rule
    /// How far it is from the line above, relative to the larger of them and 1.
    public let error: Double
  }

  /// Lines compared.
  public let lines: Int
  /// Lines with a d(…) that were left out, because every direction leads across a kink.
  public let kinked: Int
  /// The largest difference of two lines, relative to the larger of them and 1.
  public let largestError: Double
  /// Every line that differs by `tolerance` or more from the one above it.
  public let failures: [Failure]

  /// The first line that is wrong, in words; nil when all agree.
  var disagreement: String? {
    failures.first.map {
      "the derivation of the adjoint of \($0.symbol.text) is wrong at \($0.rule.name): "
        + "the line differs from the one above by \($0.error)"
    }
  }

  /// What two equal lines may differ by: differences of functions with third derivatives near 1,
  /// in steps of 10⁻⁴, agree to about 10⁻¹¹.
  public static let tolerance = 1e-7

  /// Lines of which it is known how far each is from the one above.
  init(_ errors: [(symbol: Symbol, rule: Rule, error: Double)]) {
    lines = errors.count
    kinked = 0
    largestError = errors.reduce(0) { max($0, $1.error.isNaN ? .infinity : $1.error) }
    failures = errors.filter { !($0.error < Self.tolerance) }
      .map { Failure(symbol: $0.symbol, rule: $0.rule, error: $0.error) }
  }

  /// Both together.
  func adding(_ other: StepCheck) -> StepCheck {
    StepCheck(
      lines: lines + other.lines, kinked: kinked + other.kinked,
      largestError: max(largestError, other.largestError), failures: failures + other.failures)
  }

  private init(lines: Int, kinked: Int, largestError: Double, failures: [Failure]) {
    self.lines = lines
    self.kinked = kinked
    self.largestError = largestError
    self.failures = failures
  }

  /// Compares every line of a derivation with the one above it.
  ///
  /// - Parameters:
  ///   - derivation: what is checked.
  ///   - evaluation: the program's values and adjoints.
  ///   - seed: of the directions dV.
  public init(_ derivation: Derivation, _ evaluation: Evaluation, seed: UInt64 = 0) {
    var lines = 0
    var kinked = 0
    var largest = 0.0
    var failures: [Failure] = []
    var stream = RandomStream(seed: seed, purpose: .data)
    for adjoint in derivation.adjoints {
      guard let start = evaluation.values[adjoint.symbol] else { continue }
      // A direction may lead across a kink, where differences say nothing: up to ten are tried.
      for use in adjoint.uses {
        var best: [(Rule, Double)] = []
        for attempt in 0..<10 {
          var at = evaluation
          // As far as the entry may go that may go farthest; the others less in proportion.
          let margins = evaluation.margins(of: adjoint.symbol, derivation.program)
          let step = min(1e-4, 1e-3 * (margins.max() ?? .infinity))
          var direction = start.mapped { _ in stream.normal() }
          for (k, margin) in margins.enumerated() where 1e-3 * margin < step {
            direction.values[k] *= 1e-3 * margin / step
          }
          at.variation = Evaluation.Variation(
            symbol: adjoint.symbol, direction: direction, step: step)
          // The first line, ⟨V̄, dV⟩, is what the second says with V's definition.
          var steps = Array(use.steps.dropFirst())
          if at.crossesKink(derivation.program) {
            guard attempt == 9 else { continue }
            // Differences say nothing here: what is left is the algebra.
            let count = steps.count
            steps.removeAll { $0.expression.needsDifferences }
            kinked += count - steps.count
          }
          let errors = Self.errors(steps, at)
          if best.isEmpty || Self.largest(errors) < Self.largest(best) { best = errors }
          if Self.largest(best) < Self.tolerance { break }
        }
        lines += best.count
        record(best)
      }
      var chain = adjoint.simplification
      chain.insert(
        Step(
          .adding(adjoint.uses.map(\.part), shape: adjoint.symbol.shape),
          .sumOverUses(adjoint.symbol)), at: 0)
      let errors = Self.errors(chain, evaluation)
      lines += errors.count
      record(errors)
      func record(_ errors: [(Rule, Double)]) {
        for (rule, error) in errors {
          largest = max(largest, error.isNaN ? .infinity : error)
          if !(error < Self.tolerance) {
            failures.append(Failure(symbol: adjoint.symbol, rule: rule, error: error))
          }
        }
      }
    }
    self.lines = lines
    self.kinked = kinked
    largestError = largest
    self.failures = failures
  }

  private static func largest(_ errors: [(Rule, Double)]) -> Double {
    errors.reduce(0) { max($0, $1.1.isNaN ? .infinity : $1.1) }
  }

  /// How far each line is from the one above.
  private static func errors(_ steps: [Step], _ evaluation: Evaluation) -> [(Rule, Double)] {
    var errors: [(Rule, Double)] = []
    var above: Matrix<Double>?
    for step in steps {
      let value = evaluation.value(of: step.expression)
      if let above { errors.append((step.rule, value.distance(to: above))) }
      above = value
    }
    return errors
  }
}

extension Expression {
  /// Whether it has a d(…) of more than a symbol, which is evaluated by differences.
  fileprivate var needsDifferences: Bool {
    contains {
      guard case .differential(let part) = $0 else { return false }
      if case .symbol = part { return false }
      return true
    }
  }
}

extension Matrix<Double> {
  /// The largest difference of two entries, relative to the largest entry of both and 1; infinite
  /// when shapes differ.
  func distance(to other: Matrix) -> Double {
    guard rows == other.rows, columns == other.columns else { return .infinity }
    var largest = 1.0
    var difference = 0.0
    for (a, b) in zip(values, other.values) {
      largest = max(largest, abs(a), abs(b))
      let gap = abs(a - b)
      difference = gap.isNaN ? .infinity : max(difference, gap)
    }
    return difference / largest
  }
}
