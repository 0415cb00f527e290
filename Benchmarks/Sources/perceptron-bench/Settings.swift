import ArgumentParser
import Foundation
import Perceptron

/// What all benchmarks share.
final class Settings {
  let threads: Threads?
  /// Time to spend on a measurement, more or less.
  let seconds: Double
  let seed: UInt64
  let csv: String
  let csvRows: Int
  let mnist: String?
  let svg: String
  let floor = Floor()
  private(set) lazy var machine = Machine()

  init(
    threads: Threads?, seconds: Double, seed: UInt64, csv: String, csvRows: Int, mnist: String?,
    svg: String
  ) {
    self.threads = threads
    self.seconds = seconds
    self.seed = seed
    self.csv = csv
    self.csvRows = csvRows
    self.mnist = mnist
    self.svg = svg
  }
}

/// Reads `auto` or a number.
struct ThreadsArgument: ExpressibleByArgument {
  let threads: Threads

  init?(argument: String) {
    if argument == "auto" {
      threads = .automatic
    } else if let count = Int(argument), (1...1024).contains(count) {
      threads = .exactly(count)
    } else {
      return nil
    }
  }
}

/// Choosing benchmarks by name.
struct NameFilter {
  let patterns: [String]

  /// A pattern chooses the name it is; with `*`, which stands for anything, all that fit; else, where
  /// no name is the same, all that begin with it.
  func chosen(among names: [String]) throws -> Set<String> {
    var chosen: Set<String> = []
    for pattern in patterns {
      let matches: [String]
      if names.contains(pattern) {
        matches = [pattern]
      } else if pattern.contains("*") {
        matches = names.filter { Self.fits($0[...], pattern[...]) }
      } else {
        matches = names.filter { $0.hasPrefix(pattern) }
      }
      guard !matches.isEmpty else {
        throw ValidationError(
          "no benchmark is called '\(pattern)'; there are \(names.joined(separator: ", "))")
      }
      chosen.formUnion(matches)
    }
    return chosen
  }

  private static func fits(_ name: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" {
      return fits(name, pattern.dropFirst()) || (!name.isEmpty && fits(name.dropFirst(), pattern))
    }
    return name.first == first && fits(name.dropFirst(), pattern.dropFirst())
  }
}
