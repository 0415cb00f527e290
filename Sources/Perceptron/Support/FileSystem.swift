#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reading files, and writing them so that a reader never sees half of one.
///
/// Every error is a `PerceptronError` of kind `.file` that carries the path as it was given.
package enum FileSystem {
  /// Whether something is at `path`, be it a file, a folder or a device. Symbolic links are
  /// followed: a link to nothing is nothing.
  package static func exists(_ path: String) -> Bool {
    (try? status(of: path)) != nil
  }

  /// The whole content of a file, pipe or device.
  ///
  /// - Throws: "no such file", "is a folder, not a file", "permission denied" and the like.
  package static func read(_ path: String) throws -> [UInt8] {
    do {
      let descriptor = try openFile(path, O_RDONLY)
      defer { _ = close(descriptor) }
      return try content(of: descriptor)
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }

  /// A regular file of at least `size` bytes in the address space; nil for others.
  ///
  /// - Throws: what stands in the way of opening it.
  static func map(_ path: String, from size: Int) throws -> FileMapping? {
    guard isRegular(path) else { return nil }
    do {
      let descriptor = try openFile(path, O_RDONLY)
      defer { _ = close(descriptor) }
      var status = stat()
      try check(fstat(descriptor, &status))
      guard kind(of: status) == S_IFREG, status.st_size >= size else { return nil }
      return FileMapping(descriptor)
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }

  /// Swift ends the program where memory for an array cannot be had: it is asked for before.
  private static func checkMemory(_ size: Int) throws {
    guard size >= TextSource.smallestMapping else { return }
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard memory != MAP_FAILED else { throw SystemError(code: ENOMEM) }
    munmap(memory, size)
  }

  private static func content(of descriptor: Int32) throws -> [UInt8] {
    var status = stat()
    try check(fstat(descriptor, &status))
    if kind(of: status) == S_IFDIR { throw SystemError(code: EISDIR) }
    var content: [UInt8] = []
    if kind(of: status) == S_IFREG {
      try checkMemory(Int(status.st_size))
      content.reserveCapacity(Int(status.st_size))
    }
    try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { chunk in
      while true {
        let count = try retrying { systemRead(descriptor, chunk) }
        if count == 0 { break }
        content.append(contentsOf: chunk[..<count])
      }
    }
    return content
  }

  /// Replaces the content of the file at `path` in one step: whatever happens, a power failure
  /// included, the file is afterwards the old one or the new one, whole.
  ///
  /// The bytes go to a temporary file in the same folder, which then takes the name; on an error
  /// it is removed and the old file is untouched. The permissions of the old file are kept. A
  /// symbolic link stays and its target is replaced. What is not a regular file, such as
  /// `/dev/stdout` or a pipe, is written directly.
  ///
  /// - Throws: what stands in the way, in one line.
  package static func writeAtomically(_ bytes: [UInt8], to path: String) throws {
    do {
      if let descriptor = try openDirectly(path) {
        defer { _ = close(descriptor) }
        try writeAll(bytes, to: descriptor)
      } else {
        try replace(resolvingLinks(path), with: bytes)
      }
    } catch let error as SystemError {
      throw PerceptronError(.file, "cannot be written: \(error)", file: path)
    }
  }

  /// Finds out whether `writeAtomically(_:to:)` could write to `path`, before the hours of work
  /// whose result is to go there. Writes nothing.
  ///
  /// - Throws: what stands in the way: the folder is missing or not writable, `path` is a folder,
  ///   the existing file is not writable.
  package static func checkWritable(_ path: String) throws {
    do {
      if standardStream(path) != nil { return }
      guard let status = try existing(path) else {
        return try checkFolder(of: resolvingLinks(path))
      }
      if kind(of: status) == S_IFDIR { throw SystemError(code: EISDIR) }
      try check(access(path, W_OK))
      if kind(of: status) == S_IFREG { try checkFolder(of: resolvingLinks(path)) }
    } catch let error as SystemError {
      throw PerceptronError(.file, "cannot be written: \(error)", file: path)
    }
  }
}

// MARK: - What is there

extension FileSystem {
  /// Whether a regular file is at `path`, links followed: what may be opened to look inside.
  package static func isRegular(_ path: String) -> Bool {
    (try? status(of: path)).map { kind(of: $0) == S_IFREG } ?? false
  }

  /// Whether a folder is at `path`, links followed.
  package static func isFolder(_ path: String) -> Bool {
    (try? status(of: path)).map { kind(of: $0) == S_IFDIR } ?? false
  }

  /// Whether two paths lead to one file, there already or yet to be written.
  package static func isSame(_ first: String, _ second: String) -> Bool {
    if let a = try? status(of: first), let b = try? status(of: second) {
      return a.st_dev == b.st_dev && a.st_ino == b.st_ino
    }
    guard !exists(first), !exists(second), let first = try? resolvingLinks(first),
      let second = try? resolvingLinks(second), let a = try? status(of: folder(of: first)),
      let b = try? status(of: folder(of: second))
    else { return false }
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && fileName(first) == fileName(second)
  }

  /// The whole of standard input, from where it stands.
  package static func readStandardInput() throws -> [UInt8] {
    do {
      return try content(of: STDIN_FILENO)
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: "standard input")
    }
  }

  /// The regular files in a folder and those below it, as seen from there, by the names in each
  /// folder. Links to folders are not followed, so that there is an end.
  package static func files(below folder: String) -> [String] {
    names(in: folder).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.flatMap { name in
      var status = stat()
      let path = "\(folder)/\(name)"
      guard lstat(path, &status) == 0, kind(of: status) == S_IFDIR else {
        return isRegular(path) ? [name] : []
      }
      return files(below: path).map { "\(name)/\($0)" }
    }
  }

  /// The names of what is in a folder; none where it cannot be read.
  private static func names(in folder: String) -> [String] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes what a killed process left of an unfinished `writeAtomically(_:to:)` to `path`.
  package static func removeLeftovers(of path: String) {
    guard let path = try? resolvingLinks(path) else { return }
    let prefix = ".\(stem(of: path))."
    for name in names(in: folder(of: path)) {
      guard name.hasPrefix(prefix), name.hasSuffix(".tmp") else { continue }
      let numbers = name.dropFirst(prefix.count).dropLast(4).split(separator: ".")
      guard numbers.count == 2, let process = pid_t(numbers[0]), Int(numbers[1]) != nil,
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      _ = unlink("\(folder(of: path))/\(name)")
    }
  }

  private static func fileName(_ path: String) -> Substring {
    path.split(separator: "/").last ?? ""
  }
}

// MARK: - Where the bytes go

extension FileSystem {
  /// A descriptor for what is not to be replaced by a new file: devices, pipes, and the standard
  /// streams whatever they are redirected to. Nil for regular files and for names not yet taken.
  static func openDirectly(_ path: String) throws -> Int32? {
    if let stream = standardStream(path) { return try retrying { dup(stream) } }
    guard let status = try existing(path), kind(of: status) != S_IFREG else { return nil }
    if kind(of: status) == S_IFDIR { throw SystemError(code: EISDIR) }
    return try openFile(path, O_WRONLY)
  }

  private static func standardStream(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": STDOUT_FILENO
    case "/dev/stderr": STDERR_FILENO
    default: nil
    }
  }

  /// `path`, or where it leads to if it is a symbolic link; the last target need not exist.
  static func resolvingLinks(_ path: String) throws -> String {
    var path = path
    for _ in 0..<40 {
      var status = stat()
      guard lstat(path, &status) == 0, kind(of: status) == S_IFLNK else { return path }
      var buffer = [CChar](repeating: 0, count: 1 << 12)
      let count = readlink(path, &buffer, buffer.count)
      try check(count)
      let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      path = target.hasPrefix("/") ? target : folder(of: path) + "/" + target
    }
    throw SystemError(code: ELOOP)
  }

  static func checkFolder(of path: String) throws {
    let folder = folder(of: path)
    guard let status = try existing(folder) else {
      throw SystemError(message: "the folder \(quoted(folder)) does not exist")
    }
    guard kind(of: status) == S_IFDIR else {
      throw SystemError(message: "\(quoted(folder)) is not a folder")
    }
    guard !path.hasSuffix("/") else { throw SystemError(code: EISDIR) }
    guard access(folder, W_OK | X_OK) == 0 else {
      let reason = errno == EROFS ? "on a read-only file system" : "not writable"
      throw SystemError(message: "the folder \(quoted(folder)) is \(reason)")
    }
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

// MARK: - Replacing a regular file

extension FileSystem {
  private static func replace(_ path: String, with bytes: [UInt8]) throws {
    let previous = try existing(path)
    if previous != nil { try check(access(path, W_OK)) }
    try checkFolder(of: path)
    do {
      let (descriptor, temporary) = try createTemporary(for: path)
      do {
        defer { _ = close(descriptor) }
        if let previous { keepOwnerAndPermissions(of: previous, on: descriptor) }
        try writeAll(bytes, to: descriptor)
        try synchronize(descriptor)
        try check(rename(temporary, path))
      } catch {
        _ = unlink(temporary)
        throw error
      }
    } catch let error as SystemError {
      let consequence = previous == nil ? "nothing was written" : "the previous file is unchanged"
      throw SystemError(message: "\(error); \(consequence)")
    }
    // The name reaches the disk with the folder.
    if let folder = try? openFile(folder(of: path), O_RDONLY) {
      _ = fsync(folder)
      _ = close(folder)
    }
  }

  /// A new file `.NAME.PID.0.tmp` beside `path`; the last number counts up past names that are
  /// taken, be it by another thread or by a process that was killed.
  static func createTemporary(for path: String) throws -> (descriptor: Int32, path: String) {
    let stem = stem(of: path)
    for attempt in 0..<1000 {
      let temporary = "\(folder(of: path))/.\(stem).\(getpid()).\(attempt).tmp"
      do {
        return (try openFile(temporary, O_WRONLY | O_CREAT | O_EXCL), temporary)
      } catch let error as SystemError where error.code == EEXIST {
        continue
      }
    }
    throw SystemError(code: EEXIST)
  }

  /// The beginning of a file's name that its temporary files share: a file system allows names of
  /// 255 bytes, and there must be room for the additions.
  private static func stem(of path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]
    return String(decoding: name.prefix(200), as: UTF8.self)
  }

  /// As far as the user may and the file system can: only the superuser gives files away, and
  /// some file systems know no permissions.
  private static func keepOwnerAndPermissions(of status: stat, on descriptor: Int32) {
    _ = fchown(descriptor, status.st_uid, status.st_gid)
    _ = fchmod(descriptor, status.st_mode & 0o7777)
  }

  /// Waits until the bytes are on the disk; file systems that cannot tell are believed.
  static func synchronize(_ descriptor: Int32) throws {
    do {
      _ = try retrying { fsync(descriptor) }
    } catch let error as SystemError where [EINVAL, ENOTSUP, ENOSYS].contains(error.code) {
    }
  }
}

// MARK: - System calls

extension FileSystem {
  private static func status(of path: String) throws -> stat {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw SystemError(message: "not a file name")
    }
    var status = stat()
    try check(stat(path, &status))
    return status
  }

  /// Nil where nothing has this name; an error where that cannot be found out.
  private static func existing(_ path: String) throws -> stat? {
    do {
      return try status(of: path)
    } catch let error as SystemError where error.code == ENOENT {
      return nil
    }
  }

  private static func kind(of status: stat) -> mode_t {
    status.st_mode & S_IFMT
  }

  static func openFile(_ path: String, _ flags: Int32) throws -> Int32 {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw SystemError(message: "not a file name")
    }
    return try retrying { open(path, flags | O_CLOEXEC, 0o666) }
  }

  /// Repeats a system call as long as a signal interrupts it.
  static func retrying<Count: SignedInteger>(_ call: () -> Count) throws -> Count {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw SystemError(code: errno) }
    }
  }

  static func check(_ result: some SignedInteger) throws {
    if result < 0 { throw SystemError(code: errno) }
  }
}

/// `read` under a name that `FileSystem.read` does not hide.
func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}

/// What a system call reports, in words.
struct SystemError: Error, CustomStringConvertible {
  var code: Int32 = 0
  let description: String

  init(message: String) {
    description = message
  }

  init(code: Int32) {
    self.code = code
    description =
      switch code {
      case ENOENT: "no such file"
      case EISDIR: "is a folder, not a file"
      case ENOTDIR: "a part of the path is not a folder"
      case EACCES, EPERM: "permission denied"
      case ENOSPC, EDQUOT: "no space left on the disk"
      case EFBIG: "larger than files may be here"
      case EROFS: "the file system is read-only"
      case ELOOP: "symbolic links that lead in a circle"
      case ENAMETOOLONG: "the name is too long"
      case EMFILE, ENFILE: "too many files are open"
      case EIO: "the disk reports an error"
      default: String(cString: strerror(code))
      }
  }
}
