import Logging
import Perceptron

/// The models that are served, by name and version.
struct ModelRegistry: Sendable {
  /// A model's versions, the lowest number first.
  struct Entry: Sendable {
    let name: String
    let versions: [ServedModel]

    /// What answers where no version is asked for: the highest.
    var latest: ServedModel { versions[versions.count - 1] }
  }

  /// In the order they were given.
  let entries: [Entry]
  private let places: [String: Int]

  /// - Parameter arguments: `PATH`, `NAME=PATH` or `NAME:VERSION=PATH` each.
  /// - Throws: `PerceptronError` for a name that is none, two of one name and version, and a file
  ///   that is no model.
  init(_ arguments: [String]) throws {
    var names: [String] = []
    var models: [String: [ServedModel]] = [:]
    for argument in arguments {
      let given = try ModelArgument(argument)
      if models[given.name] == nil { names.append(given.name) }
      guard models[given.name]?.contains(where: { $0.version == given.version }) != true else {
        throw PerceptronError(
          .option,
          "two models are called \(given.name), version \(given.version); name them: NAME=PATH, or "
            + "NAME:2=PATH for another version")
      }
      models[given.name, default: []].append(
        try ServedModel(name: given.name, version: given.version, path: given.path))
    }
    entries = names.map { name in
      Entry(
        name: name,
        versions: models[name, default: []].sorted { Int($0.version)! < Int($1.version)! })
    }
    places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  /// All versions of all models.
  var models: [ServedModel] { entries.flatMap(\.versions) }

  /// The model called `name`.
  func entry(_ name: String) throws(Refusal) -> Entry {
    guard let place = places[name] else { throw Refusal(404, "there is no model \(shown(name))") }
    return entries[place]
  }

  /// A model in the version asked for, or its latest.
  func model(_ name: String, version: String?) throws(Refusal) -> ServedModel {
    let entry = try entry(name)
    guard let version else { return entry.latest }
    guard let model = entry.versions.first(where: { $0.version == version }) else {
      let all = entry.versions.map(\.version).joined(separator: ", ")
      throw Refusal(
        404, "the model \(shown(name)) has no version \(shown(version)); there is \(all)")
    }
    return model
  }
}

/// What the command line says of a model: where it is and what it is called.
struct ModelArgument: Equatable {
  let name: String
  let version: String
  let path: String

  /// - Throws: `PerceptronError` for a name that cannot stand in a URL.
  init(_ text: String) throws {
    var label = Substring(text.split(separator: "/").last ?? "")
    if label.hasSuffix(".safetensors") { label = label.dropLast(".safetensors".count) }
    var version = Substring("1")
    if FileVersion(text) == nil, let equals = text.firstIndex(of: "=") {
      path = String(text[text.index(after: equals)...])
      label = text[..<equals]
      if let colon = label.firstIndex(of: ":") {
        version = label[label.index(after: colon)...]
        label = label[..<colon]
      }
    } else {
      path = text
    }
    guard let number = Int(version), number > 0, version == "\(number)" else {
      throw PerceptronError(.option, "the version \(version) is no whole number from 1 on")
    }
    guard Self.isName(label) else {
      throw PerceptronError(
        .option,
        "\(shown(String(label))) cannot be a model's name, which has letters, digits, '.', '-' and "
          + "'_'; name it: NAME=PATH")
    }
    name = String(label)
    self.version = String(version)
  }

  /// What needs no escape in a URL and is no step to another folder.
  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 100 else { return false }
    func isWord(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }
    return isWord(first)
      && text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }
}
