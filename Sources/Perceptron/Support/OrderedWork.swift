import Synchronization

/// Works on items on several threads, the caller's among them, and hands out what comes of them in the
/// order in which the items were added: the first error, and nothing behind it.
///
/// At most `mostInFlight` items are worked on, or wait to be or to be handed out. With one thread
/// everything is done by the caller, one item after the other.
final class OrderedWork<Item: Sendable, Value: Sendable> {
  /// What a thread does with an item; each thread makes one, for memory of its own.
  typealias Worker = (Item) throws -> Value

  /// What the threads share.
  private struct State: Sendable {
    var waiting: [(place: Int, item: Item)] = []
    /// What came of items, by their places: those before it are not done.
    var results: [Int: Result<Value, any Error>] = [:]
    var isClosed = false

    /// The item that has waited longest, which waits no more.
    mutating func next() -> (place: Int, item: Item)? {
      waiting.isEmpty ? nil : waiting.removeFirst()
    }
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
    let signal = ChangeSignal()
  }

  /// What a thread finds to do.
  private enum Next {
    case item(place: Int, Item)
    case result(Result<Value, any Error>)
    case wait
    case end
  }

  private let shared = Shared()
  private let threads: Int
  private let makeWorker: @Sendable () throws -> Worker
  private var own: Worker?
  private var helpers: [BackgroundTask<Void>] = []
  /// Items that came in, and those whose values went out.
  private var added = 0
  private var taken = 0

  init(threads: Int, makeWorker: @escaping @Sendable () throws -> Worker) {
    self.threads = threads
    self.makeWorker = makeWorker
  }

  deinit {
    // What nobody wants any more is not begun; the helpers are waited for when they go.
    shared.state.withLock {
      $0.isClosed = true
      $0.waiting = []
    }
    shared.signal.send()
  }

  /// The most items in flight while another is added: enough that no helper waits while the caller
  /// works on an item itself.
  static func mostInFlight(threads: Int) -> Int { threads > 1 ? 2 * threads : 1 }

  /// Adds an item, and hands out what is done by then.
  func add(_ item: Item, _ take: (Value) throws -> Void) throws {
    shared.state.withLock { $0.waiting.append((added, item)) }
    added += 1
    // A single item needs no help.
    if added == 2, threads > 1 { startHelpers() }
    if !helpers.isEmpty { shared.signal.send() }
    try handOut(until: Self.mostInFlight(threads: threads) - 1, take)
  }

  /// Hands out all that is left.
  func finish(_ take: (Value) throws -> Void) throws { try handOut(until: 0, take) }

  private func startHelpers() {
    ThreadPool.created.add(1, ordering: .relaxed)
    helpers = (1..<threads).map { _ in
      BackgroundTask { [shared, makeWorker] in Self.help(shared, makeWorker) }
    }
  }

  /// What a helper does: takes items until there are no more to come.
  private static func help(_ shared: Shared, _ makeWorker: @Sendable () throws -> Worker) {
    var worker: Worker?
    while true {
      let seen = shared.signal.count
      let next = shared.state.withLock { state -> Next in
        if let (place, item) = state.next() { return .item(place: place, item) }
        return state.isClosed ? .end : .wait
      }
      switch next {
      case .item(let place, let item):
        let result = Result { try Self.value(of: item, &worker, makeWorker) }
        shared.state.withLock { $0.results[place] = result }
        shared.signal.send()
      case .wait: shared.signal.wait(after: seen)
      case .end, .result: return
      }
    }
  }

  /// Hands out values in order, working on items meanwhile, until so many are left.
  private func handOut(until most: Int, _ take: (Value) throws -> Void) throws {
    while true {
      let seen = shared.signal.count
      let next = shared.state.withLock { [added, taken] state -> Next in
        if let result = state.results.removeValue(forKey: taken) { return .result(result) }
        if added - taken <= most { return .end }
        if let (place, item) = state.next() { return .item(place: place, item) }
        return .wait
      }
      switch next {
      case .result(let result):
        taken += 1
        try take(result.get())
      case .item(let place, let item):
        let result = Result { try Self.value(of: item, &own, makeWorker) }
        shared.state.withLock { $0.results[place] = result }
      case .wait: shared.signal.wait(after: seen)
      case .end: return
      }
    }
  }

  private static func value(
    of item: Item, _ worker: inout Worker?, _ makeWorker: @Sendable () throws -> Worker
  ) throws -> Value {
    let work = try worker ?? makeWorker()
    worker = work
    return try work(item)
  }
}
