/// Reads rows of text straight into a network's inputs: what `Preprocessing.encodeInputs` makes of the
/// table of them, to the bit, without the table in between.
///
/// It reads what is as it should be. Anything else is left to the table, which says what is wrong.
struct InputReader<Element: Scalar>: Sendable {
  /// What becomes of one column of the table.
  private struct Column: Sendable {
    enum Kind {
      case ignored
      case number
      case category
    }

    var kind = Kind.ignored
    /// The first input it becomes.
    var place = 0
    var shift = 0.0
    var scale = 1.0
    var isScaled = false
    /// What a missing number becomes.
    var filler: Element = 0
    /// Which of `categories` are its own.
    var categories = 0
  }

  private struct Categories: Sendable {
    let known: CategoryIndex
    let count: Int
    let mostFrequent: Int
  }

  let separator: UInt8
  /// n₀
  let width: Int
  private let columns: [Column]
  private let categories: [Categories]

  /// - Parameters:
  ///   - columns: the table's.
  ///   - separator: what stands between its cells.
  /// - Returns: nil where the table lacks a column, or one is read twice.
  init?(_ preprocessing: Preprocessing, columns names: [Table.Column], separator: UInt8) {
    var columns = [Column](repeating: Column(), count: names.count)
    var categories: [Categories] = []
    var place = 0
    for input in preprocessing.inputs {
      guard let index = names.firstIndex(where: { $0.name == input.name }),
        columns[index].kind == .ignored
      else { return nil }
      switch input.encoding {
      case .numeric(let imputed, let shift, let scale):
        columns[index] = Column(
          kind: .number, place: place, shift: shift, scale: scale,
          isScaled: shift != 0 || scale != 1, filler: Element((imputed - shift) / scale))
      case .categorical(let names, let mostFrequent):
        columns[index] = Column(kind: .category, place: place, categories: categories.count)
        categories.append(
          Categories(known: CategoryIndex(names), count: names.count, mostFrequent: mostFrequent))
      }
      place += input.width
    }
    self.separator = separator
    self.columns = columns
    self.categories = categories
    width = place
  }

  /// Reads rows, until there are `most` or no more.
  ///
  /// - Parameter inputs: memory for `most` rows.
  /// - Returns: how many there were; nil where a row is not as it should be.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func read(
    _ reader: inout CellReader, into inputs: UnsafeMutablePointer<Element>, atMost most: Int
  ) -> Int? {
    if !categories.isEmpty { inputs.update(repeating: 0, count: most * width) }
    return columns.withUnsafeBufferPointer { columns in
      var rows = 0
      while rows < most, reader.findRow() {
        let row = inputs + rows * width
        var isLast = false
        for index in columns.indices {
          if isLast { return nil }
          switch columns[index].kind {
          case .number:
            guard let number = number(&reader, columns[index]) else { return nil }
            row[columns[index].place] = number.value
            isLast = number.isLast
          case .category:
            guard let category = category(&reader, columns[index]) else { return nil }
            row[columns[index].place + category.value] = 1
            isLast = category.isLast
          case .ignored:
            guard let cell = try? reader.readCell() else { return nil }
            isLast = cell.isLast
          }
        }
        guard isLast else { return nil }
        rows += 1
      }
      return rows
    }
  }

  /// The input that a cell with a number becomes, or none: see `Preprocessing`.
  @inline(__always)
  private func number(
    _ reader: inout CellReader, _ column: borrowing Column
  ) -> (value: Element, isLast: Bool)? {
    let before = reader
    if let (number, isLast) = reader.readPlainNumber() {
      if column.isScaled {
        let value = Element((number - column.shift) / column.scale)
        return value.isInfinite ? nil : (value, isLast)
      }
      if Element.self == Double.self { return (Element(number), isLast) }
      if let value = DecimalNumber.float(from: number) { return (Element(value), isLast) }
      // Only the text can tell.
      reader = before
    }
    return numberInText(&reader, column)
  }

  @inline(never)
  private func numberInText(
    _ reader: inout CellReader, _ column: Column
  ) -> (value: Element, isLast: Bool)? {
    guard let (cell, _, isLast) = try? reader.readText() else { return nil }
    let value: Element
    if column.isScaled, let number = DecimalNumber.parse(cell.content, as: Double.self) {
      value = Element((number - column.shift) / column.scale)
    } else if !column.isScaled, let number = DecimalNumber.parse(cell.content, as: Element.self) {
      value = number
    } else {
      return MissingValue.isMissing(cell.content) ? (column.filler, isLast) : nil
    }
    return value.isInfinite ? nil : (value, isLast)
  }

  /// The place of a cell's category.
  private func category(
    _ reader: inout CellReader, _ column: Column
  ) -> (value: Int, isLast: Bool)? {
    guard let (cell, _, isLast) = try? reader.readText() else { return nil }
    let categories = categories[column.categories]
    if MissingValue.isMissing(cell.content) { return (categories.mostFrequent, isLast) }
    return (categories.known[cell.cellText] ?? categories.count, isLast)
  }
}
