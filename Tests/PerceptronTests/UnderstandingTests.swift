import Testing

@testable import Perceptron

/// Importance, attributions and partial dependence of models whose answers are known.
@Suite struct UnderstandingTests {
  /// Three numbers, one of them with missing values, and a category; two targets.
  static let text: String = {
    var stream = RandomStream(seed: 9, purpose: .check)
    var lines = ["a,b,c,colour,kind,size"]
    for row in 0..<60 {
      let (a, b, c) = (stream.normal(), stream.normal(), stream.normal())
      let colour = ["red", "green", "blue"][stream.index(below: 3)]
      let kind = a + (colour == "red" ? 1 : 0) > 0.3 ? "yes" : b > 0 ? "no" : "maybe"
      lines.append("\(a),\(row % 13 == 5 ? "" : "\(b)"),\(c),\(colour),\(kind),\(3 * a - 2 * b)")
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  static func data<Element: Scalar>(
    _ target: String, scaling: Preprocessing.Scaling = .standard, as: Element.Type = Element.self
  ) throws -> (table: Table, data: Dataset<Element>) {
    let rows = try table(text)
    let drop = target == "kind" ? "size" : "kind"
    return (
      rows,
      try Dataset(rows, target: target, options: DatasetOptions(scaling: scaling, drop: [drop]))
    )
  }

  /// A network with N(0, 1) parameters for the table.
  static func model<Element: Scalar>(
    _ data: Dataset<Element>, _ layers: [(units: Int, activation: Activation)], seed: UInt64 = 1
  ) throws -> MLP<Element> {
    var model: MLP<Element> = try Draw.network(inputs: data.inputs, layers, seed: seed)
    model.preprocessing = data.preprocessing
    return model
  }

  // MARK: The gradient of an output

  @Test("the slope of a linear output is its weights, to the bit")
  func linearGradient() throws {
    let model: MLP<Double> = try Draw.network(inputs: 4, [(3, .identity)], seed: 2)
    for size in [1.0, 1e30, 1e-30] {
      var inputs: Matrix<Double> = Draw.normal(rows: 5, columns: 4, seed: 3)
      inputs.values = inputs.values.map { $0 * size }
      for k in 0..<3 {
        let (outputs, gradient) = try model.outputGradient(k, at: inputs)
        for i in 0..<5 {
          #expect(Array(gradient.row(i)) == (0..<4).map { model.weights(0)[$0, k] })
          #expect(try outputs[i] == model.outputs(inputs)[i, k])
        }
      }
    }
  }

  @Test(
    "the slope of any output against central differences",
    arguments: [Activation.tanh, .sigmoid, .relu], [Activation.softmax, .sigmoid, .identity])
  func gradient(_ hidden: Activation, _ last: Activation) throws {
    let model: MLP<Double> = try Draw.network(inputs: 3, [(5, hidden), (4, last)], seed: 4)
    let inputs: Matrix<Double> = Draw.normal(rows: 6, columns: 3, seed: 5)
    for k in 0..<4 {
      let gradient = try model.outputGradient(k, at: inputs).gradient
      for j in 0..<3 {
        func moved(_ h: Double) throws -> [Double] {
          var inputs = inputs
          for i in 0..<6 { inputs[i, j] += h }
          let outputs = try model.outputs(inputs)
          return (0..<6).map { outputs[$0, k] }
        }
        let h = 1e-5
        let (up, down) = (try moved(h), try moved(-h))
        for i in 0..<6 {
          #expect(abs(gradient[i, j] - (up[i] - down[i]) / (2 * h)) < 1e-8)
        }
      }
    }
  }

  @Test("an output of 10⁸⁰ has its slope too")
  func hugeOutput() throws {
    var model: MLP<Double> = try Draw.network(inputs: 2, [(1, .identity)], seed: 2)
    model.setWeights(0, Matrix([[1e80], [-3e70]]))
    let (outputs, gradient) = try model.outputGradient(0, at: Matrix([[1, 2]]))
    #expect(outputs[0] > 1e79)
    #expect(abs(gradient[0, 0] / 1e80 - 1) < 1e-15 && abs(gradient[0, 1] / -3e70 - 1) < 1e-15)
  }

  // MARK: Integrated gradients

  @Test("of a linear model: w (x − x₀)", arguments: IntegratedGradients.Baseline.allCases)
  func linearAttributions(_ baseline: IntegratedGradients.Baseline) throws {
    let (table, data): (Table, Dataset<Double>) = try Self.data("size")
    let model = try Self.model(data, [(1, .identity)])
    guard case .number(_, let scale) = data.preprocessing.target.kind else { return }
    let inputs = try data.preprocessing.encodeInputs(
      table, rows: Array(0..<table.rowCount), as: Double.self)
    for row in [0, 5, 17] {
      let found = try IntegratedGradients(model, table, row: row, baseline: baseline)
      #expect(found.columns.map(\.name) == ["a", "b", "c", "colour"])
      #expect(found.columns[1].text == (row == 5 ? nil : table.text(row: row, column: 1)))
      for (column, places) in zip(found.columns, [0..<1, 1..<2, 2..<3, 3..<7]) {
        let expected = places.reduce(0.0) { sum, j in
          let mean = (0..<60).reduce(0.0) { $0 + inputs[$1, j] } / 60
          let from = baseline == .mean ? mean : 0
          return sum + scale * model.weights(0)[j, 0] * (inputs[row, j] - from)
        }
        #expect(abs(column.attribution - expected) < 1e-13)
      }
      #expect(abs(found.completenessError) < 1e-13)
    }
  }

  @Test(
    "completeness, at kinks too, for every class",
    arguments: [Activation.relu, .tanh], [Activation.softmax, .sigmoid])
  func completeness(_ hidden: Activation, _ last: Activation) throws {
    let (table, data): (Table, Dataset<Float>) = try Self.data("kind")
    let model = try Self.model(data, [(8, hidden), (6, hidden), (3, last)])
    let predictions = try model.predict(table)
    guard case .classes(let names, let labels, let probabilities) = predictions else { return }
    for row in [0, 7, 31] {
      var sums: [Double] = []
      for (label, name) in names.enumerated() {
        let found = try IntegratedGradients(model, table, row: row, className: name)
        #expect(abs(found.completenessError) < 1e-7, "\(found.completenessError)")
        #expect(abs(found.answer - probabilities[row][label]) < 1e-5)
        #expect(found.answerName == name)
        sums.append(found.columns[0].attribution)
        if label == labels[row] {
          #expect(try IntegratedGradients(model, table, row: row) == found)
        }
      }
      // Probabilities that sum to 1 leave nothing to attribute.
      if last == .softmax { #expect(abs(sums.reduce(0, +)) < 1e-6) }
    }
  }

  @Test("of two classes on one output what one gains the other loses")
  func twoClasses() throws {
    let rows = try table(Self.text.replacing("maybe", with: "no"))
    let data = try Dataset<Double>(
      rows, target: "kind", options: DatasetOptions(drop: ["size"]))
    let model = try Self.model(data, [(4, .tanh), (1, .sigmoid)])
    let yes = try IntegratedGradients(model, rows, row: 3, className: "yes")
    let no = try IntegratedGradients(model, rows, row: 3, className: "no")
    #expect(yes.columns.map(\.attribution) == no.columns.map { -$0.attribution })
    #expect(abs(yes.answer + no.answer - 1) < 1e-15)
  }

  @Test("what cannot be explained is refused")
  func refusals() throws {
    let (table, data): (Table, Dataset<Double>) = try Self.data("kind")
    let model = try Self.model(data, [(4, .tanh), (3, .softmax)])
    expectRefusal(.option, "unknown class", "yes") {
      _ = try IntegratedGradients(model, table, row: 0, className: "yess")
    }
    let steps = try Self.model(data, [(4, .sign), (3, .softmax)])
    expectRefusal(.network, "sign") { _ = try IntegratedGradients(steps, table, row: 0) }
    expectRefusal(.option, "rmse is for numbers") {
      _ = try PermutationImportance(model, table, metric: .rmse)
    }
    expectRefusal(.option, "unknown column", "colour") {
      _ = try PartialDependence(model, table, column: "color")
    }
    let plain: MLP<Double> = try Draw.network(inputs: 2, [(1, .identity)], seed: 1)
    expectRefusal(.network, "matrices only") { _ = try PermutationImportance(plain, table) }
  }

  // MARK: Permutation importance

  @Test("a column without weights has importance 0, and the order is that of the weights")
  func ranking() throws {
    let (table, data): (Table, Dataset<Float>) = try Self.data("size", scaling: .none)
    var model = try Self.model(data, [(1, .identity)])
    model.setWeights(0, Matrix([[3], [-2], [0], [0], [0], [0], [0]]))
    model.setBias(0, [0])
    for metric in [PermutationImportance.Metric.rmse, .mae, .r2] {
      let found = try PermutationImportance(model, table, metric: metric, repeats: 4)
      #expect(found.ranked.map(\.name) == ["a", "b", "c", "colour"], "\(metric)")
      #expect(found.columns[0].mean > 0.3 && found.columns[1].mean > 0.1)
      #expect(found.columns[2].values == [0, 0, 0, 0])
      #expect(found.columns[3].standardDeviation == 0)
    }
  }

  @Test("a permuted input is a permuted column of the table, categories as one", arguments: 0..<4)
  func againstPermutedTables(_ place: Int) throws {
    let (whole, data): (Table, Dataset<Double>) = try Self.data("kind")
    let model = try Self.model(data, [(6, .relu), (3, .softmax)])
    let found = try PermutationImportance(model, whole, metric: .logLoss, repeats: 2, seed: 77)
    let plain = try #require(try model.evaluate(whole).classification?.logLoss)
    #expect(abs(found.baseline - plain) < 1e-12)
    var stream = RandomStream(seed: 77, purpose: .importance, index: UInt32(place))
    for value in found.columns[place].values {
      let order = stream.permutation(of: 60).map { Int($0) }
      var lines = Self.text.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      let column = lines.map { $0[place] }
      for row in 0..<60 { lines[row + 1][place] = column[order[row] + 1] }
      let permuted = lines.map { $0.joined(separator: ",") }.joined(separator: "\n")
      let loss = try #require(try model.evaluate(table(permuted)).classification?.logLoss)
      #expect(abs(value - (loss - plain)) < 1e-12)
    }
  }

  @Test("the same on any number of threads; another seed is another permutation")
  func determinism() throws {
    let (table, data): (Table, Dataset<Float>) = try Self.data("kind")
    let model = try Self.model(data, [(6, .relu), (3, .softmax)])
    let all = try PermutationImportance(model, table)
    let one = try Threads.limited(to: 1) { try PermutationImportance(model, table) }
    #expect(one == all)
    #expect(all.columns.allSatisfy { $0.values.count == 5 })
    #expect(try PermutationImportance(model, table, seed: 1) != all)
    // More repeats go on where fewer end.
    let few = try PermutationImportance(model, table, repeats: 2)
    #expect(few.columns.map(\.values) == all.columns.map { Array($0.values.prefix(2)) })
    let rows = try IntegratedGradients(model, table, row: 4)
    #expect(try Threads.limited(to: 1) { try IntegratedGradients(model, table, row: 4) } == rows)
  }

  @Test("mean and standard deviation by hand")
  func moments() {
    let column = PermutationImportance.Column(name: "a", values: [1, 2, 6])
    #expect(column.mean == 3)
    #expect(column.standardDeviation == 7.0.squareRoot())
    #expect(PermutationImportance.Column(name: "a", values: [1]).standardDeviation == nil)
  }

  // MARK: Partial dependence

  @Test("of a linear model it is a line of its weight, in the target's unit")
  func line() throws {
    let (table, data): (Table, Dataset<Double>) = try Self.data("size")
    let model = try Self.model(data, [(1, .identity)])
    guard case .number(_, let unit) = data.preprocessing.target.kind,
      case .numeric(_, _, let scale) = data.preprocessing.inputs[1].encoding
    else { return }
    let found = try PartialDependence(model, table, column: "b", points: 7)
    guard case .numbers(let grid) = found.grid else { return }
    #expect(grid.count == 7 && grid == grid.sorted())
    #expect(found.rows == 60 && found.curves.map(\.name) == ["size"])
    let slope = unit * model.weights(0)[1, 0] / scale
    for (x, y) in zip(grid, found.curves[0].values) {
      #expect(abs(y - (found.curves[0].values[0] + slope * (x - grid[0]))) < 1e-12)
    }
  }

  @Test("against a table in which every row has the value", arguments: ["a", "colour"])
  func againstFilledTables(_ column: String) throws {
    let (whole, data): (Table, Dataset<Double>) = try Self.data("kind")
    let model = try Self.model(data, [(5, .tanh), (3, .softmax)])
    let found = try PartialDependence(model, whole, column: column, points: 4)
    let values: [String] =
      switch found.grid {
      case .numbers(let numbers): numbers.map { "\($0)" }
      case .categories(let names): names
      }
    #expect(values.count == (column == "a" ? 4 : 3))
    let place = try whole.index(of: column)
    for (number, value) in values.enumerated() {
      let lines = Self.text.split(separator: "\n").enumerated().map { line, text in
        var cells = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if line > 0 { cells[place] = value }
        return cells.joined(separator: ",")
      }
      guard
        case .classes(let names, _, let probabilities) = try model.predict(
          table(lines.joined(separator: "\n")))
      else { return }
      #expect(found.curves.map(\.name) == names)
      for k in names.indices {
        let mean = probabilities.reduce(0) { $0 + $1[k] } / 60
        #expect(abs(found.curves[k].values[number] - mean) < 1e-12)
      }
    }
  }

  @Test("the grid: every value where they are few, else quantiles with both ends")
  func grid() {
    #expect(PartialDependence.quantiles([3, 1, 2, 1], points: 5) == [1, 2, 3])
    let values = (0...100).map(Double.init).reversed()
    #expect(PartialDependence.quantiles(Array(values), points: 5) == [0, 25, 50, 75, 100])
    // Most rows say 0: it stands once.
    let many = [Double](repeating: 0, count: 90) + (1...10).map(Double.init)
    #expect(PartialDependence.quantiles(many, points: 4) == [0, 10])
    #expect(PartialDependence.quantiles([], points: 4) == [])
  }
}
