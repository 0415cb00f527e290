#if MPI
  import MPIShim
  public import Perceptron

  /// The processes that `mpirun` or `srun` started together, connected by the system's MPI.
  ///
  /// ```swift
  /// let processes = try MPICommunicator.join()
  /// defer { processes.leave() }
  /// try processes.checkSameProgram()
  /// ```
  ///
  /// MPI is joined and left once in the life of a process. A failed call, and a process that dies,
  /// end all of them: that is MPI's default, and its launcher names the process.
  public struct MPICommunicator: Communicator {
    /// Which of them this is, from 0.
    public let rank: Int
    /// How many they are.
    public let count: Int
    /// How many of the processes share this machine.
    public let countOnMachine: Int
    /// The machine's name.
    public let machine: String

    /// Joins the others; returns when all have.
    ///
    /// - Throws: `PerceptronError` when MPI cannot be started.
    public static func join() throws -> MPICommunicator {
      let code = pm_start()
      guard code == 0 else {
        throw PerceptronError(
          .option,
          code == -1
            ? "this MPI was built for programs without threads (MPI_THREAD_SERIALIZED is missing)"
            : "MPI could not be started: error \(code)")
      }
      return MPICommunicator()
    }

    private init() {
      rank = Int(pm_rank())
      count = Int(pm_count())
      countOnMachine = Int(pm_local_count())
      var name = [CChar](repeating: 0, count: 256)
      pm_machine(&name, name.count)
      machine = String(
        decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Waits for the others and leaves them.
    public func leave() { pm_finish() }

    /// Ends all processes.
    public func abort(code: Int32) { pm_abort(code) }

    /// Replaces numbers by their sums over all processes.
    public func sum(_ values: UnsafeMutableBufferPointer<Float>) {
      pm_sum_floats(values.baseAddress, values.count)
    }

    /// Replaces numbers by their sums over all processes.
    public func sum(_ values: UnsafeMutableBufferPointer<Double>) {
      pm_sum_doubles(values.baseAddress, values.count)
    }

    /// Hands bytes to one other process and takes as many from it.
    public func exchange(
      _ sent: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer,
      with partner: Int
    ) {
      pm_exchange(sent.baseAddress, received.baseAddress, sent.count, Int32(partner))
    }

    /// Replaces bytes by those of process 0.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {
      pm_broadcast(bytes.baseAddress, bytes.count)
    }

    /// Puts the bytes of all processes one behind the other.
    public func gather(
      _ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer
    ) {
      pm_gather(bytes.baseAddress, bytes.count, all.baseAddress)
    }
  }
#endif
