public import Perceptron

extension Tape {
  /// ∂output/∂variable for each variable; of an output with several entries that of their sum, or of
  /// Σ seed ⊙ output.
  ///
  /// A pure function of the tape: it may be called as often as wanted, for any output.
  ///
  /// - Parameters:
  ///   - output: a value on this tape.
  ///   - variables: values on this tape; where the output does not depend on one its gradient is 0.
  ///   - seed: ∂L/∂output, of the output's shape; nil for ones.
  /// - Throws: `PerceptronError` when a variable belongs to another tape, the seed has another
  ///   shape, or an operation was trapped.
  public func gradient(
    of output: Variable<Element>, at variables: [Variable<Element>], seed: Matrix<Element>? = nil
  ) throws -> [Matrix<Element>] {
    try gradient(of: [output], at: variables, seeds: seed.map { [$0] })
  }

  /// The gradient of the sum of several outputs, each with its seed.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func gradient(
    of outputs: [Variable<Element>], at variables: [Variable<Element>],
    seeds: [Matrix<Element>]? = nil
  ) throws -> [Matrix<Element>] {
    let seeds = try checked(outputs, variables, seeds)
    let adjoints = try sweep(
      zip(outputs, seeds).map { ($0.index, Numbers(matrix: $1, engine: engine)) },
      keeping: variables.map(\.index)
    ) { index in
      Numbers(matrix: records[index].value, engine: engine)
    } custom: { operation, inputs, output, gradient in
      operation.pullback(inputs.map(\.matrix), output.matrix, gradient.matrix).map {
        Numbers(matrix: $0, engine: engine)
      }
    }
    return zip(variables, adjoints).map { variable, adjoint in
      adjoint?.matrix ?? Matrix(rows: variable.size.rows, columns: variable.size.columns)
    }
  }

  /// The same gradients as values on the tape, which can be differentiated again.
  ///
  /// - Throws: as `gradient(of:at:seed:)` does, and where a custom operation lies on the way.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func gradientVariables(
    of output: Variable<Element>, at variables: [Variable<Element>],
    seed: Variable<Element>? = nil
  ) throws -> [Variable<Element>] {
    _ = try checked([output], variables, seed.map { [$0.value] })
    let start =
      seed
      ?? constant(Matrix(rows: output.size.rows, columns: output.size.columns, repeating: 1))
    let adjoints = try sweep(
      [(output.index, start)], keeping: variables.map(\.index)
    ) { index in
      Variable(tape: self, index: index)
    } custom: { operation, _, _, _ in
      throw PerceptronError(
        .network, "\(operation.name) cannot be differentiated twice: its pullback is not recorded")
    }
    return zip(variables, adjoints).map { variable, adjoint in
      adjoint ?? constant(Matrix(rows: variable.size.rows, columns: variable.size.columns))
    }
  }

  private func checked(
    _ outputs: [Variable<Element>], _ variables: [Variable<Element>], _ seeds: [Matrix<Element>]?
  ) throws -> [Matrix<Element>] {
    if trapsNonFinite, let trapped {
      throw PerceptronError(.diverged, "\(trapped) made a number that is not finite")
    }
    guard (outputs + variables).allSatisfy({ $0.tape === self }) else {
      throw PerceptronError(.network, "a variable belongs to another tape")
    }
    guard let seeds else {
      return outputs.map { Matrix(rows: $0.size.rows, columns: $0.size.columns, repeating: 1) }
    }
    guard seeds.count == outputs.count else {
      throw PerceptronError(.network, "\(seeds.count) seeds for \(outputs.count) outputs")
    }
    for (seed, output) in zip(seeds, outputs)
    where seed.rows != output.size.rows || seed.columns != output.size.columns {
      throw PerceptronError(
        .network, "gradient: the seed is \(seed.shape), the output \(output.value.shape)")
    }
    return seeds
  }

  /// One loop from the last output down: adds to every parent's adjoint what comes from the child.
  private func sweep<Value: Algebra>(
    _ seeds: [(index: Int, value: Value)], keeping wanted: [Int], value: (Int) -> Value,
    custom: (CustomOperation<Element>, [Value], Value, Value) throws -> [Value]
  ) throws -> [Value?] {
    guard let last = seeds.map(\.index).max() else { return wanted.map { _ in nil } }
    // Only what lies between the outputs and the wanted values has a use.
    let isWanted = Set(wanted)
    var leads = [Bool](repeating: false, count: last + 1)
    for index in leads.indices {
      leads[index] =
        isWanted.contains(index)
        || (records[index].isVarying && records[index].parents.contains { leads[$0] })
    }
    var adjoints = [Value?](repeating: nil, count: last + 1)
    func add(_ contribution: Value, to index: Int) {
      adjoints[index] = adjoints[index].map { $0 + contribution } ?? contribution
    }
    for seed in seeds { add(seed.value, to: seed.index) }
    for index in stride(from: last, through: 0, by: -1) {
      guard let adjoint = adjoints[index] else { continue }
      let record = records[index]
      if !isWanted.contains(index) { adjoints[index] = nil }
      guard record.parents.contains(where: { leads[$0] }), record.operation != .stop else {
        continue
      }
      let inputs = record.parents.map(value)
      let output = value(index)
      let flows: [Value?]
      if case .custom(let place) = record.operation {
        flows = try custom(customs[place], inputs, output, adjoint)
      } else {
        flows = record.operation.pullback(
          inputs: inputs, output: output, gradient: adjoint,
          wanted: record.parents.map { leads[$0] })
      }
      for (parent, flow) in zip(record.parents, flows) where leads[parent] {
        if let flow { add(flow, to: parent) }
      }
    }
    return wanted.map { $0 <= last ? adjoints[$0] : nil }
  }

  /// The Jacobian `[entries of output × entries of variable]`: one backward sweep a row.
  ///
  /// - Throws: as `gradient(of:at:seed:)` does.
  public func jacobian(of output: Variable<Element>, at variable: Variable<Element>) throws
    -> Matrix<Element>
  {
    var values: [Element] = []
    for entry in output.value.values.indices {
      var seed = Matrix<Element>(rows: output.size.rows, columns: output.size.columns)
      seed.values[entry] = 1
      values += try gradient(of: output, at: [variable], seed: seed)[0].values
    }
    return Matrix(
      rows: output.value.values.count, columns: variable.value.values.count, values: values)
  }

  /// The Hessian of a number times a direction: ∇⟨∇L, v⟩, tape over tape.
  ///
  /// - Parameters:
  ///   - output: L, one number.
  ///   - variables: where.
  ///   - directions: v, one matrix for every variable, of its shape.
  /// - Throws: as `gradientVariables` does.
  public func hessianVectorProduct(
    of output: Variable<Element>, at variables: [Variable<Element>],
    directions: [Matrix<Element>]
  ) throws -> [Matrix<Element>] {
    guard output.value.values.count == 1, directions.count == variables.count else {
      throw PerceptronError(
        .network,
        "the Hessian of \(output.value.shape) with \(directions.count) directions for "
          + "\(variables.count) variables")
    }
    let gradients = try gradientVariables(of: output, at: variables)
    return try gradient(of: gradients, at: variables, seeds: directions)
  }
}
