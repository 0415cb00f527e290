/// Why a request is not answered as asked: an HTTP status and one clear line, which the client gets
/// as `{"error": …}`.
struct Refusal: Error, Equatable {
  let status: Int
  let message: String

  init(_ status: Int, _ message: String) {
    self.status = status
    self.message = message
  }

  /// The request itself is wrong.
  static func invalid(_ message: String) -> Refusal { Refusal(400, message) }
}

/// A name from a request, as error messages show it: in quotes and not endless.
func shown(_ name: String) -> String {
  name.unicodeScalars.count <= 60
    ? "\"\(name)\"" : "\"\(String(String.UnicodeScalarView(name.unicodeScalars.prefix(60))))…\""
}
