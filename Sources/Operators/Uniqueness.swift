import Arrays
import Autograd
import Elements

// Values without their repetitions.

extension Ops {
  package static let uniqueness: [any AnyOperator] = [
    unique, uniqueDim, uniqueConsecutive,
  ]

  package static let unique = Operator<
    (sorted: Bool, returnInverse: Bool, returnCounts: Bool)
  >(
    """
    unique(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) \
    -> (Tensor output, Tensor inverse_indices, Tensor counts)
    """,
    """
    The different elements in ascending order, where in them each element is, and how often each
    occurs.

    They are sorted, whether asked for or not. Every nan is different, both zeros are equal. The
    places, of self's sizes, and the counts are int64; what is not asked for is empty.
    Not differentiable: a backward pass is refused.
    """,
    gradName: "Unique2Backward0",
    forward: .several { x, a in
      try x.distinct(inverse: a.returnInverse, counts: a.returnCounts)
    },
    derivative: .refused, batching: .dynamic,
    samples: [
      Sample(SampleInput([2, 3], .integers([3, 1, 3, 2])), attributes: (true, true, true)),
      Sample(SampleInput([2, 3], .integers([3, 1, 3, 2])), attributes: (true, false, false)),
    ])

  package static let uniqueDim = Operator<
    (dim: Int, sorted: Bool, returnInverse: Bool, returnCounts: Bool)
  >(
    """
    unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, \
    bool return_counts=False) -> (Tensor output, Tensor inverse_indices, Tensor counts)
    """,
    """
    The different slices along the dimension dim in lexicographic order, where in them each slice is,
    and how often each occurs.

    Every nan is different. The places and counts are int64; what is not asked for is empty.
    Errors: a dimension out of range; sizes of zero in other dimensions. Not differentiable: a
    backward pass is refused.
    """,
    gradName: "UniqueDimBackward0",
    forward: .several { x, a in
      try x.distinctSlices(
        dim: a.dim, isConsecutive: false, inverse: a.returnInverse, counts: a.returnCounts)
    },
    derivative: .refused, batching: .dynamic,
    samples: [
      Sample(
        SampleInput([3, 2], .integers([3, 1, 3, 2, 3, 1])), attributes: (0, true, true, true))
    ])

  package static let uniqueConsecutive = Operator<
    (returnInverse: Bool, returnCounts: Bool, dim: Int?)
  >(
    """
    unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, \
    int? dim=None) -> (Tensor output, Tensor inverse_indices, Tensor counts)
    """,
    """
    Elements, or slices along the dimension dim, without those that equal the one before; where each
    is, and how many there are of each.

    Every nan is different. The places and counts are int64; what is not asked for is empty.
    Errors: a dimension out of range; sizes of zero in other dimensions. Not differentiable: a
    backward pass is refused.
    """,
    forward: .several { x, a in
      if let dim = a.dim {
        return try x.distinctSlices(
          dim: dim, isConsecutive: true, inverse: a.returnInverse, counts: a.returnCounts)
      }
      return try x.distinctRuns(inverse: a.returnInverse, counts: a.returnCounts)
    },
    derivative: .refused, batching: .dynamic,
    samples: [
      Sample(SampleInput([6], .integers([3, 3, 1, 2, 2, 3])), attributes: (true, true, nil)),
      Sample(SampleInput([3, 2], .integers([3, 1])), attributes: (true, true, 0)),
    ])
}
