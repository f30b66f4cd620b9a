import Arrays
import Autograd
import Elements

// Rows of a table, picked by their numbers.

extension Ops {
  package static let embeddings: [any AnyOperator] = [embedding, embeddingRenorm, embeddingBag]

  package static let embedding: Operator<(paddingIdx: Int, scaleGradByFreq: Bool, sparse: Bool)> =
    Operator(
      """
      embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, \
      bool sparse=False) -> Tensor
      """,
      """
      The rows of weight that indices names; the result has the shape of indices and one dimension
      more.

      indices is int64 or int32, and not negative. sparse is accepted; gradients are dense.
      Errors: a weight that is not a matrix, an index of another dtype or out of range.
      Derivative: zeros to whose rows those of g are added, but not to the row padding_idx; with
      scale_grad_by_freq divided by how often the row was picked.
      """,
      forward: .two { weight, indices, _, _ in try weight.rows(at: indices) },
      derivative: .of(
        .saving(.y) { g, c, a in
          let (rows, width) = (c.sizes()[0], c.sizes()[1])
          let index = try c.y.reshape([c.y.count])
          let terms = try rowGradients(
            g.reshape([index.count, width]), index, rows: rows, paddingIdx: a.paddingIdx,
            scaled: a.scaleGradByFreq)
          return try Tensor.zeros([rows, width], dtype: g.dtype).indexAdd(dim: 0, index, terms)
        }, .notDifferentiable),
      tangent: .linear,
      batching: .rule { batch, a in
        if !batch.isBatched[0] { return [try embedding(batch.input(0), batch.input(1), a)] }
        let examples = try (0..<batch.size).map { i in
          let example = try batch.example(i)
          guard let weight = example[0], let indices = example[1] else { return batch.input(0) }
          return try embedding(weight, indices, a)
        }
        if examples.isEmpty {
          let sizes = Dims([0] + batch.sizes(1) + batch.sizes(0).suffix(1))
          return [try Tensor.zeros(sizes, dtype: batch.input(0).dtype)]
        }
        return [try Tensor.stack(examples)]
      },
      samples: [
        Sample(
          SampleInput([4, 2]), SampleInput([2, 3], .integers([1, 0, 3, 1, 2, 1])),
          attributes: (-1, false, false)),
        Sample(
          SampleInput([3, 2], transposed: true), SampleInput([4], .integers([1, 0, 1])),
          attributes: (2, false, false)),
        Sample(
          SampleInput([3, 2]), SampleInput([3], .integers([1, 0, 2])),
          attributes: (-1, true, false)),
        Sample(
          SampleInput([3, 2]), SampleInput([], .integers([2])), attributes: (-1, false, false)),
      ])

  package static let embeddingRenorm: Operator<(maxNorm: Double, normType: Double)> = Operator(
    """
    embedding_renorm(Tensor self, Tensor indices, float max_norm, float norm_type) -> Tensor
    """,
    """
    Shrinks the rows that indices names to the norm max_norm, where theirs is larger.

    Errors: a self that is not a matrix, an index of another dtype or out of range.
    """,
    inPlace: .only,
    forward: .two { weight, indices, a, out in
      let target = try out ?? weight.copied()
      try target.renormRows(indices, maxNorm: a.maxNorm, p: a.normType)
      return target
    },
    derivative: .none(because: "it prepares a parameter before it is used"),
    batching: .rule { batch, a in
      let examples = try (0..<batch.size).map { i in
        let example = try batch.example(i)
        guard let weight = example[0], let indices = example[1] else { return batch.input(0) }
        return try embeddingRenorm.inPlace(weight.clone(), indices, a)
      }
      return [try Tensor.stack(examples)]
    },
    samples: [
      Sample(
        SampleInput([3, 2], .constant(-2, 2)), SampleInput([2], .integers([2, 0])),
        attributes: (0.5, 2))
    ])

