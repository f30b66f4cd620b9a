import Elements

/// How images are brought to other sizes: along each of their last dimensions, every pixel of the
/// result is a weighted mean of pixels of the image.
package struct Resampling: Sendable {
  /// Which pixels, with which weights.
  package enum Mode: Sendable {
    /// The one that the upper left corner falls into.
    case nearest
    /// The one that the centre falls into.
    case nearestExact
    /// The two next to the centre, linearly.
    case linear
    /// The four next to it, by cubic convolution with a = -3/4.
    case cubic
    /// A triangle, a cubic with a = -1/2, or a sinc in a window of three lobes, each as wide as
    /// smaller sizes ask for.
    case smoothLinear, smoothCubic, smoothLanczos
  }

  package let mode: Mode
  /// The sizes of the image and of the result in the dimensions that change.
  package let inputSizes: Dims
  package let outputSizes: Dims
  /// The factors between them, as the caller has them; nil where they follow from the sizes.
  package let scales: [Double?]
  /// Whether the centres of the outermost pixels stay where they are, or their outer edges.
  package let alignsCorners: Bool

  package init(
    _ mode: Mode, from inputSizes: Dims, to outputSizes: Dims, scales: [Double?],
    alignsCorners: Bool = false
  ) {
    self.mode = mode
    self.inputSizes = inputSizes
    self.outputSizes = outputSizes
    self.scales = scales
    self.alignsCorners = alignsCorners
  }

  /// The weights along a dimension. Places are computed in `T`, where PyTorch rounds too.
  func rows<T: BinaryFloatingPoint>(_ axis: Int, in _: T.Type) -> WeightRows {
    let (input, output) = (inputSizes[axis], outputSizes[axis])
    let ratio: T =
      if alignsCorners {
        output > 1 ? T(input - 1) / T(output - 1) : 0
      } else if let scale = scales[axis], scale > 0 {
        // A distance that is no number would be no pixel; this one is beyond any image.
        T(Swift.min(1 / scale, 1e15))
      } else {
        T(input) / T(output)
      }
    var rows = WeightRows(columnCount: input)
    for i in 0..<output {
      switch mode {
      case .nearest:
        rows.append([(Self.whole(Double(Float(ratio * T(i))), below: input), 1)])
      case .nearestExact:
        let place = max(ratio * (T(i) + 0.5) - 0.5, 0) + 0.5
        rows.append([(Self.whole(Double(Float(place)), below: input), 1)])
      case .linear: rows.append(linear(i, ratio, input, output))
      case .cubic: rows.append(cubic(i, ratio, input))
      case .smoothLinear: rows.append(smooth(i, ratio, input, reach: 1, Self.triangle))
      case .smoothCubic: rows.append(smooth(i, ratio, input, reach: 2, Self.keys))
      case .smoothLanczos: rows.append(smooth(i, ratio, input, reach: 3, Self.lanczos))
      }
    }
    return rows
  }

  /// The whole number in a place, at most the last one of a dimension.
  private static func whole(_ place: Double, below size: Int) -> Int {
    place < Double(size) ? max(Int(place.rounded(.down)), 0) : size - 1
  }

  private func place<T: BinaryFloatingPoint>(_ i: Int, _ ratio: T) -> T {
    alignsCorners ? ratio * T(i) : ratio * (T(i) + 0.5) - 0.5
  }

  private func linear<T: BinaryFloatingPoint>(
    _ i: Int, _ ratio: T, _ input: Int, _ output: Int
  ) -> [(Int, Double)] {
    if input == output { return [(i, 1)] }
    let place = max(place(i, ratio), 0)
    let first = Self.whole(Double(place), below: input)
    let part = Double(min(max(place - T(first), 0), 1))
    return first + 1 < input ? [(first, 1 - part), (first + 1, part)] : [(first, 1)]
  }

  private func cubic<T: BinaryFloatingPoint>(
    _ i: Int, _ ratio: T, _ input: Int
  ) -> [(Int, Double)] {
    let place = place(i, ratio)
    let floor = min(Double(place.rounded(.down)), Double(input - 1))
    let part = min(max(Double(place) - floor, 0), 1)
    return (0..<4).map { k in
      // Distances are counted to the right of the first two pixels, to the left of the others.
      let distance = k < 2 ? part + Double(1 - k) : Double(k - 1) - part
      let pixel = min(max(Int(max(floor, -2)) + k - 1, 0), input - 1)
      return (pixel, Self.cubic(distance, -0.75))
    }
  }

  private func smooth<T: BinaryFloatingPoint>(
    _ i: Int, _ ratio: T, _ input: Int, reach: T, _ filter: (Double) -> Double
  ) -> [(Int, Double)] {
    let support = ratio >= 1 ? reach * ratio : reach
    let narrowing: T = ratio >= 1 ? 1 / ratio : 1
    let center = ratio * (T(i) + 0.5)
    let limit = T(input)
    let start = Int(min(max(center - support + 0.5, 0), limit))
    let end = max(Int(min(max(center + support + 0.5, 0), limit)), start)
    var weights = (start..<end).map { filter(Double((T($0) - center + 0.5) * narrowing)) }
    let total = weights.reduce(0, +)
    if total != 0 { for k in weights.indices { weights[k] /= total } }
    return weights.enumerated().map { (start + $0, $1) }
  }

  /// Keys, "Cubic convolution interpolation for digital image processing", 1981.
  private static func cubic(_ distance: Double, _ a: Double) -> Double {
    let x = abs(distance)
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }

  private static func keys(_ x: Double) -> Double { cubic(x, -0.5) }

  private static func triangle(_ x: Double) -> Double { max(1 - abs(x), 0) }

  private static func lanczos(_ x: Double) -> Double {
    if abs(x) >= 3 { return 0 }
    func sinc(_ x: Double) -> Double { x == 0 ? 1 : sine(.pi * x) / (.pi * x) }
    return sinc(x) * sinc(x / 3)
  }
}

/// The elements of a matrix that are not zero, row by row.
struct WeightRows {
  let columnCount: Int
  var starts = [0]
  var columns: [Int] = []
  var values: [Double] = []

  init(columnCount: Int) { self.columnCount = columnCount }

  mutating func append(_ row: [(column: Int, value: Double)]) {
    for (column, value) in row {
      columns.append(column)
      values.append(value)
    }
    starts.append(columns.count)
  }

  var count: Int { starts.count - 1 }

  /// The transposed matrix; elements of a row are in the order of the rows that they were in.
  var transposed: WeightRows {
    var result = WeightRows(columnCount: count)
    result.starts = [Int](repeating: 0, count: columnCount + 1)
    for column in columns { result.starts[column + 1] += 1 }
    for i in 0..<columnCount { result.starts[i + 1] += result.starts[i] }
    var next = result.starts
    result.columns = columns
    result.values = values
    for row in 0..<count {
      for k in starts[row]..<starts[row + 1] {
        let place = next[columns[k]]
        next[columns[k]] += 1
        result.columns[place] = row
        result.values[place] = values[k]
      }
    }
    return result
  }
}
