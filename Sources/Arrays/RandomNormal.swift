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
    let distribution = NormalDistribution(mean: mean, deviation: deviation)
    func fill<E: Element>(_ elements: UnsafeMutablePointer<E>) {
      withState { state in
        if count < NormalDistribution.block {
          for index in 0..<max(count, 0) {
            elements[index] = E(double: distribution.next(&state))
          }
          return
        }
        for start in stride(from: 0, through: count - NormalDistribution.block, by: 16) {
          distribution.fillBlock(elements + start, &state)
        }
        let rest = count % NormalDistribution.block
        if rest != 0 {
          distribution.skip(rest, E.self, &state)
          distribution.fillBlock(elements + (count - NormalDistribution.block), &state)
        }
      }
    }
    switch dtype {
    case .float64: fill(output.assumingMemoryBound(to: Double.self))
    case .float32: fill(output.assumingMemoryBound(to: Float.self))
    case .float16: fill(output.assumingMemoryBound(to: Float16.self))
    case .bfloat16: fill(output.assumingMemoryBound(to: BFloat16.self))
    default: break
    }
  }
}

/// The transformations from uniform numbers to normal ones, with PyTorch's order of operations.
private struct NormalDistribution {
  static let block = 16

  let mean: Double
  let deviation: Double

  /// One number; every second call takes it from the state.
  func next(_ state: inout Generator.State) -> Double {
    if let spare = state.spareNormal {
      state.spareNormal = nil
      return mean.addingProduct(spare, deviation)
    }
    let angle = 2 * Double.pi * state.engine.uniformDouble()
    let radius = (-2 * log1p(-state.engine.uniformDouble())).squareRoot()
    state.spareNormal = radius * sin(angle)
    return mean.addingProduct(radius * cos(angle), deviation)
  }

  /// Draws and drops what PyTorch does before it draws the last sixteen elements anew: it fills a
  /// whole float32 or float64 tensor with uniform numbers first, but a tensor of a 16-bit type
  /// block by block.
  func skip<E: Element>(_ count: Int, _: E.Type, _ state: inout Generator.State) {
    guard E.dtype.size > 2 else { return }
    for _ in 0..<count {
      _ = E.self == Double.self ? state.engine.uniformDouble() : Double(state.engine.uniformFloat())
    }
  }

  /// Sixteen numbers from sixteen uniform ones.
  @inline(__always)
  func fillBlock<E: Element>(_ output: UnsafeMutablePointer<E>, _ state: inout Generator.State) {
    if E.self == Double.self {
      var numbers = SIMD16<Double>()
      for index in 0..<Self.block { numbers[index] = state.engine.uniformDouble() }
      for index in 0..<(Self.block / 2) {
        let radius = (-2 * log(1 - numbers[index])).squareRoot()
        let angle = 2 * Double.pi * numbers[index + 8]
        output[index] = E(double: mean.addingProduct(radius * cos(angle), deviation))
        output[index + 8] = E(double: mean.addingProduct(radius * sin(angle), deviation))
      }
    } else {
      var numbers = SIMD16<Float>()
      for index in 0..<Self.block { numbers[index] = state.engine.uniformFloat() }
      let (mean, deviation) = (Float(mean), Float(deviation))
      for index in 0..<(Self.block / 2) {
        let radius = (-2 * RandomMath.log(1 - numbers[index])).squareRoot()
        let (sin, cos) = RandomMath.sinCos(Float(2 * Double.pi) * numbers[index + 8])
        output[index] = E(double: Double(mean.addingProduct(radius * cos, deviation)))
        output[index + 8] = E(double: Double(mean.addingProduct(radius * sin, deviation)))
      }
    }
  }
}
