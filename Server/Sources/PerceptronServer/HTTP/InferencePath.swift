/// What a path of the inference route speaks of: `/v2/models/NAME[/versions/V]/infer`, with or without
/// a slash at the end.
struct InferencePath: Equatable {
  let name: String
  let version: String?

  /// Nil for any other path.
  init?(_ uri: String) {
    var rest = uri[...]
    if let query = rest.utf8.firstIndex(of: UInt8(ascii: "?")) { rest = rest[..<query] }
    guard rest.utf8.starts(with: "/v2/models/".utf8) else { return nil }
    rest = rest.dropUTF8(11)
    if rest.utf8.last == UInt8(ascii: "/") {
      rest = rest[..<rest.utf8.index(before: rest.endIndex)]
    }
    guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let name = rest[..<slash]
    rest = rest[slash...]
    if rest.utf8.elementsEqual("/infer".utf8) {
      version = nil
    } else {
      guard rest.utf8.starts(with: "/versions/".utf8) else { return nil }
      rest = rest.dropUTF8(10)
      guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")),
        rest[slash...].utf8.elementsEqual("/infer".utf8)
      else { return nil }
      version = String(rest[..<slash])
    }
    guard !name.isEmpty, version?.isEmpty != true else { return nil }
    self.name = String(name)
  }
}

extension Substring {
  fileprivate func dropUTF8(_ count: Int) -> Substring {
    self[utf8.index(startIndex, offsetBy: count)...]
  }
}
