import Foundation
import Perceptron
import PerceptronDerivation
import Testing

@testable import PerceptronPlayground

private func settings(_ query: String) -> PlaygroundSettings {
  let (settings, problems) = PlaygroundSettings.read(query)
  #expect(problems == [])
  return settings
}

@Suite struct TrainingTests {
  @Test(arguments: ["circle", "xor", "gauss", "spiral", "plane"])
  func pointsAreAFunctionOfTheSeed(_ name: String) throws {
    let data = try #require(PlaygroundData(rawValue: name))
    let points = data.points(count: 100, noise: 0.1, seed: 3)
    #expect(points == data.points(count: 100, noise: 0.1, seed: 3))
    #expect(points != data.points(count: 100, noise: 0.1, seed: 4))
    #expect(points.count == 100 && points.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    if data.isClassification {
      let positive = points.count { $0.value == 1 }
      #expect(positive > 20 && positive < 80)
    }
  }

  @Test func xorIsLearned() throws {
    var training = try PlaygroundTraining(settings("data=xor&rows=200&rate=0.3"))
    for _ in 0..<400 { try training.advance() }
    try training.refreshModel()
    #expect(try training.test.measure(training.model).accuracy! > 0.95)
    #expect(training.updates == 400 && training.epoch == 40)
  }

  @Test func theSameAddressGivesTheSameBits() throws {
    let query = "data=spiral&rows=60&hidden=4:tanh,3:relu&dropout=0.2&schedule=step:1:0.5&noise=10"
    var one = try PlaygroundTraining(settings(query))
    var other = try PlaygroundTraining(settings(query))
    for _ in 0..<25 { try one.advance() }
    for k in 0..<25 {
      try other.advance()
      // Looking at it changes nothing.
      if k % 7 == 0 { _ = try other.backwardView() }
    }
    try one.refreshModel()
    try other.refreshModel()
    #expect(one.model.parameters == other.model.parameters)
    #expect(one.curve == other.curve)
    #expect(one.learningRate == other.learningRate && one.learningRate < 0.03)
  }

  @Test(arguments: [
    "data=xor&rows=40&batch=5",
    "data=circle&rows=40&batch=7&hidden=3:relu,2:sigmoid&inputs=x,y,xx,yy",
    "data=spiral&rows=40&hidden=3:tanh&loss=cross-entropy&batch=4",
    "data=plane&rows=40&hidden=3:gelu&batch=6", "data=gauss&rows=40&loss=hinge&hidden=2:elu",
    "data=circle&rows=40&hidden=4:tanh&dropout=0.5&batch=8",
  ])
  func thePagesGradientIsThatOfExplain(_ query: String) throws {
    var training = try PlaygroundTraining(settings(query))
    for _ in 0..<9 { try training.advance() }
    let maps = DecisionMaps(training.problem, outputs: training.model.outputs)
    let frame = try training.frame(maps, isPlaying: false, remaining: 0)
    let shown = frame.gradient.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    let parameters = frame.parameters.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    let request = try training.derivationRequest()
    #expect(request.model.parameters == parameters)
    let explanation = try request.explanation()
    let numbers = try #require(explanation.numbers)
    let architecture = request.model.architecture
    for (place, layer) in explanation.network.layers.enumerated() {
      for tensor in layer.tensors where tensor.role.isTrained {
        let derived = try #require(numbers.evaluation.adjoints[tensor.symbol])
        let range = try #require(
          architecture.parameters.first {
            $0.layer == place && $0.role == tensor.role
          }?.range)
        let scale = derived.values.reduce(1e-12) { max($0, abs($1)) }
        for (a, b) in zip(shown[range], derived.values) {
          #expect(abs(a - b) <= 1e-12 * scale, "layer \(place + 1)")
        }
      }
    }
    // And the page's own checks say so.
    let view = try training.backwardView()
    #expect(view.passed)
    #expect(view.rows == training.nextRows)
    #expect(try request.page().contains("Backpropagation of"))
  }

  @Test func whatTheNextUpdateDoesIsWhatTheGradientSays() throws {
    var training = try PlaygroundTraining(settings("data=xor&rows=40&rate=0.1"))
    let (x, t) = training.nextBatch
    let (before, model) = (training.model.parameters, training.model)
    let gradient = try model.backwardPass(
      inputs: x, targets: t, loss: training.loss
    ).parameterGradient
    try training.advance()
    try training.refreshModel()
    for k in before.indices {
      #expect(abs(training.model.parameters[k] - (before[k] - 0.1 * gradient[k])) < 1e-15)
    }
  }

  @Test func aDivergenceNamesPlaceAndRemedy() throws {
    var training = try PlaygroundTraining(
      settings("data=plane&rows=60&hidden=8:identity,8:identity,8:identity&rate=10&inputs=xx,yy,xy")
    )
    for _ in 0..<500 { try training.advance() }
    try training.refreshModel()
    let found = training.divergence
    let divergence = try #require(found)
    #expect(training.model.parameters.allSatisfy { $0.isFinite })
    #expect(divergence.update == training.updates + 1)
    #expect(divergence.message.contains("update \(divergence.update)"))
    #expect(divergence.advice.first!.contains("learning rate"))
    let made = training.updates
    try training.advance()
    #expect(training.updates == made)
  }

  @Test func deepSigmoidsStarveAndReluCuresThem() throws {
    func findings(_ activation: String) throws -> [String] {
      let layers = Array(repeating: "6:\(activation)", count: 8).joined(separator: ",")
      var training = try PlaygroundTraining(
        settings("rows=40&batch=20&hidden=\(layers)&init=he-uniform"))
      return try training.backwardView().findings
    }
    #expect(try findings("sigmoid").contains { $0.contains("less than 1/1,000") })
    #expect(try !findings("relu").contains { $0.contains("less than 1/1,000") })
  }

  @Test func theCurveStaysShort() {
    var curve = LearningCurve()
    for k in 0..<5000 {
      let measure = Measure(loss: Double(k), accuracy: nil, rmse: 1)
      curve.append(LearningCurve.Point(updates: k, train: measure, test: measure))
    }
    #expect(curve.points.count <= LearningCurve.limit)
    #expect(curve.points.count > LearningCurve.limit / 3)
    let steps = Set(zip(curve.points.dropFirst(), curve.points).map { $0.updates - $1.updates })
    #expect(steps.count == 1)
  }

  @Test(arguments: ["hinge", "cross-entropy", "binary-cross-entropy"])
  func aLossForClassesIsRefusedForNumbers(_ loss: String) {
    #expect(throws: PerceptronError.self) {
      _ = try PlaygroundTraining(settings("data=plane&loss=\(loss)"))
    }
  }
}
