import ArgumentParser
import Perceptron

/// How many threads a command may use: the option that all share which run networks or read tables.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: "At most this many threads, for everything. (default: as many as pay, up to the cores)")
  var count: Int?

  func validate() throws {
    if let count, count < 1 {
      throw ValidationError("--threads must be at least 1, not \(count).")
    }
  }

  /// Does what a command does, on no more threads.
  func limit<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let count else { return try body() }
    return try Threads.limited(to: count, body)
  }

  /// The same for a command that waits for tasks.
  func limit<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    guard let count else { return try await body() }
    return try await Threads.limited(to: count, body)
  }
}
