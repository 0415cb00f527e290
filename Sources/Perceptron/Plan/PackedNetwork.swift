import PerceptronKernels

/// The forward pass of a plan on the kernels, ready to be run at once: the weights lie in panels of
/// columns, as the kernels read them, and nowhere else; a call neither packs nor allocates.
///
/// The plan's list says what is computed. It is read once, here; only the places of the parameters
/// change with `pack`.
final class PackedNetwork {
  /// Where a layer's parameters lie in the model's, in file order.
  private struct Source {
    let weights: Int
    let bias: Int?
  }

  private let sources: [Source]
  private let network: UnsafeMutablePointer<pk_network>
  private let layers: UnsafeMutablePointer<pk_layer>
  private let pace: UnsafeMutablePointer<pk_pace>?
  private let memory: UnsafeMutableRawPointer
  private let packed: UnsafeMutableRawPointer
  private let pool: ThreadPool?

  /// Rows a thread takes through all layers before it takes the next: so many that the weights,
  /// which may come from afar, are worth fetching.
  static let rowsAtATime = 128
  /// Multiply-adds that a thread must get for it to pay, beside those of one row more: reading
  /// every weight once takes about as long as that.
  static let workPerThread = 80_000
  /// More threads than this wait for one another longer than they gain on a single row.
  static let mostThreads = 8

  init(_ plan: Plan, precision: Precision, instructionSet: InstructionSet, threads: Threads) {
    let products = Self.products(of: plan)
    let isDouble = precision == .double
    let bytes = isDouble ? 8 : 4
    func rounded(_ count: Int, to grain: Int) -> Int { (count + grain - 1) / grain * grain }

    sources = products.map { Source(weights: $0.right.offset, bias: $0.bias?.offset) }
    layers = .allocate(capacity: products.count)
    var end = 0
    var widest = 0
    for (index, product) in products.enumerated() {
      let units = product.result.columns
      let width = Int(pk_padded(Int64(units), isDouble ? 1 : 0))
      let bias = end + rounded(product.left.columns * width, to: 64 / bytes)
      var activation = Activation.identity
      if case .activate(let function) = product.epilogue { activation = function }
      layers.advanced(by: index).initialize(
        to: pk_layer(
          inputs: Int64(product.left.columns), units: Int64(units), weights: Int64(end),
          bias: Int64(bias), parameter: activation.parameter, activation: activation.code))
      end = bias + width
      widest = max(widest, width)
    }
    let isNarrow =
      plan.architecture.inputs <= 16 && products.allSatisfy { $0.result.columns <= 16 }
      && products.dropLast().allSatisfy { $0.epilogue != .activate(.softmax) }
    if isNarrow { widest = max(widest, plan.architecture.inputs) }
    // Rows that are a multiple of 4 kB apart would compete for the same places in a cache.
    if widest * bytes % 1024 == 0 { widest += 64 / bytes }

    let multiplyAdds = plan.operationsPerRow / 2
    let wanted: Int
    switch threads {
    case .exactly(let count): wanted = count
    case .upTo, .automatic:
      let limit = if case .upTo(let count) = threads { count } else { Threads.available }
      wanted = min(
        limit, Threads.available, Self.mostThreads,
        multiplyAdds * (plan.largestBatch + 1) / Self.workPerThread)
    }
    pool = wanted > 1 ? ThreadPool(threads: wanted) : nil
    let threadCount = pool?.threads ?? 1
    let block = min(
      rounded((plan.largestBatch + threadCount - 1) / threadCount, to: 16), Self.rowsAtATime)

    // A register that begins in the last line ends behind it.
    let page = 4096
    let weightBytes = rounded((end + 64) * bytes, to: page)
    let total = weightBytes + rounded(2 * block * widest * threadCount * bytes + 64, to: page)
    memory = .allocate(
      byteCount: total,
      alignment: total < Int(PK_LARGE_PAGES_FROM) ? page : Int(PK_LARGE_PAGE))
    pk_use_large_pages(memory, Int64(total))
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: total)
    packed = memory
    network = .allocate(capacity: 1)
    network.initialize(
      to: pk_network(
        layers: layers, packed: packed, buffers: memory + weightBytes, width: Int64(widest),
        block: Int64(block), multiply_adds: Int64(multiplyAdds), count: Int32(products.count),
        is_double: isDouble ? 1 : 0, instruction_set: Int32(instructionSet.rawValue),
        is_narrow: isNarrow ? 1 : 0))
    pace = threads.pace()
  }

  deinit {
    layers.deallocate()
    network.deallocate()
    pace?.deallocate()
    memory.deallocate()
  }

  /// Whether a plan is a product for every layer, with an activation that follows it at once.
  static func canRun(_ plan: Plan) -> Bool { plan.architecture.layers.allSatisfy(\.isDense) }

  /// The threads that run a call when they pay, the caller's among them.
  var threads: Int { pool?.threads ?? 1 }

  /// The layers of a plan that only predicts: a product each, with its activation.
  private static func products(of plan: Plan) -> [Product] {
    Schedule.fused(plan.operations, keepsEverything: plan.keepsEverything).compactMap {
      switch $0 {
      case .gather: nil
      case .product(let product) where product.form == .plain: product
      default: misuse("a prediction cannot run \($0)")
      }
    }
  }

  /// Copies the parameters of a model, in file order, to their places in the panels.
  func pack<Element: Scalar>(_ parameters: [Element]) {
    parameters.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      for (index, source) in sources.enumerated() {
        pk_pack_layer(
          layers + index, network.pointee.is_double, base + source.weights,
          source.bias.map { base + $0 }, packed)
      }
    }
  }

  /// The outputs of `rows` rows, from dense rows to dense rows.
  @inline(__always)
  func run(_ inputs: UnsafeRawPointer, into outputs: UnsafeMutableRawPointer, rows: Int) {
    pk_predict(network, inputs, outputs, Int64(rows), pool?.handle, pace)
  }
}
