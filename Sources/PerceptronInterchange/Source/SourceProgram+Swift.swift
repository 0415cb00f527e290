import Perceptron

extension SourceProgram {
  /// The model as a file of Swift that imports nothing but the C library, which links `fmaf` and
  /// `sqrtf` where the processor has no instruction for them.
  package var swift: String {
    let language = SourceLanguage.swift
    let type = language.type(Element.precision)
    var parts = [
      """
      // \(title)
      //
      // PerceptronModel.network(x) computes the outputs of the network for inputs x.
      // PerceptronModel.predict(row), where there is a row, takes the columns of a table as they are.

      #if canImport(Darwin)
        import Darwin
      #elseif canImport(Glibc)
        import Glibc
      #elseif canImport(Musl)
        import Musl
      #elseif canImport(Android)
        import Android
      #endif
      """
    ]
    var members = [
      """
        /// The outputs of the network.
        public static func network(_ x: [\(type)]) -> [\(type)] {
          precondition(x.count == \(model.inputs), "the network takes \(model.inputs) inputs")
          var a = x
      \(swiftSteps.map { "    " + $0 }.joined(separator: "\n"))
          return a
        }
      """
    ]
    if let preprocessing = model.preprocessing { members += swiftPrediction(preprocessing) }
    parts.append("public enum PerceptronModel {\n" + members.joined(separator: "\n\n") + "\n}")
    let needsDouble = Element.precision == .float && results.contains(where: \.isExponential)
    parts.append(primitives(Element.precision))
    if needsDouble {
      parts.append(primitives(.double))
      parts += SourceElementary.text(["exp"], .swift, .double)
    }
    let exponential = !needsDouble && results.contains(where: \.isExponential) ? ["exp"] : []
    let own = calls(.swift) + exponential
    parts += SourceElementary.text(own, .swift, Element.precision)
    parts += swiftOperations
    parts.append(
      """
      private enum PerceptronParameters {
        static let values: [\(type)] = [
      \(language.list(model.parameters))
        ]
      }
      """)
    return parts.joined(separator: "\n\n") + "\n"
  }

  private func primitives(_ precision: Precision) -> String {
    let (type, word) = (SourceLanguage.swift.type(precision), SourceLanguage.swift.word(precision))
    let prefix = SourceFunction.prefix(precision)
    return """
      private func \(prefix)fma(_ a: \(type), _ b: \(type), _ c: \(type)) -> \(type) {
        c.addingProduct(a, b)
      }

      private func \(prefix)bits_of(_ x: \(type)) -> \(word) { x.bitPattern }

      private func \(prefix)real_of(_ bits: \(word)) -> \(type) { \(type)(bitPattern: bits) }
      """
  }

  private var swiftSteps: [String] {
    func at(_ range: Range<Int>) -> String { "\(range.lowerBound)" }
    func number(_ value: Double, _ precision: Precision) -> String {
      SourceLanguage.swift.literal(value, precision)
    }
    return steps.flatMap { step -> [String] in
      switch step {
      case .dense(let inputs, let units, let weights, let bias):
        return [
          "a = perceptronDense(a, weights: \(at(weights)), bias: \(bias.map(at) ?? "nil"), "
            + "inputs: \(inputs), units: \(units))"
        ]
      case .activation(.softmax, _): return ["perceptronSoftmax(&a)"]
      case .activation(.identity, _): return []
      case .activation(let activation, _):
        let place = activations.firstIndex(of: activation) ?? 0
        return ["for j in a.indices { a[j] = perceptronActivation\(place)(a[j]) }"]
      case .layerNormalization(_, let scale, let shift, let epsilon):
        return [
          "perceptronLayerNorm(&a, scale: \(at(scale)), shift: \(at(shift)), "
            + "epsilon: \(number(epsilon, .double)))"
        ]
      case .batchNormalization(_, let mean, let variance, let scale, let shift, let epsilon):
        return [
          "perceptronBatchNorm(&a, mean: \(at(mean)), variance: \(at(variance)), "
            + "scale: \(at(scale)), shift: \(at(shift)), "
            + "epsilon: \(number(Double(Element(epsilon)), Element.precision)))"
        ]
      case .prelu(_, let slope):
        return [
          "for j in a.indices where a[j] <= 0 { a[j] *= PerceptronParameters.values[\(at(slope)) + j] }"
        ]
      }
    }
  }

