import Perceptron

extension SourceProgram {
  /// The columns of a table as a structure, and what makes inputs and predictions of them.
  func cPrediction(_ preprocessing: Preprocessing) -> [String] {
    let type = SourceLanguage.c.type(Element.precision)
    let names = SourceLanguage.identifiers(preprocessing.inputs.map(\.name))
    func texts(_ texts: [String]) -> String {
      texts.map { "  \(SourceLanguage.c.quoted($0))" }.joined(separator: ",\n")
    }
    var row = [
      "/* The columns of the table: a missing number is NAN, a missing text NULL or empty. */",
      "typedef struct {",
    ]
    var encode = ["void perceptron_encode(const perceptron_row *row, \(type) *x) {"]
    var lists: [String] = []
    var place = 0
    for (name, column) in zip(names, preprocessing.inputs) {
      switch column.encoding {
      case .numeric(let imputed, let shift, let scale):
        row.append("  double \(name);")
        func number(_ value: Double) -> String { SourceLanguage.c.literal(value, .double) }
        let filler = SourceLanguage.c.literal(
          Self.filler(imputed, shift, scale), Element.precision)
        let scaled =
          shift == 0 && scale == 1
          ? "row->\(name)" : "((row->\(name) - \(number(shift))) / \(number(scale)))"
        encode.append("  x[\(place)] = isnan(row->\(name)) ? \(filler) : (\(type))\(scaled);")
      case .categorical(let categories, let mostFrequent):
        row.append("  const char *\(name);")
        lists.append(
          "static const char *const perceptron_categories_\(lists.count)[] = {\n"
            + texts(categories) + "\n};")
        encode += [
          "  for (long j = 0; j <= \(categories.count); j++) x[\(place) + j] = 0;",
          "  x[\(place) + perceptron_category(row->\(name), perceptron_categories_\(lists.count - 1), "
            + "\(categories.count), \(mostFrequent))] = 1;",
        ]
      }
      place += column.width
    }
    row.append("} perceptron_row;")
    encode.append("}")
    var parts = [
      """
      #define PERCEPTRON_COLUMNS \(preprocessing.inputs.count)
      #define PERCEPTRON_RESULTS \(results.count)

      /* The columns' names in the table, in the order of perceptron_row. */
      const char *const perceptron_column_names[PERCEPTRON_COLUMNS] = {
      \(texts(preprocessing.inputs.map(\.name)))
      };
      """, row.joined(separator: "\n"),
    ]
    if !lists.isEmpty {
      parts.append(
        """
        /* The place of a text, spelled as in training; behind the last for one that is not known. */
        static long perceptron_category(const char *text, const char *const *names, long count,
                                        long missing) {
          long place = 0;
          if (!text || !*text) return missing;
          while (place < count && strcmp(text, names[place])) place++;
          return place;
        }
        """)
    }
    parts += lists
    parts.append(encode.joined(separator: "\n"))
    parts.append(cPredict)
    return parts + cClasses
  }

  private var cPredict: String {
    let type = SourceLanguage.c.type(Element.precision)
    var lines = [
      "/* \(resultMeaning) */",
      "void perceptron_predict(const perceptron_row *row, double *result) {",
      "  \(type) x[PERCEPTRON_INPUTS], y[PERCEPTRON_OUTPUTS];",
      "  perceptron_encode(row, x);",
      "  perceptron_network(x, y);",
    ]
    for (place, result) in results.enumerated() {
      lines.append("  result[\(place)] = \(result.expression(.c));")
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  private var cClasses: [String] {
    guard !classNames.isEmpty else { return [] }
    let lists = classNames.enumerated().map { place, names in
      "const char *const perceptron_class_names_\(place)[] = {\n"
        + names.map { "  \(SourceLanguage.c.quoted($0))" }.joined(separator: ",\n") + "\n};"
    }
    guard let threshold else {
      let choice =
        model.outputs == 1
        ? "  return result[1] >= 0.5 ? 1 : 0;"
        : """
          int best = 0;
          for (int j = 1; j < PERCEPTRON_RESULTS; j++) best = result[j] > result[best] ? j : best;
          return best;
        """
      return lists + ["int perceptron_class(const double *result) {\n\(choice)\n}"]
    }
    return lists + [
      "/* The class of a target, counted from 0. */\n"
        + "int perceptron_class(const double *result, int target) {\n"
        + "  return result[target] >= \(threshold) ? 1 : 0;\n}"
    ]
  }

  /// What the results are, in words.
  var resultMeaning: String {
    guard let preprocessing = model.preprocessing else { return "" }
    if classNames.isEmpty {
      return "Each target's number, in its own unit."
    }
    if preprocessing.target.output == .score {
      return "Each target's score; the second class from 0 on."
    }
    return preprocessing.isMultiLabel
      ? "Each label's probability to be its second value." : "The probability of every class."
  }
}
