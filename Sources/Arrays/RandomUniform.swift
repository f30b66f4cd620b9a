import Elements

extension Generator {
  /// Fills `count` elements with numbers from [from, to), as `torch.rand` and `uniform_` do.
  ///
  /// float64 has 53 random bits; the other types are drawn as float32 with 24 and rounded, and
  /// what is rounded up to `to` becomes `from`. A dtype that is no floating-point type is left
  /// alone: the operators refuse it before.
  package func fillUniform(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int, from: Double = 0, to: Double = 1
  ) {
    switch dtype {
    case .float64:
      let elements = output.assumingMemoryBound(to: Double.self)
      fill(elements, count, from, to) { $0.engine.uniformDouble() }
    case .float32: fillAsFloat(output.assumingMemoryBound(to: Float.self), count, from, to)
    case .float16: fillAsFloat(output.assumingMemoryBound(to: Float16.self), count, from, to)
    case .bfloat16: fillAsFloat(output.assumingMemoryBound(to: BFloat16.self), count, from, to)
    default: break
    }
  }

  private func fillAsFloat<E: Element>(
    _ elements: UnsafeMutablePointer<E>, _ count: Int, _ from: Double, _ to: Double
  ) where E.Compute == Float {
    fill(elements, count, Float(from), Float(to)) { $0.engine.uniformFloat() }
  }

  @inline(__always)
  private func fill<E: Element>(
    _ elements: UnsafeMutablePointer<E>, _ count: Int, _ from: E.Compute, _ to: E.Compute,
    _ draw: (inout State) -> E.Compute
  ) where E.Compute: BinaryFloatingPoint {
    let lower = E(compute: from)
    let upper = E(compute: to).compute
    let extent = to - from
    withState { state in
      if from == 0, to == 1 {
        for index in 0..<count {
          let element = E(compute: draw(&state))
          elements[index] = element.compute == 1 ? lower : element
        }
      } else {
        for index in 0..<count {
          // One rounding, where PyTorch's compiler fuses too.
          let element = E(compute: from.addingProduct(draw(&state), extent))
          elements[index] = element.compute == upper ? lower : element
        }
      }
    }
  }

  /// Fills `count` elements with ones, each with probability `probability`, and zeros, as
  /// `bernoulli_` does.
  package func fillBernoulli(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int, probability: Double
  ) {
    func fill<E: Element>(_: E.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      let (zero, one) = (E(int64: 0), E(int64: 1))
      withState { state in
        for index in 0..<count {
          elements[index] = state.engine.uniformDouble() < probability ? one : zero
        }
      }
    }
    dtype.withElement { fill($0) }
  }

  /// Fills `count` elements with ones and zeros, each with its own probability, as
  /// `torch.bernoulli` does. The probabilities are contiguous, of a floating-point dtype.
  package func fillBernoulli(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int,
    probabilities: UnsafeRawPointer, probabilityDType: DType
  ) {
    func fill<E: Element, P: Element>(_: E.Type, _: P.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      let limits = probabilities.assumingMemoryBound(to: P.self)
      let (zero, one) = (E(int64: 0), E(int64: 1))
      let isDouble = P.dtype == .float64
      withState { state in
        for index in 0..<count {
          let number =
            isDouble ? state.engine.uniformDouble() : Double(state.engine.uniformFloat())
          elements[index] = number < limits[index].double ? one : zero
        }
      }
    }
    func open<E: Element>(_ element: E.Type) {
      probabilityDType.withElement { fill(element, $0) }
    }
    dtype.withElement { open($0) }
  }
}
