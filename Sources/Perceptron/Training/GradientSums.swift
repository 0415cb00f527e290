import PerceptronKernels

/// Sums and multiples of whole gradients, on the threads of a plan: their memory is much work beside
/// a small batch. Every entry is computed by itself, so the threads change no bit.
final class GradientSums<Element: Scalar> {
  private let pool: ThreadPool?
  private let pace: UnsafeMutablePointer<pk_pace>?

  /// - Parameters:
  ///   - pool: the threads; nil for the caller's alone.
  ///   - threads: whether they join where they pay, or always.
  init(pool: ThreadPool? = nil, threads: Threads = .automatic) {
    self.pool = pool
    pace = pool == nil ? nil : threads.pace()
  }

  deinit { pace?.deallocate() }

  private var isDouble: Int32 { Element.precision == .double ? 1 : 0 }

  /// sum += part; they do not overlap.
  func add(
    _ part: UnsafePointer<Element>, to sum: UnsafeMutablePointer<Element>, count: Int
  ) {
    pk_add(sum, part, Int64(count), isDouble, pool?.handle, pace)
  }

  /// product = numbers · factor, rounded to an `Element`; both may be the same memory.
  func multiply(
    _ numbers: UnsafePointer<Element>, by factor: Double,
    into product: UnsafeMutablePointer<Element>, count: Int
  ) {
    pk_multiply(product, numbers, factor, Int64(count), isDouble, pool?.handle, pace)
  }
}
