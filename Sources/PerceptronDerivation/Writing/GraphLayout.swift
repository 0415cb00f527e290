/// Where the nodes of a computation graph stand: in columns from left to right, a column further
/// than everything they are computed from.
struct GraphLayout {
  /// A place in a column: a node's, or one kept free for an edge that passes by.
  struct Place: Hashable {
    var column: Int
    var row: Int
  }

  /// The place of every node.
  private(set) var places: [Place]
  /// For every edge its ends and the places between them that it passes through.
  private(set) var edges: [(from: Int, to: Int, through: [Place])]
  private(set) var columns: Int
  private(set) var rows: Int

  init(_ graph: Document.Graph) {
    let nodes = graph.nodes
    // The longest path from what is given.
    var column = Array(repeating: 0, count: nodes.count)
    var children: [[Int]] = Array(repeating: [], count: nodes.count)
    var ends: [(from: Int, to: Int)] = []
    for (index, node) in nodes.enumerated() {
      for parent in node.parents where parent >= 0 && parent < index {
        column[index] = max(column[index], column[parent] + 1)
        children[parent].append(index)
        ends.append((parent, index))
      }
    }
    // What is given stands just before its first use.
    let given = Set(nodes.indices.filter { index in !ends.contains { $0.to == index } })
    for index in given {
      if let first = children[index].map({ column[$0] }).min() { column[index] = first - 1 }
    }
    columns = (column.max() ?? -1) + 1

    // What passes by a column takes a place in it: one for all edges that come from one node.
    var members: [[Member]] = Array(repeating: [], count: columns)
    for index in nodes.indices {
      let isAside =
        given.contains(index) && (column[index] > 0 || nodes[index].kind == .parameter)
      members[column[index]].append(
        Member(node: index, passing: nil, rank: isAside ? 2 : 0, order: index))
    }
    for from in nodes.indices {
      let last = children[from].map { column[$0] }.max() ?? 0
      for between in (column[from] + 1)..<max(last, column[from] + 1) {
        members[between].append(Member(node: nil, passing: from, rank: 1, order: from))
      }
    }

    // Column by column: first what is computed, in the order of what it is computed from, so that
    // the way from the input to the loss is straight; then edges; below, what is given.
    var places = Array(repeating: Place(column: 0, row: 0), count: nodes.count)
    var through: [[Place]] = Array(repeating: [], count: nodes.count)
    var rows = 0
    for (number, members) in members.enumerated() {
      func row(_ source: Int) -> Double { Double(through[source].last?.row ?? places[source].row) }
      func height(_ member: Member) -> Double {
        if let source = member.passing { return row(source) }
        guard let node = member.node, member.rank == 0 else { return 0 }
        let sources = ends.filter { $0.to == node }.map { row($0.from) }
        return sources.isEmpty ? 0 : sources.reduce(0, +) / Double(sources.count)
      }
      let sorted = members.map { (member: $0, height: height($0)) }.sorted {
        ($0.member.rank, $0.height, $0.member.order) < ($1.member.rank, $1.height, $1.member.order)
      }
      for (row, entry) in sorted.enumerated() {
        let place = Place(column: number, row: row)
        if let node = entry.member.node { places[node] = place }
        if let source = entry.member.passing { through[source].append(place) }
      }
      rows = max(rows, sorted.count)
    }
    self.places = places
    self.rows = rows
    edges = ends.map { from, to in
      (from, to, through[from].filter { $0.column < places[to].column })
    }
  }

  private struct Member {
    let node: Int?
    /// The node whose edges pass by.
    let passing: Int?
    let rank: Int
    let order: Int
  }
}
