import Foundation

/// How long the tests that damage files go on.
enum FuzzScale {
  /// From `PERCEPTRON_MUTATIONS`, which `Scripts/prove fuzz` sets.
  static let mutations = ProcessInfo.processInfo.environment["PERCEPTRON_MUTATIONS"]
}
