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
  dependencies: [.package(name: "swift-perceptron", path: "..")],
  targets: [
    .executableTarget(
      name: "accuracy",
      dependencies: [.product(name: "Perceptron", package: "swift-perceptron")],
      exclude: ["holdouts.txt"],
      swiftSettings: settings),
    .executableTarget(
      name: "csv-read",
      dependencies: [.product(name: "Perceptron", package: "swift-perceptron")],
      swiftSettings: settings),
    .executableTarget(
      name: "perceptron-bench",
      dependencies: [
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
