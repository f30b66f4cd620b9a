import Arrays
import Autograd
import Elements

// More elements, or fewer, at both ends of dimensions, of which the last one is named first.

extension Ops {
  package static let paddings: [any AnyOperator] = [
    constantPadNd, reflectionPad1d, reflectionPad2d, reflectionPad3d, replicationPad1d,
    replicationPad2d, replicationPad3d, padCircular,
  ]

  package static let constantPadNd: Operator<(pad: Dims, value: Scalar)> = Operator(
    "constant_pad_nd(Tensor self, int[] pad, Scalar value=0) -> Tensor",
    """
    A copy with so many elements of one value more at both ends of the last dimensions, in pairs,
    the last dimension first; with fewer elements where the number is negative.

    Errors: an odd number of numbers, more pairs than dimensions, a size that would be negative.
    Derivative: the part of g that comes from self.
    """,
    forward: .one { x, a, _ in try x.padded(a.pad, a.value) },
    derivative: .of(.linear { g, _, a in try constantPadNd(g, (Dims(a.pad.map { 0 &- $0 }), 0)) }),
    tangent: .formula { c, a in [try c.tangent(0).map { try constantPadNd($0, (a.pad, 0)) }] },
    batching: .rule { batch, a in
      if a.pad.count > 2 * batch.rank(0) { return try batch.refusing() }
      return [try constantPadNd(batch.input(0), a)]
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: ([1, 2], 1.5)),
      Sample(SampleInput([3, 2], transposed: true), attributes: ([1, -1, 0, 2], 0)),
      Sample(SampleInput([2, 2, 2]), attributes: ([0, 1, -1, 0, 1, 1], -1)),
      Sample(SampleInput([0]), attributes: ([1, 1], 0)),
    ])

  package static let reflectionPad1d = bordering(.reflection, 1)
  package static let reflectionPad2d = bordering(.reflection, 2)
  package static let reflectionPad3d = bordering(.reflection, 3)
  package static let replicationPad1d = bordering(.replication, 1)
  package static let replicationPad2d = bordering(.replication, 2)
  package static let replicationPad3d = bordering(.replication, 3)

  private static func bordering(_ border: Border, _ dims: Int) -> Operator<Dims> {
    let name = "\(border.rawValue)_pad\(dims)d"
    let what = border == .reflection ? "mirrored at them" : "the ones at them repeated"
    let range = dims == 1 ? "dimension" : "\(dims) dimensions"
    let title = border == .reflection ? "Reflection" : "Replication"
    return Operator(
      "\(name)(Tensor self, int[\(2 * dims)] padding) -> Tensor",
      """
      A copy with so many elements more at both ends of the last \(range), \
      in pairs, the last dimension first: those inside, \(what). Negative numbers take elements
      away.

      self has one dimension more for channels, and may have one for examples.
      Errors: another number of dimensions, an empty dimension, more elements than there are to
      mirror. Derivative: what arrives at each copy of an element, added up.
      """,
      gradName: "\(title)Pad\(dims)DBackward0",
      forward: .one { x, padding, _ in try x.bordered(border, padding, dims) },
      derivative: .of(
        .linear { g, c, padding in
          let sizes = c.sizes()
          var sum = g
          for i in 0..<dims where padding[2 * i] != 0 || padding[2 * i + 1] != 0 {
            let dim = sizes.count - 1 - i
            let origins = Tensor(
              try NDArray.origins(border, padding[2 * i], padding[2 * i + 1], sizes[dim]))
            var whole = sum.shape
            whole[dim] = sizes[dim]
            sum = try Tensor.zeros(whole, dtype: g.dtype).indexAdd(dim: dim, origins, sum)
          }
          return sum
        }),
      tangent: .linear,
      batching: .rule { batch, padding in
        let rank = batch.rank(0)
        if rank == dims + 1 { return [try bordered(border, dims)(batch.input(0), padding)] }
        if rank != dims + 2 { return try batch.refusing() }
        let x = batch.input(0)
        let merged = try x.flatten(startDim: 0, endDim: 1)
        let result = try bordered(border, dims)(merged, padding)
        return [
          try result.reshape(Dims([batch.size, x.shape[1]] + result.shape.dropFirst()))
        ]
      },
      samples: [
        Sample(
          SampleInput(Dims([2] + Array(repeating: 3, count: dims))),
          attributes: Dims([1, 2] + Array(repeating: 1, count: 2 * dims - 2))),
        Sample(
          SampleInput(Dims([2, 2] + Array(repeating: 3, count: dims)), transposed: true),
          attributes: Dims([-1, 1] + Array(repeating: 1, count: 2 * dims - 2))),
      ])
  }

  private static func bordered(_ border: Border, _ dims: Int) -> Operator<Dims> {
    switch (border, dims) {
    case (.reflection, 1): reflectionPad1d
    case (.reflection, 2): reflectionPad2d
    case (.reflection, _): reflectionPad3d
    case (.replication, 1): replicationPad1d
    case (.replication, 2): replicationPad2d
    case (.replication, _): replicationPad3d
    }
  }

  package static let padCircular: Operator<Dims> = Operator(
    "pad_circular(Tensor self, int[] pad) -> Tensor",
    """
    A copy with so many elements more at both ends of all but the first two dimensions, in pairs,
    the last dimension first: those of the other end. Negative numbers take elements away.

    Errors: another number of numbers, more elements than there are.
    Derivative: what arrives at each copy of an element, added up.
    """,
    gradName: "CopySlices",
    forward: .composed { x, pad in
      let dims = pad.count / 2
      guard pad.count % 2 == 0, dims + 2 == x.rank || dims + 1 == x.rank else {
        throw TensorError.runtime(
          "Invalid padding size, expected \(2 * (x.rank - 2)) but got \(pad.count)")
      }
      for i in 0..<dims {
        let size = x.shape[x.rank - 1 - i]
        if pad[2 * i] > size || pad[2 * i + 1] > size {
          throw TensorError.runtime("Padding value causes wrapping around more than once.")
        }
        let (left, right) = (Swift.max(pad[2 * i], -size - 1), Swift.max(pad[2 * i + 1], -size - 1))
        if size + left + right < 0 {
          throw TensorError.runtime("Negative padding value is resulting in an empty dimension")
        }
      }
      let out = try constantPadNd(x, (pad, 0))
      for i in 0..<dims {
        let dim = x.rank - 1 - i
        let (left, right) = (Swift.max(pad[2 * i], 0), Swift.max(pad[2 * i + 1], 0))
        let size = out.shape[dim]
        if left > 0 {
          let end = size - right
          try out.slice(dim: dim, start: 0, end: left)
            .copy_(out.slice(dim: dim, start: Swift.max(end - left, 0), end: end))
        }
        if right > 0 {
          try out.slice(dim: dim, start: size - right)
            .copy_(out.slice(dim: dim, start: left, end: left + right))
        }
      }
      return out
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([1, 2, 3]), attributes: [1, 2]),
      Sample(SampleInput([1, 2, 3, 4], transposed: true), attributes: [1, 1, 2, 0]),
    ])
}
