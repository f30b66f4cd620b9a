import Elements
import Testing

@testable import Arrays

/// One way to slide a window over a plane.
private struct Slide: CustomStringConvertible {
  var sizes: Dims
  var window: Dims
  var stride: Dims = [1, 1]
  var padding: Dims = [0, 0]
  var dilation: Dims = [1, 1]

  var description: String { "\(sizes) \(window) \(stride) \(padding) \(dilation)" }

  func places(_ d: Int) -> Int {
    (sizes[d] + 2 * padding[d] - (window[d] - 1) * dilation[d] - 1) / stride[d] + 1
  }

  /// Calls `body` with each element of the window at a place, by its number there and in the plane.
  func forEachElement(_ i: Int, _ j: Int, _ body: (_ window: Int, _ plane: Int) -> Void) {
    for a in 0..<window[0] {
      for b in 0..<window[1] {
        let y = i * stride[0] - padding[0] + a * dilation[0]
        let x = j * stride[1] - padding[1] + b * dilation[1]
        if 0..<sizes[0] ~= y && 0..<sizes[1] ~= x { body(a * window[1] + b, y * sizes[1] + x) }
      }
    }
  }
}

@Suite("Kernels that slide windows over planes")
struct KernelPlaneTests {
  /// Widths around those of vectors and of two of them, windows of three and others.
  private static let slides: [Slide] =
    [1, 3, 4, 7, 8, 15, 16, 17, 28, 31, 33, 49].flatMap { width in
      [
        Slide(sizes: [5, width], window: [3, 3], padding: [1, 1]),
        Slide(sizes: [6, width], window: [2, 1]),
        Slide(sizes: [3, width], window: [5, 7], padding: [2, 6]),
        Slide(sizes: [9, width], window: [3, 3], padding: [2, 4], dilation: [2, 3]),
        Slide(sizes: [1, width], window: [1, 3], padding: [0, 2]),
        Slide(sizes: [400, width], window: [3, 3], padding: [1, 1]),
      ]
    }

  @Test("Planes with a window each, forward and back", arguments: [DType.float32, .float64])
  func convolution(_ dtype: DType) throws {
    let (images, channels) = (2, 3)
    for slide in Self.slides {
      let (height, width) = (slide.places(0), slide.places(1))
      if width < 1 || height < 1 { continue }
      let (count, taps) = (slide.sizes[0] * slide.sizes[1], slide.window[0] * slide.window[1])
      let x = smallNumbers(Double.self, images * channels * count, -3...3)
      let w = smallNumbers(Double.self, channels * taps, -5...5)
      let g = smallNumbers(Double.self, images * channels * height * width, -2...2)
      var expected = [Double](repeating: 0, count: g.count)
      var gradient = [Double](repeating: 0, count: x.count)
      for plane in 0..<images * channels {
        for i in 0..<height {
          for j in 0..<width {
            let place = (plane * height + i) * width + j
            let window = plane % channels * taps
            expected[place] = Double(plane % channels)
            slide.forEachElement(i, j) { k, element in
              expected[place] += w[window + k] * x[plane * count + element]
              gradient[plane * count + element] += w[window + k] * g[place]
            }
          }
        }
      }
      let geometry = ConvolutionGeometry(
        stride: slide.stride, padding: slide.padding, dilation: slide.dilation, groups: channels)
      let weight = try array(w, [channels, 1, slide.window[0], slide.window[1]], dtype)
      let result = try array(x, [images, channels, slide.sizes[0], slide.sizes[1]], dtype)
        .convolved(
          with: weight, bias: array([0, 1, 2], [3], dtype), geometry, places: [height, width])
      #expect(result.numbers == expected, "\(slide)")
      let spread = try array(g, [images, channels, height, width], dtype)
        .spread(by: weight, geometry, places: slide.sizes)
      #expect(spread.numbers == gradient, "\(slide), gradient")
    }
  }

  private static let pools: [Slide] = [1, 2, 5, 14, 31, 32, 33, 70].flatMap { width in
    [
      Slide(sizes: [4, width], window: [2, 2], stride: [2, 2]),
      Slide(sizes: [5, width], window: [3, 3], stride: [2, 2], padding: [1, 1]),
      Slide(sizes: [5, width], window: [3, 2], stride: [1, 1], padding: [1, 1]),
      Slide(
        sizes: [7, width], window: [2, 3], stride: [3, 3], padding: [1, 1], dilation: [2, 1]),
      Slide(sizes: [3, width], window: [1, 2], stride: [1, 70], padding: [0, 1]),
    ]
  }

  @Test(
    "The largest under windows, and where it is",
    arguments: [DType.float32, .float64, .float16, .bfloat16, .int8, .int64])
  func maxPool(_ dtype: DType) throws {
    let planes = 3
    for slide in Self.pools {
      let (height, width) = (slide.places(0), slide.places(1))
      if width < 1 || height < 1 { continue }
      let count = slide.sizes[0] * slide.sizes[1]
      var x = smallNumbers(Double.self, planes * count, -3...3)
      if dtype.isFloatingPoint {
        for i in stride(from: 0, to: x.count, by: 5) { x[i] = -.infinity }
        for i in stride(from: 3, to: x.count, by: 37) { x[i] = .nan }
      }
      var (values, places): ([Double], [Double]) = ([], [])
      for plane in 0..<planes {
        for i in 0..<height {
          for j in 0..<width {
            var best: (value: Double, place: Int)?
            slide.forEachElement(i, j) { _, element in
              let value = x[plane * count + element]
              if best.map({ value > $0.value || value.isNaN }) ?? true { best = (value, element) }
            }
            values.append(try #require(best).value)
            places.append(Double(try #require(best).place))
          }
        }
      }
      let geometry = PoolGeometry(
        try (0..<2).map {
          try PoolSide(
            size: slide.sizes[$0], count: slide.places($0), length: slide.window[$0],
            stride: slide.stride[$0], padding: slide.padding[$0], dilation: slide.dilation[$0])
        })
      let results = try array(x, [planes, slide.sizes[0], slide.sizes[1]], dtype)
        .maxPool(geometry, kernel: "")
      #expect(
        zip(results[0].numbers, values).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN },
        "\(slide)")
      #expect(results[1].numbers == places, "\(slide)")
    }
  }
}
