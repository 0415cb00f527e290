import Foundation
import PerceptronKernels
import Testing

/// A container's share of the processors, from files in the places where Linux has them.
@Suite struct ProcessorTests {
  static let unlimited = Int32.max

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let files: [String: String]
    let processors: Int32

    /// - Parameters:
    ///   - groups: what `/proc/self/cgroup` says; nil without that file.
    ///   - files: what is below `/sys/fs/cgroup`.
    init(_ name: String, _ groups: String?, _ files: [String: String], _ processors: Int32) {
      testDescription = name
      self.processors = processors
      var all: [String: String] = [:]
      for (path, text) in files { all["sys/fs/cgroup/" + path] = text }
      all["proc/self/cgroup"] = groups
      self.files = all
    }
  }

  private static func quota(_ folder: String, _ quota: String, _ period: String) -> [String: String]
  {
    ["\(folder)/cpu.cfs_quota_us": quota + "\n", "\(folder)/cpu.cfs_period_us": period + "\n"]
  }

  private static let version1 = "5:devices:/a\n4:cpu,cpuacct:/a/b\n1:cpuset:/\n0::/a\n"

  static let cases = [
    Case("no control groups", nil, [:], unlimited),
    Case("no group named", "", ["cpu.max": "100000 100000\n"], unlimited),
    Case("no file", "0::/a\n", [:], unlimited),
    Case("two whole", "0::/a\n", ["a/cpu.max": "200000 100000\n"], 2),
    Case("one and a half", "0::/a\n", ["a/cpu.max": "150000 100000\n"], 2),
    Case("just above two", "0::/a\n", ["a/cpu.max": "200001 100000\n"], 3),
    Case("a twentieth", "0::/a\n", ["a/cpu.max": "5000 100000\n"], 1),
    Case("another period", "0::/a\n", ["a/cpu.max": "30000 10000\n"], 3),
    Case("no limit", "0::/a\n", ["a/cpu.max": "max 100000\n"], unlimited),
    Case("the outermost group", "0::/\n", ["cpu.max": "300000 100000\n"], 3),
    Case(
      "a tighter group around it", "0::/a/b/c\n",
      ["a/cpu.max": "200000 100000\n", "a/b/c/cpu.max": "400000 100000\n"], 2),
    Case(
      "a wider group around it", "0::/a/b\n",
      ["a/cpu.max": "max 100000\n", "a/b/cpu.max": "400000 100000\n"], 4),
    Case(
      "a group beside it", "0::/a/b\n",
      ["a/bc/cpu.max": "100000 100000\n", "b/cpu.max": "100000 100000\n"], unlimited),
    Case("seen from inside a container", "0::/docker/12ab\n", ["cpu.max": "250000 100000\n"], 3),
    Case(
      "outside of what is visible", "0::/../a\n",
      ["cpu.max": "200000 100000\n", "../a/cpu.max": "100000 100000\n"], 2),
    Case("version 1", version1, quota("cpu/a/b", "150000", "50000"), 3),
    Case("version 1 without a limit", version1, quota("cpu/a/b", "-1", "100000"), unlimited),
    Case(
      "version 1, a tighter group around it", version1,
      quota("cpu/a/b", "400000", "100000").merging(quota("cpu/a", "150000", "100000")) { $1 }, 2),
    Case("version 1, the outermost group", version1, quota("cpu", "100000", "100000"), 1),
    Case(
      "version 1, another controller's", "4:cpuset,cpuacct:/a\n", quota("cpu/a", "1000", "1000"),
      unlimited),
    Case("version 1, no period", version1, ["cpu/a/b/cpu.cfs_quota_us": "100000\n"], unlimited),
    Case("a period of 0", "0::/a\n", ["a/cpu.max": "100000 0\n"], unlimited),
    Case("a quota of 0", "0::/a\n", ["a/cpu.max": "0 100000\n"], unlimited),
    Case("a negative quota", "0::/a\n", ["a/cpu.max": "-5 100000\n"], unlimited),
    Case("no period", "0::/a\n", ["a/cpu.max": "100000\n"], unlimited),
    Case("nothing", "0::/a\n", ["a/cpu.max": ""], unlimited),
    Case("words", "0::/a\n", ["a/cpu.max": "a few\n"], unlimited),
    Case("a fraction", "0::/a\n", ["a/cpu.max": "1.5 1\n"], unlimited),
    Case(
      "more than a number holds", "0::/a\n", ["a/cpu.max": "9223372036854775808 1\n"], unlimited),
    Case("the largest number", "0::/a\n", ["a/cpu.max": "9223372036854775807 1\n"], unlimited),
    Case(
      "groups that are none", "what\n0\n::\n3:cpu\n3:cpu:a\n", quota("cpu", "1", "1"), unlimited),
    Case(
      "a group with a very long name", "0::/" + String(repeating: "a", count: 9000) + "\n",
      ["cpu.max": "100000 100000\n"], 1),
  ]

  @Test("a quota is so many processors' time, rounded up", arguments: cases)
  func groups(_ item: Case) throws {
    let folder = try TemporaryFolder()
    for (path, text) in item.files {
      let file = URL(fileURLWithPath: folder("root/" + path))
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(pk_processors_of_groups(folder("root")) == item.processors)
  }

  @Test("at least one, and no more than there are")
  func count() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(Int(pk_processor_count())))
  }
}
