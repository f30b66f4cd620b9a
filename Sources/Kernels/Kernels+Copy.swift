import Elements

extension Kernels {
  /// The loop `out[i][j] = x[i][j]` over strided rows; it depends on the element's size alone.
  public static func copy(_ dtype: DType) -> CopyLoop {
    switch dtype.size {
    case 1: copy(UInt8.self)
    case 2: copy(UInt16.self)
    case 4: copy(UInt32.self)
    case 8: copy(UInt64.self)
    default: copyPairs
    }
  }

  /// Elements of two words.
  private static var copyPairs: CopyLoop {
    { out, outRowStride, outStride, x, xRowStride, xStride, rows, columns in
      let isDense = outStride == MemoryLayout<Pair>.stride && xStride == outStride
      if isDense { return copyDense(Pair.self, out, outRowStride, x, xRowStride, rows, columns) }
      for i in 0..<rows {
        copyStrided(
          Pair.self, out + i * outRowStride, outStride, x + i * xRowStride, xStride, columns)
      }
    }
  }

  private static func copy<T: SIMDScalar & BitwiseCopyable & SendableMetatype>(_: T.Type)
    -> CopyLoop
  {
    { out, outRowStride, outStride, x, xRowStride, xStride, rows, columns in
      let size = MemoryLayout<T>.stride
      guard outStride == size else {
        for i in 0..<rows {
          copyStrided(
            T.self, out + i * outRowStride, outStride, x + i * xRowStride, xStride, columns)
        }
        return
      }
      if xStride == size {
        copyDense(T.self, out, outRowStride, x, xRowStride, rows, columns)
      } else if xStride == 0 {
        for i in 0..<rows {
          let element = (x + i * xRowStride).assumingMemoryBound(to: T.self).pointee
          (out + i * outRowStride).assumingMemoryBound(to: T.self)
            .update(repeating: element, count: columns)
        }
      } else if xRowStride == size {
        transpose(T.self, out, outRowStride, x, xStride, rows, columns)
      } else {
        for i in 0..<rows {
          copyStrided(
            T.self, out + i * outRowStride, outStride, x + i * xRowStride, xStride, columns)
        }
      }
    }
  }
}

/// The bits of an element of sixteen bytes.
typealias Pair = SIMD2<UInt64>

private func copyStrided<T: BitwiseCopyable>(
  _: T.Type, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer,
  _ xStride: Int, _ count: Int
) {
  for j in 0..<count {
    (out + j * outStride).assumingMemoryBound(to: T.self).pointee =
      (x + j * xStride).assumingMemoryBound(to: T.self).pointee
  }
}

private func copyDense<T: BitwiseCopyable>(
  _: T.Type, _ out: UnsafeMutableRawPointer, _ outRowStride: Int, _ x: UnsafeRawPointer,
  _ xRowStride: Int, _ rows: Int, _ columns: Int
) {
  let bytes = columns * MemoryLayout<T>.stride
  if bytes >= 128 {
    for i in 0..<rows {
      (out + i * outRowStride).copyMemory(from: x + i * xRowStride, byteCount: bytes)
    }
    return
  }
  // For a few elements the call would take longer than the copy.
  for i in 0..<rows {
    let target = (out + i * outRowStride).assumingMemoryBound(to: T.self)
    let source = (x + i * xRowStride).assumingMemoryBound(to: T.self)
    for j in 0..<columns { target[j] = source[j] }
  }
}

/// The side of the squares that are transposed in registers.
private var side: Int { @inline(__always) get { 16 } }

/// `out[i][j] = x[j][i]`, where both are dense along their last index.
private func transpose<T: SIMDScalar & BitwiseCopyable>(
  _: T.Type, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer,
  _ xStride: Int, _ rows: Int, _ columns: Int
) {
  let size = MemoryLayout<T>.stride
  let (wholeRows, wholeColumns) = (rows & ~(side - 1), columns & ~(side - 1))
  for i in stride(from: 0, to: wholeRows, by: side) {
    for j in stride(from: 0, to: wholeColumns, by: side) {
      transposeSquare(
        T.self, out + i * outStride + j * size, outStride, x + j * xStride + i * size, xStride)
    }
  }
  for i in 0..<wholeRows {
    copyStrided(
      T.self, out + i * outStride + wholeColumns * size, size,
      x + wholeColumns * xStride + i * size, xStride, columns - wholeColumns)
  }
  for i in wholeRows..<rows {
    copyStrided(T.self, out + i * outStride, size, x + i * size, xStride, columns)
  }
}

/// Transposes 16 by 16 elements. Row 2i and row 2i + 1 become row i, their even elements, and row
/// i + 8, their odd ones; after four such steps rows are columns.
@inline(__always)
private func transposeSquare<T: SIMDScalar & BitwiseCopyable>(
  _: T.Type, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ x: UnsafeRawPointer,
  _ xStride: Int
) {
  var rows = InlineArray<16, SIMD16<T>> {
    (x + $0 &* xStride).loadUnaligned(as: SIMD16<T>.self)
  }
  for _ in 0..<4 {
    var next = rows
    for i in 0..<8 {
      let pair = SIMD32(lowHalf: rows[unchecked: 2 &* i], highHalf: rows[unchecked: 2 &* i &+ 1])
      next[unchecked: i] = pair.evenHalf
      next[unchecked: i &+ 8] = pair.oddHalf
    }
    rows = next
  }
  for i in 0..<side {
    (out + i &* outStride).storeBytes(of: rows[unchecked: i], as: SIMD16<T>.self)
  }
}
