import Perceptron
import PerceptronAutodiff

/// What `perceptron gradcheck` says.
struct GradCheckReport {
  let problem: NetworkProblem
  let batch: NetworkProblem.Batch
  let threeWay: ThreeWayCheck
  let flow: GradientFlow?

  private var check: GradientCheck { threeWay.numeric }

  func printTables(svg: String?) {
    Output.result(
      "network: \(batch.model.architecture.summary); loss: \(problem.loss.name); "
        + problem.origin)
    Output.result()
    let isSampled = check.leaves.contains { $0.tried < $0.rows * $0.columns }
    var rows = [
      ["parameter", "shape"] + (isSampled ? ["tried"] : [])
        + ["max relative error", "worst entry", "analytic", "numeric", "tape", "kinks", ""]
    ]
    for (leaf, tape) in zip(check.leaves, threeWay.tapeErrors) {
      let hasWorst = leaf.tried > leaf.kinks || !leaf.analytic.isFinite
      let count = leaf.rows * leaf.columns
      rows.append(
        [leaf.name, "\(leaf.rows) × \(leaf.columns)"]
          + (isSampled
            ? [
              leaf.tried < count ? "\(grouped(leaf.tried)) of \(grouped(count))" : grouped(count)
            ] : [])
          + [
            hasWorst ? short(leaf.relativeError) : "-",
            hasWorst ? "[\(leaf.worst.row), \(leaf.worst.column)]" : "-",
            hasWorst ? decimal(leaf.analytic, digits: 9) : "-",
            hasWorst ? decimal(leaf.numeric, digits: 9) : "-",
            tape == 0 ? "equal" : short(tape), grouped(leaf.kinks),
            !(tape < ThreeWayCheck.tapeTolerance) || (leaf.isTested && !leaf.passed)
              ? "FAILED" : leaf.isTested ? "passed" : "untested",
          ])
    }
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    Output.result()
    let untested = check.leaves.filter { !$0.isTested }.map(\.name)
    if let error = threeWay.secondOrderError {
      Output.result(
        "second derivatives in a random direction: relative error \(short(error))")
    }
    if threeWay.passed {
      Output.result(
        "passed: largest relative error \(short(check.maximumRelativeError)), below "
          + "\(GradientCheck.tolerance); the tape agrees to "
          + short(threeWay.tapeErrors.max() ?? 0)
          + (untested.isEmpty
            ? "" : "; nothing to test in " + untested.joined(separator: ", ")))
    } else {
      Output.result("not passed")
    }
    if let flow { printFlow(flow, svg: svg) }
  }

  private func printFlow(_ flow: GradientFlow, svg: String?) {
    Output.result()
    var rows = [
      ["layer", "‖Z̄‖", "max |g′| below", "× ‖W‖₂", "= at most", "down by", "‖W̄‖", "‖b̄‖", "dead"]
    ]
    // From the loss down, as the gradient goes.
    for layer in flow.layers.reversed() {
      rows.append([
        "\(layer.number) \(layer.activation.name)", short(layer.norm),
        layer.step.map { short($0.slope) } ?? "", layer.step.map { short($0.weightsNorm) } ?? "",
        layer.step.map { short($0.bound) } ?? "", layer.step?.ratio.map { short($0) } ?? "",
        short(layer.weightsGradientNorm), layer.biasGradientNorm.map { short($0) } ?? "",
        layer.deadShare.map { decimal(100 * $0, digits: 0) + " %" } ?? "",
      ])
    }
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    Output.result()
    Output.result(flow.advice)
    if let svg { Output.result("picture written to \(printable(svg, limit: 1000))") }
  }

  /// A number for people: four places, or three digits of a small one.
  private func short(_ value: Double) -> String {
    abs(value) < 0.01 && value != 0 && value.isFinite
      ? decimal(value, digits: 0) : decimal(value, digits: 4)
  }

