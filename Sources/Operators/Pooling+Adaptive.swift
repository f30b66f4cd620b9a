import Arrays
import Autograd
import Elements

// Poolings to a given size, with windows as equal as can be.

extension Ops {
  package static let adaptiveMaxPool1d = Operator<Dims>(
    "adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor values, Tensor indices)",
    """
    The largest element under each of output_size windows along the last dimension, and its place.

    self is (n, channels, width), or without n; see `adaptive_max_pool2d`.
    """,
    forward: .composedSeveral { x, outputSize in
      let name = "adaptive_max_pool1d"
      try x.checkRows(name)
      let count = try outputSize.single(name, "output_size")
      try x.checkFilled("adaptive_max_pool1d()", from: 1)
      return try adaptiveMaxPool2d.several(x.unsqueeze(dim: -2), [1, count])
        .map { try $0.squeeze(dim: -2) }
    },
    derivative: .composed, samples: adaptiveSamples(1))

  package static let adaptiveMaxPool2d = adaptiveMaxPool(2)
  package static let adaptiveMaxPool3d = adaptiveMaxPool(3)

  private static func adaptiveMaxPool(_ rank: Int) -> Operator<Dims> {
    Operator(
      """
      adaptive_max_pool\(rank)d(Tensor self, int[\(rank)] output_size) -> \
      (Tensor values, Tensor indices)
      """,
      """
      The largest element under each of output_size windows over the last \(rank) dimensions, and its \
      place among all elements of its channel, int64.

      self is (n, channels, …), or without n. Window i of m on s elements goes from floor(i s / m) to \
      ceil((i + 1) s / m).
      Errors: other ranks, empty dimensions, a negative size, integers and bool.
      Derivative: g goes to the element that was the largest, of equal ones to the first.
      """,
      forward: .composedSeveral { x, outputSize in
        let name = "adaptive_max_pool\(rank)d"
        guard x.rank == rank + 1 || x.rank == rank + 2 else {
          throw TensorError.runtime(
            "\(name)(): Expected \(rank + 1)D or \(rank + 2)D tensor, but got: \(x.shape)")
        }
        try x.checkFilled("\(name)()", from: 1)
        if outputSize.count != rank {
          throw TensorError.runtime(
            "\(name)(): internal error: output_size.size() must be \(rank)")
        }
        let kernel = rank == 3 ? "adaptive_max_pool3d_cpu" : name
        if let negative = outputSize.first(where: { $0 < 0 }) {
          throw TensorError.negativeSize(
            negative, sizes: Dims(x.shape.dropLast(rank) + outputSize))
        }
        if !x.dtype.isFloatingPoint {
          throw TensorError.notImplemented(kernel: kernel, x.dtype)
        }
        return try maxPlanes.several(
          x,
          Pooling(
            sides: Array(repeating: .adaptive, count: rank), places: outputSize,
            node: "AdaptiveMaxPool\(rank)D", kernel: kernel))
      },
      derivative: .composed, samples: adaptiveSamples(rank))
  }

  package static let adaptiveAvgPool1d = Operator<Dims>(
    "adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
    """
    The mean of the elements under each of output_size windows along the last dimension.

    self is (n, channels, width), or without n; see `adaptive_avg_pool2d`.
    """,
    forward: .composed { x, outputSize in
      let name = "adaptive_avg_pool1d"
      try x.checkRows(name)
      let count = try outputSize.single(name, "output_size")
      return try adaptiveAvgPool2d(x.unsqueeze(dim: -2), [1, count]).squeeze(dim: -2)
    },
    derivative: .composed, samples: adaptiveSamples(1))

  package static let adaptiveAvgPool2d = adaptiveAvgPool(2)
  package static let adaptiveAvgPool3d = adaptiveAvgPool(3)

  private static func adaptiveAvgPool(_ rank: Int) -> Operator<Dims> {
    Operator(
      "adaptive_avg_pool\(rank)d(Tensor self, int[\(rank)] output_size) -> Tensor",
      """
      The mean of the elements under each of output_size windows over the last \(rank) dimensions.

      self is (n, channels, …), or without n. Window i of m on s elements goes from floor(i s / m) to \
      ceil((i + 1) s / m). One window alone gives the mean.
      Errors: other ranks, empty dimensions, a negative size, integers and bool.
      Derivative: g divided among the elements.
      """,
      forward: .composed { x, outputSize in
        let name = "adaptive_avg_pool\(rank)d"
        if outputSize.count != rank {
          throw TensorError.runtime("\(name): output_size must be \(rank)")
        }
        if outputSize.contains(where: { $0 < 0 }) {
          let list =
            rank == 2
            ? "\(outputSize[0]), \(outputSize[1])"
            : "\(outputSize[0]), \(outputSize[1]),\(outputSize[2])"
          throw TensorError.runtime(
            "\(name): elements of output_size must be greater than or equal to 0 but received "
              + "{\(list)}")
        }
        if outputSize.allSatisfy({ $0 == 1 }) {
          return try x.mean(dim: Dims(-rank..<0), keepdim: true)
        }
        guard x.rank == rank + 1 || x.rank == rank + 2 else {
          throw TensorError.runtime(
            "\(name)(): Expected \(rank + 1)D or \(rank + 2)D tensor, but got \(x.shape)")
        }
        try x.checkFilled("\(name)()", from: rank == 2 ? x.rank - 2 : 1)
        let kernel = rank == 3 ? "adaptive_avg_pool3d_cpu" : name
        if !x.dtype.isFloatingPoint {
          if rank == 2 && (x.count == 0 || outputSize.contains(0)) {
            return try .zeros(Dims(x.shape.dropLast(rank) + outputSize), dtype: x.dtype)
          }
          throw TensorError.notImplemented(kernel: kernel, x.dtype)
        }
        return try meanPlanes(
          x,
          Pooling(
            sides: Array(repeating: .adaptive, count: rank), places: outputSize,
            countsPadding: false, node: "AdaptiveAvgPool\(rank)D", kernel: kernel))
      },
      derivative: .composed, samples: adaptiveSamples(rank))
  }

  private static func adaptiveSamples(_ rank: Int) -> [Sample<Dims>] {
    func filled(_ first: [Int], _ size: Int) -> Dims {
      Dims(first + Array(repeating: size, count: rank))
    }
    return [
      Sample(SampleInput(filled([2, 2], 4)), attributes: filled([], 3)),
      Sample(SampleInput(filled([2], 3), transposed: true), attributes: filled([], 1)),
      Sample(SampleInput(filled([1, 1], 2)), attributes: filled([], 4)),
    ]
  }
}
