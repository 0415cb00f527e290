extension LearningRateSchedule {
  /// The names of the shapes.
  public static let names = [
    "constant", "constant-factor", "step", "multi-step", "exponential", "polynomial", "cosine",
    "cosine-warm-restarts", "one-cycle", "plateau",
  ]

  /// Reads a schedule: `cosine`, `step:30:0.1`, `warmup:500,cosine:100`; see the table above.
  ///
  /// - Throws: `PerceptronError` for an unknown name or a number that is none or missing.
  public init(_ text: String) throws {
    var rest = Substring(text)
    var warmUp: LinearWarmUp?
    if rest.lowercased().hasPrefix("warmup:") {
      let parts = rest.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
      let fields = parts[0].split(separator: ":", omittingEmptySubsequences: false).dropFirst()
      guard let updates = fields.first.flatMap({ Int($0) }), updates > 0, fields.count <= 2,
        let start = fields.count == 2 ? Double(fields[2]) : 0.01
      else {
        throw PerceptronError(
          .option, "\(quoted(String(parts[0]))) is no warm-up; write warmup:UPDATES, as warmup:500")
      }
      warmUp = LinearWarmUp(updates: updates, start: start)
      rest = parts.count == 2 ? parts[1] : "constant"
    }
    var fields = rest.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let name = fields.isEmpty ? "" : fields.removeFirst().lowercased()
    guard Self.names.contains(name) else {
      throw unknownName(name, what: "schedule", among: Self.names + ["warmup"])
    }
    var numbers = Fields(name: name, fields: fields)
    let shape: Shape
    switch name {
    case "constant-factor":
      shape = .constantFactor(try numbers.number("FACTOR"), epochs: try numbers.integer("EPOCHS"))
    case "step":
      shape = .step(
        epochs: try numbers.integer("EPOCHS"), gamma: try numbers.number("FACTOR", or: 0.1))
    case "multi-step":
      shape = .multiStep(
        milestones: try numbers.integers("EPOCHS"), gamma: try numbers.number("FACTOR", or: 0.1))
    case "exponential": shape = .exponential(gamma: try numbers.number("FACTOR"))
    case "polynomial":
      shape = .polynomial(
        epochs: try numbers.optional("EPOCHS"), power: try numbers.number("POWER", or: 1))
    case "cosine":
      shape = .cosine(
        epochs: try numbers.optional("EPOCHS"), minimum: try numbers.number("MINIMUM", or: 0))
    case "cosine-warm-restarts":
      shape = .cosineWarmRestarts(
        epochs: try numbers.number("EPOCHS"), growth: try numbers.integer("GROWTH", or: 1),
        minimum: try numbers.number("MINIMUM", or: 0))
    case "one-cycle": shape = .oneCycle(OneCycle(maximum: try numbers.optional("PEAK")))
    case "plateau":
      shape = .plateau(
        Plateau(
          factor: try numbers.number("FACTOR", or: 0.1),
          patience: try numbers.integer("PATIENCE", or: 10)))
    default: shape = .constant
    }
    try numbers.end()
    self.init(shape, warmUp: warmUp)
  }

  /// The schedule with every number, for checkpoints and people.
  public var text: String {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "all" }
    let shape: String
    switch self.shape {
    case .constant: shape = "constant"
    case .constantFactor(let factor, let epochs): shape = "constant-factor:\(factor):\(epochs)"
    case .step(let epochs, let gamma): shape = "step:\(epochs):\(gamma)"
    case .multiStep(let milestones, let gamma):
      shape = "multi-step:\(milestones.map { "\($0)" }.joined(separator: ",")):\(gamma)"
    case .exponential(let gamma): shape = "exponential:\(gamma)"
    case .polynomial(let epochs, let power): shape = "polynomial:\(number(epochs)):\(power)"
    case .cosine(let epochs, let minimum): shape = "cosine:\(number(epochs)):\(minimum)"
    case .cosineWarmRestarts(let epochs, let growth, let minimum):
      shape = "cosine-warm-restarts:\(epochs):\(growth):\(minimum)"
    case .oneCycle(let cycle):
      shape =
        "one-cycle:\(number(cycle.maximum)), rise \(cycle.rise), "
        + "\(cycle.isCosine ? "cosine" : "linear"), divided by \(cycle.division) and "
        + "\(cycle.finalDivision), momentum "
        + (cycle.momentum.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "kept")
    case .plateau(let plateau):
      shape =
        "plateau:\(plateau.factor):\(plateau.patience), threshold \(plateau.threshold)"
        + "\(plateau.isRelative ? "" : " absolute"), cooldown \(plateau.cooldown), minimum "
        + "\(plateau.minimum)\(plateau.rises ? ", rising" : "")"
    }
    return (warmUp.map { "warmup:\($0.updates):\($0.start)," } ?? "") + shape
  }

  /// The fields of a schedule's text, taken one after the other.
  private struct Fields {
    let name: String
    var fields: [String]

    /// The next field; nil where there is none or it says `all`, which is the whole training.
    private mutating func next() -> String? {
      guard !fields.isEmpty else { return nil }
      let field = fields.removeFirst()
      return field == "all" ? nil : field
    }

    private func wrong(_ field: String?, _ what: String) -> PerceptronError {
      let problem = field.map { "\(quoted($0)) is no \(what)" } ?? "\(what) is missing"
      return PerceptronError(.option, "schedule \(name): \(problem)")
    }

    mutating func optional(_ what: String) throws -> Double? {
      guard let field = next() else { return nil }
      guard let value = Double(field), value.isFinite else { throw wrong(field, what) }
      return value
    }

    mutating func number(_ what: String, or standard: Double? = nil) throws -> Double {
      guard let value = try optional(what) ?? standard else { throw wrong(nil, what) }
      return value
    }

    mutating func integer(_ what: String, or standard: Int? = nil) throws -> Int {
      guard let field = next() else {
        guard let standard else { throw wrong(nil, what) }
        return standard
      }
      guard let value = Int(field) else { throw wrong(field, what) }
      return value
    }

    mutating func integers(_ what: String) throws -> [Int] {
      guard let field = next() else { throw wrong(nil, what) }
      return try field.split(separator: ",", omittingEmptySubsequences: false).map {
        guard let value = Int($0) else { throw wrong(field, what) }
        return value
      }
    }

    func end() throws {
      guard fields.isEmpty else {
        throw PerceptronError(
          .option, "schedule \(name): \(quoted(fields.joined(separator: ":"))) is too much")
      }
    }
  }
}