  /// Which leaf does not pass, and where.
  var failure: PerceptronError {
    let failed = check.leaves.filter { $0.isTested && !$0.passed }
    // NaN is worse than any number.
    if failed.isEmpty, check.passed {
      for (leaf, error) in zip(check.leaves, threeWay.tapeErrors)
      where !(error < ThreeWayCheck.tapeTolerance) {
        return PerceptronError(
          .network, "the tape's gradient of \(leaf.name) differs: relative error \(error)")
      }
      return PerceptronError(
        .network,
        "second derivatives differ: relative error \(threeWay.secondOrderError ?? .nan)")
    }
    guard
      let worst = failed.max(by: { left, right in
        !left.relativeError.isNaN
          && (right.relativeError.isNaN || left.relativeError < right.relativeError)
      })
    else {
      return PerceptronError(
        .network, "nothing could be tested: every gradient is 0 or at a kink on these rows")
    }
    return PerceptronError(
      .network,
      "the gradient is wrong: \(worst.name)[\(worst.worst.row), \(worst.worst.column)] is "
        + "\(worst.analytic), central differences give \(worst.numeric) "
        + "(relative error \(worst.relativeError))")
  }

  var json: JSON {
    var members = [
      JSON.Member("passed", JSON(threeWay.passed)),
      JSON.Member(
        "max_relative_error",
        check.leaves.contains { $0.isTested } ? JSON(check.maximumRelativeError) : .null),
      JSON.Member("parameters", .array(zip(check.leaves, threeWay.tapeErrors).map(json))),
    ]
    if let error = threeWay.secondOrderError {
      members.append(JSON.Member("second_order_error", JSON(error)))
    }
    if let flow { members.append(JSON.Member("flow", json(flow))) }
    return .object(members)
  }

  private func json(_ leaf: GradientCheck.Leaf, _ tape: Double) -> JSON {
    let hasWorst = leaf.isTested || leaf.tried > leaf.kinks
    return [
      "name": .string(leaf.name),
      "shape": [JSON(leaf.rows), JSON(leaf.columns)],
      "tested": JSON(leaf.isTested),
      "tried": JSON(leaf.tried),
      "max_relative_error": hasWorst ? JSON(leaf.relativeError) : .null,
      "worst_index": hasWorst ? [JSON(leaf.worst.row), JSON(leaf.worst.column)] : .null,
      "analytic": hasWorst ? JSON(leaf.analytic) : .null,
      "numeric": hasWorst ? JSON(leaf.numeric) : .null,
      "tape_error": JSON(tape),
      "kinks": JSON(leaf.kinks),
    ]
  }

  private func json(_ flow: GradientFlow) -> JSON {
    let (verdict, place): (String, Int?) =
      switch flow.verdict {
      case .fine: ("fine", nil)
      case .silent: ("silent", nil)
      case .starving(let layer): ("starving", layer)
      case .exploding(let layer): ("exploding", layer)
      case .notFinite(let layer): ("not_finite", layer)
      }
    return [
      "verdict": .string(verdict),
      "layer": place.map { JSON($0) } ?? .null,
      "advice": .string(flow.advice),
      "layers": .array(
        flow.layers.map { layer in
          [
            "layer": JSON(layer.number),
            "activation": .string(layer.activation.name),
            "norm": JSON(layer.norm),
            "slope": layer.step.map { JSON($0.slope) } ?? .null,
            "weights_norm": layer.step.map { JSON($0.weightsNorm) } ?? .null,
            "bound": layer.step.map { JSON($0.bound) } ?? .null,
            "ratio": layer.step?.ratio.map { JSON($0) } ?? .null,
            "weights_gradient_norm": JSON(layer.weightsGradientNorm),
            "bias_gradient_norm": layer.biasGradientNorm.map { JSON($0) } ?? .null,
            "dead_share": layer.deadShare.map { JSON($0) } ?? .null,
          ]
        }),
    ]
  }
}
