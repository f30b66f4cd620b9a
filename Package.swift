// swift-tools-version: 6.2
import PackageDescription

/// Kernels for more than the baseline's instruction set need a flag of the compiler that a package
/// may not use when others depend on it, so only the Makefile asks for them.
let hasVariants = Context.environment["APUS_VARIANTS"] != nil

/// The kernels once more, for the instruction set of an x86-64 level.
func variant(_ name: String, _ level: String, flags: [String] = [], defines: [String]) -> Target {
  let flags = (["-march=\(level)"] + flags).flatMap { ["-Xcc", $0] }
  return .target(
    name: name, dependencies: ["Elements", "CProcessor"],
    swiftSettings: [.unsafeFlags(flags)] + defines.map { .define($0) })
}

let variants: [Target] =
  hasVariants
  ? [
    variant("KernelsAVX2", "x86-64-v3", defines: ["APUS_FMA"]),
    variant(
      "KernelsAVX512", "x86-64-v4", flags: ["-mprefer-vector-width=512"],
      defines: ["APUS_FMA", "APUS_AVX512"]),
  ] : []

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
    .target(name: "CProcessor"),
    .target(name: "CFFT"),
    .target(name: "CComplex"),
    .target(name: "CParallel", dependencies: ["CThread"]),

    // The engine; imports point upwards in this list.
    .target(name: "Elements"),
    .target(
      name: "KernelsBaseline", dependencies: ["Elements", "CProcessor"], path: "Sources/Kernels"),
    .target(name: "ComplexKernels", dependencies: ["Elements", "CComplex"]),
    .target(
      name: "KernelChoice",
      dependencies: ["KernelsBaseline", "ComplexKernels", "Elements", "CProcessor"]
        + variants.map { .byName(name: $0.name) },
      swiftSettings: hasVariants ? [.define("APUS_VARIANTS")] : []),
    .target(name: "Parallel", dependencies: ["CParallel"]),
    .target(name: "MatrixLibraries", dependencies: ["Elements"]),
    .target(
      name: "Arrays",
      dependencies: ["Elements", "KernelChoice", "Parallel", "MatrixLibraries", "CFFT", "CThread"]),
    .target(name: "Autograd", dependencies: ["Arrays", "Elements", "CThread"]),
    .target(name: "Operators", dependencies: ["Autograd", "Arrays", "Elements"]),
    .target(name: "Transforms", dependencies: ["Operators", "Autograd", "Arrays", "Elements"]),
    .target(
      name: "Apus", dependencies: ["Transforms", "Operators", "Autograd", "Arrays", "Elements"]),

    // The C boundary, and the writer of every file that follows from the operators.
    .target(
      name: "ApusABI",
      dependencies: [
        "Transforms", "Operators", "Autograd", "Arrays", "Elements", "KernelChoice", "Parallel",
        "MatrixLibraries", "CApus", "CGC", "CThread",
      ]),
    .executableTarget(
      name: "Generate", dependencies: ["Operators", "Autograd", "Arrays", "Elements"]),

    .testTarget(
      name: "ArraysTests",
      dependencies: [
        "Arrays", "Elements", "KernelChoice", "KernelsBaseline", "Parallel", "MatrixLibraries",
      ]),
    .testTarget(name: "AutogradTests", dependencies: ["Apus", "Autograd", "Operators", "Arrays"]),
    .testTarget(
      name: "TransformsTests",
      dependencies: ["Apus", "Transforms", "Autograd", "Operators", "Arrays"]),
    .testTarget(name: "OperatorsTests", dependencies: ["Apus", "Autograd", "Operators", "Arrays"]),
  ] + variants,
  swiftLanguageModes: [.v6]
)
