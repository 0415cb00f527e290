import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Wakes threads that wait until others have changed something: a count of changes, which is looked at
/// before the thing itself, so that no change in between is missed.
final class ChangeSignal: Sendable {
  private struct Parts {
    var mutex = pthread_mutex_t()
    var condition = pthread_cond_t()
  }

  /// As a number: a pointer may not be shared between threads, and what is behind it is made for that.
  private let address: UInt
  private let changes = Atomic<UInt64>(0)

  init() {
    let parts = UnsafeMutablePointer<Parts>.allocate(capacity: 1)
    parts.initialize(to: Parts())
    pthread_mutex_init(&parts.pointee.mutex, nil)
    pthread_cond_init(&parts.pointee.condition, nil)
    address = UInt(bitPattern: parts)
  }

  deinit {
    pthread_cond_destroy(&parts.pointee.condition)
    pthread_mutex_destroy(&parts.pointee.mutex)
    parts.deallocate()
  }

  private var parts: UnsafeMutablePointer<Parts> {
    UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  /// The changes so far.
  var count: UInt64 { changes.load(ordering: .acquiring) }

  /// Tells of a change.
  func send() {
    let parts = parts
    pthread_mutex_lock(&parts.pointee.mutex)
    changes.add(1, ordering: .releasing)
    pthread_cond_broadcast(&parts.pointee.condition)
    pthread_mutex_unlock(&parts.pointee.mutex)
  }

  /// Sleeps until there are other changes than the first `seen`.
  func wait(after seen: UInt64) {
    let parts = parts
    pthread_mutex_lock(&parts.pointee.mutex)
    while count == seen { pthread_cond_wait(&parts.pointee.condition, &parts.pointee.mutex) }
    pthread_mutex_unlock(&parts.pointee.mutex)
  }
}
