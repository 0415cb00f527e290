import Foundation
import Perceptron
import Testing

@Suite struct FileSystemTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func message(_ operation: () throws -> Void) -> String? {
    let error = #expect(throws: PerceptronError.self, performing: operation)
    #expect(error?.kind == .file)
    return error?.message
  }

  // MARK: Reading

  @Test("What is written is read", arguments: [0, 1, 65_535, 65_536, 300_000])
  func readsBack(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    try FileSystem.writeAtomically(bytes, to: folder("file"))
    #expect(try FileSystem.read(folder("file")) == bytes)
    #expect(try folder.content == ["file"])
  }

  @Test("What cannot be read is said in a line")
  func readErrors() throws {
    try FileSystem.writeAtomically([1], to: folder("file"))
    #expect(symlink("circle", folder("circle")) == 0)
    #expect(message { _ = try FileSystem.read(folder("none")) } == "no such file")
    #expect(message { _ = try FileSystem.read(folder.path) } == "is a folder, not a file")
    #expect(
      message { _ = try FileSystem.read(folder("file/x")) } == "a part of the path is not a folder")
    #expect(
      message { _ = try FileSystem.read(folder("circle")) }
        == "symbolic links that lead in a circle")
    #expect(
      message { _ = try FileSystem.read(folder(String(repeating: "x", count: 300))) }
        == "the name is too long")
    #expect(message { _ = try FileSystem.read("") } == "not a file name")
    #expect(message { _ = try FileSystem.read(folder("file\0.csv")) } == "not a file name")
  }

  @Test("The error carries the path as it was given")
  func errorNamesFile() {
    let error = #expect(throws: PerceptronError.self) { try FileSystem.read("no/such/file.csv") }
    #expect(error?.description == "no/such/file.csv: no such file")
  }

  @Test("Files, folders and links to them exist; links to nothing do not")
  func exists() throws {
    try FileSystem.writeAtomically([], to: folder("file"))
    #expect(symlink("file", folder("link")) == 0)
    #expect(symlink("none", folder("broken")) == 0)
    #expect(FileSystem.exists(folder("file")))
    #expect(FileSystem.exists(folder.path))
    #expect(FileSystem.exists(folder("link")))
    #expect(!FileSystem.exists(folder("broken")))
    #expect(!FileSystem.exists(folder("none")))
    #expect(!FileSystem.exists(""))
  }

  // MARK: Writing

  @Test("A file is replaced by a new one that keeps its permissions")
  func replaces() throws {
    let path = folder("file")
    try FileSystem.writeAtomically([1, 2, 3, 4], to: path)
    #expect(chmod(path, 0o640) == 0)
    #expect(link(path, folder("old")) == 0)
    try FileSystem.writeAtomically([5], to: path)
    #expect(try FileSystem.read(path) == [5])
    #expect(try FileSystem.read(folder("old")) == [1, 2, 3, 4], "replaced, not overwritten")
    #expect(try permissions(of: path) == 0o640)
    #expect(try folder.content == ["file", "old"])
  }

  private func permissions(of path: String) throws -> mode_t {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return status.st_mode & 0o7777
  }

  @Test("A symbolic link stays, and what it leads to is replaced")
  func followsLinks() throws {
    #expect(mkdir(folder("sub"), 0o755) == 0)
    try FileSystem.writeAtomically([1], to: folder("sub/target"))
    #expect(symlink("sub/target", folder("relative")) == 0)
    #expect(symlink(folder("relative"), folder("absolute")) == 0)
    #expect(symlink("sub/new", folder("broken")) == 0)
    try FileSystem.writeAtomically([2], to: folder("absolute"))
    #expect(try FileSystem.read(folder("sub/target")) == [2])
    try FileSystem.writeAtomically([3], to: folder("broken"))
    #expect(try FileSystem.read(folder("sub/new")) == [3])
    for name in ["relative", "absolute", "broken"] {
      var status = stat()
      #expect(lstat(folder(name), &status) == 0)
      #expect(status.st_mode & S_IFMT == S_IFLNK, "\(name)")
    }
    #expect(try folder.content == ["sub", "relative", "absolute", "broken"])
    let sub = try FileManager.default.contentsOfDirectory(atPath: folder("sub"))
    #expect(Set(sub) == ["target", "new"])
  }

  @Test("A name as long as names may be")
  func longName() throws {
    let path = folder(String(repeating: "é", count: 127))
    try FileSystem.writeAtomically([1], to: path)
    try FileSystem.writeAtomically([2], to: path)
    #expect(try FileSystem.read(path) == [2])
    #expect(try folder.content.count == 1)
  }

  @Test("A temporary name that is taken is left alone")
  func takenName() throws {
    let taken = ".file.\(getpid()).0.tmp"
    try FileSystem.writeAtomically([9], to: folder(taken))
    try FileSystem.writeAtomically([1], to: folder("file"))
    #expect(try FileSystem.read(folder("file")) == [1])
    #expect(try FileSystem.read(folder(taken)) == [9])
    #expect(try folder.content == ["file", taken])
  }

  @Test("Where nothing can be written, both the check and the writing say so")
  func writeErrors() throws {
    try FileSystem.writeAtomically([1], to: folder("file"))
    #expect(symlink("circle", folder("circle")) == 0)
    #expect(symlink("none/file", folder("broken")) == 0)
    let expectations = [
      (folder("none/file"), "the folder \(quoted(folder("none"))) does not exist"),
      (folder("broken"), "the folder \(quoted(folder("none"))) does not exist"),
      (folder("none/"), "the folder \(quoted(folder("none"))) does not exist"),
      (folder.path, "is a folder, not a file"),
      (folder("file/x"), "a part of the path is not a folder"),
      (folder("circle"), "symbolic links that lead in a circle"),
      (folder(String(repeating: "x", count: 300)), "the name is too long"),
      ("", "not a file name"),
    ]
    for (path, expected) in expectations {
      let expected = "cannot be written: " + expected
      #expect(message { try FileSystem.checkWritable(path) } == expected)
      #expect(message { try FileSystem.writeAtomically([2], to: path) } == expected)
    }
    #expect(try folder.content == ["file", "circle", "broken"])
    #expect(try FileSystem.read(folder("file")) == [1])
  }

  @Test("The check writes nothing and passes what can be written")
  func checkWritable() throws {
    try FileSystem.writeAtomically([1], to: folder("file"))
    #expect(symlink("file", folder("link")) == 0)
    for path in [folder("file"), folder("new"), folder("link"), "/dev/null", "/dev/stdout", "new"] {
      try FileSystem.checkWritable(path)
    }
    #expect(try folder.content == ["file", "link"])
    #expect(try FileSystem.read(folder("file")) == [1])
    #expect(!FileSystem.exists("new"))
  }

  @Test("In a folder that is read-only the old file stays as it is")
  func readOnlyFolder() async throws {
    try FileSystem.writeAtomically([1], to: folder("file"))
    #expect(chmod(folder("file"), 0o666) == 0)
    #expect(chmod(folder.path, 0o555) == 0)
    let path = folder.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      // The superuser may write everywhere; another user may not.
      if geteuid() == 0 { try #require(setuid(65_534) == 0) }
      for name in ["/file", "/new"] {
        let expected = "cannot be written: the folder \(quoted(path)) is not writable"
        let check = #expect(throws: PerceptronError.self) {
          try FileSystem.checkWritable(path + name)
        }
        #expect(check?.message == expected)
        let write = #expect(throws: PerceptronError.self) {
          try FileSystem.writeAtomically([2], to: path + name)
        }
        #expect(write?.message == expected)
      }
    }
    #expect(try FileSystem.read(folder("file")) == [1])
    #expect(try folder.content == ["file"])
  }

  @Test("A file that is read-only is neither replaced nor, if it may not be, read")
  func readOnlyFile() async throws {
    try FileSystem.writeAtomically([1], to: folder("file"))
    #expect(chmod(folder("file"), 0o000) == 0)
    #expect(chmod(folder.path, 0o777) == 0)
    let path = folder("file")
    await #expect(processExitsWith: .success) { [path = path as String] in
      if geteuid() == 0 { try #require(setuid(65_534) == 0) }
      let read = #expect(throws: PerceptronError.self) { try FileSystem.read(path) }
      #expect(read?.message == "permission denied")
      let check = #expect(throws: PerceptronError.self) { try FileSystem.checkWritable(path) }
      #expect(check?.message == "cannot be written: permission denied")
      let write = #expect(throws: PerceptronError.self) {
        try FileSystem.writeAtomically([2], to: path)
      }
      #expect(write?.message == "cannot be written: permission denied")
    }
    #expect(chmod(path, 0o600) == 0)
    #expect(try FileSystem.read(path) == [1])
    #expect(try folder.content == ["file"])
  }

  @Test("When the disk takes only a part, the old file stays and no other is left")
  func failureHalfway() async throws {
    try FileSystem.writeAtomically([1], to: folder("file"))
    let path = folder.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      // A limit on the size of files stands in for a full disk.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      #if canImport(Glibc)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #else
        try #require(setrlimit(RLIMIT_FSIZE, &limit) == 0)
      #endif
      let bytes = [UInt8](repeating: 2, count: 5000)
      let old = #expect(throws: PerceptronError.self) {
        try FileSystem.writeAtomically(bytes, to: path + "/file")
      }
      #expect(
        old?.message
          == "cannot be written: larger than files may be here; the previous file is unchanged")
      let new = #expect(throws: PerceptronError.self) {
        try FileSystem.writeAtomically(bytes, to: path + "/new")
      }
      #expect(
        new?.message == "cannot be written: larger than files may be here; nothing was written")
    }
    #expect(try FileSystem.read(folder("file")) == [1])
    #expect(try folder.content == ["file"])
  }

  // MARK: What is not a regular file

  @Test("Devices are written directly")
  func devices() throws {
    try FileSystem.writeAtomically([1, 2, 3], to: "/dev/null")
    try FileSystem.writeAtomically([], to: "/dev/stdout")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
    #expect(try FileSystem.read("/dev/null") == [])
    #if os(Linux)
      #expect(
        message { try FileSystem.writeAtomically([1], to: "/dev/full") }
          == "cannot be written: no space left on the disk")
    #endif
  }

  @Test("A pipe is written and read directly, and stays a pipe")
  func pipes() throws {
    let path = folder("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    // An end open for both keeps the others from waiting for each other.
    let descriptor = open(path, O_RDWR)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try FileSystem.checkWritable(path)
    try FileSystem.writeAtomically([7, 8], to: path)
    var received: [UInt8] = [0, 0, 0]
    #expect(read(descriptor, &received, 3) == 2)
    #expect(received == [7, 8, 0])
    #expect(try folder.content == ["pipe"])
  }

  @Test("Standard output receives the bytes wherever it goes, after what is there")
  func standardOutput() async throws {
    let path = folder("output")
    await #expect(processExitsWith: .success) { [path = path as String] in
      let file = open(path, O_WRONLY | O_CREAT, 0o600)
      try #require(write(file, "abc", 3) == 3)
      try #require(dup2(file, STDOUT_FILENO) >= 0)
      try FileSystem.writeAtomically(Array("def".utf8), to: "/dev/stdout")
    }
    // What follows is the test library's own.
    #expect(try FileSystem.read(path).prefix(6) == Array("abcdef".utf8)[...])
    #expect(try folder.content == ["output"])
  }

  @Test("What a killed process left beside a file is removed, what a living one writes is not")
  func leftovers() throws {
    // A process that has ended, so that nobody has its number.
    let (_, number, _) = try RunningCommand(["-c", "echo $$"], executable: "/bin/sh").outcome()
    let dead = try #require(Int32(number.split(separator: "\n").first ?? ""))
    let kept = [
      "model", ".model.\(getpid()).0.tmp", ".other.\(dead).0.tmp", ".model.x.tmp",
      ".model.\(dead).txt",
    ]
    for name in kept + [".model.\(dead).0.tmp", ".model.\(dead).12.tmp"] {
      try FileSystem.writeAtomically([1], to: folder(name))
    }
    FileSystem.removeLeftovers(of: folder("model"))
    #expect(try Set(folder.content) == Set(kept))
  }

  @Test("Two paths to one file are the same, there or not yet")
  func sameFile() throws {
    try FileSystem.writeAtomically([1], to: folder("a"))
    try FileSystem.writeAtomically([1], to: folder("b"))
    #expect(symlink(folder("a"), folder("link")) == 0)
    #expect(FileSystem.isSame(folder("a"), folder("link")))
    #expect(FileSystem.isSame(folder("a"), folder("./a")))
    #expect(FileSystem.isSame(folder("new"), folder("./new")))
    #expect(!FileSystem.isSame(folder("a"), folder("b")))
    #expect(!FileSystem.isSame(folder("a"), folder("new")))
    #expect(!FileSystem.isSame(folder("new"), folder("newer")))
  }
}
