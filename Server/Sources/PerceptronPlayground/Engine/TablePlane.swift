import Perceptron

/// Which two columns of a table are drawn, and what a network sees of a place between its points.
struct TablePlane {
  /// A column of numbers among the inputs.
  struct Axis: Sendable, Hashable {
    let name: String
    /// Which input it is.
    let input: Int
    let shift: Double
    let scale: Double

    func encoded(_ raw: Double) -> Double { (raw - shift) / scale }
    func raw(_ encoded: Double) -> Double { encoded * scale + shift }
  }

  let x: Axis
  let y: Axis
  /// The names of all columns that could be drawn.
  let drawable: [String]

  /// - Throws: `PerceptronError` where a column does not exist or is no number, or there are not two.
  init(_ preprocessing: Preprocessing, across: String?, upwards: String?) throws {
    var axes: [Axis] = []
    var input = 0
    for column in preprocessing.inputs {
      if case .numeric(_, let shift, let scale) = column.encoding {
        axes.append(Axis(name: column.name, input: input, shift: shift, scale: scale))
      }
      input += column.width
    }
    guard axes.count >= 2 else {
      throw PerceptronError(
        .dataset,
        "a picture needs two columns of numbers beside the target; the table has \(axes.count)")
    }
    func find(_ name: String?, besides other: Axis?) throws -> Axis {
      guard let name else { return axes.first { $0 != other } ?? axes[0] }
      guard let axis = axes.first(where: { $0.name == name }) else {
        throw PerceptronError(
          .dataset, "\(SettingsField.shown(name)) is no column of numbers that can be drawn")
      }
      return axis
    }
    let chosenY = try upwards.map { try find($0, besides: nil) }
    x = try find(across, besides: chosenY)
    y = try chosenY ?? find(nil, besides: x)
    guard x != y else {
      throw PerceptronError(
        .dataset, "the picture needs two columns, not \(SettingsField.shown(x.name)) twice")
    }
    drawable = axes.map(\.name)
  }
}

/// From a point of the plane to the network's inputs.
enum PlaneEncoding: Sendable {
  /// Functions of x and y.
  case engineered([EngineeredInput])
  /// Two columns as they are at the point, the others at their average over the training rows.
  case columns(TablePlane.Axis, TablePlane.Axis, average: [Double])

  func inputs(_ x: Double, _ y: Double) -> [Double] {
    switch self {
    case .engineered(let inputs): return inputs.map { $0.value(x, y) }
    case .columns(let across, let upwards, var values):
      values[across.input] = across.encoded(x)
      values[upwards.input] = upwards.encoded(y)
      return values
    }
  }
}
