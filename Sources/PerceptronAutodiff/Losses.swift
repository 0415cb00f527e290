public import Perceptron

extension Variable {
  /// A loss of the library, with this as the network's output or logits.
  ///
  /// - Parameters:
  ///   - loss: which.
  ///   - t: T, of the same shape.
  ///   - weights: how much each row counts `[m × 1]`; nil where each counts once.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func loss(_ loss: Loss, targets t: Variable, weights: Variable? = nil) -> Variable {
    guard size == t.size else {
      misuse("\(loss.name): output \(value.shape) and targets \(t.value.shape) differ")
    }
    let (rows, columns) = size
    let losses = elementLosses(loss, compared(loss, t))
    guard weights != nil || loss.classWeightOfRow != nil else {
      return losses.summed(.all).scaled(loss.factor(rows: rows, columns: columns))
    }
    // What a row weighs is a number, whatever the network says.
    var weight = Double(rows)
    if loss.divisor == .weights {
      weight = 0
      for i in 0..<rows {
        var own = 1.0
        if let classes = loss.classWeightOfRow {
          own = zip(classes.slopes, t.value.row(i)).reduce(classes.base) {
            $0 + $1.0 * Double($1.1)
          }
        }
        weight += own * (weights.map { Double($0.value.values[i]) } ?? 1)
      }
    }
    let ofRows = losses.summed(.columns)
    return (weights.map { ofRows * $0 } ?? ofRows).summed(.all)
      .scaled(loss.factor(weight: weight, columns: columns))
  }

  /// Targets smoothed and weighted, and what stands for 1 − T.
  private func compared(_ loss: Loss, _ t: Variable) -> (own: Variable, complement: Variable) {
    guard loss.transformsTargets else { return (t, t.scaled(-1).shifted(1)) }
    let (keep, share) = loss.smoothing(columns: size.columns)
    let (own, others) = loss.targetWeights(columns: size.columns)
    func row(_ values: [Double]) -> Variable {
      t.tape.constant(Matrix([values.map { Element($0) }]))
    }
    let q = t.scaled(keep).shifted(share)
    let rest = q.scaled(-1).shifted(1)
    return (q * row(own), others.isEmpty ? rest : rest * row(others))
  }

  /// E, of every element, or where the loss is of rows something whose sum over a row it is.
  private func elementLosses(
    _ loss: Loss, _ compared: (own: Variable, complement: Variable)
  ) -> Variable {
    let (t, u) = compared
    let k = loss.parameter
    switch loss.kind {
    case .halfSquaredError: return (self - t).mapped(.square).scaled(0.5)
    case .squaredError, .meanSquaredError: return (self - t).mapped(.square)
    case .absoluteError: return (self - t).mapped(.absolute)
    case .quantile:
      let d = self - t
      return d.mapped(.relu).scaled(1 - k) + d.scaled(-1).mapped(.relu).scaled(k)
    case .huber:
      // b = min(|D|, δ): b(|D| − ½b).
      let size = (self - t).mapped(.absolute)
      let bounded = size - size.shifted(-k).mapped(.relu)
      return bounded * (size - bounded.scaled(0.5))
    case .logCosh:
      let size = (self - t).mapped(.absolute)
      return size + size.scaled(-2).mapped(.softplus).shifted(-0x1.62e42fefa39efp-1)
    case .poisson: return mapped(.exp) - t * self
    case .hinge: return (t * self).scaled(-1).shifted(1).mapped(.relu)
    case .squaredHinge: return (t * self).scaled(-1).shifted(1).mapped(.relu).mapped(.square)
    case .binaryCrossEntropy:
      return (t * mapped(.log) + u * scaled(-1).mapped(.log1p)).scaled(-1)
    case .binaryCrossEntropyFromLogits:
      return t * scaled(-1).mapped(.softplus) + u * mapped(.softplus)
    case .binaryFocal:
      let (yes, no) = (mapped(.log), scaled(-1).mapped(.log1p))
      return (t * no.scaled(k).mapped(.exp) * yes + u * yes.scaled(k).mapped(.exp) * no).scaled(-1)
    case .binaryFocalFromLogits:
      let (yes, no) = (scaled(-1).mapped(.softplus), mapped(.softplus))
      return t * no.scaled(-k).mapped(.exp) * yes + u * yes.scaled(-k).mapped(.exp) * no
    case .crossEntropy: return (t * mapped(.log)).scaled(-1)
    case .crossEntropyFromLogits: return t * (logSumExp.spread(size) - self)
    case .klDivergence: return entropy(t) - t * mapped(.log)
    case .klDivergenceFromLogits: return entropy(t) + t * (logSumExp.spread(size) - self)
    case .focal:
      return t.scaled(-1) * scaled(-1).mapped(.log1p).scaled(k).mapped(.exp) * mapped(.log)
    case .focalFromLogits:
      let surprise = logSumExp.spread(size) - self
      let p = surprise.scaled(-1).mapped(.exp)
      return t * p.scaled(-1).mapped(.log1p).scaled(k).mapped(.exp) * surprise
    }
  }

  /// T ln T, a constant; 0 at 0.
  private func entropy(_ t: Variable) -> Variable {
    var value = t.value
    value.values = value.values.map { $0 == 0 ? 0 : $0 * .log($0) }
    return t.tape.constant(value)
  }
}
