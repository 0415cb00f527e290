/// The name among `names` that someone who wrote `name` may have meant; nil if none is near.
///
/// Near is at most one edit for each three characters, and one at least. An edit is a character
/// inserted, deleted, replaced or swapped with its neighbour; upper and lower case are the same.
/// Of equally near names the first wins.
///
/// - Complexity: linear in the number of names. Names of more than 64 characters have no suggestion.
package func suggestion(for name: String, among names: some Sequence<String>) -> String? {
  let wanted = Array(name.lowercased().unicodeScalars)
  guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
  var limit = max(1, wanted.count / 3)
  var nearest: String?
  for candidate in names where abs(candidate.unicodeScalars.count - wanted.count) <= limit {
    let distance = editDistance(wanted, Array(candidate.lowercased().unicodeScalars))
    if distance <= limit {
      if distance == 0 { return candidate }
      nearest = candidate
      limit = distance - 1
    }
  }
  return nearest
}

/// The number of edits between two texts (optimal string alignment).
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1]
    for j in 0..<b.count {
      var edits = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        edits = min(edits, beforeLast[j - 1] + 1)
      }
      current.append(edits)
    }
    (beforeLast, last) = (last, current)
  }
  return last[b.count]
}
