import Perceptron

extension SourceProgram {
  /// The model as a file of C99; needs `fma`, `fmaf` and `sqrt` of the C library and nothing else.
  package var c: String {
    let type = SourceLanguage.c.type(Element.precision)
    var parts = [cHead, primitives(Element.precision)]
    let needsDouble = Element.precision == .float && results.contains(where: \.isExponential)
    if needsDouble {
      parts.append(primitives(.double))
      parts += SourceElementary.text(["exp"], .c, .double)
    }
    let own = calls(.c) + (!needsDouble && results.contains(where: \.isExponential) ? ["exp"] : [])
    parts += SourceElementary.text(own, .c, Element.precision)
    parts.append(
      """
      static const \(type) perceptron_parameters[] = {
      \(SourceLanguage.c.list(model.parameters))
      };
      """)
    parts += cOperations
    parts.append(cNetwork)
    if let preprocessing = model.preprocessing { parts += cPrediction(preprocessing) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var cHead: String {
    """
    /* \(title)
     *
     * perceptron_network(x, y) computes the outputs y of the network for inputs x.
     * perceptron_predict(row, result), where there is a row, takes the columns of a table as they are.
     * Compile with -lm; -DPERCEPTRON_NO_FMA does without fused multiply-add, with other last bits. */
    #if defined(__FAST_MATH__)
    #error "this file must not be compiled with -ffast-math: the functions rely on roundings"
    #endif
    #if defined(__GNUC__) && !defined(__clang__)
    #pragma GCC optimize("fp-contract=off")
    #else
    #pragma STDC FP_CONTRACT OFF
    #endif
    #include <math.h>
    #include <stdint.h>
    #include <string.h>

    #define PERCEPTRON_INPUTS \(model.inputs)
    #define PERCEPTRON_OUTPUTS \(model.outputs)
    """
  }

  /// What the functions of a precision are made of.
  private func primitives(_ precision: Precision) -> String {
    let (type, word) = (SourceLanguage.c.type(precision), SourceLanguage.c.word(precision))
    let prefix = SourceFunction.prefix(precision)
    return """
      static inline \(type) \(prefix)fma(\(type) a, \(type) b, \(type) c) {
      #ifdef PERCEPTRON_NO_FMA
        return (\(type))((double)a * b + c);
      #else
        return \(precision == .float ? "fmaf" : "fma")(a, b, c);
      #endif
      }

      static inline \(word) \(prefix)bits_of(\(type) x) {
        \(word) bits;
        memcpy(&bits, &x, sizeof bits);
        return bits;
      }

      static inline \(type) \(prefix)real_of(\(word) bits) {
        \(type) x;
        memcpy(&x, &bits, sizeof x);
        return x;
      }
      """
  }

  /// The operations that the steps need, each as a function over a row.
  private var cOperations: [String] {
    let type = SourceLanguage.c.type(Element.precision)
    var parts: [String] = []
    func has(_ condition: (SourceStep) -> Bool) -> Bool { steps.contains(where: condition) }
    if has({ if case .dense = $0 { true } else { false } }) {
      parts.append(
        """
        /* y = x W + bias: each sum begins with the bias and goes through the inputs in order. */
        static void perceptron_dense(const \(type) *x, const \(type) *weights, const \(type) *bias,
                                     long inputs, long units, \(type) *y) {
          for (long j = 0; j < units; j++) y[j] = bias ? bias[j] : 0;
          for (long p = 0; p < inputs; p++) {
            for (long j = 0; j < units; j++) {
              y[j] = \(SourceFunction.prefix(Element.precision))fma(x[p], weights[p * units + j], y[j]);
            }
          }
        }
        """)
    }
    for (place, activation) in activations.enumerated() {
      guard let formula = activation.sourceExpression(.c, Element.precision) else { continue }
      parts.append(
        """
        /* \(activation.name) */
        static void perceptron_activation_\(place)(\(type) *a, long n) {
          for (long j = 0; j < n; j++) {
            const \(type) z = a[j];
            a[j] = \(SourceFunction.expression(formula, .c, Element.precision));
          }
        }
        """)
    }
    if activations.contains(.softmax) { parts.append(cSoftmax) }
    if has({ if case .layerNormalization = $0 { true } else { false } }) {
      parts.append(
        """
        /* (x - mean) / sqrt(variance + epsilon) of the row, times scale plus shift. */
        static void perceptron_layer_norm(\(type) *a, const \(type) *scale, const \(type) *shift,
                                          double epsilon, long n) {
          double sum = 0;
          for (long j = 0; j < n; j++) sum += (double)a[j];
          const \(type) mean = (\(type))(sum / (double)n);
          sum = 0;
          for (long j = 0; j < n; j++) {
            const \(type) centred = a[j] - mean;
            sum += (double)centred * (double)centred;
          }
          const \(type) deviation = (\(type))sqrt(sum / (double)n + epsilon);
          for (long j = 0; j < n; j++) {
            const \(type) normalized = (a[j] - mean) / deviation;
            const \(type) scaled = normalized * scale[j];
            a[j] = scaled + shift[j];
          }
        }
        """)
    }
    return parts
  }

  private var cSoftmax: String {
    let type = SourceLanguage.c.type(Element.precision)
    let lanes = Element.precision == .float ? 16 : 8
    return """
      /* e^(z - max z) over its sum, which is kept in \(lanes) parts that are folded by halves. */
      static void perceptron_softmax(\(type) *a, long n) {
        \(type) largest = -INFINITY, parts[\(lanes)] = {0};
        for (long j = 0; j < n; j++) largest = a[j] > largest || a[j] != a[j] ? a[j] : largest;
        for (long j = 0; j < n; j++) {
          a[j] = \(SourceFunction.prefix(Element.precision))exp(a[j] - largest);
          parts[j % \(lanes)] += a[j];
        }
        for (int half = \(lanes / 2); half > 0; half /= 2) {
          for (int i = 0; i < half; i++) parts[i] += parts[i + half];
        }
        for (long j = 0; j < n; j++) a[j] = a[j] / parts[0];
      }
      """
  }

  private var cNetwork: String {
    let type = SourceLanguage.c.type(Element.precision)
    func at(_ range: Range<Int>) -> String { "perceptron_parameters + \(range.lowerBound)" }
    func number(_ value: Double) -> String { SourceLanguage.c.literal(value, Element.precision) }
    var lines = [
      "void perceptron_network(const \(type) *x, \(type) *y) {",
      "  \(type) first[\(width)], second[\(width)];",
      "  \(type) *a = first, *b = second, *swap;",
      "  (void)b, (void)swap;",
      "  memcpy(a, x, PERCEPTRON_INPUTS * sizeof *a);",
    ]
    for step in steps {
      switch step {
      case .dense(let inputs, let units, let weights, let bias):
        lines.append(
          "  perceptron_dense(a, \(at(weights)), \(bias.map(at) ?? "0"), \(inputs), \(units), b);")
        lines.append("  swap = a, a = b, b = swap;")
      case .activation(.softmax, let width): lines.append("  perceptron_softmax(a, \(width));")
      case .activation(.identity, _): break
      case .activation(let activation, let width):
        let place = activations.firstIndex(of: activation) ?? 0
        lines.append("  perceptron_activation_\(place)(a, \(width));")
      case .layerNormalization(let width, let scale, let shift, let epsilon):
        let literal = SourceLanguage.c.literal(epsilon, .double)
        lines.append(
          "  perceptron_layer_norm(a, \(at(scale)), \(at(shift)), \(literal), \(width));")
      case .batchNormalization(
        let width, let mean, let variance, let scale, let shift, let epsilon):
        lines += [
          "  for (long j = 0; j < \(width); j++) {",
          "    const \(type) *p = perceptron_parameters + j;",
          "    const \(type) centred = a[j] - p[\(mean.lowerBound)];",
          "    const \(type) sum = p[\(variance.lowerBound)] + \(number(Double(Element(epsilon))));",
          "    const \(type) normalized = centred / (\(type))sqrt((double)sum);",
          "    const \(type) scaled = normalized * p[\(scale.lowerBound)];",
          "    a[j] = scaled + p[\(shift.lowerBound)];",
          "  }",
        ]
      case .prelu(let width, let slope):
        lines += [
          "  for (long j = 0; j < \(width); j++) {",
          "    a[j] = a[j] <= 0 ? a[j] * perceptron_parameters[\(slope.lowerBound) + j] : a[j];",
          "  }",
        ]
      }
    }
    lines += ["  memcpy(y, a, PERCEPTRON_OUTPUTS * sizeof *y);", "}"]
    return lines.joined(separator: "\n")
  }
}
