import ArgumentParser
import Perceptron

/// Where a command finds its data: one table or folder, or a pair of files with images and labels.
enum ImageOptions {
  /// - Throws: `ValidationError` unless it is the one or the other.
  static func validate(data: String?, images: String?, labels: String?) throws {
    switch (data, images, labels) {
    case (nil, nil, nil): throw ValidationError("Missing expected argument '<data>'")
    case (_?, nil, nil), (nil, _?, _?): break
    case (nil, _?, nil): throw ValidationError("--images FILE needs --labels FILE.")
    case (nil, nil, _?): throw ValidationError("--labels FILE needs --images FILE.")
    case (_?, _, _):
      throw ValidationError("Give either a table or folder, or --images and --labels, not both.")
    }
  }
}
