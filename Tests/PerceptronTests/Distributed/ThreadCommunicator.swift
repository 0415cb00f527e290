import Foundation
import Testing

@testable import Perceptron

/// Threads in the place of processes: what a training does over MPI, without MPI.
///
/// Sums are made in the order of the ranks.
final class ThreadCommunicator: Communicator, @unchecked Sendable {
  let rank: Int
  let count: Int
  private let room: Room

  /// What the threads share: a place for the bytes of each, and a barrier.
  final class Room: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting = 0
    private var round = 0
    private var bytes: [[UInt8]]
    let count: Int

    init(_ count: Int) {
      self.count = count
      bytes = Array(repeating: [], count: count)
    }

    /// Everybody's bytes, once all have put theirs.
    fileprivate func share(_ own: [UInt8], rank: Int) -> [[UInt8]] {
      condition.lock()
      defer { condition.unlock() }
      bytes[rank] = own
      meet()
      let all = bytes
      meet()
      return all
    }

    /// Returns when all have come; the lock is held before and behind.
    private func meet() {
      let mine = round
      waiting += 1
      if waiting == count {
        waiting = 0
        round += 1
        condition.broadcast()
      } else {
        while round == mine { condition.wait() }
      }
    }
  }

  init(rank: Int, room: Room) {
    self.rank = rank
    self.room = room
    count = room.count
  }

  /// Shows everybody's bytes to `body`.
  private func share(_ own: UnsafeRawBufferPointer, _ body: ([[UInt8]]) -> Void) {
    body(room.share(Array(own), rank: rank))
  }

  private func add<Number: BinaryFloatingPoint>(_ values: UnsafeMutableBufferPointer<Number>) {
    share(UnsafeRawBufferPointer(values)) { all in
      for (rank, bytes) in all.enumerated() {
        bytes.withUnsafeBytes { raw in
          for k in values.indices {
            let number = raw.loadUnaligned(
              fromByteOffset: k * MemoryLayout<Number>.stride, as: Number.self)
            values[k] = rank == 0 ? number : values[k] + number
          }
        }
      }
    }
  }

  func sum(_ values: UnsafeMutableBufferPointer<Float>) { add(values) }
  func sum(_ values: UnsafeMutableBufferPointer<Double>) { add(values) }

  func exchange(
    _ sent: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer, with partner: Int
  ) {
    share(sent) { received.copyBytes(from: $0[partner]) }
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {
    share(UnsafeRawBufferPointer(bytes)) { all in
      if rank > 0 { bytes.copyBytes(from: all[0].prefix(bytes.count)) }
    }
  }

  func gather(_ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer) {
    share(bytes) { all.copyBytes(from: $0.flatMap { $0 }) }
  }
}

private final class Results<Value>: @unchecked Sendable {
  let lock = NSLock()
  var values: [Result<Value, any Error>?]
  init(_ count: Int) { values = Array(repeating: nil, count: count) }
}

/// Does `body` in as many threads as there are ranks, and hands out their results.
func together<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (any Communicator) throws -> Result
) throws -> [Result] {
  let room = ThreadCommunicator.Room(count)
  let results = Results<Result>(count)
  let group = DispatchGroup()
  for rank in 0..<count {
    group.enter()
    Thread.detachNewThread {
      let result = Swift.Result { try body(ThreadCommunicator(rank: rank, room: room)) }
      results.lock.lock()
      results.values[rank] = result
      results.lock.unlock()
      group.leave()
    }
  }
  try #require(group.wait(timeout: .now() + 120) == .success, "the ranks wait for one another")
  return try results.values.map { try #require($0).get() }
}
