import Testing

@Suite("A training step allocates nothing")
struct AllocationTests {
  @Test("networks, number types, optimizers, threads: counted by standing in for malloc")
  func steps() throws {
    let (code, output, _) = try Command.run(program: "AllocationProbe")
    let lines = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #if os(Linux) && canImport(Glibc)
      #expect(lines.first != ["not", "supported"])
    #endif
    if lines.first == ["not", "supported"] { return }
    // The counter counts.
    let control = try #require(lines.first)
    #expect(control.first == "control" && control.last.flatMap { Int($0) } ?? 0 >= 10)
    // 3 networks, 2 number types, 3 numbers of threads, 2 optimizers and two forms of prediction; and
    // whole trainings, in 2 number types, with and without gathering batches, that on 2 threads too.
    let cases = lines.dropFirst()
    #expect(cases.count == 84)
    for line in cases {
      try #require(line.count == 3)
      #expect(line[2] == "0", "\(line[0]) on \(line[1]) threads allocates \(line[2]) times")
    }
    #expect(Set(cases.map { $0[1] }) == ["1", "2", "3"])
    #expect(code == 0)
  }
}
