import Perceptron

extension Evaluation {
  /// The number that an index expression stands for.
  ///
  /// ∂(entry)/∂(entry) is taken from differences of the definition, so that lines that hold one can
  /// be checked against those that do not.
  ///
  /// - Parameters:
  ///   - x: the expression; every symbol and adjoint in it must have a value.
  ///   - places: the numbers of its free indices, from 1.
  ///   - indexing: what its indices mean.
  public func value(
    of x: IndexExpression, at places: [String: Int] = [:], _ indexing: Indexing
  ) -> Double {
    func part(_ x: IndexExpression) -> Double { value(of: x, at: places, indexing) }
    func number(_ index: EntryIndex) -> Int { place(index, places) }
    switch x {
    case .entry(let entry):
      let matrix = value(of: entry.isAdjoint ? .adjoint(entry.symbol) : .symbol(entry.symbol))
      let (row, column) = place(of: entry, places)
      return matrix[row, column]
    case .number(let number): return number
    case .coefficient(let c): return value(of: c)
    case .delta(let a, let b): return number(a) == number(b) ? 1 : 0
    case .sum(let index, let range, let body):
      return (0..<size(range)).reduce(0) { sum, k in
        sum + value(of: body, at: places.merging([index: k + 1]) { $1 }, indexing)
      }
    case .product(let factors): return factors.reduce(1) { $0 * part($1) }
    case .terms(let terms): return terms.reduce(0) { $0 + part($1) }
    case .function(let function, let x): return function.value(part(x))
    case .functionDerivative(let function, let x): return part(function.derivative(at: x))
    case .reciprocal(let x): return 1 / part(x)
    case .within(let index, let range, let x, let otherwise):
      return number(index) <= size(range) ? part(x) : otherwise
    case .derivative(let entry, let variable):
      return difference(of: entry, by: variable, places, indexing)
    }
  }

  private func place(_ index: EntryIndex, _ places: [String: Int]) -> Int {
    switch index {
    case .number(let place): return place
    case .variable(let name):
      guard let place = places[name] else { misuse("the index \(name) has no number") }
      return place
    }
  }

  private func place(of entry: Entry, _ places: [String: Int]) -> (row: Int, column: Int) {
    (
      entry.row.map { place($0, places) - 1 } ?? 0, entry.column.map { place($0, places) - 1 } ?? 0
    )
  }

  /// ∂(entry)/∂(variable), everything else that the entry's definition uses held fixed.
  private func difference(
    of entry: Entry, by variable: Entry, _ places: [String: Int], _ indexing: Indexing
  ) -> Double {
    let (row, column) = place(of: entry, places)
    let (k, l) = place(of: variable, places)
    guard entry.symbol != variable.symbol else { return row == k && column == l ? 1 : 0 }
    guard let definition = indexing.program.definition(of: entry.symbol),
      let start = values[variable.symbol]
    else { return 0 }
    let h = 1e-4
    func moved(_ steps: Double) -> Double {
      var (other, changed) = (self, start)
      changed[k, l] += steps * h
      other.set(variable.symbol, to: changed)
      return other.value(of: definition.expression)[row, column]
    }
    return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h)
  }
}
