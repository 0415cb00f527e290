/// The memory an operand of a plan lies in.
enum Region: Int, Sendable, Hashable, CaseIterable {
  /// The network's parameters, in file order.
  case parameters
  /// ∂L/∂parameters, same order.
  case gradient
  /// The optimizer's states, as many as it has, same order.
  case firstState
  case secondState
  case thirdState
  /// The caller's inputs and targets: all rows, of which a step gathers a batch.
  case inputs
  case targets
  /// The caller's weights of rows, a number each.
  case sampleWeights
  /// Everything the step computes on the way.
  case workspace
  /// The batch's rows of inputs and targets. Where they follow one another in the caller's memory the
  /// kernels read them there; otherwise, and for the plain executor, this is a part of the workspace.
  case inputBatch
  case targetBatch
}

/// How many rows an operand has: those of the batch at hand, or a fixed number.
enum Extent: Sendable, Hashable {
  case batch
  case fixed(Int)
}

/// A matrix a plan computes with: where it starts, its shape, and where its entries lie.
///
/// Operands are relative to a region, so that a plan is a value: the same list runs on any memory.
struct Operand: Sendable, Hashable {
  let region: Region
  /// Index of the first entry in the region.
  let offset: Int
  let rows: Extent
  let columns: Int
  /// Entries from one row to the next.
  let stride: Int
  /// Rows that lie side by side: 1, but in a plan with samples in lanes. There, the columns of a
  /// block of so many rows follow one another.
  var block = 1

  /// How far entry (i, j) is behind the region's base.
  func index(_ i: Int, _ j: Int) -> Int {
    let row = i / block
    return offset + row * block * stride + j * block + i - row * block
  }

  /// Rows for a batch of `batch` rows.
  func rowCount(batch: Int) -> Int {
    switch rows {
    case .batch: batch
    case .fixed(let count): count
    }
  }
}