  private var swiftOperations: [String] {
    let type = SourceLanguage.swift.type(Element.precision)
    let prefix = SourceFunction.prefix(Element.precision)
    func has(_ condition: (SourceStep) -> Bool) -> Bool { steps.contains(where: condition) }
    var parts: [String] = []
    if has({ if case .dense = $0 { true } else { false } }) {
      parts.append(
        """
        /// x W + bias: each sum begins with the bias and goes through the inputs in order.
        private func perceptronDense(
          _ x: [\(type)], weights: Int, bias: Int?, inputs: Int, units: Int
        ) -> [\(type)] {
          PerceptronParameters.values.withUnsafeBufferPointer { p in
            var y = [\(type)](repeating: 0, count: units)
            if let bias { for j in 0..<units { y[j] = p[bias + j] } }
            for i in 0..<inputs {
              for j in 0..<units { y[j] = \(prefix)fma(x[i], p[weights + i * units + j], y[j]) }
            }
            return y
          }
        }
        """)
    }
    for (place, activation) in activations.enumerated() {
      guard let formula = activation.sourceExpression(.swift, Element.precision) else { continue }
      parts.append(
        """
        /// \(activation.name)
        private func perceptronActivation\(place)(_ z: \(type)) -> \(type) {
          \(SourceFunction.expression(formula, .swift, Element.precision))
        }
        """)
    }
    if activations.contains(.softmax) { parts.append(swiftSoftmax) }
    if has({ if case .layerNormalization = $0 { true } else { false } }) {
      parts.append(swiftLayerNorm)
    }
    if has({ if case .batchNormalization = $0 { true } else { false } }) {
      parts.append(
        """
        private func perceptronBatchNorm(
          _ a: inout [\(type)], mean: Int, variance: Int, scale: Int, shift: Int, epsilon: \(type)
        ) {
          let p = PerceptronParameters.values
          for j in a.indices {
            let centred: \(type) = a[j] - p[mean + j]
            let normalized: \(type) = centred / (p[variance + j] + epsilon).squareRoot()
            let scaled: \(type) = normalized * p[scale + j]
            a[j] = scaled + p[shift + j]
          }
        }
        """)
    }
    return parts
  }

  private var swiftLayerNorm: String {
    let type = SourceLanguage.swift.type(Element.precision)
    return """
      /// (x − mean) / √(variance + epsilon) of the row, times scale plus shift.
      private func perceptronLayerNorm(
        _ a: inout [\(type)], scale: Int, shift: Int, epsilon: Double
      ) {
        let p = PerceptronParameters.values
        var sum = 0.0
        for x in a { sum += Double(x) }
        let mean = \(type)(sum / Double(a.count))
        sum = 0
        for x in a {
          let centred = Double(x - mean)
          sum += centred * centred
        }
        let deviation = \(type)((sum / Double(a.count) + epsilon).squareRoot())
        for j in a.indices {
          let normalized: \(type) = (a[j] - mean) / deviation
          let scaled: \(type) = normalized * p[scale + j]
          a[j] = scaled + p[shift + j]
        }
      }
      """
  }

  private var swiftSoftmax: String {
    let type = SourceLanguage.swift.type(Element.precision)
    let lanes = Element.precision == .float ? 16 : 8
    return """
      /// e^(z − max z) over its sum, which is kept in \(lanes) parts that are folded by halves.
      private func perceptronSoftmax(_ a: inout [\(type)]) {
        var largest = -\(type).infinity
        for z in a where z > largest || z.isNaN { largest = z }
        var parts = [\(type)](repeating: 0, count: \(lanes))
        for j in a.indices {
          a[j] = \(SourceFunction.prefix(Element.precision))exp(a[j] - largest)
          parts[j % \(lanes)] += a[j]
        }
        var half = \(lanes / 2)
        while half > 0 {
          for i in 0..<half { parts[i] += parts[i + half] }
          half /= 2
        }
        for j in a.indices { a[j] /= parts[0] }
      }
      """
  }
}
