extension Threads {
  /// The most threads that anything may use in the task at hand; nil without a limit.
  @TaskLocal private static var limit: Int?

  /// The threads that may be used here: one for each core, or fewer inside `limited(to:_:)`.
  package static var available: Int { limit.map { min($0, cores) } ?? cores }

  /// Lets everything in `body` use at most `count` threads, the caller's among them: reading tables,
  /// training, evaluating, predicting, whatever their own options say but `.exactly`.
  ///
  /// Tasks that `body` starts inherit the limit, detached ones do not. The results are the same.
  public static func limited<Result>(
    to count: Int, _ body: () throws -> Result
  ) rethrows -> Result {
    try $limit.withValue(min(max(count, 1), available), operation: body)
  }

  /// The same for a `body` that waits for other tasks.
  public static func limited<Result>(
    to count: Int, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    try await $limit.withValue(
      min(max(count, 1), available), operation: body, isolation: isolation)
  }
}
