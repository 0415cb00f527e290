import PerceptronKernels

/// What the kernels call for the loops of a plan.
final class LoopCallbacks {
  /// The run at hand; set before the kernels are called.
  var call = PlanCall(rows: 0)
  private let bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let precision: Precision
  private var loops: [Loop] = []

  /// Puts itself into the operations that are loops; nil where there are none.
  init?(
    _ steps: [Schedule.Step], _ operations: UnsafeMutableBufferPointer<pk_operation>,
    bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>, precision: Precision
  ) {
    self.bases = bases
    self.precision = precision
    for (index, step) in steps.enumerated() {
      guard case .loop(let loop) = step.operation else { continue }
      operations[index].count = Int64(loops.count)
      operations[index].context = Unmanaged.passUnretained(self).toOpaque()
      operations[index].call = { context, loop, first, last in
        guard let context else { return }
        Unmanaged<LoopCallbacks>.fromOpaque(context).takeUnretainedValue()
          .run(Int(loop), Int(first)..<Int(last))
      }
      loops.append(loop)
    }
    if loops.isEmpty { return nil }
  }

  private func run(_ loop: Int, _ range: Range<Int>) {
    switch precision {
    case .float: loops[loop].run(PlanMemory<Float>(bases: bases), call, range)
    case .double: loops[loop].run(PlanMemory<Double>(bases: bases), call, range)
    }
  }
}
