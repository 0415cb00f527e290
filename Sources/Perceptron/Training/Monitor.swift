/// The value of the validation rows by which epochs are compared: the best epoch's parameters are
/// kept, and early stopping counts the epochs since.
public enum Monitor: String, Sendable, Hashable, CaseIterable {
  /// The loss that is trained with; lower is better.
  case loss
  /// The share of rows whose class is named rightly; higher is better.
  case accuracy
  /// The F1 of the positive class of two, or the mean over more classes; higher is better.
  case f1
  /// The area under the receiver operating characteristic; higher is better.
  case rocAUC = "roc_auc"
  /// The mean absolute error, in the target's unit; lower is better.
  case mae
  /// The root mean squared error, in the target's unit; lower is better.
  case rmse
  /// The coefficient of determination; higher is better.
  case r2

  /// The value called `name`: `f1`, `roc-auc`, `validation_loss`, ….
  ///
  /// - Throws: `PerceptronError` with the nearest name when there is none.
  public init(named name: String) throws {
    var wanted = name.lowercased().split(separator: "-").joined(separator: "_")
    for prefix in ["validation_", "val_"] where wanted.hasPrefix(prefix) {
      wanted.removeFirst(prefix.count)
    }
    guard let monitor = Monitor(rawValue: wanted) else {
      throw unknownName(name, what: "monitor", among: Self.allCases.map(\.rawValue))
    }
    self = monitor
  }

  /// Whether a higher value is a better one.
  public var isHigherBetter: Bool {
    switch self {
    case .accuracy, .f1, .rocAUC, .r2: true
    case .loss, .mae, .rmse: false
    }
  }

  /// Whether it is of classes, of numbers, or, as the loss, of both (nil).
  var isOfClasses: Bool? {
    switch self {
    case .accuracy, .f1, .rocAUC: true
    case .mae, .rmse, .r2: false
    case .loss: nil
    }
  }

  /// `validation f1`: the name in messages.
  public var title: String {
    "validation " + rawValue.split(separator: "_").joined(separator: " ")
  }

  /// Whether `value` is better than `other` by more than `least`; a NaN is never better.
  func isBetter(_ value: Double, than other: Double, byMoreThan least: Double = 0) -> Bool {
    isHigherBetter ? value > other + least : value < other - least
  }

  /// The message of an early stop: what was watched, its value to beat and that value's epoch.
  func notImproved(
    over value: Double, epoch: Int, byMoreThan least: Double, for epochs: Int
  ) -> String {
    let verb = isHigherBetter ? "risen above" : "fallen below"
    let margin = least > 0 ? " by more than \(trimmedDecimal(least))" : ""
    return "stopped early: \(title) has not \(verb) \(trimmedDecimal(value)) (epoch \(epoch))"
      + "\(margin) for \(epochs) \(epochs == 1 ? "epoch" : "epochs")"
  }
}

/// At most six places after the point, without zeros at the end: `0.91`.
private func trimmedDecimal(_ value: Double) -> String {
  var text = decimal(value, digits: 6)
  guard text.contains("."), !text.contains("e") else { return text }
  while text.last == "0" { text.removeLast() }
  if text.last == "." { text.removeLast() }
  return text
}
