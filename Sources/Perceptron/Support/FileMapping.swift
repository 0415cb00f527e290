import PerceptronKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file in the address space, to be read; gone with the last reference.
///
/// Whatever others do to the file meanwhile, reading goes on: bytes that are cut off are zeros then,
/// others what they have become. `hasChanged` says that something of the kind has happened.
final class FileMapping: Sendable {
  /// As a number: a pointer may not be shared between threads, and C guards what is behind it.
  private let mapping: UInt
  /// As a number, for the same reason: these bytes are never written to.
  private let address: UInt
  let count: Int
  private let descriptor: Int32
  private let version: FileVersion

  /// Maps all of an open file, which must not be empty, and keeps a descriptor of its own.
  ///
  /// - Returns: nil where the system cannot, or where too many are mapped.
  init?(_ open: Int32) {
    guard let version = FileVersion(open), version.size > 0,
      let mapping = pk_map_file(open, Int64(version.size))
    else { return nil }
    let descriptor = fcntl(open, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else {
      pk_unmap_file(mapping)
      return nil
    }
    self.mapping = UInt(bitPattern: mapping)
    self.descriptor = descriptor
    self.version = version
    address = UInt(bitPattern: pk_mapping_bytes(mapping))
    count = version.size
  }

  deinit {
    pk_unmap_file(OpaquePointer(bitPattern: mapping))
    close(descriptor)
  }

  var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: UnsafePointer(bitPattern: address), count: count)
  }

  /// Whether the file has been cut short or written to since it was mapped: what was read of it may
  /// be neither what it was nor what it is.
  var hasChanged: Bool {
    pk_mapping_is_cut(OpaquePointer(bitPattern: mapping)) != 0 || FileVersion(descriptor) != version
  }

  /// Takes the whole pages of a range out of this process's memory.
  func release(_ range: Range<Int>) {
    let page = Int(getpagesize())
    let first = (range.lowerBound + page - 1) / page * page
    let last = range.upperBound == count ? count : range.upperBound / page * page
    guard first < last else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: address + UInt(first)), last - first, MADV_DONTNEED)
  }
}
