import Elements
import Glibc

/// Normal numbers in blocks of sixteen: eight radii, then eight angles, become eight cosines, then
/// eight sines, with PyTorch's order of operations.
struct NormalBlocks {
  static let size = 16
  /// Blocks that are transformed at once, so that the loop is long enough for vector code.
  private static let batch = Batch.capacity / 8

  let mean: Double
  let deviation: Double

  /// Fills `count` blocks.
  func fill<E: Element>(
    _ output: UnsafeMutablePointer<E>, count: Int, _ state: inout Generator.State
  ) {
    if E.dtype == .float64 {
      for block in 0..<count { fillDoubles(output + block * Self.size, &state) }
    } else {
      for start in stride(from: 0, to: count, by: Self.batch) {
        let blocks = min(Self.batch, count - start)
        fillFloats(output + start * Self.size, blocks, &state)
      }
    }
  }

  private func fillDoubles<E: Element>(
    _ output: UnsafeMutablePointer<E>, _ state: inout Generator.State
  ) {
    var uniform = InlineArray<16, Double>(repeating: 0)
    for index in 0..<Self.size { uniform[index] = state.engine.uniformDouble() }
    for index in 0..<8 {
      let radius = (-2 * log(1 - uniform[index])).squareRoot()
      let angle = 2 * Double.pi * uniform[index + 8]
      output[index] = E(double: mean.addingProduct(radius * cos(angle), deviation))
      output[index + 8] = E(double: mean.addingProduct(radius * sin(angle), deviation))
    }
  }

  private func fillFloats<E: Element>(
    _ output: UnsafeMutablePointer<E>, _ blocks: Int, _ state: inout Generator.State
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 5 * Batch.capacity) { scratch in
      // An allocation of a constant, positive size has an address.
      guard let base = scratch.baseAddress else { return }
      scratch.initialize(repeating: 0)
      let batch = Batch(base, pairs: 8 * blocks)
      for start in stride(from: 0, to: batch.pairs, by: 8) {
        for lane in start..<(start + 8) { batch.distances[lane] = state.engine.uniformFloat() }
        for lane in start..<(start + 8) { batch.turns[lane] = state.engine.uniformFloat() }
      }
      var fast = FastMultiplyAdd()
      batch.transform(&fast)
      if fast.doubts != 0 {
        var exact = ExactMultiplyAdd()
        batch.transform(&exact)
      }
      for block in 0..<blocks {
        place(batch.cosines + 8 * block, output + Self.size * block)
        place(batch.sines + 8 * block, output + Self.size * block + 8)
      }
    }
  }

  /// Eight standard normal numbers, moved and rounded to the element type.
  @inline(__always)
  private func place<E: Element>(_ numbers: UnsafePointer<Float>, _ output: UnsafeMutablePointer<E>)
  {
    let (mean, deviation) = (Float(mean), Float(deviation))
    if mean == 0, deviation == 1 {
      // What the multiply-add would give: -0 becomes 0.
      for lane in 0..<8 { output[lane] = E(double: Double(numbers[lane] + 0)) }
    } else {
      for lane in 0..<8 {
        output[lane] = E(double: Double(mean.addingProduct(numbers[lane], deviation)))
      }
    }
  }
}

/// Pairs of uniform numbers that become pairs of standard normal ones, as five arrays.
private struct Batch {
  /// The most pairs that there is room for.
  static let capacity = 256

  let pairs: Int
  /// Uniform numbers from which the radii follow.
  let distances: UnsafeMutablePointer<Float>
  /// Uniform numbers from which the angles follow.
  let turns: UnsafeMutablePointer<Float>
  let radii: UnsafeMutablePointer<Float>
  let cosines: UnsafeMutablePointer<Float>
  let sines: UnsafeMutablePointer<Float>

  init(_ base: UnsafeMutablePointer<Float>, pairs: Int) {
    self.pairs = pairs
    distances = base
    turns = base + Self.capacity
    radii = base + 2 * Self.capacity
    cosines = base + 3 * Self.capacity
    sines = base + 4 * Self.capacity
  }

  /// Three loops, since a square root would keep the compiler from making vector code of all.
  @inline(__always)
  func transform<F: MultiplyAdd>(_ fused: inout F) {
    for index in 0..<pairs {
      radii[index] = -2 * RandomMath.log(1 - distances[index], &fused)
    }
    for index in 0..<pairs {
      let angle = Float(2 * Double.pi) * turns[index]
      (sines[index], cosines[index]) = RandomMath.sinCos(angle, &fused)
    }
    for index in 0..<pairs {
      let radius = radii[index].squareRoot()
      cosines[index] *= radius
      sines[index] *= radius
    }
  }
}
