import ArgumentParser
import Perceptron

/// How much memory rows may take, as `2GB`, `400MB` or `512KB`; 1024-fold with an i: `2GiB`.
struct MemoryOption: Sendable, Hashable, ExpressibleByArgument {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let units: [(String, Double)] = [
      ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("TiB", 0x1p40), ("KB", 1e3), ("MB", 1e6),
      ("GB", 1e9), ("TB", 1e12),
    ]
    let text = argument.uppercased()
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0.uppercased()) }),
      let number = Double(text.dropLast(unit.count)), number > 0, number * factor >= 1,
      number * factor < 1e18
    else { return nil }
    bytes = Int(number * factor)
  }

  var defaultValueDescription: String { "\(bytes) bytes" }
}
