// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own, so that users of the library never build it.
let package = Package(
  name: "perceptron-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swift-perceptron", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "accuracy",
      dependencies: [.product(name: "Perceptron", package: "swift-perceptron")],
      exclude: ["holdouts.txt"],
      swiftSettings: settings),
    // Loops that do nothing but multiply and add, or nothing but read memory.
    .target(name: "MachineFloor"),
    .executableTarget(
      name: "perceptron-bench",
      dependencies: [
        "MachineFloor",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "PerceptronAutodiff", package: "swift-perceptron"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "vectorized",
      dependencies: [
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "PerceptronAutodiff", package: "swift-perceptron"),
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
