import Perceptron

/// The files of the folder `Fixtures` beside the tests.
enum Fixtures {
  /// The path of a fixture given relative to `Fixtures`.
  static func path(_ relative: String) -> String {
    let support = #filePath.split(separator: "/").dropLast()
    return "/" + support.dropLast().joined(separator: "/") + "/Fixtures/" + relative
  }

  static func bytes(_ relative: String) throws -> [UInt8] {
    try FileSystem.read(path(relative))
  }

  static func json(_ relative: String) throws -> JSON {
    try JSON.parse(bytes(relative))
  }
}

/// Numbers for tests that look random and are the same every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
