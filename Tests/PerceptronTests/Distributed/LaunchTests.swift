import Testing

@testable import PerceptronCommand

@Suite("Started by a launcher")
struct LaunchTests {
  @Test(
    "what Open MPI, MPICH and Slurm say is understood",
    arguments: [
      ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"],
      ["PMI_SIZE": "4", "PMI_RANK": "3"],
      ["SLURM_STEP_NUM_TASKS": "4", "PMIX_RANK": "3"],
    ])
  func announced(_ variables: [String: String]) {
    let announced = Launch.announced { variables[$0] }
    #expect(announced?.rank == 3 && announced?.count == 4)
  }

  @Test("a batch script of Slurm is no launcher")
  func none() {
    #expect(Launch.announced { ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"][$0] } == nil)
    #expect(Launch.announced { _ in nil } == nil)
  }

  #if !MPI
    @Test("without MPI several processes are refused, not trained as copies")
    func refused() throws {
      let first = try Command.run(
        ["train", "rows.csv", "--target", "y"],
        environment: ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0"])
      #expect(first.code == 1 && first.err.contains("started as 4 processes"))
      #expect(first.err.contains("--traits MPI"))
      // What the first says is not said again.
      let other = try Command.run(
        ["predict", "model", "rows.csv"],
        environment: ["PMI_SIZE": "4", "PMI_RANK": "2"])
      #expect(other.code == 1 && other.err.isEmpty)
      let alone = try Command.run(
        ["--version"], environment: ["PMI_SIZE": "1", "PMI_RANK": "0"])
      #expect(alone.code == 0)
    }
  #endif
}
