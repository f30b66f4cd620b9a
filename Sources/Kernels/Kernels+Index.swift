import Elements

extension Kernels {
  /// The loop `out[i][j] = x[index[i]][j]`; it depends on the element's size alone.
  public static func gather(_ dtype: DType) -> IndexLoop {
    switch dtype.size {
    case 1: gather(UInt8.self)
    case 2: gather(UInt16.self)
    case 4: gather(UInt32.self)
    case 8: gather(UInt64.self)
    default: gather(Pair.self)
    }
  }

  /// The loop `out[index[i]][j] = x[i][j]`; of equal indices, the last one wins.
  public static func scatter(_ dtype: DType) -> IndexLoop {
    switch dtype.size {
    case 1: scatter(Replacing<UInt8>.self)
    case 2: scatter(Replacing<UInt16>.self)
    case 4: scatter(Replacing<UInt32>.self)
    case 8: scatter(Replacing<UInt64>.self)
    default: scatter(Replacing<Pair>.self)
    }
  }

  /// The loop `out[index[i]][j] += x[i][j]`; on bool, addition is or.
  public static func scatterAdd(_ dtype: DType) -> IndexLoop {
    switch dtype {
    case .bool: scatter(Question2<LogicalOr, UInt8>.self)
    case .uint8, .int8: scatter(Mapping2<Add, Int8>.self)
    case .int16: scatter(Mapping2<Add, Int16>.self)
    case .int32: scatter(Mapping2<Add, Int32>.self)
    case .int64: scatter(Mapping2<Add, Int64>.self)
    case .float16: scatter(Mapping2<Add, Float16>.self)
    case .bfloat16: scatter(Mapping2<Add, BFloat16>.self)
    case .float32: scatter(Mapping2<Add, Float>.self)
    case .float64: scatter(Mapping2<Add, Double>.self)
    case .complex64, .complex128: elsewhere()
    }
  }

  /// The loop `out[index[i]][j] = fold(out[index[i]][j], x[i][j])`.
  public static func scatterFold(_ fold: IndexedFold, _ dtype: DType) -> IndexLoop? {
    switch fold {
    case .multiply:
      dtype == .bool ? scatter(Question2<LogicalAnd, UInt8>.self) : folding(Multiply.self, dtype)
    case .maximum:
      dtype == .bool ? scatter(Question2<LogicalOr, UInt8>.self) : folding(Maximum.self, dtype)
    case .minimum:
      dtype == .bool ? scatter(Question2<LogicalAnd, UInt8>.self) : folding(Minimum.self, dtype)
    }
  }

  private static func folding<F: BinaryFunction>(_: F.Type, _ dtype: DType) -> IndexLoop? {
    switch dtype {
    case .uint8: scatter(Mapping2<F, UInt8>.self)
    case .int8: scatter(Mapping2<F, Int8>.self)
    case .int16: scatter(Mapping2<F, Int16>.self)
    case .int32: scatter(Mapping2<F, Int32>.self)
    case .int64: scatter(Mapping2<F, Int64>.self)
    case .float16: scatter(Mapping2<F, Float16>.self)
    case .bfloat16: scatter(Mapping2<F, BFloat16>.self)
    case .float32: scatter(Mapping2<F, Float>.self)
    case .float64: scatter(Mapping2<F, Double>.self)
    default: nil
    }
  }

  private static func gather<T: BitwiseCopyable>(_: T.Type) -> IndexLoop {
    { out, outStride, outInnerStride, x, xStride, xInnerStride, index, indexStride, count, width in
      if width == 1 {
        for i in 0..<count {
          let position = Int((index + i &* indexStride).load(as: Int64.self))
          (out + i &* outStride).assumingMemoryBound(to: T.self).pointee =
            (x + position &* xStride).assumingMemoryBound(to: T.self).pointee
        }
        return
      }
      let size = MemoryLayout<T>.stride
      let isDense = outInnerStride == size && xInnerStride == size
      for i in 0..<count {
        let row = x + Int((index + i &* indexStride).load(as: Int64.self)) &* xStride
        let target = out + i &* outStride
        if isDense {
          target.copyMemory(from: row, byteCount: width * size)
        } else {
          for j in 0..<width {
            (target + j &* outInnerStride).assumingMemoryBound(to: T.self).pointee =
              (row + j &* xInnerStride).assumingMemoryBound(to: T.self).pointee
          }
        }
      }
    }
  }

  private static func scatter<K: BinaryKernel>(_: K.Type) -> IndexLoop where K.Input == K.Output {
    { out, outStride, outInnerStride, x, xStride, xInnerStride, index, indexStride, count, width in
      if width == 1 {
        for i in 0..<count {
          let position = Int((index + i &* indexStride).load(as: Int64.self))
          let sum = (out + position &* outStride).assumingMemoryBound(to: K.Input.self)
          let term = (x + i &* xStride).assumingMemoryBound(to: K.Input.self)
          sum.pointee = K.apply(sum.pointee, term.pointee)
        }
        return
      }
      let size = MemoryLayout<K.Input>.stride
      let isDense = outInnerStride == size && xInnerStride == size
      for i in 0..<count {
        let row = x + i &* xStride
        let target = out + Int((index + i &* indexStride).load(as: Int64.self)) &* outStride
        if isDense {
          let sums = target.assumingMemoryBound(to: K.Input.self)
          let terms = row.assumingMemoryBound(to: K.Input.self)
          for j in 0..<width { sums[j] = K.apply(sums[j], terms[j]) }
        } else {
          for j in 0..<width {
            let sum = (target + j &* outInnerStride).assumingMemoryBound(to: K.Input.self)
            let term = (row + j &* xInnerStride).assumingMemoryBound(to: K.Input.self)
            sum.pointee = K.apply(sum.pointee, term.pointee)
          }
        }
      }
    }
  }
}

private enum Replacing<T: BitwiseCopyable>: BinaryKernel {
  @inline(__always) static func apply(_ old: T, _ new: T) -> T { new }
}
