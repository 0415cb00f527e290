/// The spellings of "no value here" in a ``Table``.
public enum MissingValue {
  /// A cell that is one of these, spaces around it and quotes left out, has no value.
  ///
  /// The spellings count exactly as written here, upper and lower case included: `NA` is missing,
  /// `Na` is sodium. What is not in the list is text (or a number).
  public static let spellings = [
    "", "?", "-",
    "NA", "na", "N/A", "n/a", "#N/A", "<NA>",
    "NaN", "nan", "NAN", "+nan", "-nan", "-NaN", "NaT",
    "null", "Null", "NULL", "none", "None",
  ]

  /// Whether `text` is one of ``spellings``, with spaces and tabs around it.
  static func isMissing(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = text.trimmed(0..<text.count)
    if range.isEmpty { return true }
    guard range.count <= longest else { return false }
    return packedSpellings.contains(packed(text[range]))
  }

  private static let longest = 4

  /// The spellings as numbers: at most four bytes, none of them NUL, fit in one.
  private static let packedSpellings = spellings.map { packed($0.utf8) }

  @inline(__always)
  private static func packed(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var result: UInt32 = 0
    for byte in bytes { result = result << 8 | UInt32(byte) }
    return result
  }
}
