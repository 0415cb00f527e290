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

    // What passes by a column takes a place in it.
    var members: [[Member]] = Array(repeating: [], count: columns)
    for index in nodes.indices {
      let isAside =
        given.contains(index) && (column[index] > 0 || nodes[index].kind == .parameter)
      members[column[index]].append(
        Member(node: index, edge: nil, rank: isAside ? 2 : 0, order: index))
    }
    for (edge, (from, to)) in ends.enumerated() {
      for between in (column[from] + 1)..<max(column[to], column[from] + 1) {
        members[between].append(Member(node: nil, edge: edge, rank: 1, order: edge))
      }
    }

    // Column by column: first what is computed, in the order of what it is computed from, so that
    // the way from the input to the loss is straight; then edges; below, what is given.
    var places = Array(repeating: Place(column: 0, row: 0), count: nodes.count)
    var through: [[Place]] = Array(repeating: [], count: ends.count)
    var rows = 0
    for (number, members) in members.enumerated() {
      func height(_ member: Member) -> Double {
        if let edge = member.edge {
          return Double(through[edge].last?.row ?? places[ends[edge].from].row)
        }
        guard let node = member.node, member.rank == 0 else { return 0 }
        let above = ends.indices.filter { ends[$0].to == node }.map {
          Double(through[$0].last?.row ?? places[ends[$0].from].row)
        }
        return above.isEmpty ? 0 : above.reduce(0, +) / Double(above.count)
      }
      let sorted = members.map { (member: $0, height: height($0)) }.sorted {
        ($0.member.rank, $0.height, $0.member.order) < ($1.member.rank, $1.height, $1.member.order)
      }
      for (row, entry) in sorted.enumerated() {
        let place = Place(column: number, row: row)
        if let node = entry.member.node { places[node] = place }
        if let edge = entry.member.edge { through[edge].append(place) }
      }
      rows = max(rows, sorted.count)
    }
    self.places = places
    self.rows = rows
    edges = zip(ends, through).map { ($0.from, $0.to, $1) }
  }

  private struct Member {
    let node: Int?
    let edge: Int?
    let rank: Int
    let order: Int
  }
}
