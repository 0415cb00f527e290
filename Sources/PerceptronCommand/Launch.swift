import ArgumentParser
import Perceptron

#if MPI
  import PerceptronDistributed
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the process was started: by itself, or as one of several by `mpirun`, `srun` and the like.
enum Launch {
  /// The variables in which launchers say how many processes there are, and which this is: Open MPI;
  /// MPICH, Intel MPI and Slurm's PMI-2; Slurm with PMIx.
  private static let variables = [
    (count: "OMPI_COMM_WORLD_SIZE", rank: "OMPI_COMM_WORLD_RANK"),
    (count: "PMI_SIZE", rank: "PMI_RANK"), (count: "SLURM_STEP_NUM_TASKS", rank: "PMIX_RANK"),
  ]

  /// What the launcher says; nil where there is none.
  static func announced(
    _ variable: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
  ) -> (rank: Int, count: Int)? {
    for names in variables {
      if let count = variable(names.count).flatMap({ Int($0) }),
        let rank = variable(names.rank).flatMap({ Int($0) })
      {
        return (rank, count)
      }
    }
    return nil
  }

  /// Refuses to do one command's work in several processes at once.
  ///
  /// - Parameter trains: whether it is one that several processes can share.
  static func check(trains: Bool) throws {
    guard let (rank, count) = announced(), count > 1 else { return }
    let refusal: String
    #if MPI
      if trains { return }
      refusal =
        "started as \(count) processes, but only train is shared by several; start it as one"
    #else
      refusal =
        trains
        ? "started as \(count) processes, but this program was built without MPI and each would "
          + "train by itself; build it with swift build -c release --traits MPI"
        : "started as \(count) processes, and each would do the same; start it as one"
    #endif
    try speak(rank: rank) { throw PerceptronError(.option, refusal) }
  }

  /// Lets process 0 fail first, so that what all have to say is said once.
  private static func speak(rank: Int, _ fail: () throws -> Void) throws {
    guard rank > 0 else { return try fail() }
    letProcessZeroFail()
    throw ExitCode.failure
  }

  /// Waits for as long as a launcher may take to end all processes after one of them has failed. Open
  /// MPI sends the signal a second after it has noticed (`odls_base_sigkill_timeout`).
  private static func letProcessZeroFail() { sleep(10) }

  /// Ends this process for an error that it had by itself. What is wrong everywhere, such as a
  /// misspelt option, is said by process 0: its end is the end of the others, where a launcher looks
  /// after them.
  static func end(with error: any Error) -> Never {
    guard let (rank, count) = announced(), count > 1, rank > 0, !(error is ExitCode) else {
      PerceptronCommand.exit(withError: error)
    }
    // Help is no error, and not needed again.
    if PerceptronCommand.exitCode(for: error).isSuccess {
      PerceptronCommand.exit(withError: ExitCode.success)
    }
    letProcessZeroFail()
    PerceptronCommand.exit(withError: error)
  }

  /// Does `body` with the processes that were started together; nil stands for one by itself.
  ///
  /// What fails in one process ends all of them, with its rank and machine before the message, and
  /// with the code that it has in one process.
  static func together(
    _ body: ((any Communicator)?) async throws -> Void
  ) async throws {
    #if MPI
      guard let announced = announced() else { return try await body(nil) }
      let processes = try MPICommunicator.join()
      guard processes.count > 1 || announced.count == 1 else {
        try speak(rank: announced.rank) {
          throw PerceptronError(
            .option,
            "the launcher has started \(announced.count) processes, but MPI knows of one: it is "
              + "another MPI than this program was built with")
        }
        return
      }
      do {
        if processes.count > 1 { try processes.checkSameProgram() }
        try await limit(to: processes) { try await body(processes.count > 1 ? processes : nil) }
      } catch let code as ExitCode {
        processes.leave()
        throw code
      } catch let error as PerceptronError where error.kind == .diverged {
        // All have come to this.
        if processes.rank == 0 { Output.message("Error: \(error)") }
        processes.leave()
        throw ExitCode.failure
      } catch {
        // What is wrong everywhere is said by process 0, which is then the first.
        if processes.rank > 0 { letProcessZeroFail() }
        let code = PerceptronCommand.exitCode(for: error)
        if code == .validationFailure, processes.rank == 0 {
          Output.message(PerceptronCommand.fullMessage(for: error))
        } else {
          let place =
            processes.count > 1
            ? " in process \(processes.rank) on \(printable(processes.machine, limit: 100))" : ""
          Output.message("Error\(place): \(error)")
        }
        // Some launchers end all of them before they have passed on what was said.
        usleep(100_000)
        processes.abort(code: code.rawValue)
        throw code
      }
      processes.leave()
    #else
      try await body(nil)
    #endif
  }

  #if MPI
    /// Processes on one machine share its cores, where their launcher has not divided them.
    private static func limit(
      to processes: MPICommunicator, _ body: () async throws -> Void
    ) async throws {
      let cores = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
      guard Threads.cores * processes.countOnMachine > cores else { return try await body() }
      try await Threads.limited(to: max(cores / processes.countOnMachine, 1), body)
    }
  #endif
}
