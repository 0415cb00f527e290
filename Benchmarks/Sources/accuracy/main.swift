// Prints the accuracy of `--hidden 32:relu,32:relu --validation 0` (Adam 0.001, batch 32, 100
// epochs) on well-known tables: the mean over seeds 0–4 of a stratified 20 % hold-out, beside what
// scikit-learn's MLPClassifier and MLPRegressor reach with the same work on the same rows
// (holdouts.txt).
//
// swift run --package-path Benchmarks -c release accuracy FOLDER

import Foundation
import Perceptron

/// A table and what scikit-learn reaches on it.
struct Subject {
  let file: String
  let target: String
  var drop: [String] = []
  var task = DatasetOptions.Task.automatic
  /// Accuracy, or RMSE for a number.
  let peer: Double
}

let subjects = [
  Subject(file: "penguins", target: "species", peer: 0.986),
  Subject(file: "iris", target: "target", peer: 0.953),
  Subject(file: "wine", target: "target", peer: 0.994),
  Subject(file: "breast-cancer", target: "target", peer: 0.960),
  Subject(file: "digits", target: "target", peer: 0.974),
  Subject(
    file: "titanic", target: "Survived", drop: ["PassengerId", "Name", "Ticket", "Cabin"],
    peer: 0.837),
  Subject(
    file: "california-housing", target: "median_house_value", task: .regression, peer: 51_300),
  Subject(file: "diabetes", target: "target", task: .regression, peer: 61.3),
]

/// For every row of a table whether scikit-learn's split of this seed holds it out.
func holdout(_ table: String, seed: UInt64) throws -> [Bool] {
  for line in holdouts {
    let fields = line.split(separator: " ")
    guard fields.count == 4, fields[0] == table, fields[1] == "\(seed)", let rows = Int(fields[2])
    else { continue }
    let bits = fields[3].flatMap { digit in
      let value = digit.hexDigitValue ?? 0
      return [8, 4, 2, 1].map { value & $0 != 0 }
    }
    return Array(bits.prefix(rows))
  }
  throw PerceptronError(.dataset, "no hold-out of \(table) for seed \(seed)")
}

let holdouts = try String(
  contentsOfFile: #filePath.replacing("main.swift", with: "holdouts.txt"), encoding: .utf8
).split(separator: "\n")

/// The metric of one seed, and the rows it was judged on.
func judge(_ subject: Subject, folder: String, seed: UInt64) throws -> (value: Double, rows: Int) {
  let data = try Dataset<Float>(
    csv: "\(folder)/\(subject.file).csv", target: subject.target,
    options: DatasetOptions(task: subject.task, drop: subject.drop))
  let isHeld = try holdout(subject.file, seed: seed)
  guard isHeld.count == data.table?.rowCount else {
    throw PerceptronError(
      .dataset, "\(isHeld.count) rows expected, \(data.table?.rowCount ?? 0) found", file: data.name
    )
  }
  let train = data.selecting(rows: data.rows.filter { !isHeld[$0] })
  let test = data.selecting(rows: data.rows.filter { isHeld[$0] })
  var output: (Int, Activation) = (1, .identity)
  var loss = Loss.mse
  if let classes = data.classNames {
    output = classes.count == 2 ? (1, .sigmoid) : (classes.count, .softmax)
    loss = classes.count == 2 ? .binaryCrossEntropy : .crossEntropy
  }
  var model = try MLP<Float>(
    inputs: train.inputs, [(32, .relu), (32, .relu), output], seed: seed)
  try model.fit(
    train, loss: loss, optimizer: .adam(learningRate: 0.001), epochs: 100, batchSize: 32,
    validation: .none, seed: seed)
  let report = try model.evaluate(test)
  return (report.classification?.accuracy ?? report.regression?.rmse ?? .nan, report.rows)
}

/// `value` with `digits` decimals.
func rounded(_ value: Double, _ digits: Int) -> String {
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let whole = Int(value * Double(scale) + 0.5)
  guard digits > 0 else { return "\(whole)" }
  let fraction = String(whole % scale)
  return "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

guard CommandLine.arguments.count == 2 else {
  print("usage: accuracy FOLDER   (the folder with penguins.csv, iris.csv, …)")
  exit(64)
}
var failed = 0
print(padded("table", 20) + padded("ours", 10) + padded("scikit-learn", 14) + padded("floor", 10))
for subject in subjects {
  var sum = 0.0
  var rows = 0
  for seed in 0..<5 {
    let result = try judge(subject, folder: CommandLine.arguments[1], seed: UInt64(seed))
    sum += result.value
    rows += result.rows
  }
  let mean = sum / 5
  let isError = subject.task == .regression
  let floor =
    isError ? subject.peer * 1.03 : subject.peer - max(0.01, 3 / Double(rows))
  let holds = isError ? mean <= floor : mean >= floor
  if !holds { failed += 1 }
  let digits = isError ? (subject.peer > 1000 ? 0 : 1) : 4
  print(
    padded(subject.file, 20) + padded(rounded(mean, digits), 10)
      + padded(rounded(subject.peer, digits), 14) + padded(rounded(floor, digits), 10)
      + (holds ? "holds" : "BELOW"))
}
print("\(subjects.count - failed) passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
