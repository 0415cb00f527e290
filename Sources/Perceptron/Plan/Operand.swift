/// The memory an operand of a plan lies in.
enum Region: Int, Sendable, Hashable, CaseIterable {
  /// The network's parameters, in file order.
  case parameters
  /// ∂L/∂parameters, same order.
  case gradient
  /// The optimizer's first and second state, same order.
  case firstState
  case secondState
  /// The caller's inputs and targets: all rows, of which a step gathers a batch.
  case inputs
  case targets
  /// Everything the step computes on the way.
  case workspace
}

/// How many rows an operand has: those of the batch at hand, or a fixed number.
enum Extent: Sendable, Hashable {
  case batch
  case fixed(Int)
}

/// A matrix a plan computes with: where it starts, its shape, and how far its entries are apart.
/// Entry (i, j) is `offset + i · stride + j · columnStride` behind the region's base.
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
  /// Entries from one column to the next: 1, but in a plan with samples in lanes.
  var columnStride = 1

  /// Rows for a batch of `batch` rows.
  func rowCount(batch: Int) -> Int {
    switch rows {
    case .batch: batch
    case .fixed(let count): count
    }
  }
}
