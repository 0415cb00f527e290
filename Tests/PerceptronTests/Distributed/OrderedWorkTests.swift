import Synchronization
import Testing

@testable import Perceptron

@Suite("Work on items in order")
struct OrderedWorkTests {
  private struct Failure: Error {}

  @Test("values come in the order of the items, whoever is done first", arguments: [1, 2, 5])
  func order(_ threads: Int) throws {
    let done = ChangeSignal()
    let work = OrderedWork<Int, Int>(threads: threads) {
      { item in
        // The first waits until another is done, where there is another thread.
        if item == 0, threads > 1 { done.wait(after: 0) } else { done.send() }
        return item * item
      }
    }
    var values: [Int] = []
    for item in 0..<50 { try work.add(item) { values.append($0) } }
    try work.finish { values.append($0) }
    #expect(values == (0..<50).map { $0 * $0 })
  }

  @Test("two items for each thread are in flight at most", arguments: [(1, 1), (2, 4), (5, 10)])
  func inFlight(_ threads: Int, _ most: Int) throws {
    let counter = Counter()
    let work = OrderedWork<Int, Int>(threads: threads) {
      {
        counter.begun.add(1, ordering: .relaxed)
        return $0
      }
    }
    var taken = 0
    func take(_ value: Int) {
      #expect(counter.begun.load(ordering: .relaxed) - taken <= most)
      taken += 1
    }
    for item in 0..<100 {
      try work.add(item, take)
      #expect(item + 1 - taken < most)
    }
    try work.finish(take)
    #expect(taken == 100)
  }

  @Test("the first error comes in its turn, and nothing behind it", arguments: [1, 2, 5])
  func errors(_ threads: Int) throws {
    let work = OrderedWork<Int, Int>(threads: threads) {
      {
        if $0 == 7 || $0 == 9 { throw Failure() }
        return $0
      }
    }
    var values: [Int] = []
    #expect(throws: Failure.self) {
      for item in 0..<50 { try work.add(item) { values.append($0) } }
      try work.finish { values.append($0) }
    }
    #expect(values == Array(0..<7))
  }

  @Test("every thread makes one worker, and a single item no threads")
  func workers() throws {
    let counter = Counter()
    for items in [1, 40] {
      counter.begun.store(0, ordering: .relaxed)
      let work = OrderedWork<Int, Int>(threads: 3) {
        counter.begun.add(1, ordering: .relaxed)
        return { $0 }
      }
      for item in 0..<items { try work.add(item) { _ in } }
      try work.finish { _ in }
      #expect((1...(items == 1 ? 1 : 3)).contains(counter.begun.load(ordering: .relaxed)))
    }
  }

  private final class Counter: Sendable {
    let begun = Atomic(0)
  }
}
