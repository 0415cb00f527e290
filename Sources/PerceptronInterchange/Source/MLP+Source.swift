public import Perceptron

extension MLP {
  /// The model as one file of Swift that depends on nothing: weights, preprocessing and a function
  /// that predicts, as `perceptron export --format swift` writes it.
  ///
  /// - Throws: `PerceptronError` for a layer whose formula is not known here.
  public func swiftSource() throws -> String { try SourceProgram(self).swift }
}
