// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own: an HTTP stack takes minutes to build, which a first `perceptron train` must
// not pay for.
let package = Package(
  name: "perceptron-server",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "perceptron-server", targets: ["PerceptronServerCommand"])],
  dependencies: [
    .package(name: "swift-perceptron", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
  ],
  targets: [
    // Models behind the Open Inference Protocol.
    .target(
      name: "PerceptronServer",
      dependencies: [
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "PerceptronDerivation", package: "swift-perceptron"),
        .product(name: "Hummingbird", package: "hummingbird"),
      ],
      swiftSettings: settings),
    // A network that is watched while it learns.
    .target(
      name: "PerceptronPlayground",
      dependencies: [
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "PerceptronDerivation", package: "swift-perceptron"),
        .product(name: "PerceptronInterchange", package: "swift-perceptron"),
        .product(name: "Hummingbird", package: "hummingbird"),
      ],
      resources: [.embedInCode("Assets")],
      swiftSettings: settings),
    .executableTarget(
      name: "PerceptronServerCommand",
      dependencies: [
        "PerceptronServer", "PerceptronPlayground",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PerceptronPlaygroundTests",
      dependencies: [
        "PerceptronPlayground",
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "PerceptronDerivation", package: "swift-perceptron"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
