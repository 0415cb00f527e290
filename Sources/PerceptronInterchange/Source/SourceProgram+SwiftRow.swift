import Perceptron

extension SourceProgram {
  /// The columns of a table as a structure, and what makes inputs and predictions of them.
  func swiftPrediction(_ preprocessing: Preprocessing) -> [String] {
    let type = SourceLanguage.swift.type(Element.precision)
    let names = SourceLanguage.identifiers(preprocessing.inputs.map(\.name))
    func list(_ texts: [String]) -> String {
      texts.map { "    \(SourceLanguage.swift.quoted($0))" }.joined(separator: ",\n")
    }
    var fields: [String] = []
    var parameters: [String] = []
    var encode: [String] = []
    var place = 0
    for (name, column) in zip(names, preprocessing.inputs) {
      switch column.encoding {
      case .numeric(let imputed, let shift, let scale):
        fields.append("    public var \(name): Double")
        parameters.append("\(name): Double")
        func number(_ value: Double) -> String { SourceLanguage.swift.literal(value, .double) }
        let filler = SourceLanguage.swift.literal(
          Self.filler(imputed, shift, scale), Element.precision)
        let scaled =
          shift == 0 && scale == 1
          ? "row.\(name)" : "(row.\(name) - \(number(shift))) / \(number(scale))"
        encode.append("    x[\(place)] = row.\(name).isNaN ? \(filler) : \(type)(\(scaled))")
      case .categorical(let categories, let mostFrequent):
        fields.append("    public var \(name): String?")
        parameters.append("\(name): String?")
        encode += [
          "    let \(name)_names: [String] = [",
          categories.map { "      \(SourceLanguage.swift.quoted($0))" }.joined(separator: ",\n"),
          "    ]",
          "    x[\(place) + category(row.\(name), \(name)_names, missing: \(mostFrequent))] = 1",
        ]
      }
      place += column.width
    }
    var members = [
      "  /// The columns' names in the table, in the order of `Row`.\n"
        + "  public static let columnNames: [String] = [\n" + list(preprocessing.inputs.map(\.name))
        + "\n  ]",
      """
        /// The columns of the table: a missing number is NaN, a missing text nil or empty.
        public struct Row {
      \(fields.joined(separator: "\n"))

          /// A row of the table.
          public init(
            \(parameters.joined(separator: ",\n      "))
          ) {
      \(names.map { "      self.\($0) = \($0)" }.joined(separator: "\n"))
          }
        }
      """,
      """
        /// The inputs of the network for a row.
        public static func encode(_ row: Row) -> [\(type)] {
          var x = [\(type)](repeating: 0, count: \(model.inputs))
      \(encode.joined(separator: "\n"))
          return x
        }
      """,
      """
        /// \(resultMeaning)
        public static func predict(_ row: Row) -> [Double] {
          let y = network(encode(row))
          return [
      \(results.map { "      " + $0.expression(.swift) }.joined(separator: ",\n"))
          ]
        }
      """,
    ]
    let hasCategories = preprocessing.inputs.contains {
      if case .categorical = $0.encoding { true } else { false }
    }
    if hasCategories {
      members.append(
        """
          /// The place of a text, spelled as in training; behind the last for one that is not known.
          private static func category(_ text: String?, _ names: [String], missing: Int) -> Int {
            guard let text, !text.isEmpty else { return missing }
            let scalars = Array(text.unicodeScalars)
            return names.firstIndex { Array($0.unicodeScalars) == scalars } ?? names.count
          }
        """)
    }
    return members + swiftClasses
  }

  private var swiftClasses: [String] {
    guard !classNames.isEmpty else { return [] }
    let names =
      "  /// The names of the classes, target by target.\n"
      + "  public static let classNames: [[String]] = [\n"
      + classNames.map { names in
        "    [\n"
          + names.map { "      \(SourceLanguage.swift.quoted($0))" }.joined(separator: ",\n")
          + "\n    ]"
      }.joined(separator: ",\n") + "\n  ]"
    guard let threshold else {
      let choice =
        model.outputs == 1
        ? "    result[1] >= 0.5 ? 1 : 0"
        : "    var best = 0\n"
          + "    for j in result.indices where result[j] > result[best] { best = j }\n"
          + "    return best"
      return [
        names,
        "  /// The number of the class, from the result of `predict`.\n"
          + "  public static func classIndex(_ result: [Double]) -> Int {\n\(choice)\n  }",
      ]
    }
    return [
      names,
      "  /// The number of a target's class, from the result of `predict`.\n"
        + "  public static func classIndex(_ result: [Double], target: Int) -> Int {\n"
        + "    result[target] >= \(threshold) ? 1 : 0\n  }",
    ]
  }
}
