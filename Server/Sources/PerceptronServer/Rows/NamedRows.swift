/// Rows of a table as a person sends them: JSON objects by column name, one or a list, or CSV with a
/// header. The bytes must outlive it.
enum NamedRows {
  case json(UnsafeBufferPointer<UInt8>)
  case csv(UnsafeBufferPointer<UInt8>)

  /// - Parameter contentType: the request's header; without one the first character tells.
  init(_ bytes: UnsafeBufferPointer<UInt8>, contentType: String?) throws(Refusal) {
    let type = contentType.map { $0.prefix { $0 != ";" }.lowercased() } ?? ""
    let first = bytes.first { $0 > 0x20 }
    guard first != nil else {
      throw .invalid("the request has no body; send rows as JSON or as CSV")
    }
    if type.contains("csv") || type.contains("tab-separated") {
      self = .csv(bytes)
    } else if type.contains("json") || first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      self = .json(bytes)
    } else {
      self = .csv(bytes)
    }
  }
}
