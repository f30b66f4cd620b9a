// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "apus",
  products: [
    .library(name: "apus", type: .dynamic, targets: ["ApusABI"]),
    .library(name: "ApusEngine", targets: ["Apus"]),
  ],
  targets: [
    // C, as Swift sees it.
    .systemLibrary(name: "CApus", path: "include"),
    .systemLibrary(name: "CGC", pkgConfig: "bdw-gc", providers: [.apt(["libgc-dev"])]),
    .target(name: "CThread"),
    .target(name: "CParallel"),

    // The engine; imports point upwards in this list.
    .target(name: "Elements"),
    .target(name: "Kernels", dependencies: ["Elements"]),
    .target(name: "Parallel", dependencies: ["CParallel"]),
    .target(name: "MatrixLibraries", dependencies: ["Elements"]),
    .target(
      name: "Arrays", dependencies: ["Elements", "Kernels", "Parallel", "MatrixLibraries"]),
    .target(name: "Autograd", dependencies: ["Arrays", "Elements", "CThread"]),
    .target(name: "Operators", dependencies: ["Autograd", "Arrays", "Elements"]),
    .target(name: "Apus", dependencies: ["Operators", "Autograd", "Arrays", "Elements"]),

    // The C boundary, and the writer of every file that follows from the operators.
    .target(
      name: "ApusABI",
      dependencies: [
        "Operators", "Autograd", "Arrays", "Elements", "Kernels", "Parallel", "MatrixLibraries",
        "CApus", "CGC", "CThread",
      ]),
    .executableTarget(
      name: "Generate", dependencies: ["Operators", "Autograd", "Arrays", "Elements"]),

    .testTarget(
      name: "ArraysTests",
      dependencies: ["Arrays", "Elements", "Kernels", "Parallel", "MatrixLibraries"]),
    .testTarget(name: "AutogradTests", dependencies: ["Apus", "Autograd", "Operators", "Arrays"]),
    .testTarget(name: "OperatorsTests", dependencies: ["Apus", "Autograd", "Operators", "Arrays"]),
  ],
  swiftLanguageModes: [.v6]
)
