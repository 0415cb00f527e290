import Foundation
import MachineFloor
import Perceptron

/// What the machine can do at most: the best of many short loops that only multiply and add, or only
/// read. Measured once, when first asked for.
final class Floor {
  /// Billions of floating-point operations a second, in Float.
  struct Peak {
    let oneCore: Double
    let allCores: Double

    func of(threads: Int) -> Double {
      threads == 1 ? oneCore : threads >= Threads.cores ? allCores : oneCore * Double(threads)
    }
  }

  private(set) lazy var peak = Peak(
    oneCore: multiplyAdds(cores: 1), allCores: multiplyAdds(cores: Threads.cores))

  /// The vector widths this processor has.
  private let kinds = (0..<mf_kinds()).filter { mf_has($0) != 0 }

  private func multiplyAdds(cores: Int) -> Double {
    var best = 0.0
    for kind in kinds {
      // About 2 ms, then about 10.
      var rounds = 200_000
      let ofRound = mf_multiply_add(kind, 1)
      for _ in 0..<12 {
        let operations = ofRound * Double(rounds * cores)
        let length = rounds
        let time = microseconds {
          DispatchQueue.concurrentPerform(iterations: cores) { _ in
            _ = mf_multiply_add(kind, length)
          }
        }
        best = max(best, operations / time / 1000)
        if time < 5000 { rounds *= 2 }
      }
    }
    return best
  }

  /// GB/s of reading `bytes` again and again, by `cores` cores, each its own.
  func readRate(bytes: Int, cores: Int = 1) -> Double {
    let count = max(bytes / MemoryLayout<Float>.stride / 256, 1) * 256
    let buffers = (0..<cores).map { _ in
      let buffer = UnsafeMutableBufferPointer<Float>(
        start: UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 4096)
          .bindMemory(to: Float.self, capacity: count), count: count)
      buffer.initialize(repeating: 1)
      return buffer
    }
    defer { for buffer in buffers { buffer.baseAddress?.deallocate() } }
    nonisolated(unsafe) let values = buffers
    let times = max(1, 20_000_000 / (count * 4))
    var best = 0.0
    for kind in kinds {
      for _ in 0..<10 {
        let time = microseconds {
          DispatchQueue.concurrentPerform(iterations: cores) { core in
            _ = mf_read(kind, values[core].baseAddress, count, Int32(times))
          }
        }
        best = max(best, Double(count * 4 * times * cores) / time / 1000)
      }
    }
    return best
  }

  /// GB/s of copying, what is read and what is written counted.
  func copyRate(cores: Int) -> Double {
    let bytes = 128 << 20
    let memory = (0..<2 * cores).map { _ in
      let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
      memset(block, 1, bytes)
      return block
    }
    defer { for block in memory { block.deallocate() } }
    nonisolated(unsafe) let blocks = memory
    var best = 0.0
    for _ in 0..<8 {
      let time = microseconds {
        DispatchQueue.concurrentPerform(iterations: cores) { core in
          memcpy(blocks[2 * core], blocks[2 * core + 1], bytes)
        }
      }
      best = max(best, Double(2 * bytes * cores) / time / 1000)
    }
    return best
  }

  func record() -> Record {
    let cores = Threads.cores
    // Inside the first, second and third level of usual caches, and far outside.
    let sizes = [("16_kib", 16 << 10), ("512_kib", 512 << 10), ("4_mib", 4 << 20)]
      .map { (key: $0.0, rate: readRate(bytes: $0.1)) }
    let memory = (one: readRate(bytes: 256 << 20), all: readRate(bytes: 256 << 20, cores: cores))
    let copy = (one: copyRate(cores: 1), all: copyRate(cores: cores))
    let inCaches = sizes.map { "\($0.key.replacing("_", with: " ")) \(shown($0.rate))" }
    return Record(
      name: "floor",
      line:
        "floor: \(shown(peak.oneCore)) GFLOP/s on one core, \(shown(peak.allCores)) on \(cores); "
        + "reading \(inCaches.joined(separator: ", ")) GB/s on one core, memory \(shown(memory.one)), "
        + "on \(cores) \(shown(memory.all)); copying \(shown(copy.one)), on \(cores) "
        + "\(shown(copy.all))",
      fields: [
        ("gflops_one_core", .number(peak.oneCore)), ("gflops_all_cores", .number(peak.allCores)),
        ("cores", .integer(cores)),
      ] + sizes.map { ("read_gigabytes_per_second_\($0.key)", .number($0.rate)) } + [
        ("read_gigabytes_per_second_memory", .number(memory.one)),
        ("read_gigabytes_per_second_memory_all_cores", .number(memory.all)),
        ("copy_gigabytes_per_second", .number(copy.one)),
        ("copy_gigabytes_per_second_all_cores", .number(copy.all)),
      ])
  }
}
