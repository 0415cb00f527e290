#if canImport(Darwin)
  import Darwin
#endif

/// The fingerprint of the file that this process runs, which tells one build from another; nil where
/// it cannot be read.
func runningProgramFingerprint() -> UInt64? {
  guard let path = runningProgramPath(), let file = try? FileSystem.map(path, from: 1) else {
    return nil
  }
  // What has been read leaves the memory again: a program is tens of megabytes.
  return contentFingerprint(of: file.bytes) { file.release($0) }
}

/// Where the running program's file is. Linux leads there even when it has been replaced since.
private func runningProgramPath() -> String? {
  #if canImport(Darwin)
    var size: UInt32 = 0
    _NSGetExecutablePath(nil, &size)
    var path = [CChar](repeating: 0, count: Int(size))
    guard _NSGetExecutablePath(&path, &size) == 0 else { return nil }
    return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  #else
    return "/proc/self/exe"
  #endif
}