  package static let embeddingBag:
    Operator<
      (scaleGradByFreq: Bool, mode: Int, sparse: Bool, includeLastOffset: Bool, paddingIdx: Int)
    > = Operator(
      """
      embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, \
      int mode=0, bool sparse=False, Tensor? per_sample_weights=None, \
      bool include_last_offset=False, int padding_idx=-1) -> \
      (Tensor output, Tensor offset2bag, Tensor bag_size, Tensor max_indices)
      """,
      """
      Sums (mode 0), means (1) or maxima (2) of bags of rows of weight. A bag begins at each of the
      offsets, which count indices; the last offset is only an end with include_last_offset.

      The rows of a sum may be weighted. Rows of number padding_idx do not count, and an empty bag
      gives zeros. The other results are which bag each index is in, how many indices count in each
      bag, and, for maxima, the row that each number comes from (-1 for none).
      Errors: dtypes and shapes that do not fit, an index or an offset out of range.
      Derivative: zeros to whose rows each bag's part of g is added; for per_sample_weights the
      products of row and g.
      """,
      forward: .many { t, a in
        guard t.count > 2, let weight = t[0], let indices = t[1], let offsets = t[2] else {
          throw TensorError.nullArgument("weight")
        }
        let bags = try RowBags(
          weight, indices, offsets, t.count > 3 ? t[3] : nil,
          includesLastOffset: a.includeLastOffset, paddingIdx: a.paddingIdx)
        guard let how = RowBags.Mode(rawValue: a.mode) else {
          throw TensorError.value("mode has to be one of sum, mean or max")
        }
        return try bags.results(how)
      },
      derivative: .joint(saving: [
        .input(0), .input(1), .input(3), .output(1), .output(2), .output(3),
      ]) { c, a in try bagGradients(c, a.mode, scaled: a.scaleGradByFreq, paddingIdx: a.paddingIdx)
      },
      batching: .rule { batch, a in
        var columns: [[Tensor]] = [[], [], [], []]
        for i in 0..<batch.size {
          for (k, result) in try embeddingBag.many(batch.example(i), a).enumerated() {
            columns[k].append(result)
          }
        }
        return try columns.map { try Tensor.stack($0) }
      },
      samples: [
        Sample(
          SampleInput([4, 2]), SampleInput([5], .integers([1, 0, 3, 1, 2])),
          SampleInput([3], .integers([0, 2, 2])), SampleInput([5]),
          attributes: (false, 0, false, false, -1)),
        Sample(
          SampleInput([4, 2]), SampleInput([5], .integers([1, 0, 3, 1, 2])),
          SampleInput([3], .integers([0, 2, 2])),
          attributes: (false, 1, false, false, 3)),
        Sample(
          SampleInput([4, 2], transposed: true), SampleInput([5], .integers([1, 0, 3, 1, 2])),
          SampleInput([3], .integers([0, 2, 5])), attributes: (false, 2, false, true, -1)),
      ])

  /// The gradients of rows that were picked, one for each index, as they are added to the table's.
  private static func rowGradients(
    _ g: Tensor, _ index: Tensor, rows: Int, paddingIdx: Int, scaled: Bool
  ) throws -> Tensor {
    var terms = g
    if paddingIdx >= 0 {
      terms = try terms.maskedFill(index.eq(.int(Int64(paddingIdx))).unsqueeze(dim: 1), 0)
    }
    if scaled {
      let ones = try Tensor.ones([index.count], dtype: g.dtype)
      let counts = try Tensor.zeros([rows], dtype: g.dtype).indexAdd(dim: 0, index, ones)
      terms = try terms / counts.indexSelect(dim: 0, index).unsqueeze(dim: 1)
    }
    return terms
  }

  private static func bagGradients(
    _ c: Context, _ mode: Int, scaled: Bool, paddingIdx: Int
  ) throws -> Gradients {
    let g = try c.filledGradient(0)
    let index = try c.input(1)
    let (weight, bag) = (try c.input(0), try c.output(1))
    let (rows, width) = (weight.shape[0], weight.shape[1])
    let perSample = try c.optionalInput(3)
    // Indices behind the last bag are in none.
    let list = try index.reshape([index.count]).narrow(dim: 0, start: 0, length: bag.count)
    var gradients = Gradients()
    if mode == 2 {
      let places = try c.output(3)
      let isEmpty = try places.lt(0)
      let zeros = try Tensor.zeros([rows, width], dtype: g.dtype)
      gradients.append(
        c.needs(0)
          ? try zeros.scatterAdd(
            dim: 0, places.clamp(min: 0), g.maskedFill(isEmpty, 0)) : nil)
    } else {
      var parts = g
      if mode == 1 {
        let size = try c.output(2).clamp(min: 1).to(dtype: g.dtype)
        parts = try g / size.unsqueeze(dim: 1)
      }
      let ofRows = try parts.indexSelect(dim: 0, bag)
      if c.needs(0) {
        let weighted = try perSample.map {
          let factors = try $0.reshape([index.count]).narrow(dim: 0, start: 0, length: list.count)
          return try ofRows * factors.unsqueeze(dim: 1)
        }
        let terms = try rowGradients(
          weighted ?? ofRows, list, rows: rows, paddingIdx: paddingIdx, scaled: scaled)
        gradients.append(
          try Tensor.zeros([rows, width], dtype: g.dtype).indexAdd(dim: 0, list, terms))
      } else {
        gradients.append(nil)
      }
      gradients.append(nil)
      gradients.append(nil)
      if let perSample, c.needs(3) {
        var products = try (weight.indexSelect(dim: 0, list) * ofRows).sum(dim: [1])
        if paddingIdx >= 0 {
          products = try products.maskedFill(list.eq(.int(Int64(paddingIdx))), 0)
        }
        gradients.append(try padded(products, to: [index.count]).reshape(perSample.shape))
        return gradients
      }
      gradients.append(nil)
      return gradients
    }
    for _ in 0..<3 { gradients.append(nil) }
    return gradients
  }
}
