import Perceptron
extension Explanation {
  var elements: (forward: [Document.Block], backward: [Document.Block]) { ([], []) }
  func elements(of: Program.Definition) -> [JSON.Member] { [] }
  func elements(of: AdjointDerivation) -> [JSON.Member] { [] }
}
