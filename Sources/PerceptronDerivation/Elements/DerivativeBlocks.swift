/// ∂V/∂P as one matrix of blocks: block (k, l) is ∂V/∂p_kl, a matrix of V's shape, so that for an
/// m × n V and a p × q P there are mp × nq numbers.
public struct DerivativeBlocks: Sendable, Hashable {
  /// V
  public let consumer: Symbol
  /// P
  public let symbol: Symbol
  /// `blocks[k][l][i][j]` is ∂v_ij/∂p_kl.
  public let blocks: [[[[IndexExpression]]]]

  /// - Parameters:
  ///   - derivative: ∂v_ij/∂p_kl.
  ///   - indexing: what indices mean.
  ///   - largest: how many numbers there may be.
  /// - Returns: nil where a size is not known, or there are too many numbers.
  public init?(_ derivative: EntryDerivative, _ indexing: Indexing, largest: Int = 96) {
    let (consumer, symbol) = (derivative.entry.symbol, derivative.variable.symbol)
    guard let m = indexing.size(consumer.shape.rows), let n = indexing.size(consumer.shape.columns),
      let p = indexing.size(symbol.shape.rows), let q = indexing.size(symbol.shape.columns),
      m * n * p * q <= largest
    else { return nil }
    self.consumer = consumer
    self.symbol = symbol
    func put(_ x: IndexExpression, _ index: EntryIndex?, _ place: Int) -> IndexExpression {
      guard case .variable(let name)? = index else { return x }
      return x.replacing(name, by: .number(place + 1))
    }
    blocks = (0..<p).map { k in
      (0..<q).map { l in
        var block = put(derivative.result, derivative.variable.row, k)
        block = put(block, derivative.variable.column, l)
        return (0..<m).map { i in
          (0..<n).map { j in
            let entry = put(
              put(block, derivative.entry.row, i), derivative.entry.column, j)
            return indexing.expanded(entry)
          }
        }
      }
    }
  }

  /// ⟨V̄, block (k, l)⟩: what p̄_kl receives from V.
  ///
  /// - Parameters:
  ///   - k: the row of the block, from 0.
  ///   - l: its column.
  ///   - indexing: what indices mean.
  public func inner(_ k: Int, _ l: Int, _ indexing: Indexing) -> IndexExpression {
    .adding(
      blocks[k][l].enumerated().flatMap { i, row in
        row.enumerated().map { j, entry in
          let place = indexing.entry(
            consumer, isAdjoint: true, row: .number(i + 1), column: .number(j + 1))
          return .multiplying([.entry(place), entry])
        }
      })
  }

  /// The matrix of blocks, and how V̄ picks p̄_kl out of it.
  func document(_ indexing: Indexing) -> [Document.Block] {
    let rows = blocks.map { row in
      row.map { block in Formula.matrix(block.map { $0.map { indexing.formula($0) } }) }
    }
    func quotient(_ below: Formula) -> Formula {
      .fraction(.row([.sign("∂"), consumer.formula]), .row([.sign("∂"), below]))
    }
    let any = indexing.entry(symbol, asTarget: true)
    let first = indexing.entry(symbol, row: .number(1), column: .number(1))
    func picked(_ entry: Entry) -> Formula {
      .group(
        .angle,
        .row([.overline(consumer.formula), .sign(","), quotient(indexing.formula(entry))]))
    }
    return [
      .paragraph([
        .text("All of these derivatives as one matrix of blocks; block "),
        .formula(.group(.round, indexing.places(any))), .text(" is "),
        .formula(quotient(indexing.formula(any))), .text(", of the shape of "),
        .formula(consumer.formula), .text(":"),
      ]),
      .equations([Document.Equation(quotient(symbol.formula), "=", .matrix(rows))]),
      .paragraph([
        .text("The chain rule takes the inner product of "), .formula(.overline(consumer.formula)),
        .text(
          " with each block. What meets a 0 adds nothing, and what is left is the matrix formula: "
            + "nobody has to build this matrix."),
      ]),
      .equations([
        Document.Equation(indexing.formula(any.adjoint), "=", picked(any)),
        Document.Equation(indexing.formula(first.adjoint), "=", picked(first)),
        Document.Equation(nil, "=", indexing.formula(inner(0, 0, indexing))),
      ]),
    ]
  }
}

extension Indexing {
  /// `k, l`
  func places(_ entry: Entry) -> Formula {
    .row(
      entry.indices.enumerated().flatMap { place, index in
        place == 0 ? [indices([index])] : [.sign(","), indices([index])]
      })
  }
}
