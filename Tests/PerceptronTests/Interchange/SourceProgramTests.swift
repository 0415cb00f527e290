import Foundation
import Perceptron
import Testing

@testable import PerceptronInterchange

/// Generated C and Swift, compiled and run: the same bits as the predictor's.
@Suite struct SourceProgramTests {
  /// Runs a program and gives what it prints; what fails is recorded.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    if process.terminationStatus != 0 { Issue.record("\(arguments): \(text)") }
    return text
  }

  /// What `main` prints with the model's C in front of it.
  static func runC(_ model: String, _ main: String, flags: [String] = []) throws -> String {
    let folder = try TemporaryFolder()
    let text = model + "\n#include <stdio.h>\n#include <inttypes.h>\n" + main
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("model.c"))
    _ = try run(
      ["cc", "-std=c99", "-O1", "-Wall", "-Werror"] + flags + [
        folder("model.c"), "-o", folder("model"), "-lm",
      ])
    return try run([folder("model")])
  }

  /// Networks whose outputs depend on all of their layers.
  static func model<Element: Scalar>(_ stack: String, inputs: Int, seed: UInt64) throws
    -> MLP<Element>
  {
    var model = try MLP<Element>(inputs: inputs, layers: LayerStack.parse(stack), seed: seed)
    // Nothing stays at its neutral start.
    let noise: Matrix<Element> = Draw.normal(rows: 1, columns: model.parameters.count, seed: seed)
    var values = zip(model.parameters, noise.values).map { $0 + $1 / 8 }
    for parameter in model.architecture.parameters where parameter.role == .runningVariance {
      for k in parameter.range { values[k] = values[k].magnitude + 1 }
    }
    model.setParameters(values)
    return model
  }

  static let stacks = [
    "9:relu,8:leaky-relu:0.2,8:elu:0.5,7:selu,6:gelu,5:gelu-tanh,4:softmax",
    "17:silu,8:mish,8:softplus,7:softsign,layer-norm,6:tanh,dropout:0.3,20:softmax",
    "8:hard-sigmoid,8:hard-tanh,8:hard-swish,8:relu6,batch-norm,prelu,6:sigmoid,3:exponential",
    "5:relu,batch-norm,prelu,batch-norm,4:sign,3:heaviside,2",
  ]

  /// Main programs that print the bits of the outputs for these inputs.
  private static func main<Element: Scalar>(
    _ inputs: Matrix<Element>, _ language: SourceLanguage
  ) -> String {
    let type = language.type(Element.precision)
    let word = Element.precision == .float ? "32" : "64"
    guard language == .c else {
      return """

        let inputs: [\(type)] = [
        \(language.list(inputs.values))
        ]
        @main struct Main {
          static func main() {
            for row in 0..<\(inputs.rows) {
              let x = Array(inputs[row * \(inputs.columns)..<(row + 1) * \(inputs.columns)])
              for y in PerceptronModel.network(x) { print(y.bitPattern) }
            }
          }
        }
        """
    }
    return """
      static const \(type) inputs[] = {
      \(language.list(inputs.values))
      };
      int main(void) {
        for (int row = 0; row < \(inputs.rows); row++) {
          \(type) y[PERCEPTRON_OUTPUTS];
          uint\(word)_t bits;
          perceptron_network(inputs + row * PERCEPTRON_INPUTS, y);
          for (int j = 0; j < PERCEPTRON_OUTPUTS; j++) {
            memcpy(&bits, y + j, sizeof bits);
            printf("%" PRIu\(word) "\\n", bits);
          }
        }
      }
      """
  }

  private func check<Element: Scalar>(_ stack: String, _: Element.Type) throws {
    let model: MLP<Element> = try Self.model(stack, inputs: 5, seed: 7)
    let inputs: Matrix<Element> = Draw.normal(rows: 40, columns: 5, seed: 2)
    let expected = try model.outputs(inputs)
    #expect(expected.values.allSatisfy(\.isFinite) && Set(expected.values).count > 3)
    let printed = try Self.runC(SourceProgram(model).c, Self.main(inputs, .c))
    #expect(printed.split(separator: "\n").map { UInt64($0) } == expected.values.map(\.bits))
  }

  @Test("C computes the predictor's bits, every activation and layer", arguments: stacks)
  func floats(_ stack: String) throws { try check(stack, Float.self) }

  @Test("C in Double too", arguments: stacks[1...2])
  func doubles(_ stack: String) throws { try check(stack, Double.self) }

  @Test("Without fused multiply-add C agrees to 1e-6")
  func withoutFused() throws {
    let model: MLP<Float> = try Self.model("9:tanh,8:gelu,4:softmax", inputs: 5, seed: 7)
    let inputs: Matrix<Float> = Draw.normal(rows: 40, columns: 5, seed: 2)
    let printed = try Self.runC(
      SourceProgram(model).c, Self.main(inputs, .c), flags: ["-DPERCEPTRON_NO_FMA"])
    let got = printed.split(separator: "\n").compactMap { UInt32($0).map { Float(bitPattern: $0) } }
    let expected = try model.outputs(inputs).values
    #expect(got.count == expected.count)
    for (x, y) in zip(got, expected) { #expect(abs(x - y) <= 1e-6) }
  }

  @Test("Swift computes the predictor's bits")
  func swift() throws {
    let stack = Self.stacks[0].replacing(",4:softmax", with: "") + "," + Self.stacks[1]
    let model: MLP<Float> = try Self.model(
      stack + ",batch-norm,prelu", inputs: 5, seed: 7)
    let inputs: Matrix<Float> = Draw.normal(rows: 10, columns: 5, seed: 2)
    let folder = try TemporaryFolder()
    let text = try SourceProgram(model).swift + Self.main(inputs, .swift)
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("model.swift"))
    _ = try Self.run([
      "swiftc", "-parse-as-library", folder("model.swift"), "-o", folder("model"),
    ])
    let printed = try Self.run([folder("model")])
    let expected = try model.outputs(inputs).values.map(\.bits)
    #expect(printed.split(separator: "\n").map { UInt64($0) } == expected)
  }

  @Test("A custom layer is refused by name")
  func custom() throws {
    let model = try MLP<Float>(inputs: 2, layers: [.dense(2), .custom(Doubling())])
    let error = #expect(throws: PerceptronError.self) { try SourceProgram(model) }
    #expect(error?.description.contains("doubling") == true)
  }
}

/// A = 2 X.
private struct Doubling: CustomLayer {
  var name: String { "doubling" }

  func forward<Element: Scalar>(_ input: Matrix<Element>, parameters: [Matrix<Element>])
    -> Matrix<Element>
  {
    Matrix(rows: input.rows, columns: input.columns, values: input.values.map { $0 + $0 })
  }

  func backward<Element: Scalar>(
    input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
    parameters: [Matrix<Element>]
  ) -> (input: Matrix<Element>, parameters: [Matrix<Element>]) {
    (forward(outputGradient, parameters: []), [])
  }
}
