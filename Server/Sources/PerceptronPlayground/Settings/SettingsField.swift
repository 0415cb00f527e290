import Perceptron

/// One name of the address: how its value is read, checked and written.
///
/// This table is all that knows the names; reading and writing follow it.
struct SettingsField: Sendable {
  /// Where a value is kept.
  typealias Path<Value> = any WritableKeyPath<PlaygroundSettings, Value> & Sendable

  let name: String
  /// - Throws: `PerceptronError` that says what the value may be.
  let read: @Sendable (String, inout PlaygroundSettings) throws -> Void
  let write: @Sendable (PlaygroundSettings) -> String

  /// In the order of a written address.
  static let all: [SettingsField] = [
    choice("data", \.data), whole("noise", \.noise, 0...50), whole("rows", \.rows, 20...2000),
    whole("train", \.trainShare, 10...90), whole("batch", \.batchSize, 1...200), inputs, hidden,
    number("dropout", \.dropout, 0...0.9), loss, optimizer,
    number("rate", \.learningRate, 0.00001...10), schedule, number("l1", \.l1, 0...1),
    number("l2", \.l2, 0...1), initializer, seed, column("target", \.target),
    column("across", \.across), column("upwards", \.upwards),
    whole("updates", \.updates, 0...200_000), flag("test", \.showsTest),
    flag("discrete", \.isDiscrete), choice("pace", \.pace),
  ]

  private static func refuse(_ value: String, _ advice: String) -> PerceptronError {
    PerceptronError(.option, "\(shown(value)) \(advice)")
  }

  /// A value from an address, short enough to be repeated.
  static func shown(_ value: String) -> String {
    "“\(value.count > 40 ? value.prefix(40) + "…" : value)”"
  }

  private static func whole(
    _ name: String, _ path: Path<Int>,
    _ range: ClosedRange<Int>
  ) -> SettingsField {
    SettingsField(
      name: name,
      read: { text, settings in
        guard let value = Int(text), range.contains(value) else {
          throw refuse(
            text, "is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        settings[keyPath: path] = value
      }, write: { "\($0[keyPath: path])" })
  }

  private static func number(
    _ name: String, _ path: Path<Double>,
    _ range: ClosedRange<Double>
  ) -> SettingsField {
    SettingsField(
      name: name,
      read: { text, settings in
        guard let value = Double(text), range.contains(value) else {
          throw refuse(
            text, "is no number from \(text: range.lowerBound) to \(text: range.upperBound)")
        }
        settings[keyPath: path] = value
      }, write: { "\(text: $0[keyPath: path])" })
  }

  private static func flag(
    _ name: String, _ path: Path<Bool>
  ) -> SettingsField {
    SettingsField(
      name: name,
      read: { text, settings in
        guard ["0", "1"].contains(text) else { throw refuse(text, "is neither 0 nor 1") }
        settings[keyPath: path] = text == "1"
      }, write: { $0[keyPath: path] ? "1" : "0" })
  }

  private static func column(
    _ name: String, _ path: Path<String?>
  ) -> SettingsField {
    SettingsField(
      name: name,
      read: { text, settings in
        guard text.utf8.count <= 200 else { throw refuse(text, "is too long for a column's name") }
        settings[keyPath: path] = text.isEmpty ? nil : text
      }, write: { $0[keyPath: path] ?? "" })
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: Path<Value>
  ) -> SettingsField {
    SettingsField(
      name: name,
      read: { text, settings in
        guard let value = Value(rawValue: text) else {
          throw refuse(
            text, "is none of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        settings[keyPath: path] = value
      }, write: { $0[keyPath: path].rawValue })
  }

  private static let inputs = SettingsField(
    name: "inputs",
    read: { text, settings in
      let names = text.split(separator: ",").map(String.init)
      let values = names.compactMap(EngineeredInput.init(rawValue:))
      guard !values.isEmpty, values.count == names.count, Set(values).count == values.count else {
        throw refuse(
          text,
          "is no list of inputs, each once: "
            + EngineeredInput.allCases.map(\.rawValue).joined(separator: ", "))
      }
      // The order of the page.
      settings.inputs = EngineeredInput.allCases.filter(values.contains)
    }, write: { $0.inputs.map(\.rawValue).joined(separator: ",") })

  private static let hidden = SettingsField(
    name: "hidden",
    read: { text, settings in
      let entries = text.isEmpty || text == "none" ? [] : text.split(separator: ",")
      guard entries.count <= PlaygroundSettings.mostLayers else {
        throw PerceptronError(
          .option,
          "\(entries.count) hidden layers are more than \(PlaygroundSettings.mostLayers)")
      }
      settings.hidden = try entries.map { entry in
        let parts = entry.split(separator: ":", maxSplits: 1)
        guard let units = parts.first.flatMap({ Int($0) }), parts.count == 2,
          (1...PlaygroundSettings.mostUnits).contains(units)
        else {
          throw refuse(
            String(entry), "is no layer of 1 to \(PlaygroundSettings.mostUnits) units, as 4:tanh")
        }
        let activation = try Activation(named: String(parts[1]))
        guard activation.isTrainable, activation.isElementwise else {
          throw refuse(String(parts[1]), "is no activation for a hidden layer")
        }
        return PlaygroundSettings.HiddenLayer(units: units, activation: activation)
      }
    },
    write: {
      $0.hidden.isEmpty
        ? "none" : $0.hidden.map { "\($0.units):\($0.activation.name)" }.joined(separator: ",")
    })

  private static let loss = SettingsField(
    name: "loss", read: { $1.loss = $0 == "auto" ? nil : try Loss(named: $0) },
    write: { $0.loss?.label ?? "auto" })

  private static let optimizer = SettingsField(
    name: "optimizer",
    read: { text, settings in
      guard PlaygroundSettings.optimizers.contains(text) else {
        throw refuse(
          text, "is none of " + PlaygroundSettings.optimizers.joined(separator: ", "))
      }
      settings.optimizer = text
    }, write: { $0.optimizer })

  private static let schedule = SettingsField(
    name: "schedule",
    read: { text, settings in
      if case .plateau = try LearningRateSchedule(text).shape {
        throw PerceptronError(.option, "the schedule plateau goes with perceptron train alone")
      }
      settings.schedule = text.lowercased()
    }, write: { $0.schedule })

  private static let initializer = SettingsField(
    name: "init", read: { $1.initializer = $0 == "auto" ? nil : try Initializer(named: $0) },
    write: { $0.initializer?.rawValue ?? "auto" })

  private static let seed = SettingsField(
    name: "seed",
    read: { text, settings in
      guard let value = UInt32(text) else {
        throw refuse(text, "is no whole number from 0 to \(UInt32.max)")
      }
      settings.seed = value
    }, write: { "\($0.seed)" })
}

extension DefaultStringInterpolation {
  /// A number without a needless `.0`.
  mutating func appendInterpolation(text number: Double) {
    let written = "\(number)"
    appendLiteral(written.hasSuffix(".0") ? String(written.dropLast(2)) : written)
  }
}
