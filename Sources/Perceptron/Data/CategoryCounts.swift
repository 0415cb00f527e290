/// The different texts of a column, seen once from the beginning to the end, and how often the rows to
/// learn from have each.
struct CategoryCounts: Sendable {
  /// More than these are no categories.
  static let most = 10_000

  private(set) var names: [String] = []
  private(set) var counts: [Int] = []
  private var places: [String: Int] = [:]
  private var numbers: [Double: Int] = [:]
  /// Whether there were more than `most`; then nothing is counted any more.
  private(set) var isFull = false

  /// Adds the texts of a piece.
  ///
  /// - Parameters:
  ///   - codes: for every row the place of its text in `values`, −1 where it is missing.
  ///   - isNumeric: whether two spellings of one number are one name, the first.
  ///   - learns: for every row whether it is one to learn from.
  mutating func add(
    _ values: [String], _ codes: [Int32], isNumeric: Bool, learns: [Bool]
  ) {
    guard !isFull else { return }
    let known = values.map { place(of: $0, isNumeric: isNumeric) }
    guard names.count <= Self.most else {
      isFull = true
      return
    }
    for (code, learns) in zip(codes, learns) where code >= 0 && learns {
      counts[known[Int(code)]] += 1
    }
  }

  /// Adds a number.
  mutating func add(_ number: Double, learns: Bool) {
    guard !isFull else { return }
    let place = numbers[number] ?? place(of: NumberText.cell(number), isNumeric: true)
    guard names.count <= Self.most else {
      isFull = true
      return
    }
    if learns { counts[place] += 1 }
  }

  private mutating func place(of name: String, isNumeric: Bool) -> Int {
    if let place = places[name] { return place }
    if isNumeric, let number = Double(name) {
      if let place = numbers[number] { return place }
      numbers[number] = names.count
    }
    places[name] = names.count
    names.append(name)
    counts.append(0)
    return names.count - 1
  }

  /// In the order of their UTF-8, and of these the most frequent, the first where there are several.
  var encoding: Preprocessing.Encoding {
    let order = names.indices.sorted { names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8) }
    var mostFrequent = 0
    for (place, index) in order.enumerated() where counts[index] > counts[order[mostFrequent]] {
      mostFrequent = place
    }
    return .categorical(categories: order.map { names[$0] }, mostFrequent: mostFrequent)
  }

  /// As classes: numbers in their order, others in that of their UTF-8.
  var classes: [String] {
    let numbers = names.compactMap { Double($0) }
    guard numbers.count == names.count else {
      return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    return zip(numbers, names).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
  }

  /// Whether all are whole numbers.
  var areWholeNumbers: Bool {
    names.allSatisfy { text in
      Double(text).map { $0.isFinite && abs($0) < 1e15 && Double(Int($0)) == $0 } ?? false
    }
  }
}
