/// State dictionaries of modules that are no plain `nn.Sequential`: linear layers under any names, such
/// as `encoder.fc1.weight`, found by the order of their names and their shapes.
extension ModelFile {
  /// Whether all tensors are named as in `nn.Sequential`: a number, a point and the rest.
  var isSequential: Bool {
    file.tensors.isEmpty
      || file.tensors.contains { tensor in
        tensor.name.split(separator: ".").first.flatMap { Int($0) } != nil
      }
  }

  /// The linear layers, in the one order in which each takes what the one before gives: that of their
  /// names (numbers in them by size), or where the shapes contradict it, the only one that the shapes
  /// allow.
  ///
  /// - Throws: `PerceptronError` naming a tensor that is not of a linear layer, or saying that shapes and
  ///   names leave the order open.
  func namedLayers(
    _ activations: [Activation]
  ) throws -> (inputs: Int, layers: [Layer], names: [String]) {
    func fail(_ message: String) -> PerceptronError {
      PerceptronError(.modelFile, message, file: file.file)
    }
    var found: [LinearLayer] = []
    for tensor in file.tensors {
      let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
      let (prefix, last) = (parts.dropLast().joined(separator: "."), parts[parts.count - 1])
      guard parts.count > 1, last == "weight" || last == "bias" else {
        throw fail("tensor \(quoted(tensor.name)) is no weight or bias of a linear layer")
      }
      if last == "bias" {
        guard file.tensor(named: prefix + ".weight") != nil else {
          throw fail("tensor \(quoted(prefix + ".weight")) is missing")
        }
        continue
      }
      guard tensor.shape.count == 2, tensor.shape.allSatisfy({ $0 > 0 }) else {
        throw fail(
          "\(quoted(tensor.name)) of shape \(tensor.shape) is no matrix; only linear layers can be "
            + "read")
      }
      found.append(
        LinearLayer(
          name: prefix, inputs: tensor.shape[1], units: tensor.shape[0],
          bias: file.tensor(named: prefix + ".bias") != nil))
    }
    guard found.count == activations.count else {
      throw fail(
        "it has \(found.count) linear layers, \(activations.count) activations were given")
    }
    found.sort { LinearLayer.isBefore($0.name, $1.name) }
    if !LinearLayer.isChain(found) {
      let orders = LinearLayer.orders(found)
      guard orders.count == 1 else {
        throw fail(
          orders.isEmpty
            ? "its linear layers do not follow one another: no order lets each take what the one "
              + "before gives"
            : "the shapes of its linear layers allow several orders, and their names contradict them"
        )
      }
      found = orders[0]
    }
    let layers = zip(found, activations).map { Layer.dense($0.units, $1, bias: $0.bias) }
    return (found[0].inputs, layers, found.map(\.name))
  }
}

/// A linear layer of a state dictionary.
private struct LinearLayer {
  let name: String
  let inputs: Int
  let units: Int
  let bias: Bool

  static func isChain(_ layers: [LinearLayer]) -> Bool {
    zip(layers, layers.dropFirst()).allSatisfy { $0.units == $1.inputs }
  }

  /// The order of names in which `fc10` comes after `fc9`.
  static func isBefore(_ left: String, _ right: String) -> Bool {
    let (a, b) = (pieces(left), pieces(right))
    for (x, y) in zip(a, b) where x != y {
      if let m = Int(x), let n = Int(y), m != n { return m < n }
      return x < y
    }
    return a.count < b.count
  }

  /// Runs of digits and of everything else.
  private static func pieces(_ text: String) -> [String] {
    var result: [String] = []
    var wasDigit = false
    for scalar in text.unicodeScalars {
      let isDigit = ("0"..."9") ~= scalar
      if result.isEmpty || isDigit != wasDigit { result.append("") }
      result[result.count - 1].unicodeScalars.append(scalar)
      wasDigit = isDigit
    }
    return result
  }

  /// Orders in which each takes what the one before gives, two at most: more would not be looked at. The
  /// search is given up where there are very many ways.
  static func orders(_ layers: [LinearLayer]) -> [[LinearLayer]] {
    var result: [[LinearLayer]] = []
    var order: [Int] = []
    var isUsed = [Bool](repeating: false, count: layers.count)
    var steps = 0
    func search() {
      steps += 1
      guard result.count < 2, steps < 100_000 else { return }
      if order.count == layers.count {
        result.append(order.map { layers[$0] })
        return
      }
      for next in layers.indices where !isUsed[next] {
        if let last = order.last, layers[last].units != layers[next].inputs { continue }
        isUsed[next] = true
        order.append(next)
        search()
        order.removeLast()
        isUsed[next] = false
      }
    }
    // As deep as there are layers, and no deeper than the stack bears.
    if layers.count <= 200 { search() }
    return steps < 100_000 ? result : []
  }
}
