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
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
  ],
  targets: [
    // Models behind the Open Inference Protocol.
    .target(
      name: "PerceptronServer",
      dependencies: [
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "PerceptronDerivation", package: "swift-perceptron"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
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
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      resources: [.embedInCode("Assets")],
      swiftSettings: settings),
    .executableTarget(
      name: "PerceptronServerCommand",
      dependencies: [
        "PerceptronServer", "PerceptronPlayground",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Perceptron", package: "swift-perceptron"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PerceptronServerTests",
      dependencies: [
        "PerceptronServer",
        .product(name: "Perceptron", package: "swift-perceptron"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
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
