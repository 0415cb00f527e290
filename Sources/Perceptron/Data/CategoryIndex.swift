/// Finds the place of a category: by its text, or where both are numbers by the number, so that `1`,
/// `1.0` and `01` are one.
struct CategoryIndex {
  private var places: [String: Int] = [:]
  private var numbers: [Double: Int] = [:]

  init(_ names: [String]) {
    for (place, name) in names.enumerated() {
      if places[name] == nil { places[name] = place }
      if let number = Double(name), numbers[number] == nil { numbers[number] = place }
    }
  }

  subscript(name: String) -> Int? {
    places[name] ?? Double(name).flatMap { numbers[$0] }
  }
}

extension Table {
  /// The different values of a column in `rows` as names, in the order they first appear, and for
  /// each row the index of its name, −1 where it is missing. In a column of numbers two spellings of
  /// one number are one name, the first.
  func names(column: Int, rows: [Int]) -> (values: [String], codes: [Int32]) {
    let found = categories(column: column, rows: rows)
    guard columns[column].kind == .numeric else { return found }
    var values: [String] = []
    var places: [Double: Int32] = [:]
    let merged = found.values.map { text -> Int32 in
      let number = Double(text) ?? .nan
      if let place = places[number] { return place }
      places[number] = Int32(values.count)
      values.append(text)
      return Int32(values.count - 1)
    }
    return (values, found.codes.map { $0 < 0 ? $0 : merged[Int($0)] })
  }
}
