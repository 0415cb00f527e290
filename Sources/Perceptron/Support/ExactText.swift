/// A text that equals another only if both have the same scalars.
///
/// `String` takes texts for equal that merely look alike: `"\u{212A}"`, the Kelvin sign, is `"K"`.
/// Names in files are not equal then, so sets and dictionaries of names use this.
package struct ExactText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package static func == (left: ExactText, right: ExactText) -> Bool {
    left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
