import CProcessor
import Glibc

/// An instruction set that kernels are compiled for; each includes the ones before.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
  case baseline
  /// x86-64-v3: AVX2, FMA, F16C.
  case avx2
  /// x86-64-v4: AVX-512 F, BW, CD, DQ, VL.
  case avx512

  /// The levels of the System V ABI.
  private var level: Int32 {
    switch self {
    case .baseline: 0
    case .avx2: 3
    case .avx512: 4
    }
  }

  /// True where the processor and the operating system can run it.
  private var isSupported: Bool { level <= apus_processor_level() }

  /// What there are kernels for in this build.
  private var isCompiled: Bool {
    #if APUS_VARIANTS && arch(x86_64)
      true
    #else
      self == .baseline
    #endif
  }

  /// The best one that can run here, or the one that the environment variable `APUS_ISA` names if
  /// it can run here; of what is wished for in vain, the best below it.
  static var preferred: InstructionSet {
    let wish = getenv("APUS_ISA").flatMap { InstructionSet(rawValue: String(cString: $0)) }
    let limit = wish?.level ?? .max
    return allCases.last { $0.level <= limit && $0.isCompiled && $0.isSupported } ?? .baseline
  }
}
