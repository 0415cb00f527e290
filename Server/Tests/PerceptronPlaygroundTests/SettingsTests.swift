import Perceptron
import Testing

@testable import PerceptronPlayground

@Suite struct SettingsTests {
  @Test func theUsualAddressIsEmpty() {
    #expect(PlaygroundSettings().query == "")
    let (settings, problems) = PlaygroundSettings.read("")
    #expect(settings == PlaygroundSettings())
    #expect(problems.isEmpty)
  }

  @Test(arguments: [
    "data=xor&hidden=8:relu,4:leaky-relu:0.2&rate=0.3&seed=4294967295",
    "data=spiral&noise=15&rows=1000&train=70&batch=32&inputs=x,y,xx,sinx&dropout=0.25",
    "data=plane&hidden=none&loss=huber:1.5&optimizer=adam&schedule=cosine:100&l1=0.001&l2=0.1",
    "data=table&init=he-normal&target=the%20species,%20or%20%26&across=%C3%A4&upwards=b%3D1",
    "updates=1234&test=1&discrete=1&pace=fast",
  ])
  func anAddressComesBackAsItWas(_ query: String) {
    let (settings, problems) = PlaygroundSettings.read(query)
    #expect(problems == [])
    #expect(settings.query == query)
    #expect(PlaygroundSettings.read(settings.query).settings == settings)
  }

  @Test(arguments: [
    ("noise=2000", "0 to 50"), ("noise=-1", "0 to 50"), ("noise=1.5", "whole number"),
    ("rows=1", "20 to 2000"), ("train=100", "10 to 90"), ("batch=0", "1 to 200"),
    ("data=moon", "circle"), ("hidden=17:tanh", "1 to 16"), ("hidden=0:tanh", "1 to 16"),
    ("hidden=4:softmax", "hidden layer"), ("hidden=4:tan", "tanh"),
    ("hidden=1:relu,1:relu,1:relu,1:relu,1:relu,1:relu,1:relu,1:relu,1:relu", "more than 8"),
    ("rate=0", "1e-05 to 10"), ("rate=nan", "no number"), ("rate=inf", "no number"),
    ("dropout=0.95", "0.9"), ("l1=2", "0 to 1"), ("inputs=", "list of inputs"),
    ("inputs=x,x", "each once"), ("inputs=z", "each once"), ("optimizer=lbfgs", "none of"),
    ("schedule=plateau:0.5:3", "perceptron train"), ("schedule=fast", "fast"),
    ("loss=nothing", "loss"), ("init=ones", "initialiser"), ("seed=4294967296", "whole number"),
    ("updates=200001", "200000"), ("test=yes", "neither"), ("pace=turbo", "epoch"),
    ("colour=red", "no setting"), ("seed=1&seed=2", "twice"),
  ])
  func whatIsImpossibleIsSaidAndLeftAsUsual(_ query: String, _ part: String) throws {
    let (settings, problems) = PlaygroundSettings.read(query)
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect(problem.contains(part), "\(problem)")
    var usual = PlaygroundSettings()
    if query.hasPrefix("seed=1&") { usual.seed = 1 }
    #expect(settings == usual)
  }

  @Test func oneMistakeDoesNotSpoilTheRest() {
    let (settings, problems) = PlaygroundSettings.read("data=xor&rate=1000&seed=7&%ff=1")
    #expect(problems.count == 1)
    #expect(settings.data == .xor && settings.seed == 7 && settings.learningRate == 0.03)
  }

  @Test func aLongAddressIsNotRead() {
    let (settings, problems) = PlaygroundSettings.read(String(repeating: "seed=1&", count: 2000))
    #expect(settings == PlaygroundSettings())
    #expect(problems.count == 1)
  }

  @Test func sineAndCosineAreThose() {
    // From Python: math.sin, math.cos.
    let cases: [(Double, Double, Double)] = [
      (0, 0, 1), (1, 0.8414709848078965, 0.5403023058681398),
      (-2.5, -0.5984721441039564, -0.8011436155469337),
      (6, -0.27941549819892586, 0.9601702866503661),
      (11, -0.9999902065507035, 0.004425697988050785),
    ]
    for (x, sine, cosine) in cases {
      #expect(abs(Circular.sine(x) - sine) < 3e-16)
      #expect(abs(Circular.cosine(x) - cosine) < 3e-16)
    }
  }
}
