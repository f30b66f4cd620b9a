import Elements

extension Kernels {
  /// The loop that looks up images at points; float32 and float64 only.
  public static func gridSample(_ dtype: DType) -> GridLoop? {
    switch dtype {
    case .float32: { visit(Float.self, $0, $1, $2, $3, $4, $5, spreads: false) }
    case .float64: { visit(Double.self, $0, $1, $2, $3, $4, $5, spreads: false) }
    default: nil
    }
  }

  /// The loop that spreads numbers at points over images; float32 and float64 only.
  public static func gridSpread(_ dtype: DType) -> GridLoop? {
    switch dtype {
    case .float32: { visit(Float.self, $0, $1, $2, $3, $4, $5, spreads: true) }
    case .float64: { visit(Double.self, $0, $1, $2, $3, $4, $5, spreads: true) }
    default: nil
    }
  }
}

/// The pixels along one dimension that a coordinate is interpolated from, at most four, and their
/// weights; a position below zero is outside of the image and counts as zero.
private struct Taps<T: BinaryFloatingPoint> {
  var positions = SIMD4<Int>(repeating: -1)
  var weights = SIMD4<Double>(repeating: 0)
  var count = 1

  /// - Parameters:
  ///   - coordinate: between -1 and 1, or outside.
  ///   - size: of the dimension.
  ///   - order: how often the weights are differentiated in the coordinate.
  init(_ coordinate: T, _ size: Int, _ order: Int, _ lookup: GridLookup) {
    let extent = T(size)
    let scale = (lookup.alignsCorners ? extent - 1 : extent) / 2
    // Pixels have whole numbers.
    let place =
      lookup.alignsCorners
      ? (coordinate + 1) / 2 * (extent - 1) : ((coordinate + 1) * extent - 1) / 2
    if lookup.interpolation == .cubic {
      interpolate(cubically: place, scale, size, order, lookup)
      return
    }
    let (inside, slope) = Self.padded(place, size, lookup)
    guard abs(inside) < 0x1p30 else {
      // So far away is nothing; what is no number gives none.
      if !inside.isFinite && lookup.interpolation == .linear {
        (positions[0], weights[0]) = (0, .nan)
      }
      return
    }
    if lookup.interpolation == .nearest {
      positions[0] = Self.position(Int(Double(inside.rounded(.toNearestOrEven))), size)
      weights[0] = order == 0 ? 1 : 0
      return
    }
    count = 2
    let floor = inside.rounded(.down)
    let part = Double(inside - floor)
    positions[0] = Self.position(Int(Double(floor)), size)
    positions[1] = Self.position(Int(Double(floor)) + 1, size)
    switch order {
    case 0: (weights[0], weights[1]) = (1 - part, part)
    case 1:
      let factor = Double(scale * slope)
      (weights[0], weights[1]) = (-factor, factor)
    default: break
    }
  }

  /// Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -3/4.
  private mutating func interpolate(
    cubically place: T, _ scale: T, _ size: Int, _ order: Int, _ lookup: GridLookup
  ) {
    guard place.isFinite else {
      (positions[0], weights[0]) = (0, .nan)
      return
    }
    count = 4
    let part = Double(place - place.rounded(.down))
    let floor = min(max(place.rounded(.down), -0x1p30), 0x1p30)
    for k in 0..<4 {
      let pixel = Int(Double(floor)) + k - 1
      if lookup.padding == .zeros {
        positions[k] = Self.position(pixel, size)
      } else {
        positions[k] = Self.position(
          Int(Double(Self.padded(T(pixel), size, lookup).place)), size)
      }
      // Distances are counted to the right of the first two pixels, to the left of the others.
      let distance = k < 2 ? part + Double(1 - k) : Double(k - 1) - part
      let sign = k < 2 || order % 2 == 0 ? 1.0 : -1.0
      weights[k] = sign * Self.cubic(distance, order, isOuter: k == 0 || k == 3)
    }
    for _ in 0..<min(order, 4) { weights *= Double(scale) }
  }

