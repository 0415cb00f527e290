import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns Ctrl-C and a polite kill into a request to finish; a second one ends the program at once.
final class Interruption {
  private let sources: [any DispatchSourceSignal]
  private let state = State()

  private final class State: Sendable {
    /// The signal that came first, and what to do when one comes.
    let value = Mutex<(signal: Int32?, action: (@Sendable () -> Void)?)>((nil, nil))
  }

  /// From now on signals are remembered; `handle(_:)` says what they do.
  init() {
    let state = state
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let action = state.value.withLock { value in
          if value.signal != nil { _exit(128 + number) }
          value.signal = number
          return value.action
        }
        action?()
      }
      source.resume()
      return source
    }
  }

  /// Does `action` when a signal comes, at once if one has come already.
  func handle(_ action: @escaping @Sendable () -> Void) {
    let came = state.value.withLock { value in
      value.action = action
      return value.signal != nil
    }
    if came { action() }
  }

  /// 130 for Ctrl-C, 143 for a kill.
  var exitCode: Int32 { 128 + (state.value.withLock { $0.signal } ?? SIGINT) }

  func end() { sources.forEach { $0.cancel() } }

  /// Does `body` in a task of its own, which Ctrl-C cancels; not a detached one, which would know
  /// nothing of the limit to its threads.
  ///
  /// - Returns: its result, and the exit code for a command that was interrupted.
  static func cancelling<Result: Sendable>(
    _ body: sending @escaping () throws -> Result
  ) async throws -> (Result, Int32) {
    let interruption = Interruption()
    defer { interruption.end() }
    let task = Task { try body() }
    interruption.handle { task.cancel() }
    return (try await task.value, interruption.exitCode)
  }

  /// Errors of writing arrive as errors, not as signals that end the program.
  static func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}
