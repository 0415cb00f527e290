import PerceptronKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The instruction sets the kernels are compiled for. All of them compute the same bits.
public enum InstructionSet: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// What every processor of the kind has; NEON with fused multiply-add on arm64.
  case portable
  /// 256-bit registers and fused multiply-add.
  case avx2
  /// 512-bit registers: AVX-512 F, VL, DQ and BW.
  case avx512

  /// The name that `PERCEPTRON_ISA` takes.
  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512: "avx512"
    }
  }

  /// The best one of this processor.
  public static let best = InstructionSet(rawValue: Int(pk_best_instruction_set())) ?? .portable

  /// The ones this processor has.
  public static var available: [InstructionSet] { allCases.filter { $0.rawValue <= best.rawValue } }

  /// The one to use: `best`, unless the environment variable `PERCEPTRON_ISA` names another.
  ///
  /// - Throws: `PerceptronError` when the variable names none, or one the processor lacks.
  public static func selected() throws -> InstructionSet {
    guard let wanted = getenv("PERCEPTRON_ISA").map({ String(cString: $0) }), !wanted.isEmpty else {
      return best
    }
    guard let match = allCases.first(where: { $0.description == wanted.lowercased() }) else {
      throw PerceptronError(
        .option,
        "PERCEPTRON_ISA is \(quoted(wanted)); it can be "
          + available.map(\.description).joined(separator: ", "))
    }
    guard available.contains(match) else {
      throw PerceptronError(
        .option,
        "PERCEPTRON_ISA is \(match), which this processor does not have; it has "
          + available.map(\.description).joined(separator: ", "))
    }
    return match
  }
}
