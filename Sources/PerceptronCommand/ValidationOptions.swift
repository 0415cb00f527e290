import ArgumentParser
import Perceptron

/// The rows a training is judged by after each epoch: the option that `train` and `tune` share.
struct ValidationOptions: ParsableArguments {
  @Option(help: "Validation rows: a share of the rows held out, 0 for none, or a file.")
  var validation = "0.1"

  /// Refuses files where they cannot be.
  func validate(isImages: Bool) throws {
    guard isImages else { return }
    guard let share = Double(validation), (0..<1).contains(share) else {
      throw ValidationError(
        "--validation of images is a share of them below 1, not \(validation).")
    }
  }

  /// The rows to learn from and those to judge by.
  ///
  /// - Throws: `PerceptronError` for an impossible share, and where there are too few rows to hold
  ///   any out for what needs them.
  func split<Element: Scalar>(
    _ data: Dataset<Element>, _ learning: LearningOptions, separator: String
  ) throws -> (train: Dataset<Element>, validation: Dataset<Element>?) {
    guard let fraction = Double(validation) else {
      let table = try readTable(validation, separator: separator, like: data.preprocessing)
      return (data, try Dataset(table, like: data))
    }
    guard fraction != 0 else { return (data, nil) }
    guard fraction > 0, fraction < 1 else {
      throw PerceptronError(
        .option, "--validation must be a share from 0 to 1 or a file, not \(validation)")
    }
    if let parts = data.splitForValidation(fraction: fraction, seed: learning.seed) {
      return (parts.train, parts.validation)
    }
    let needy = learning.earlyStopping != nil ? "--early-stopping" : "--monitor"
    guard learning.earlyStopping == nil, !learning.monitorsAnotherThanLoss else {
      throw PerceptronError(
        .dataset,
        "there are too few rows to hold any out for validation, which \(needy) needs",
        file: data.name)
    }
    return (data, nil)
  }

  /// What two runs must share.
  var context: ProvenanceEntry {
    ProvenanceEntry(
      "validation", Double(validation).map { "\($0)" } ?? fileName(validation))
  }
}
