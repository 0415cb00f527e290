// Prints the accuracy on well-known tables, the mean over seeds 0–4 of a stratified 20 % hold-out,
// beside what scikit-learn's MLPClassifier and MLPRegressor reach on the same rows (holdouts.txt):
//
//   same work   --hidden 32:relu,32:relu --validation 0, Adam 0.001, batch 32, 100 epochs, on both sides
//   defaults    each with its own: here also best of a tenth held out for validation; there one layer
//               of 100 units, batch 200, at most 200 epochs. scikit-learn has the target standardised,
//               without which its defaults do not learn the large ones.
//   likewise    ours with --hidden 100:relu --epochs 200 --batch-size 200, against those defaults
//
// swift run --package-path Benchmarks -c release accuracy FOLDER

import Foundation
import Perceptron

/// A table and what scikit-learn reaches on it: accuracy, or RMSE for a number.
struct Subject {
  let file: String
  let target: String
  var drop: [String] = []
  var task = DatasetOptions.Task.automatic
  /// With two layers of 32; nil where that was not measured.
  var sameWork: Double?
  let defaults: Double
}

/// How ours is trained.
struct Setting {
  let name: String
  var hidden = [32, 32]
  var epochs = 100
  var batchSize = 32
  var validation = 0.0
  let peer: (Subject) -> Double?
}

let settings = [
  Setting(name: "same work", peer: \.sameWork),
  Setting(name: "defaults", validation: 0.1, peer: \.defaults),
  Setting(
    name: "likewise", hidden: [100], epochs: 200, batchSize: 200, validation: 0.1,
    peer: \.defaults),
]

let subjects = [
  Subject(file: "penguins", target: "species", sameWork: 0.986, defaults: 0.994),
  Subject(file: "iris", target: "target", sameWork: 0.953, defaults: 0.940),
  Subject(file: "wine", target: "target", sameWork: 0.994, defaults: 0.989),
  Subject(file: "breast-cancer", target: "target", sameWork: 0.960, defaults: 0.960),
  Subject(file: "digits", target: "target", sameWork: 0.974, defaults: 0.978),
  Subject(
    file: "titanic", target: "Survived", drop: ["PassengerId", "Name", "Ticket", "Cabin"],
    sameWork: 0.837, defaults: 0.840),
  Subject(
    file: "california-housing", target: "median_house_value", task: .regression,
    sameWork: 51_300, defaults: 53_375),
  Subject(
    file: "diabetes", target: "target", task: .regression, sameWork: 61.3, defaults: 58.8),
  Subject(file: "wine-quality-red", target: "quality", task: .regression, defaults: 0.611),
  Subject(file: "wine-quality-white", target: "quality", task: .regression, defaults: 0.706),
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
func judge(_ subject: Subject, _ setting: Setting, folder: String, seed: UInt64) throws -> (
  value: Double, rows: Int
) {
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
    inputs: train.inputs, setting.hidden.map { ($0, .relu) } + [output], seed: seed)
  try model.fit(
    train, loss: loss, optimizer: .adam(learningRate: 0.001), epochs: setting.epochs,
    batchSize: setting.batchSize,
    validation: setting.validation > 0 ? .fraction(setting.validation) : .none, seed: seed)
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
for setting in settings {
  print(
    padded(setting.name, 20) + padded("ours", 10) + padded("scikit-learn", 14)
      + padded("floor", 10))
  for subject in subjects {
    guard let peer = setting.peer(subject) else { continue }
    var sum = 0.0
    var rows = 0
    for seed in 0..<5 {
      let result = try judge(
        subject, setting, folder: CommandLine.arguments[1], seed: UInt64(seed))
      sum += result.value
      rows += result.rows
    }
    let mean = sum / 5
    let isError = subject.task == .regression
    let floor = isError ? peer * 1.03 : peer - max(0.01, 3 / Double(rows))
    let holds = isError ? mean <= floor : mean >= floor
    if !holds { failed += 1 }
    let digits = isError && peer > 2 ? (peer > 1000 ? 0 : 1) : 4
    print(
      padded(subject.file, 20) + padded(rounded(mean, digits), 10)
        + padded(rounded(peer, digits), 14) + padded(rounded(floor, digits), 10)
        + (holds ? "holds" : "BELOW"))
  }
}
print("\(failed == 0 ? "all" : "\(failed) not") within the floors")
exit(failed == 0 ? 0 : 1)
