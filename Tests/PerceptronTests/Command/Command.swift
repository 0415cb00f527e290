import Foundation
import Testing

/// The built `perceptron` executable, run as a process of its own.
enum Command {
  typealias Outcome = (code: Int32, out: String, err: String)

  /// Beside the test bundle, where the package manager puts both.
  static let executable = path(of: "perceptron")

  /// The path of a built program of this package.
  static func path(of program: String) -> String {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
      let folder = bundle.bundleURL.deletingLastPathComponent()
    #else
      let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    #endif
    return folder.appendingPathComponent(program).path
  }

  /// The table that comes with the project.
  static let penguins = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Examples/penguins.csv").path

  /// Runs another program of this package in a folder, to its end.
  static func run(program: String, in folder: String = "/") throws -> Outcome {
    try RunningCommand(
      ["-c", "cd \"$0\" && exec \"$1\"", folder, path(of: program)], executable: "/bin/sh"
    ).outcome()
  }

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - input: what standard input holds, at most what a pipe takes at once; nil for nothing.
  ///   - environment: added to the environment of the tests.
  ///   - limit: the seconds after which a command is called hanging and ended.
  /// - Returns: the exit code (negative: the signal that ended the process), standard output,
  ///   standard error.
  static func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    limit: Double = 120
  ) throws -> Outcome {
    try RunningCommand(arguments, input: input, environment: environment).outcome(limit: limit)
  }
}

/// A process whose output is read while it runs, so that neither pipe can fill up.
///
/// Started with `posix_spawn`: Foundation's `Process` is not made for tests in parallel.
final class RunningCommand {
  struct Hanging: Error {
    let arguments: [String]
  }

  private let arguments: [String]
  private let process: pid_t
  private let output: PipeReader
  private let errors: PipeReader
  private let end = End()

  /// How the process ended, filled in by the thread that waits for it.
  private final class End: @unchecked Sendable {
    let reached = DispatchSemaphore(value: 0)
    var status: Int32 = 0
  }

  /// No other process may start between making a pipe and closing it to children.
  private static let starting = NSLock()

  /// - Parameter inputFile: a descriptor for standard input, in place of `input`.
  init(
    _ arguments: [String], executable: String = Command.executable, input: String? = nil,
    inputFile: Int32? = nil, environment: [String: String] = [:]
  ) throws {
    var variables = ProcessInfo.processInfo.environment
    variables["PERCEPTRON_ISA"] = nil
    // The report of a crash takes seconds and would only hide the signal.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    variables.merge(environment) { $1 }

    Self.starting.lock()
    defer { Self.starting.unlock() }
    let (outputs, errors) = (try Self.makePipe(), try Self.makePipe())
    var opened = [outputs.write, errors.write]
    defer { for descriptor in opened { close(descriptor) } }
    let standardInput: Int32
    if let inputFile {
      standardInput = inputFile
    } else if let input {
      let bytes = Array(input.utf8)
      try #require(bytes.count < 60_000, "a pipe does not take that much at once")
      let inputs = try Self.makePipe()
      try #require(write(inputs.write, bytes, bytes.count) == bytes.count)
      close(inputs.write)
      standardInput = inputs.read
      opened.append(inputs.read)
    } else {
      standardInput = open("/dev/null", O_RDONLY | O_CLOEXEC)
      opened.append(standardInput)
    }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    posix_spawn_file_actions_adddup2(&actions, outputs.write, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map {
      strdup($0)
    }
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in words + settings { free(text) } }
    words.append(nil)
    settings.append(nil)
    var process: pid_t = 0
    let code = posix_spawn(&process, executable, &actions, nil, words, settings)
    try #require(code == 0, "\(executable): \(String(cString: strerror(code)))")

    self.arguments = arguments
    self.process = process
    output = PipeReader(outputs.read)
    self.errors = PipeReader(errors.read)
    Thread.detachNewThread { [process, end] in
      while waitpid(process, &end.status, 0) < 0, errno == EINTR {}
      end.reached.signal()
    }
  }

  /// A pipe that children do not inherit.
  private static func makePipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Waits until standard error holds a line that begins so, or the process closes it.
  func waitForLine(_ beginning: String) throws {
    guard errors.wait(until: { "\n\($0)".contains("\n" + beginning) }, limit: 120) else {
      send(SIGKILL)
      throw Hanging(arguments: arguments)
    }
  }

  func send(_ signal: Int32) { kill(process, signal) }

  /// Waits for the end.
  func outcome(limit: Double = 120) throws -> Command.Outcome {
    guard end.reached.wait(timeout: .now() + limit) == .success else {
      send(SIGKILL)
      end.reached.wait()
      throw Hanging(arguments: arguments)
    }
    let signal = end.status & 0x7f
    return (signal == 0 ? end.status >> 8 & 0xff : -signal, output.text, errors.text)
  }
}

/// Reads a pipe to its end in a thread of its own.
private final class PipeReader: @unchecked Sendable {
  private let condition = NSCondition()
  private var bytes: [UInt8] = []
  private var isClosed = false

  init(_ descriptor: Int32) {
    Thread.detachNewThread { [self] in
      var chunk = [UInt8](repeating: 0, count: 1 << 14)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        condition.lock()
        if count > 0 { bytes += chunk[..<count] } else { isClosed = true }
        condition.broadcast()
        condition.unlock()
        if count <= 0 { break }
      }
      close(descriptor)
    }
  }

  /// False when neither that nor the end came within the limit.
  func wait(until holds: (String) -> Bool, limit: Double) -> Bool {
    let deadline = Date(timeIntervalSinceNow: limit)
    condition.lock()
    defer { condition.unlock() }
    while !isClosed, !holds(String(decoding: bytes, as: UTF8.self)) {
      guard condition.wait(until: deadline) else { return false }
    }
    return true
  }

  /// Everything, once the other side has closed.
  var text: String {
    _ = wait(until: { _ in false }, limit: 30)
    condition.lock()
    defer { condition.unlock() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
