public import Perceptron

/// A record of a computation on matrices, from which gradients are taken in reverse.
///
/// A flat list of records in the order they were computed, with the numbers of their parents. The
/// backward sweep is one loop from the output down: v̄_i = Σ_j v̄_j ∂v_j/∂v_i. Nothing recurs, so a
/// graph may be as deep as memory allows; the memory is returned when the tape and its variables go.
///
/// ```swift
/// let tape = Tape<Double>()
/// let w1 = tape.variable(0), w2 = tape.variable(0), x = tape.constant(1)
/// let y = w2 * sigmoid(w1 * x)
/// try tape.gradient(of: y, at: [w1, w2])     // [[0]], [[0.5]]
/// ```
///
/// For one task at a time.
public final class Tape<Element: Scalar> {
  struct Record {
    let operation: Operation
    let parents: [Int]
    let value: Matrix<Element>
    /// Whether a variable is among its ancestors.
    let isVarying: Bool
  }

  private(set) var records: [Record] = []
  private(set) var customs: [CustomOperation<Element>] = []
  let engine: MatrixEngine<Element>
  /// Whether the first operation that makes a number that is not finite from finite ones is
  /// remembered; `gradient` then throws, naming it.
  public var trapsNonFinite = false
  /// The operation that was trapped, with its shapes.
  public private(set) var trapped: String?

  /// An empty tape with scratch memory of its own.
  public init() { engine = MatrixEngine() }

  /// A fresh tape that takes over another's scratch memory and threads: for a loop that makes a tape
  /// a step. Use the two from one task.
  public init(sharing other: Tape) { engine = other.engine }

  /// The number of records.
  public var count: Int { records.count }

  /// A matrix whose gradient can be asked for.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func variable(_ value: Matrix<Element>) -> Variable<Element> {
    append(.variable, [], value, isVarying: true)
  }

  /// A number whose gradient can be asked for.
  public func variable(_ value: Element) -> Variable<Element> { variable(Matrix([[value]])) }

  /// A matrix into which no gradient flows.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func constant(_ value: Matrix<Element>) -> Variable<Element> {
    append(.constant, [], value, isVarying: false)
  }

  /// A number into which no gradient flows.
  public func constant(_ value: Element) -> Variable<Element> { constant(Matrix([[value]])) }

  /// Computes an operation and records it.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func record(_ operation: Operation, _ parents: [Variable<Element>]) -> Variable<Element> {
    check(operation.name, parents)
    let inputs = parents.map(\.value)
    return append(
      operation, parents.map(\.index), Compute.value(operation, inputs, engine),
      isVarying: operation != .stop && parents.contains { records[$0.index].isVarying },
      inputs: inputs)
  }

  /// Computes an operation of the user's and records it.
  func record(_ custom: CustomOperation<Element>, _ parents: [Variable<Element>]) -> Variable<
    Element
  > {
    check(custom.name, parents)
    let inputs = parents.map(\.value)
    customs.append(custom)
    return append(
      .custom(customs.count - 1), parents.map(\.index), custom.forward(inputs),
      isVarying: parents.contains { records[$0.index].isVarying }, inputs: inputs)
  }

  private func check(_ name: String, _ parents: [Variable<Element>]) {
    guard parents.allSatisfy({ $0.tape === self }) else {
      misuse("\(name): a variable belongs to another tape")
    }
  }

  private func append(
    _ operation: Operation, _ parents: [Int], _ value: Matrix<Element>, isVarying: Bool,
    inputs: [Matrix<Element>] = []
  ) -> Variable<Element> {
    if trapsNonFinite, trapped == nil, value.values.contains(where: { !$0.isFinite }),
      !inputs.contains(where: { $0.values.contains { !$0.isFinite } })
    {
      let shapes = inputs.map(\.shape).joined(separator: ", ")
      trapped = "record \(records.count), \(name(of: operation)) of \(shapes)"
    }
    records.append(
      Record(operation: operation, parents: parents, value: value, isVarying: isVarying))
    return Variable(tape: self, index: records.count - 1)
  }

  /// The operation's name in messages.
  func name(of operation: Operation) -> String {
    if case .custom(let place) = operation { return customs[place].name }
    return operation.name
  }
}

/// A value on a tape.
public struct Variable<Element: Scalar> {
  /// The tape that recorded it; only variables of one tape go together.
  public let tape: Tape<Element>
  let index: Int

  /// What it is.
  public var value: Matrix<Element> { tape.records[index].value }

  /// Its only number; stops the program when there are several.
  public var scalar: Element {
    guard value.values.count == 1 else { misuse("a matrix \(value.shape) is not one number") }
    return value.values[0]
  }
}

extension Variable: Algebra {
  var size: (rows: Int, columns: Int) {
    (tape.records[index].value.rows, tape.records[index].value.columns)
  }

  static func apply(_ operation: Operation, _ operands: [Variable]) -> Variable {
    operands[0].tape.record(operation, operands)
  }
}

/// A matrix with what is needed to compute with it.
struct Numbers<Element: Scalar>: Algebra {
  let matrix: Matrix<Element>
  let engine: MatrixEngine<Element>

  var size: (rows: Int, columns: Int) { (matrix.rows, matrix.columns) }

  static func apply(_ operation: Operation, _ operands: [Numbers]) -> Numbers {
    Numbers(
      matrix: Compute.value(operation, operands.map(\.matrix), operands[0].engine),
      engine: operands[0].engine)
  }
}
