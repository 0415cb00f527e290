import Perceptron

extension PlaygroundSettings {
  /// The settings as the part of an address behind `?`: what differs from the usual, always in one
  /// order. `read(_:)` of it gives the same settings.
  public var query: String {
    let usual = PlaygroundSettings()
    return QueryString.text(
      SettingsField.all.compactMap { field in
        let value = field.write(self)
        return value == field.write(usual) ? nil : (field.name, value)
      })
  }

  /// Every setting by its name, as it would stand in an address.
  public var values: [(name: String, value: String)] {
    SettingsField.all.map { ($0.name, $0.write(self)) }
  }

  /// Reads an address. What is impossible in it is left as usual, and said: one line for each.
  ///
  /// - Parameter query: the part behind `?`.
  public static func read(
    _ query: String
  ) -> (settings: PlaygroundSettings, problems: [String]) {
    var settings = PlaygroundSettings()
    var problems: [String] = []
    guard query.utf8.count <= 8000 else {
      return (settings, ["the address is longer than 8,000 characters: nothing of it was read"])
    }
    var seen: Set<String> = []
    for (name, value) in QueryString.parse(query) {
      guard problems.count < 20 else { break }
      guard let field = SettingsField.all.first(where: { $0.name == name }) else {
        problems.append("\(SettingsField.shown(name)) is no setting")
        continue
      }
      guard seen.insert(name).inserted else {
        problems.append("\(name) stands twice: the first counts")
        continue
      }
      do {
        try field.read(value, &settings)
      } catch let error as PerceptronError {
        problems.append("\(name): \(error.message)")
      } catch {
        problems.append("\(name): \(error)")
      }
    }
    return (settings, problems)
  }
}
