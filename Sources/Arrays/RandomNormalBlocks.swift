import Elements
import Glibc
import KernelChoice

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
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * Batch.capacity) { scratch in
      // An allocation of a constant, positive size has an address.
      guard let base = scratch.baseAddress else { return }
      scratch.initialize(repeating: 0)
      let batch = Batch(base, pairs: 8 * blocks)
      for start in stride(from: 0, to: batch.pairs, by: 8) {
        for lane in start..<(start + 8) { batch.distances[lane] = state.engine.uniformFloat() }
        for lane in start..<(start + 8) { batch.turns[lane] = state.engine.uniformFloat() }
      }
      Kernels.normal(
        batch.sines, batch.cosines, batch.distances, batch.turns, batch.pairs,
        Float(mean), Float(deviation))
      for block in 0..<blocks {
        place(batch.cosines + 8 * block, output + Self.size * block)
        place(batch.sines + 8 * block, output + Self.size * block + 8)
      }
    }
  }

  /// Eight numbers, rounded to the element type.
  @inline(__always)
  private func place<E: Element>(_ numbers: UnsafePointer<Float>, _ output: UnsafeMutablePointer<E>)
  {
    for lane in 0..<8 { output[lane] = E(double: Double(numbers[lane])) }
  }
}

/// Pairs of uniform numbers that become pairs of standard normal ones, as four arrays.
private struct Batch {
  /// The most pairs that there is room for.
  static let capacity = 256

  let pairs: Int
  /// Uniform numbers from which the radii follow.
  let distances: UnsafeMutablePointer<Float>
  /// Uniform numbers from which the angles follow.
  let turns: UnsafeMutablePointer<Float>
  let cosines: UnsafeMutablePointer<Float>
  let sines: UnsafeMutablePointer<Float>

  init(_ base: UnsafeMutablePointer<Float>, pairs: Int) {
    self.pairs = pairs
    distances = base
    turns = base + Self.capacity
    cosines = base + 2 * Self.capacity
    sines = base + 3 * Self.capacity
  }
}
