import Perceptron

/// From the values of a table's columns to the inputs of a network: what `Preprocessing` does, one
/// value at a time.
struct ColumnEncoder<Element: Scalar>: Sendable {
  /// A column of the table, or an input of a model that knows no columns.
  struct Column: Sendable {
    let name: String
    /// The first input that the column becomes.
    let place: Int
    let kind: Kind
  }

  enum Kind: Sendable {
    /// As it is.
    case plain(filler: Element)
    /// (x − shift) / scale
    case scaled(shift: Double, scale: Double, filler: Element)
    case categorical(Categories)
  }

  /// Categories found by text or, where both are numbers, by the number: `1` is `1.0`.
  struct Categories: Sendable {
    let count: Int
    let mostFrequent: Int
    private let places: [String: Int]
    private let numbers: [Double: Int]

    init(_ names: [String], mostFrequent: Int) {
      count = names.count
      self.mostFrequent = mostFrequent
      places = Dictionary(zip(names, 0...)) { first, _ in first }
      numbers = Dictionary(
        names.enumerated().compactMap { place, name in Double(name).map { ($0, place) } }
      ) { first, _ in first }
    }

    /// The place of a text; the last for one that no training row had, the most frequent one's for
    /// one that means "missing".
    func place(of text: String) -> Int {
      if let place = places[text] { return place }
      if ColumnEncoder.isMissing(text) { return mostFrequent }
      if !numbers.isEmpty, let number = Double(text), let place = numbers[number] { return place }
      return count
    }
  }

  let columns: [Column]
  /// n₀
  let width: Int
  private let places: [String: Int]

  init(_ model: MLP<Element>) {
    width = model.inputs
    guard let preprocessing = model.preprocessing else {
      // Nothing says what stands for a missing value.
      columns = (0..<model.inputs).map {
        Column(name: "\($0)", place: $0, kind: .plain(filler: .nan))
      }
      places = [:]
      return
    }
    var columns: [Column] = []
    var place = 0
    for column in preprocessing.inputs {
      let kind: Kind
      switch column.encoding {
      case .numeric(let imputed, let shift, let scale):
        let filler = Element((imputed - shift) / scale)
        kind =
          shift == 0 && scale == 1
          ? .plain(filler: filler) : .scaled(shift: shift, scale: scale, filler: filler)
      case .categorical(let categories, let mostFrequent):
        kind = .categorical(Categories(categories, mostFrequent: mostFrequent))
      }
      columns.append(Column(name: column.name, place: place, kind: kind))
      place += column.width
    }
    places = Dictionary(columns.map(\.name).enumerated().map { ($1, $0) }) { first, _ in first }
    self.columns = columns
  }

  /// The number of the column called `name`.
  func column(named name: String) -> Int? { places[name] }

  /// Whether a text is one of the spellings of "no value".
  static func isMissing(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= 8 else { return bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    var trimmed = Substring(text)
    while let first = trimmed.first, first == " " || first == "\t" { trimmed.removeFirst() }
    while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
    return MissingValue.spellings.contains(String(trimmed))
  }
}

extension ColumnEncoder.Column {
  /// Writes a number into a row of inputs: exactly rounded, as `float` where the request says so.
  ///
  /// - Throws: `Refusal` when it is not finite in the network's numbers, or the column has texts.
  @inline(__always)
  func write(
    _ number: JSONNumber, as datatype: Datatype, into row: UnsafeMutablePointer<Element>
  ) throws(Refusal) {
    guard datatype.contains(number) else {
      throw .invalid("\(String(decoding: number.text.prefix(40), as: UTF8.self)) is no \(datatype)")
    }
    let value: Element
    switch kind {
    case .plain:
      value =
        Element.self == Float.self || datatype == .FP32
        ? Element(number.float) : Element(number.double)
    case .scaled(let shift, let scale, _):
      let raw = datatype == .FP32 ? Double(number.float) : number.double
      value = Element((raw - shift) / scale)
    case .categorical:
      throw .invalid("the column \(shown(name)) has texts, and the request numbers (\(datatype))")
    }
    guard value.isFinite else {
      throw .invalid(
        "\(String(decoding: number.text.prefix(40), as: UTF8.self)) is not a finite number in "
          + "\(Element.precision.rawValue), in \(shown(name))")
    }
    row[place] = value
  }

  /// Writes a number into a row of inputs; NaN is a missing value.
  @inline(__always)
  func write(_ number: Double, into row: UnsafeMutablePointer<Element>) throws(Refusal) {
    guard !number.isNaN else { return try writeMissing(into: row) }
    let value: Element
    switch kind {
    case .plain: value = Element(number)
    case .scaled(let shift, let scale, _): value = Element((number - shift) / scale)
    case .categorical:
      throw .invalid("the column \(shown(name)) has texts, and the request numbers")
    }
    guard value.isFinite else {
      throw .invalid(
        "\(number) is not a finite number in \(Element.precision.rawValue), in \(shown(name))")
    }
    row[place] = value
  }

  /// Writes a category.
  func write(_ text: String, into row: UnsafeMutablePointer<Element>) throws(Refusal) {
    guard case .categorical(let categories) = kind else {
      throw .invalid("the column \(shown(name)) has numbers, and the request texts (BYTES)")
    }
    write(category: categories.place(of: text), of: categories, into: row)
  }

  /// Writes what stands for a missing value.
  func writeMissing(into row: UnsafeMutablePointer<Element>) throws(Refusal) {
    switch kind {
    case .plain(let filler), .scaled(_, _, let filler):
      guard !filler.isNaN else {
        throw .invalid("a value is missing, and the model has nothing to put in its place")
      }
      row[place] = filler
    case .categorical(let categories):
      write(category: categories.mostFrequent, of: categories, into: row)
    }
  }

  private func write(
    category: Int, of categories: ColumnEncoder.Categories, into row: UnsafeMutablePointer<Element>
  ) {
    for k in 0...categories.count { row[place + k] = k == category ? 1 : 0 }
  }
}
