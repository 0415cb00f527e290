import Perceptron

/// The sessions there are: a bounded number, each under a name that cannot be guessed.
actor SessionStore {
  private struct Entry {
    let session: PlaygroundSession
    /// Streams that show it.
    var watchers = 0
    /// When it was last asked for something, by `clock`.
    var lastUse: Int
  }

  /// The most sessions at a time.
  let capacity: Int
  /// How long a session stays that nobody watches: a lost connection may come back.
  let patience: Duration
  private let table: Table?
  private var entries: [String: Entry] = [:]
  private var clock = 0

  init(capacity: Int, patience: Duration, table: Table?) {
    self.capacity = max(capacity, 1)
    self.patience = patience
    self.table = table
  }

  /// How many there are.
  var count: Int { entries.count }

  /// A new session. Where there are as many as there may be, the one ends that nobody watches, or
  /// else has been left alone for longest.
  ///
  /// - Returns: its name, 128 random bits, and the session.
  func open(query: String) async throws -> (name: String, session: PlaygroundSession) {
    let session = try PlaygroundSession(query: query, table: table)
    while entries.count >= capacity, let idle = mostIdle() { await close(idle) }
    let name = Self.randomName()
    clock += 1
    entries[name] = Entry(session: session, lastUse: clock)
    expect(name)
    return (name, session)
  }

  /// Unwatched ones first, then by their last use; all uses differ.
  private func mostIdle() -> String? {
    entries.min { a, b in
      (a.value.watchers > 0 ? 1 : 0, a.value.lastUse)
        < (b.value.watchers > 0 ? 1 : 0, b.value.lastUse)
    }?.key
  }

  /// The session of a name; nil where it has ended or never was.
  func session(_ name: String) -> PlaygroundSession? {
    guard entries[name] != nil else { return nil }
    clock += 1
    entries[name]?.lastUse = clock
    return entries[name]?.session
  }

  /// A stream begins.
  func watch(_ name: String) { entries[name]?.watchers += 1 }

  /// A stream has ended. The session follows unless another begins in time.
  func leave(_ name: String) {
    entries[name]?.watchers -= 1
    expect(name)
  }

  /// Ends a session that nobody watches in a while.
  private func expect(_ name: String) {
    let patience = patience
    Task {
      try? await Task.sleep(for: patience)
      await self.closeUnwatched(name)
    }
  }

  private func closeUnwatched(_ name: String) async {
    if entries[name]?.watchers == 0 { await close(name) }
  }

  private func close(_ name: String) async {
    guard let entry = entries.removeValue(forKey: name) else { return }
    await entry.session.end()
  }

  /// A secret, not a number of the project: from the system, never from a seed.
  private static func randomName() -> String {
    var system = SystemRandomNumberGenerator()
    func half() -> String {
      let digits = String(system.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return half() + half()
  }
}
