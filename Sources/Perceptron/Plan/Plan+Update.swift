extension Plan {
  /// Entries of the gradient whose squares are summed up together; the sums of all blocks are then
  /// summed up: one order, whichever thread takes which block.
  static var normBlock: Int { 4096 }

  /// What stands between the gradient and the parameters: penalties, clipping, decay, update.
  mutating func planUpdate(_ optimizer: Optimizer, _ regularization: Regularization) {
    let count = architecture.parameterCount
    if regularization.l1 > 0 || regularization.l2 > 0 {
      for stretch in stretches(of: [.weights], in: .gradient) {
        add(.penalize(l1: regularization.l1, l2: regularization.l2, stretch))
      }
    }
    switch regularization.clipping {
    case .norm(let most)?:
      let blocks = (count + Self.normBlock - 1) / Self.normBlock
      let squares = allocate(rows: .fixed(1), columns: blocks, count: blocks)
      add(.sumSquares(count: count, into: squares))
      add(.clipNorm(most: most, squares: squares, count: count))
    case .value(let most)?: add(.clipValue(most: most, count: count))
    case nil: break
    }
    let decay = regularization.weightDecay ?? optimizer.usualWeightDecay
    if decay > 0 {
      let roles: Set<Parameter.Role> =
        regularization.decaysBiases ? [.weights, .bias] : [.weights]
      if optimizer.decouplesWeightDecay {
        for stretch in stretches(of: roles, in: .parameters) {
          add(.shrink(decay: decay, stretch))
        }
      } else {
        for stretch in stretches(of: roles, in: .gradient) {
          add(.penalize(l1: 0, l2: decay, stretch))
        }
      }
    }
    add(.update(optimizer, count: count))
  }

  /// The parameters of some roles, those that follow one another as one. What has another role, such
  /// as a running statistic, is never touched.
  private func stretches(of roles: Set<Parameter.Role>, in region: Region) -> [Operand] {
    var ranges: [Range<Int>] = []
    for parameter in architecture.parameters where roles.contains(parameter.role) {
      if let last = ranges.last, last.upperBound == parameter.range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<parameter.range.upperBound
      } else {
        ranges.append(parameter.range)
      }
    }
    return ranges.map {
      Operand(
        region: region, offset: $0.lowerBound, rows: .fixed(1), columns: $0.count,
        stride: $0.count)
    }
  }

  /// Whether the gradient is more than handed to the update: threads then share all of it out anew.
  var regularizes: Bool {
    operations.contains {
      switch $0 {
      case .penalize, .sumSquares, .clipNorm, .clipValue, .shrink: true
      default: false
      }
    }
  }
}
