import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Something done on a thread of its own, and waited for where it is needed: for code that runs
/// outside of any task and may block.
final class BackgroundTask<Value: Sendable>: Sendable {
  /// What the thread does, and what came of it.
  private final class Work: Sendable {
    let body: @Sendable () throws -> Value
    let result = Mutex<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) { self.body = body }

    func run() {
      let value = Result { try body() }
      result.withLock { $0 = value }
    }
  }

  private let work: Work
  private let thread: Mutex<pthread_t?>

  /// Starts; where no thread can be had, the work is done when it is waited for.
  init(_ body: @escaping @Sendable () throws -> Value) {
    let work = Work(body)
    self.work = work
    let start: @Sendable () -> Void = { work.run() }
    let box = Unmanaged.passRetained(Box(start))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let pointer = argument
        #else
          let pointer = argument.unsafelyUnwrapped
        #endif
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().start()
        return nil
      }, box.toOpaque())
    if code != 0 { box.release() }
    self.thread = Mutex(code == 0 ? thread : nil)
  }

  deinit { join() }

  /// What came of it, once it is done.
  func value() throws -> Value {
    join()
    if let result = work.result.withLock({ $0 }) { return try result.get() }
    return try work.body()
  }

  private func join() {
    thread.withLock { thread in
      if let running = thread { pthread_join(running, nil) }
      thread = nil
    }
  }
}

/// A closure that a thread can be handed.
private final class Box: Sendable {
  let start: @Sendable () -> Void

  init(_ start: @escaping @Sendable () -> Void) { self.start = start }
}
