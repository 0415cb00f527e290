import Perceptron

let data = try Dataset<Float>(csv: "Examples/penguins.csv", target: "species")
let (train, test) = data.split(test: 0.2, stratified: true, seed: 42)

var model = try MLP<Float>(
  inputs: train.inputs, [(32, .relu), (32, .relu), (3, .softmax)], seed: 42)
let history = try model.fit(
  train, loss: .crossEntropy, optimizer: .adam(learningRate: 1e-3),
  epochs: 100, batchSize: 32, validation: .fraction(0.1))

let report = try model.evaluate(test)
print("kept the weights of epoch \(history.bestEpoch)")
print("accuracy on \(report.rows) rows: \(report.classification?.accuracy ?? 0)")
print(report.classification?.confusionMatrix ?? [])
try model.save(to: "penguins.safetensors")
