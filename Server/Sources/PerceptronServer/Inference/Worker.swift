import NIOCore
import Perceptron

/// What answers requests for one model, one at a time: the packed network and memory for its inputs
/// and outputs, which is kept from request to request.
protocol Worker: AnyObject {
  /// Answers a request of the Open Inference Protocol.
  ///
  /// - Parameters:
  ///   - request: the body, JSON and behind it binary data.
  ///   - model: what the answer says of the model.
  ///   - out: where the answer is written.
  func infer(
    _ request: InferenceRequest, for model: ModelIdentity, into out: inout ByteBuffer
  ) throws(Refusal) -> InferenceSummary

  /// Answers rows by column name.
  func predict(
    _ rows: NamedRows, for model: ModelIdentity, into out: inout ByteBuffer
  ) throws(Refusal) -> InferenceSummary
}

/// What is known of an answer once it is written.
struct InferenceSummary {
  /// The rows that were answered.
  var rows: Int
  /// The bytes of JSON, where binary data follows it.
  var jsonLength: Int?
}

/// The worker of a network of `Float` or `Double`.
///
/// Used by one thread at a time, which is why it may go from one to the next: `Snapshot` lends it.
final class NetworkWorker<Element: Scalar>: Worker, @unchecked Sendable {
  let encoder: ColumnEncoder<Element>
  let answers: AnswerWriter<Element>
  /// How rows of a table become inputs; nil where the model does not say.
  let preprocessing: Preprocessing?
  private let predictor: Predictor<Element>
  private(set) var inputs: UnsafeMutableBufferPointer<Element>
  private(set) var outputs: UnsafeMutableBufferPointer<Element>
  /// Which columns a request has given.
  var isGiven: [Bool]

  /// More numbers than this, inputs and outputs together, are not taken at once: 256 MB of `Float`.
  static var mostNumbers: Int { 1 << 26 }
  /// Memory for so many numbers is kept.
  private static var keptNumbers: Int { 1 << 18 }

  init(_ model: MLP<Element>, encoder: ColumnEncoder<Element>, answers: AnswerWriter<Element>)
    throws
  {
    self.encoder = encoder
    self.answers = answers
    preprocessing = model.preprocessing
    predictor = try Predictor(model, threads: .exactly(1))
    inputs = .allocate(capacity: encoder.width)
    outputs = .allocate(capacity: answers.width)
    inputs.initialize(repeating: 0)
    outputs.initialize(repeating: 0)
    isGiven = Array(repeating: false, count: encoder.columns.count)
  }

  deinit {
    inputs.deallocate()
    outputs.deallocate()
  }

  /// Makes room for the inputs of so many rows.
  ///
  /// - Throws: `Refusal` for more than fit.
  func prepare(rows: Int) throws(Refusal) {
    guard rows <= Self.mostNumbers / (encoder.width + answers.width) else {
      throw Refusal(413, "\(rows) rows are too many for one request to this model; send fewer")
    }
    let (inputCount, outputCount) = (rows * encoder.width, rows * answers.width)
    if inputs.count < inputCount { inputs = Self.replaced(inputs, by: inputCount) }
    if outputs.count < outputCount { outputs = Self.replaced(outputs, by: outputCount) }
  }

  /// Gives back what a large request needed.
  func shrink() {
    guard inputs.count + outputs.count > Self.keptNumbers else { return }
    inputs = Self.replaced(inputs, by: encoder.width)
    outputs = Self.replaced(outputs, by: answers.width)
  }

  private static func replaced(
    _ memory: UnsafeMutableBufferPointer<Element>, by count: Int
  ) -> UnsafeMutableBufferPointer<Element> {
    memory.deallocate()
    let new = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, 1))
    new.initialize(repeating: 0)
    return new
  }

  /// Computes the outputs of the inputs.
  func run(rows: Int) throws(Refusal) {
    let width = answers.width
    predictor.outputs(
      UnsafeBufferPointer(rebasing: inputs[..<(rows * encoder.width)]),
      into: UnsafeMutableBufferPointer(rebasing: outputs[..<(rows * width)]))
    for k in 0..<rows * width where !outputs[k].isFinite {
      throw .invalid(
        "the answer for row \(k / width + 1) is not a finite number: its inputs are too large for "
          + "the model")
    }
  }
}
