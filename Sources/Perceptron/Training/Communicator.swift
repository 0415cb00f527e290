/// Several processes that train one network together, as each of them sees the others.
///
/// Every process makes the same calls in the same order; a call returns when all have made it. What
/// the calls hand out is the same, to the bit, in every process. `PerceptronDistributed` has the one
/// over MPI. A failure of the connection ends the processes: there is nobody left to tell.
public protocol Communicator: Sendable {
  /// Which of them this is, from 0.
  var rank: Int { get }
  /// How many they are.
  var count: Int { get }
  /// Replaces numbers by their sums over all processes, in an order that may depend on their count.
  func sum(_ values: UnsafeMutableBufferPointer<Float>)
  /// Replaces numbers by their sums over all processes, in an order that may depend on their count.
  func sum(_ values: UnsafeMutableBufferPointer<Double>)
  /// Hands bytes to one other process and takes as many from it.
  func exchange(
    _ sent: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer, with partner: Int)
  /// Replaces bytes by those of process 0.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer)
  /// Puts the bytes of all processes, as many of each, one behind the other.
  func gather(_ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer)
}

extension Communicator {
  /// Sums in either precision.
  @inline(__always)
  func sum<Element: Scalar>(_ values: UnsafeMutablePointer<Element>, count: Int) {
    let raw = UnsafeMutableRawPointer(values)
    switch Element.precision {
    case .float:
      sum(UnsafeMutableBufferPointer(start: raw.assumingMemoryBound(to: Float.self), count: count))
    case .double:
      sum(UnsafeMutableBufferPointer(start: raw.assumingMemoryBound(to: Double.self), count: count))
    }
  }

  /// The values of all processes one behind the other, `counts` of them from each.
  func gather<Value>(_ values: [Value], counts: [Int], filler: Value) -> [Value] {
    guard values.count == counts[rank] else {
      misuse("process \(rank) has \(values.count) values for the others, not \(counts[rank])")
    }
    let width = counts.max() ?? 0
    guard width > 0 else { return [] }
    let padded = values + Array(repeating: filler, count: width - values.count)
    var all = Array(repeating: filler, count: width * count)
    padded.withUnsafeBytes { sent in
      all.withUnsafeMutableBytes { received in gather(sent, into: received) }
    }
    return counts.indices.flatMap { all[$0 * width..<$0 * width + counts[$0]] }
  }

  /// Whether the answer of any process is yes.
  func isTrueOfAny(_ answer: Bool) -> Bool {
    gather([answer ? UInt8(1) : 0], counts: Array(repeating: 1, count: count), filler: 0)
      .contains(1)
  }

  /// The bytes of process 0, whatever the others have.
  func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    var size = UInt64(bytes.count)
    withUnsafeMutableBytes(of: &size) { broadcast($0) }
    var all = rank == 0 ? bytes : Array(repeating: 0, count: Int(size))
    if size > 0 { all.withUnsafeMutableBytes { broadcast($0) } }
    return all
  }

  /// Checks that all processes are about the same training.
  ///
  /// - Throws: `PerceptronError`, in every process, that names what differs and where.
  func checkSame(_ entries: [ProvenanceEntry]) throws {
    let own = entries.map { contentFingerprint(of: Array("\($0.key)\u{0}\($0.value)".utf8)) }
    let lengths = gather(
      [UInt64(own.count)], counts: Array(repeating: 1, count: count), filler: 0)
    if let other = lengths.firstIndex(where: { $0 != lengths[0] }) {
      throw PerceptronError(
        .option, "process \(other) was started with other options than process 0")
    }
    let all = gather(own, counts: Array(repeating: own.count, count: count), filler: 0)
    for other in 0..<count {
      for (place, entry) in entries.enumerated()
      where all[other * own.count + place] != all[place] {
        throw PerceptronError(
          .option,
          "process \(other) differs from process 0 in: \(entry.key); all must read the same files "
            + "with the same options and the same program")
      }
    }
  }

  /// Checks that all processes run the same build of a program, by its file: others may compute
  /// otherwise, or call in another order. Libraries that are loaded with it are not looked at.
  ///
  /// - Throws: `PerceptronError`, in every process, that names one that differs.
  public func checkSameProgram() throws {
    let fingerprint = runningProgramFingerprint().map { String($0, radix: 16) }
    try checkSame([ProvenanceEntry("the program", fingerprint ?? "cannot be read")])
  }

  /// Checks that all processes have come to the same numbers.
  ///
  /// - Throws: `PerceptronError`, in every process, that names the first that has not.
  func checkSame(_ fingerprint: UInt64, after epoch: Int) throws {
    let all = gather([fingerprint], counts: Array(repeating: 1, count: count), filler: 0)
    if let other = all.firstIndex(where: { $0 != all[0] }) {
      throw PerceptronError(
        .diverged,
        "the parameters of process \(other) are not those of process 0 after epoch \(epoch): a "
          + "processor or the connection between them makes mistakes")
    }
  }
}
