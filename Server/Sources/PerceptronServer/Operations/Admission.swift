/// Who may ask: the Host header must be a name of this server, and with a token set the request must
/// have it.
struct Admission: Sendable {
  /// Names that the Host header may have, beside `localhost` and addresses.
  let hosts: Set<String>
  private let token: [UInt8]?

  init(hosts: [String], token: String?) {
    self.hosts = Set(hosts.map { $0.lowercased() } + ["localhost"])
    self.token = token.map { Array($0.utf8) }
  }

  /// - Parameter isOpen: whether the token is not asked for, as for health.
  /// - Throws: `Refusal` for who may not.
  func check(host: String?, authorization: String?, isOpen: Bool) throws(Refusal) {
    guard let host else { throw .invalid("the request has no Host header") }
    // A page of a foreign site, made to point here by its name server, says that site's name.
    guard isAddress(host) || hosts.contains(Self.name(of: host).lowercased()) else {
      throw Refusal(
        421, "this server is not called \(shown(host)); start it with --allow-host to make it so")
    }
    guard let token, !isOpen else { return }
    guard let authorization, Self.isEqual(authorization.utf8, token) else {
      throw Refusal(401, "the request needs the header Authorization: Bearer TOKEN")
    }
  }

  /// Compares all of the token whatever differs, so that time tells nothing about it.
  private static func isEqual(_ header: String.UTF8View, _ token: [UInt8]) -> Bool {
    let scheme = Array("bearer ".utf8)
    guard header.count > scheme.count,
      zip(header, scheme).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
    else { return false }
    let given = Array(header.dropFirst(scheme.count))
    var difference = given.count ^ token.count
    for k in token.indices {
      difference |= Int(token[k] ^ (k < given.count ? given[k] : 0))
    }
    return difference == 0
  }

  /// Without the port.
  private static func name(of host: String) -> Substring {
    guard let colon = host.lastIndex(of: ":") else { return Substring(host) }
    return host[..<colon]
  }

  /// Whether a host is an address, which no name server can point elsewhere.
  private func isAddress(_ host: String) -> Bool {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      let rest = host[host.index(after: end)...]
      return host[..<end].dropFirst().utf8.allSatisfy { byte in
        Character(Unicode.Scalar(byte)).isHexDigit || byte == UInt8(ascii: ":")
          || byte == UInt8(ascii: ".")
      } && (rest.isEmpty || rest.hasPrefix(":"))
    }
    let parts = Self.name(of: host).split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}
