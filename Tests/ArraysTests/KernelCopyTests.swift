import Elements
import KernelChoice
import Testing

@testable import Arrays

/// Copies between arrays of different strides, element by element.
@Suite struct KernelCopyTests {
  static let shapes: [Dims] = [
    [1], [5], [16, 16], [17, 31], [33, 48], [3, 100], [100, 3], [2, 17, 33], [16, 5, 32],
    [4, 3, 2, 18],
  ]

  @Test(arguments: [DType.bool, .float16, .float32, .float64], shapes)
  func everyOrderOfDimensions(_ dtype: DType, _ sizes: Dims) throws {
    let count = sizes.reduce(1, *)
    let source = try NDArray(uninitialized: sizes, dtype)
    for i in 0..<count {
      Scalar.int(Int64(i % 2000)).store(to: source.base + i * dtype.size, as: dtype)
    }
    for order in orders(sizes.count) {
      let view = try source.permuted(order)
      let copy = try view.contiguous()
      for i in 0..<count { #expect(copy.element(at: i) == view.element(at: i), "\(order) \(i)") }
      // And the other way: a dense source into a permuted target.
      let target = try NDArray(uninitialized: sizes, dtype)
      try target.permuted(order).assign(copy)
      for i in 0..<count { #expect(target.element(at: i) == source.element(at: i), "\(order)") }
    }
  }

  private func orders(_ rank: Int) -> [Dims] {
    if rank == 0 { return [[]] }
    return orders(rank - 1).flatMap { rest in
      (0...rest.count).map { place in
        var order = rest
        order.insert(rank - 1, at: place)
        return order
      }
    }
  }

  @Test func repeatedAndSteppedElements() throws {
    let row = try NDArray(uninitialized: [40], .float32)
    for i in 0..<40 { Scalar.double(Double(i)).store(to: row.base + 4 * i, as: .float32) }
    let layouts: [(Dims, Dims, Int)] = [
      ([7, 40], [0, 1], 0), ([40, 7], [1, 0], 0), ([20, 3], [2, 0], 0), ([3, 5], [1, 3], 2),
      ([5, 1, 3], [0, 9, 13], 1), ([2, 2, 2], [0, 0, 0], 39),
    ]
    for (sizes, strides, offset) in layouts {
      let view = row.with(.strided(sizes, strides), offset: offset)
      let copy = try view.contiguous()
      for i in 0..<copy.count { #expect(copy.element(at: i) == view.element(at: i), "\(sizes)") }
    }
    #expect(try row.with(.strided([0, 3], [1, 1])).contiguous().count == 0)
  }
}
