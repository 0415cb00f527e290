// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "swift-perceptron",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "Perceptron", targets: ["Perceptron"]),
    .executable(name: "perceptron", targets: ["PerceptronCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .target(name: "PerceptronKernels", exclude: []),
    .target(name: "Perceptron", dependencies: ["PerceptronKernels"], swiftSettings: settings),
    // The folder cannot be called `perceptron`: file systems that ignore case have one already.
    .executableTarget(
      name: "PerceptronCommand",
      dependencies: [
        "Perceptron",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PerceptronTests", dependencies: ["Perceptron", "PerceptronKernels"],
      exclude: ["Fixtures"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
