import Synchronization

/// A source of random numbers whose sequence follows from its seed, and equals that of PyTorch's
/// CPU generator for the same seed and the same calls.
///
/// Any thread may use it: one lock guards the whole state, and a tensor is filled under one
/// acquisition of it, so the numbers of two tensors never mix.
public final class Generator: Sendable {
  /// Everything that later numbers depend on.
  struct State: Sendable {
    var engine: MersenneTwister
    /// The second of the two numbers that a Box-Muller step yields, kept for the next call.
    var spareNormal: Double?

    init(seed: UInt64) { engine = MersenneTwister(seed: seed) }
  }

  /// The seed of a generator that nobody seeded; PyTorch's.
  public static let defaultSeed: UInt64 = 67_280_421_310_721

  /// The generator that is used where none is given.
  public static let `default` = Generator()

  private let guarded: Mutex<State>

  /// A generator at the start of the sequence of `seed`.
  public init(seed: UInt64 = Generator.defaultSeed) {
    guarded = Mutex(State(seed: seed))
  }

  /// Starts the sequence of `seed`, and forgets a normal number kept from an earlier call.
  ///
  /// Seeds that agree in their lower 32 bits give the same sequence, as in PyTorch.
  public func manualSeed(_ seed: UInt64) {
    guarded.withLock { $0 = State(seed: seed) }
  }

  /// Starts the sequence of a seed of 53 bits from the operating system, and returns that seed.
  @discardableResult
  public func seed() -> UInt64 {
    var system = SystemRandomNumberGenerator()
    let seed = system.next() & 0x1f_ffff_ffff_ffff
    manualSeed(seed)
    return seed
  }

  /// The seed with which the current sequence began.
  public var initialSeed: UInt64 { guarded.withLock { $0.engine.seed } }

  /// 32 random bits.
  package func random() -> UInt32 { withState { $0.engine.random() } }

  /// 64 random bits.
  package func random64() -> UInt64 { withState { $0.engine.random64() } }

  /// Runs `body` with the state, under the lock.
  func withState<Result>(_ body: (inout State) -> Result) -> Result {
    guarded.withLock { state in
      // The state never leaves the lock: what bodies return is a number or nothing.
      nonisolated(unsafe) let result = body(&state)
      return result
    }
  }
}
