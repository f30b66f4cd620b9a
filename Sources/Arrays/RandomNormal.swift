import Elements
import Glibc

extension Generator {
  /// Fills `count` elements with normally distributed numbers, as `torch.randn` and `normal_` do.
  ///
  /// Numbers come in pairs, by the method of Box and Muller (1958). Sixteen or more are made in
  /// blocks of sixteen; if some remain, the last sixteen elements are drawn anew. Fewer are made
  /// one by one in float64, and the second of a pair is kept for the next such call. A dtype that
  /// is no floating-point type is left alone: the operators refuse it before.
  package func fillNormal(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int,
    mean: Double = 0, deviation: Double = 1
  ) {
    switch dtype {
    case .float64:
      fillNormal(output.assumingMemoryBound(to: Double.self), count, mean, deviation)
    case .float32:
      fillNormal(output.assumingMemoryBound(to: Float.self), count, mean, deviation)
    case .float16:
      fillNormal(output.assumingMemoryBound(to: Float16.self), count, mean, deviation)
    case .bfloat16:
      fillNormal(output.assumingMemoryBound(to: BFloat16.self), count, mean, deviation)
    default: break
    }
  }

  private func fillNormal<E: Element>(
    _ elements: UnsafeMutablePointer<E>, _ count: Int, _ mean: Double, _ deviation: Double
  ) {
    withState { state in
      if count < NormalBlocks.size {
        for index in 0..<max(count, 0) {
          elements[index] = E(double: mean.addingProduct(state.nextNormal(), deviation))
        }
        return
      }
      let blocks = NormalBlocks(mean: mean, deviation: deviation)
      blocks.fill(elements, count: count / NormalBlocks.size, &state)
      let rest = count % NormalBlocks.size
      guard rest != 0 else { return }
      // PyTorch fills a whole float32 or float64 tensor with uniform numbers before it makes them
      // normal, and a tensor of a 16-bit type block by block: only the former has drawn these.
      switch E.dtype {
      case .float64: for _ in 0..<rest { _ = state.engine.random64() }
      case .float32: for _ in 0..<rest { _ = state.engine.random() }
      default: break
      }
      blocks.fill(elements + (count - NormalBlocks.size), count: 1, &state)
    }
  }
}

extension Generator.State {
  /// One number of the standard normal distribution; every second call takes it from the spare.
  mutating func nextNormal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let angle = 2 * Double.pi * engine.uniformDouble()
    let radius = (-2 * log1p(-engine.uniformDouble())).squareRoot()
    spareNormal = radius * sin(angle)
    return radius * cos(angle)
  }
}
