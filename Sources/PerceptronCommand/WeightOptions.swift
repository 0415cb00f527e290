import ArgumentParser
import Perceptron

/// What `train` weighs: rows, classes, and the term of T = 1; and how far it smooths labels.
struct WeightOptions: ParsableArguments {
  @Option(help: "A column that says how much each row counts; the network does not see it.")
  var weightColumn: String?

  @Option(
    help: """
      What each class counts: balanced, for n/(K n_k) from the training rows, or NAME=WEIGHT,…, \
      1 for those not named.
      """)
  var classWeight: String?

  @Option(
    help: """
      What the term of the second class or of a label counts, with sigmoid: a weight, or one for \
      each label, W,W,…
      """)
  var positiveWeight: String?

  @Option(help: "The share of every target that is spread over all classes, from 0 to below 1.")
  var labelSmoothing: Double?

  @Option(
    help: """
      What the mean over weighted rows is divided by: weights (their sum) or rows. (default: weights; \
      with --from as the model was trained)
      """)
  var weightDivisor: String?

  func validate() throws {
    if let weightDivisor, weightDivisor != "weights", weightColumn == nil, classWeight == nil {
      throw ValidationError(
        "--weight-divisor has no effect without --weight-column or --class-weight.")
    }
  }

  /// The loss with what is asked for.
  ///
  /// - Parameter classWeights: what classes count, which may follow from the training rows.
  func applied(to loss: Loss, classWeights: (String) throws -> [Double]) throws -> Loss {
    var result = loss
    if let weightDivisor {
      result = result.divided(by: try named(weightDivisor, Loss.Divisor.self, "divisor"))
    }
    if let labelSmoothing {
      guard labelSmoothing >= 0, labelSmoothing < 1 else {
        throw PerceptronError(
          .option, "--label-smoothing must be at least 0 and below 1, not \(labelSmoothing)")
      }
      result = result.smoothed(by: labelSmoothing)
    }
    if let classWeight { result = result.weighted(classes: try classWeights(classWeight)) }
    if let positiveWeight {
      let weights = try positiveWeight.split(separator: ",").map { text in
        guard let weight = Double(text) else {
          throw PerceptronError(
            .option, "\(quoted(String(text))) in --positive-weight is not a number")
        }
        return weight
      }
      result = result.weighted(positive: weights)
    }
    return result
  }

  /// What the model file says about it.
  static func provenance(_ loss: Loss) -> [ProvenanceEntry] {
    var entries: [ProvenanceEntry] = []
    if loss.labelSmoothing > 0 {
      entries.append(ProvenanceEntry("label smoothing", Loss.list([loss.labelSmoothing])))
    }
    if !loss.classWeights.isEmpty {
      entries.append(ProvenanceEntry("class weights", Loss.list(loss.classWeights)))
    }
    if !loss.positiveWeights.isEmpty {
      entries.append(ProvenanceEntry("positive weight", Loss.list(loss.positiveWeights)))
    }
    if loss.divisor == .rows {
      entries.append(ProvenanceEntry("weighted sum divided by", "rows"))
    }
    return entries
  }
}