  private static func cubic(_ x: Double, _ order: Int, isOuter: Bool) -> Double {
    let a = -0.75
    let (p, q, r, s) = isOuter ? (a, -5 * a, 8 * a, -4 * a) : (a + 2, -(a + 3), 0, 1)
    switch order {
    case 0: return ((p * x + q) * x + r) * x + s
    case 1: return (3 * p * x + 2 * q) * x + r
    case 2: return 6 * p * x + 2 * q
    case 3: return 6 * p
    default: return 0
    }
  }

  private static func position(_ pixel: Int, _ size: Int) -> Int {
    pixel >= 0 && pixel < size ? pixel : -1
  }

  /// A place brought into the image, and the derivative of that.
  private static func padded(_ place: T, _ size: Int, _ lookup: GridLookup) -> (place: T, slope: T)
  {
    var (place, slope): (T, T) = (place, 1)
    switch lookup.padding {
    case .zeros: return (place, slope)
    case .border: break
    case .reflection:
      // Between the centres of the outermost pixels, or their outer edges.
      let low: T = lookup.alignsCorners ? 0 : -0.5
      let span = lookup.alignsCorners ? T(size - 1) : T(size)
      if span <= 0 { return (0, 0) }
      place -= low
      if place < 0 {
        place = -place
        slope = -1
      }
      let rest = place.truncatingRemainder(dividingBy: span)
      let flips = (place / span).rounded(.down)
      if flips.truncatingRemainder(dividingBy: 2) == 0 {
        place = rest + low
      } else {
        place = span - rest + low
        slope = -slope
      }
    }
    // A nan goes to the first pixel.
    if !(place > 0) { return (0, 0) }
    let last = T(size - 1)
    return place >= last ? (last, 0) : (place, slope)
  }
}

private func visit<T: BinaryFloatingPoint>(
  _: T.Type, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ grid: UnsafeRawPointer,
  _ lookup: GridLookup, _ images: Int, _ channels: Range<Int>, spreads: Bool
) {
  let out = out.assumingMemoryBound(to: T.self)
  let x = x.assumingMemoryBound(to: T.self)
  let grid = grid.assumingMemoryBound(to: T.self)
  let (width, height, depth) = lookup.sizes
  let pixels = width * height * depth
  let (points, axes) = (lookup.points, lookup.axes)
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { places in
    withUnsafeTemporaryAllocation(of: T.self, capacity: 64) { weights in
      for image in 0..<images {
        for point in 0..<points {
          let coordinates = grid + (image * points + point) * axes
          let a = Taps(coordinates[0], width, lookup.orders.0, lookup)
          let b = Taps(coordinates[1], height, lookup.orders.1, lookup)
          var count = 0
          func collect(_ plane: Int, _ factor: Double) {
            for j in 0..<b.count where b.positions[j] >= 0 {
              let row = (plane * height + b.positions[j]) * width
              for i in 0..<a.count where a.positions[i] >= 0 {
                places[count] = row + a.positions[i]
                weights[count] = T(factor * b.weights[j] * a.weights[i])
                count += 1
              }
            }
          }
          if axes == 3 {
            let c = Taps(coordinates[2], depth, lookup.orders.2, lookup)
            for k in 0..<c.count where c.positions[k] >= 0 { collect(c.positions[k], c.weights[k]) }
          } else {
            collect(0, 1)
          }
          for channel in channels {
            let plane = image * lookup.channels + channel
            if spreads {
              let (target, value) = (out + plane * pixels, x[plane * points + point])
              for k in 0..<count { target[places[k]] += weights[k] * value }
            } else {
              let source = x + plane * pixels
              var sum: T = 0
              for k in 0..<count { sum += weights[k] * source[places[k]] }
              out[plane * points + point] = sum
            }
          }
        }
      }
    }
  }
}
