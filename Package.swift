// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A program that computes what one of the source texts computes.
func example(_ name: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["Perceptron", "ExampleSupport"], path: "Examples/\(name)",
    exclude: ["expected.txt"], swiftSettings: settings)
}

let package = Package(
  name: "swift-perceptron",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "Perceptron", targets: ["Perceptron"]),
    .library(name: "PerceptronAutodiff", targets: ["PerceptronAutodiff"]),
    .library(name: "PerceptronDerivation", targets: ["PerceptronDerivation"]),
    .library(name: "PerceptronInterchange", targets: ["PerceptronInterchange"]),
    .library(name: "PerceptronDistributed", targets: ["PerceptronDistributed"]),
    .executable(name: "perceptron", targets: ["PerceptronCommand"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Training in several processes over the system's MPI.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .target(name: "PerceptronKernels"),
    .target(name: "Perceptron", dependencies: ["PerceptronKernels"], swiftSettings: settings),
    .target(name: "PerceptronAutodiff", dependencies: ["Perceptron"], swiftSettings: settings),
    .target(
      name: "PerceptronDerivation", dependencies: ["Perceptron", "PerceptronAutodiff"],
      swiftSettings: settings),
    .target(name: "PerceptronInterchange", dependencies: ["Perceptron"], swiftSettings: settings),
    // The system's MPI and what calls it: empty without the trait. PERCEPTRON_MPI=mpich takes another
    // than Open MPI, by the name that pkg-config knows.
    .systemLibrary(
      name: "CMPI", pkgConfig: Context.environment["PERCEPTRON_MPI"] ?? "ompi-c",
      providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(
      name: "MPIShim", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("HAVE_MPI", .when(traits: ["MPI"]))]),
    .target(
      name: "PerceptronDistributed", dependencies: ["Perceptron", "MPIShim"],
      swiftSettings: settings),
    // The folder cannot be called `perceptron`: file systems that ignore case have one already.
    .executableTarget(
      name: "PerceptronCommand",
      dependencies: [
        "Perceptron", "PerceptronAutodiff", "PerceptronDerivation", "PerceptronInterchange",
        "PerceptronDistributed",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .target(
      name: "ExampleSupport", dependencies: ["Perceptron"], path: "Examples/Support",
      swiftSettings: settings),
    example("Quickstart"),
    example("CustomLayer"),
    example("Text000"),
    example("Text001"),
    example("Text002"),
    example("Text003"),
    example("Text004"),
    .testTarget(
      name: "PerceptronTests",
      dependencies: [
        "Perceptron", "PerceptronAutodiff", "PerceptronDerivation", "PerceptronInterchange",
        "PerceptronKernels", "PerceptronCommand", "Quickstart", "CustomLayer",
        "Text000", "Text001", "Text002", "Text003", "Text004",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Fixtures"], swiftSettings: settings),
    // Counts allocations, in a process of its own: it stands in for malloc.
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .executableTarget(
      name: "AllocationProbe", dependencies: ["Perceptron", "AllocationCounter"],
      path: "Tests/AllocationProbe", swiftSettings: settings),
    // Reads damaged files: it must not crash, hang or take much memory.
    .executableTarget(
      name: "ReaderFuzz",
      dependencies: ["Perceptron", "PerceptronInterchange", "AllocationCounter"],
      path: "Tests/ReaderFuzz", swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
