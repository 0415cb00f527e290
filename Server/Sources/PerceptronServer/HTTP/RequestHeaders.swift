import NIOHTTP1

/// The headers that decide what becomes of a request, found in one walk over all of them.
struct RequestHeaders {
  private(set) var host: String?
  private(set) var authorization: String?
  private(set) var contentLength: Int?
  private(set) var jsonLength: String?
  private(set) var origin: String?
  private(set) var wantsContinue = false
  private(set) var contentEncoding: String?

  init(_ headers: HTTPHeaders) {
    for (name, value) in headers {
      // Most names are told apart by their length.
      switch name.utf8.count {
      case 4 where name.isSame("host"): host = value
      case 6 where name.isSame("origin"): origin = value
      case 6 where name.isSame("expect"): wantsContinue = value.isSame("100-continue")
      case 13 where name.isSame("authorization"): authorization = value
      case 14 where name.isSame("content-length"): contentLength = Int(value)
      case 16 where name.isSame("content-encoding"): contentEncoding = value
      case 31 where name.isSame("inference-header-content-length"): jsonLength = value
      default: break
      }
    }
  }
}

extension String {
  /// Whether it is `word`, which is in lower case, but for the case of its letters.
  fileprivate func isSame(_ word: String) -> Bool {
    utf8.elementsEqual(word.utf8) { $0 == $1 || ($0 | 0x20 == $1 && $0 >= 0x41 && $0 <= 0x5A) }
  }
}

extension Refusal {
  /// Reads the length of the JSON before binary data.
  static func readJSONLength(_ text: String?) throws(Refusal) -> Int? {
    guard let text else { return nil }
    guard let length = Int(text), length >= 0 else {
      throw .invalid("Inference-Header-Content-Length is no number of bytes: \(shown(text))")
    }
    return length
  }

  /// A body that is compressed is refused rather than taken for what it is not.
  static func checkEncoding(_ encoding: String?) throws(Refusal) {
    if let encoding, encoding.lowercased() != "identity" {
      throw Refusal(
        415, "a compressed body (\(shown(encoding))) is not supported; send it as it is")
    }
  }
}
