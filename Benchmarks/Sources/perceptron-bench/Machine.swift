import Foundation
import Perceptron

/// What a table of times must say about the machine it comes from.
struct Machine {
  let processor: String
  let cores: Int
  let instructionSet: String
  let caches: String
  let memory: String
  let system: String
  let compiler: String
  /// Programs that wanted to run in the last minute, before the benchmark; much above 0 means noise.
  let load: Double

  init() {
    processor = Self.processorName() ?? "unknown"
    cores = Threads.cores
    instructionSet = (try? InstructionSet.selected().description) ?? "unknown"
    caches = Self.cacheSizes()
    memory = "\((ProcessInfo.processInfo.physicalMemory + (1 << 29)) >> 30) GiB"
    system = Self.systemName()
    compiler = Self.output(of: "swift", "--version").flatMap(Self.firstLine) ?? "unknown"
    var loads = [Double](repeating: 0, count: 3)
    load = getloadavg(&loads, 3) > 0 ? loads[0] : .nan
  }

  var record: Record {
    Record(
      name: "machine",
      line:
        "\(processor), \(cores) \(cores == 1 ? "core" : "cores"), \(instructionSet); \(caches); "
        + "\(memory); \(system); \(compiler); load \(shown(load))",
      fields: [
        ("processor", .text(processor)), ("cores", .integer(cores)),
        ("instruction_set", .text(instructionSet)), ("caches", .text(caches)),
        ("memory", .text(memory)), ("system", .text(system)), ("compiler", .text(compiler)),
        ("load", .number(load)),
      ])
  }

  private static func processorName() -> String? {
    #if os(Linux)
      for key in ["model name", "Model", "Hardware"] {
        for line in (contents("/proc/cpuinfo") ?? "").split(separator: "\n")
        where line.hasPrefix(key) {
          if let name = line.split(separator: ":").dropFirst().first {
            return name.trimmingCharacters(in: .whitespaces)
          }
        }
      }
      return nil
    #else
      return output(of: "sysctl", "-n", "machdep.cpu.brand_string").flatMap(firstLine)
    #endif
  }

  /// `L1d 32 KiB, L2 1 MiB, L3 32 MiB`
  private static func cacheSizes() -> String {
    var sizes: [String] = []
    #if os(Linux)
      let folder = "/sys/devices/system/cpu/cpu0/cache"
      for index in 0..<8 {
        func read(_ name: String) -> String? {
          contents("\(folder)/index\(index)/\(name)").flatMap(firstLine)
        }
        guard let level = read("level"), let type = read("type"), let size = read("size") else {
          break
        }
        if type == "Instruction" { continue }
        let kibibytes = Int(size.prefix { $0.isNumber }) ?? 0
        sizes.append(
          "L\(level)\(type == "Data" ? "d" : "") "
            + (kibibytes % 1024 == 0 ? "\(kibibytes / 1024) MiB" : "\(kibibytes) KiB"))
      }
    #else
      for (label, key) in [("L1d", "hw.l1dcachesize"), ("L2", "hw.l2cachesize")] {
        if let bytes = output(of: "sysctl", "-n", key).flatMap(firstLine).flatMap({ Int($0) }) {
          sizes.append("\(label) \(bytes / 1024) KiB")
        }
      }
    #endif
    return sizes.isEmpty ? "caches unknown" : sizes.joined(separator: ", ")
  }

  private static func systemName() -> String {
    let version = ProcessInfo.processInfo.operatingSystemVersionString
    #if os(Linux)
      let kernel = output(of: "uname", "-sr").flatMap(firstLine) ?? ""
      return kernel.isEmpty ? version : "\(version), \(kernel)"
    #else
      return "macOS \(version)"
    #endif
  }

  /// Not by its size, which is 0 for the files of the kernel.
  private static func contents(_ path: String) -> String? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    return (try? file.readToEnd()).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func firstLine(_ text: String) -> String? {
    text.split(separator: "\n").first.map(String.init)
  }

  private static func output(of command: String...) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
  }
}

/// The most memory this process has had so far, in MB.
func peakMegabytes() -> Double {
  var usage = rusage()
  #if os(Linux)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) * 1024 / 1e6
  #else
    getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss) / 1e6
  #endif
}
