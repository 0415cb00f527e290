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
  private let received = Received()

  /// The signal that came first, if any.
  private final class Received: Sendable {
    let number = Mutex<Int32?>(nil)
  }

  init(_ action: @escaping @Sendable () -> Void) {
    let received = received
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        received.number.withLock { first in
          if first != nil { _exit(128 + number) }
          first = number
        }
        action()
      }
      source.resume()
      return source
    }
  }

  /// 130 for Ctrl-C, 143 for a kill.
  var exitCode: Int32 { 128 + (received.number.withLock { $0 } ?? SIGINT) }

  func cancel() { sources.forEach { $0.cancel() } }

  /// Errors of writing arrive as errors, not as signals that end the program.
  static func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}
