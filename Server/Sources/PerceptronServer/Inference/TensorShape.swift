/// The shape of a tensor in a request: of one or two dimensions, the first of them rows.
struct TensorShape {
  let rows: Int
  /// Nil for a tensor of one dimension.
  let columns: Int?
  /// What the request says, for messages.
  var description: String { columns.map { "[\(rows), \($0)]" } ?? "[\(rows)]" }

  /// - Throws: `Refusal` for what is no shape, or one of rows and columns.
  init(_ reader: inout JSONReader) throws(Refusal) {
    try reader.expect("[")
    var dimensions = (first: 0, second: 0)
    var count = 0
    var isFirst = true
    while try reader.nextElement(&isFirst) {
      guard let size = try reader.readNumber().integer, size >= 0 else {
        throw .invalid("a shape has whole numbers from 0 on")
      }
      switch count {
      case 0: dimensions.first = size
      case 1: dimensions.second = size
      default: throw .invalid("a shape here has one or two dimensions: [rows, columns]")
      }
      count += 1
    }
    guard count > 0 else {
      throw .invalid("a shape here has one or two dimensions: [rows, columns]")
    }
    rows = dimensions.first
    columns = count == 2 ? dimensions.second : nil
  }
}
