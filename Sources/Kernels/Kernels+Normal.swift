import Elements

extension Kernels {
  /// The loop that makes pairs of uniform numbers pairs of normal ones, with PyTorch's roundings.
  public static var normal: NormalLoop {
    { sines, cosines, distances, turns, count, mean, deviation in
      #if APUS_FMA || arch(arm64)
        var exact = ExactMultiplyAdd()
        transform(sines, cosines, distances, turns, count, &exact)
      #else
        var fast = FastMultiplyAdd()
        transform(sines, cosines, distances, turns, count, &fast)
        if fast.doubts != 0 {
          var exact = ExactMultiplyAdd()
          transform(sines, cosines, distances, turns, count, &exact)
        }
      #endif
      place(sines, count, mean, deviation)
      place(cosines, count, mean, deviation)
    }
  }

  /// By the method of Box and Muller.
  @inline(__always)
  private static func transform<F: MultiplyAdd>(
    _ sines: UnsafeMutablePointer<Float>, _ cosines: UnsafeMutablePointer<Float>,
    _ distances: UnsafePointer<Float>, _ turns: UnsafePointer<Float>, _ count: Int,
    _ fused: inout F
  ) {
    for i in 0..<count {
      let radius = Float.root(-2 * RandomMath.log(1 - distances[i], &fused))
      let (sine, cosine) = RandomMath.sinCos(Float(2 * Double.pi) * turns[i], &fused)
      (sines[i], cosines[i]) = (sine * radius, cosine * radius)
    }
  }

  /// Moves standard normal numbers, in place.
  @inline(__always)
  private static func place(
    _ numbers: UnsafeMutablePointer<Float>, _ count: Int, _ mean: Float, _ deviation: Float
  ) {
    if mean == 0, deviation == 1 {
      // What the multiply-add would give: -0 becomes 0.
      for i in 0..<count { numbers[i] += 0 }
    } else {
      for i in 0..<count { numbers[i] = mean.addingProduct(numbers[i], deviation) }
    }
  }
}
