// What a network trained by a loop of one's own, not by `fit`, needs to be used elsewhere.

extension MLP {
  /// Takes over how rows of a table become inputs and outputs predictions, as `fit` does, so that the
  /// model predicts from raw rows and its file says how.
  ///
  /// - Parameters:
  ///   - preprocessing: a data set's, fitted on the rows the network was trained on.
  ///   - loss: what the network was trained with: scores and logarithms are read otherwise than
  ///     probabilities.
  /// - Throws: `PerceptronError` when the network has other inputs, or the loss is not for such a
  ///   target.
  public mutating func adopt(_ preprocessing: Preprocessing, loss: Loss) throws {
    guard preprocessing.inputCount == inputs else {
      throw PerceptronError(
        .network,
        "the rows make \(preprocessing.inputCount) inputs, the network takes \(inputs)")
    }
    self.preprocessing = try preprocessing.adapted(to: loss, file: "the data")
  }

  /// The bytes of the model's `.safetensors` file, as `save(to:)` writes them.
  ///
  /// - Throws: `PerceptronError` when the model cannot be written.
  public func safetensors() throws -> [UInt8] { try encoded() }
}
