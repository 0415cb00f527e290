/// The types of tensors in the Open Inference Protocol.
enum Datatype: String, CaseIterable {
  case BOOL
  case UINT8
  case UINT16
  case UINT32
  case UINT64
  case INT8
  case INT16
  case INT32
  case INT64
  case FP16
  case FP32
  case FP64
  /// Texts.
  case BYTES

  init?(_ text: JSONText) {
    // The two that nearly all requests have, without making a `String`.
    if text == "FP32" {
      self = .FP32
    } else if text == "FP64" {
      self = .FP64
    } else {
      guard let name = try? text.string else { return nil }
      self.init(rawValue: name)
    }
  }

  /// The bytes of an element in binary data; nil where elements differ.
  var size: Int? {
    switch self {
    case .BOOL, .UINT8, .INT8: 1
    case .UINT16, .INT16, .FP16: 2
    case .UINT32, .INT32, .FP32: 4
    case .UINT64, .INT64, .FP64: 8
    case .BYTES: nil
    }
  }

  /// The whole numbers it holds; nil where it holds others, or is none of numbers.
  func contains(_ number: JSONNumber) -> Bool {
    switch self {
    case .FP16, .FP32, .FP64: return true
    case .BOOL, .BYTES: return false
    case .UINT64: return UInt64(String(decoding: number.text, as: UTF8.self)) != nil
    default:
      guard let value = number.integer else { return false }
      return switch self {
      case .UINT8: UInt8(exactly: value) != nil
      case .UINT16: UInt16(exactly: value) != nil
      case .UINT32: UInt32(exactly: value) != nil
      case .INT8: Int8(exactly: value) != nil
      case .INT16: Int16(exactly: value) != nil
      case .INT32: Int32(exactly: value) != nil
      default: true
      }
    }
  }
}
