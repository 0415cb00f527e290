import PerceptronKernels

/// The memory a plan runs on: one base address for each region.
struct PlanMemory<Element: Scalar> {
  /// In the order of `Region`, as the kernels take them.
  let bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  func base(_ region: Region) -> UnsafeMutablePointer<Element> {
    guard let base = bases[region.rawValue] else { misuse("a plan ran without its \(region)") }
    return base.assumingMemoryBound(to: Element.self)
  }

  /// Where an operand starts that is made of bytes.
  func bytes(_ operand: Operand) -> UnsafePointer<UInt8> {
    guard let base = bases[operand.region.rawValue] else {
      misuse("a plan ran without its \(operand.region)")
    }
    return UnsafePointer(base.assumingMemoryBound(to: UInt8.self)) + operand.offset
  }

  /// Points the region of the caller's inputs or targets at `address` for the next run.
  func point(_ region: Region, at address: UnsafeRawPointer?) {
    bases[region.rawValue] = UnsafeMutableRawPointer(mutating: address)
  }

  subscript(operand: Operand) -> UnsafeMutablePointer<Element> {
    base(operand.region) + operand.offset
  }

  /// A copy of an operand for a batch of `batch` rows.
  func matrix(_ operand: Operand, batch: Int) -> Matrix<Element> {
    let rows = operand.rowCount(batch: batch)
    let source = base(operand.region)
    var values: [Element] = []
    values.reserveCapacity(rows * operand.columns)
    for i in 0..<rows {
      for j in 0..<operand.columns {
        values.append(source[operand.index(i, j)])
      }
    }
    return Matrix(rows: rows, columns: operand.columns, values: values)
  }

  /// Copies a matrix that `name` computed to an operand without gaps; stops the program where its
  /// shape is another.
  func write(_ matrix: Matrix<Element>, to operand: Operand, batch: Int, from name: String) {
    let rows = operand.rowCount(batch: batch)
    guard matrix.rows == rows, matrix.columns == operand.columns else {
      misuse("\(name) gave \(matrix.shape) for [\(rows) × \(operand.columns)]")
    }
    matrix.values.withUnsafeBufferPointer { source in
      guard let address = source.baseAddress else { return }
      self[operand].update(from: address, count: source.count)
    }
  }
}

/// What differs from one run of a plan to the next.
struct PlanCall {
  /// Rows of the batch.
  let rows: Int
  /// Which rows of the caller's matrices they are; nil for `firstRow` and those that follow.
  let order: UnsafePointer<Int32>?
  let firstRow: Int
  /// Of the update rule.
  let coefficients: UpdateCoefficients
  /// Of what is drawn at random in a step.
  let seed: UInt64
  /// The updates made before it, and this one.
  let step: UInt64

  init(
    rows: Int, order: UnsafePointer<Int32>? = nil, firstRow: Int = 0,
    coefficients: UpdateCoefficients = UpdateCoefficients(), seed: UInt64 = 0, step: UInt64 = 0
  ) {
    self.seed = seed
    self.step = step
    self.rows = rows
    self.order = order
    self.firstRow = firstRow
    self.coefficients = coefficients
  }

  func row(_ i: Int) -> Int { order.map { Int($0[i]) } ?? firstRow + i }
}

/// The memory of a plan, owned: everything a step needs, allocated once.
struct Workspace<Element: Scalar>: ~Copyable {
  private let bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let block: UnsafeMutableRawPointer
  let parameterCount: Int
  let stateCount: Int

  /// Memory for a plan; parameters, gradient and state start at 0.
  ///
  /// - Parameter ownsParameters: whether it has room for the parameters; otherwise they are pointed
  ///   at where they are.
  init(_ plan: Plan, ownsParameters: Bool = true) {
    parameterCount = plan.architecture.parameterCount
    let hasGradient: Bool
    switch plan.purpose {
    case .predict, .evaluate: (hasGradient, stateCount) = (false, 0)
    case .differentiate: (hasGradient, stateCount) = (true, 0)
    case .train(_, let optimizer, _): (hasGradient, stateCount) = (true, optimizer.stateCount)
    }
    // Each region starts on a page; one spare line at the end lets vectors read past it.
    let parameters = Self.roundedToPage(parameterCount + 64)
    let regions: [Region] =
      (ownsParameters ? [.parameters] : []) + (hasGradient ? [.gradient] : [])
      + [Region.firstState, .secondState, .thirdState].prefix(stateCount)
    let copies = regions.count
    let total = parameters * copies + Self.roundedToPage(plan.workspaceCount + 64)
    let bytes = total * MemoryLayout<Element>.stride
    block = UnsafeMutableRawPointer.allocate(
      byteCount: bytes,
      alignment: bytes < Int(PK_LARGE_PAGES_FROM) ? 4096 : Int(PK_LARGE_PAGE))
    pk_use_large_pages(block, Int64(bytes))
    let numbers = block.bindMemory(to: Element.self, capacity: total)
    numbers.initialize(repeating: 0, count: total)
    bases = .allocate(capacity: Region.allCases.count)
    bases.initialize(repeating: nil, count: Region.allCases.count)
    for (index, region) in regions.enumerated() {
      bases[region.rawValue] = UnsafeMutableRawPointer(numbers + index * parameters)
    }
    let workspace = numbers + copies * parameters
    bases[Region.workspace.rawValue] = UnsafeMutableRawPointer(workspace)
    for (region, offset) in plan.batchOffsets {
      bases[region.rawValue] = UnsafeMutableRawPointer(workspace + offset)
    }
    for constant in plan.constants {
      for (k, value) in constant.values.enumerated() {
        workspace[constant.operand.offset + k] = Element(value)
      }
    }
  }

  deinit {
    bases.deallocate()
    block.deallocate()
  }

  private static func roundedToPage(_ count: Int) -> Int {
    let page = 4096 / MemoryLayout<Element>.stride
    return (count + page - 1) / page * page
  }

  var memory: PlanMemory<Element> { PlanMemory(bases: bases) }

  /// Points the region of the caller's inputs or targets at `address` for the next run.
  func point(_ region: Region, at address: UnsafePointer<Element>?) {
    memory.point(region, at: address)
  }

  /// Copies `values` into a region of the parameters' size.
  func write(_ values: [Element], to region: Region) {
    guard values.count == parameterCount else {
      misuse("\(region): \(values.count) values for \(parameterCount) parameters")
    }
    values.withUnsafeBufferPointer { source in
      guard let address = source.baseAddress else { return }
      memory.base(region).update(from: address, count: parameterCount)
    }
  }

  /// Copies a region of the parameters' size into `values`, without allocating when it has that
  /// size already.
  func read(_ region: Region, into values: inout [Element]) {
    if values.count != parameterCount {
      values = Array(repeating: 0, count: parameterCount)
    }
    let source = memory.base(region)
    values.withUnsafeMutableBufferPointer { result in
      result.baseAddress?.update(from: source, count: parameterCount)
    }
  }

  /// A copy of an operand for a batch of `batch` rows.
  func matrix(_ operand: Operand, batch: Int) -> Matrix<Element> {
    memory.matrix(operand, batch: batch)
  }
}
