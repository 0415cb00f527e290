import Perceptron

/// The reading entry by entry, within an explanation.
extension Explanation {
  func elements(limit: Int? = ElementwiseReading.largestExpansion) -> ElementwiseReading {
    // The number of examples stays open where there are none.
    var sizes = network.sizes(rows: checked.inputs.rows)
    if numbers == nil { sizes[network.examples] = nil }
    return ElementwiseReading(
      derivation, sizes: sizes, evaluation: numbers?.evaluation, limit: limit)
  }

  /// `elements`: one equation for every entry, when this reading is asked for.
  func elements(
    _ reading: ElementwiseReading?, _ entries: (ElementwiseReading) -> [EntryEquation]?
  ) -> [JSON.Member] {
    guard let reading, let entries = entries(reading) else { return [] }
    return [
      .init(
        "elements",
        .array(
          entries.map { entry in
            let left = reading.indexing.text(entry.left)
            var members: [JSON.Member] = [
              .init("name", .init(left)),
              .init("formula", .init(left + " = " + reading.indexing.text(entry.right))),
            ]
            if let value = entry.value { members.append(.init("value", .init(value))) }
            return .object(members)
          }))
    ]
  }
}
