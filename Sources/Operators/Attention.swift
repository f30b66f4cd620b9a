import Arrays
import Autograd
import Elements

// Attention of queries to keys.

extension Ops {
  package static let attention: [any AnyOperator] = [scaledDotProductAttention, bilinear]

  /// What `scaled_dot_product_attention` takes.
  package typealias AttentionAttributes = (
    dropoutP: Double, isCausal: Bool, scale: Double?, enableGqa: Bool
  )

  package static let scaledDotProductAttention = Operator<AttentionAttributes>(
    """
    scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, \
    float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor
    """,
    """
    Values averaged by how much queries match their keys: softmax(scale * query key^T + mask) value.

    query is [..., H, L, E], key [..., H, S, E], value [..., H, S, V]; dimensions before the last
    two broadcast. With enable_gqa neighbouring heads of query share a head of key and value. A
    query that sees no key gives zeros. attn_mask broadcasts to [..., L, S]: bool, true where a key
    is seen, or numbers that are added; is_causal lets query i see the keys up to i. scale None is
    1 / sqrt(E). With dropout_p weights become zero at random, and the others grow by as much.
    Block by block, so that memory does not grow with L * S, unless there is dropout or the mask
    is to be differentiated.
    Errors: fewer than 2 dimensions; sizes or dtypes that don't match; both a mask and is_causal.
    Derivative: with p the weights and d = p * (g value^T - sum(g * result)), scale * d key for
    query, scale * d^T query for key, p^T g for value.
    Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
    """,
    gradName: "ScaledDotProductFlashAttentionForCpuBackward0",
    forward: .composedMany { t, a in
      guard let query = t[0], let key = t[1], let value = t[2] else {
        preconditionFailure("attention without its tensors")
      }
      return [try AttentionCall(query, key, value, t[3], a).result()]
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([1, 2, 3, 2]), SampleInput([1, 2, 4, 2]), SampleInput([1, 2, 4, 2]),
        attributes: (0, false, nil, false)),
      Sample(
        SampleInput([1, 2, 3, 2]), SampleInput([1, 1, 3, 2]), SampleInput([1, 1, 3, 2]),
        attributes: (0, true, 0.5, true)),
      Sample(
        SampleInput([2, 3]), SampleInput([4, 3]), SampleInput([4, 2]),
        SampleInput([2, 4], .constant(-1, 1)), attributes: (0, false, nil, false)),
      Sample(
        SampleInput([2, 3, 2], transposed: true), SampleInput([2, 2, 2]), SampleInput([2, 2, 2]),
        SampleInput([3, 2], .booleans([true, false, true, true, false, false])),
        attributes: (0, false, 1, false)),
      Sample(
        SampleInput([2, 3, 2]), SampleInput([2, 2, 2]), SampleInput([2, 2, 2]),
        SampleInput([3, 2]), attributes: (0, false, 1, false)),
    ])

  /// What attention block by block takes: `sizes` are those of the result.
  typealias BlockedAttributes = (isCausal: Bool, scale: Double, gradName: String, sizes: Dims)

  /// Attention of [B, H, L, E] to [B, K, S, E], block by block; not exported.
  static let blockedAttention: Operator<BlockedAttributes> =
    Operator(
      """
      _blocked_attention(Tensor query, Tensor key, Tensor value, Tensor? mask) -> \
      (Tensor result, Tensor logarithms)
      """,
      "Attention.", gradNameOf: { $0.gradName },
      forward: .many { t, a in
        guard let query = t[0], let key = t[1], let value = t[2] else {
          preconditionFailure("attention without its tensors")
        }
        let type = query.dtype.computing
        let (output, logarithms) = try Attention(
          query.cast(to: type), key.cast(to: type), value.cast(to: type),
          mask: t[3]?.added(in: type), scale: a.scale, isCausal: a.isCausal
        ).forward()
        let result = try output.cast(to: query.dtype)
        if result.sizes == a.sizes { return [result, logarithms] }
        return [try result.contiguous().viewed(as: a.sizes), logarithms]
      },
      derivative: .joint(
        saving: [.input(0), .input(1), .input(2), .input(3), .output(0), .output(1)]
      ) { c, a in
        let (query, key, value) = (try c.input(0), try c.input(1), try c.input(2))
        let whole = Dims(query.shape.dropLast() + [value.shape[3]])
        let g = try c.filledGradient(0).reshape(whole)
        let mask = try c.optionalInput(3)
        var result = Gradients()
        if isUnwatched(g, query, key), isUnwatched(value, mask) {
          let type = query.dtype.computing
          let gradients = try Attention(
            query.array.cast(to: type), key.array.cast(to: type), value.array.cast(to: type),
            mask: mask?.array.added(in: type), scale: a.scale, isCausal: a.isCausal
          ).gradients(
            g.array.cast(to: type), output: c.output(0).array.viewed(as: whole).cast(to: type),
            logarithms: c.output(1).array)
          for array in [gradients.query, gradients.key, gradients.value] {
            result.append(Tensor(try array.cast(to: query.dtype)))
          }
          return result
        }
        let heads = query.shape[1]
        let keys = try key.repeatedHeads(heads)
        let weights = try query.attentionWeights(keys, mask, a)
        let slopes = try g.matmul(value.repeatedHeads(heads).transpose(dim0: 2, dim1: 3))
        let scores = try slopes.throughWeights(weights) * .double(a.scale)
        result.append(c.needs(0) ? try scores.matmul(keys) : nil)
        result.append(
          c.needs(1)
            ? try scores.transpose(dim0: 2, dim1: 3).matmul(query).summedHeads(key.shape[1]) : nil)
        result.append(
          c.needs(2)
            ? try weights.transpose(dim0: 2, dim1: 3).matmul(g).summedHeads(key.shape[1]) : nil)
        return result
      },
      tangent: .formula { c, a in
        let (query, heads) = (c.x, c.x.shape[1])
        let keys = try c.y.repeatedHeads(heads)
        let values = try c.z.repeatedHeads(heads)
        let weights = try query.attentionWeights(keys, c.inputs[3], a)
        let ofQuery = try c.tangent(0).map { try $0.matmul(keys.transpose(dim0: 2, dim1: 3)) }
        let ofKey = try c.tangent(1).map {
          try query.matmul($0.repeatedHeads(heads).transpose(dim0: 2, dim1: 3))
        }
        let scores = try ofQuery.map { first in try ofKey.map { try first + $0 } ?? first } ?? ofKey
        let ofWeights = try scores.map {
          try ($0 * .double(a.scale)).throughWeights(weights).matmul(values)
        }
        let ofValue = try c.tangent(2).map { try weights.matmul($0.repeatedHeads(heads)) }
        let terms = try [ofWeights, ofValue].map { try $0?.reshape(a.sizes) }
        return [try c.sum(terms), nil]
      },
      batching: .rule { batch, a in
        func merged(_ index: Int) throws -> Tensor {
          let sizes = batch.sizes(index)
          return try batch.batched(index).reshape(
            Dims([batch.size * sizes[0]] + sizes.dropFirst()))
        }
        let sizes = batch.sizes(0)
        var mask = batch.inputs[3]
        if let given = mask {
          let whole: Dims = [batch.size, sizes[0], sizes[1], sizes[2], batch.sizes(1)[2]]
          mask =
            batch.isBatched[3] || batch.rank(3) > 3
            ? try batch.aligned(3, rank: 4).expand(whole).reshape(
              [whole[0] * whole[1], whole[2], whole[3], whole[4]]) : given
        }
        let whole: Dims = [batch.size * sizes[0], sizes[1], sizes[2], batch.sizes(2)[3]]
        let results = try blockedAttention.many(
          [merged(0), merged(1), merged(2), mask], (a.isCausal, a.scale, a.gradName, whole))
        return [
          try results[0].reshape(a.sizes.following(batch.size)),
          try results[1].reshape([batch.size, sizes[0], sizes[1], sizes[2]]),
        ]
      },
      samples: [])
}

/// A call of attention, checked.
private struct AttentionCall {
  private let query: Tensor
  private let key: Tensor
  private let value: Tensor
  private let mask: Tensor?
  private let a: Ops.AttentionAttributes

  init(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ mask: Tensor?,
    _ a: Ops.AttentionAttributes
  ) throws {
    (self.query, self.key, self.value, self.mask, self.a) = (query, key, value, mask, a)
    if query.dtype != key.dtype || query.dtype != value.dtype {
      throw TensorError.runtime(
        "Expected query, key, and value to have the same dtype, but got query.dtype: "
          + "\(query.dtype.compilerName) key.dtype: \(key.dtype.compilerName) and value.dtype: "
          + "\(value.dtype.compilerName) instead.")
    }
    if query.rank < 2 || key.rank < 2 || value.rank < 2 {
      throw TensorError.runtime(
        "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
          + "\(query.rank) key.dim: \(key.rank) and value.dim: \(value.rank) instead.")
    }
    if let mask, mask.dtype != .bool && mask.dtype != query.dtype && mask.dtype != .float32 {
      throw TensorError.runtime(
        "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
          + "attn_mask.dtype: \(mask.dtype.compilerName) and  query.dtype: "
          + "\(query.dtype.compilerName) instead.")
    }
    if mask != nil && a.isCausal {
      throw TensorError.runtime(
        "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    }
    if !query.dtype.isFloatingPoint {
      throw TensorError.runtime(
        "expected scalar type Float but found \(query.dtype.scalarTypeName)")
    }
    if a.dropoutP < 0 || a.dropoutP > 1 || a.dropoutP.isNaN {
      throw TensorError.runtime(
        "dropout probability has to be between 0 and 1, but got \(a.dropoutP.shortText)")
    }
  }

  private var scale: Double {
    if let scale = a.scale { return scale }
    let width = query.shape[query.rank - 1]
    return width == 0 ? 1 : 1 / Double(width).squareRoot()
  }

  /// Heads of keys and values as many as of queries.
  private func shared(_ x: Tensor) throws -> Tensor {
    guard a.enableGqa, query.rank > 2, x.rank > 2 else { return x }
    let (heads, own) = (query.shape[query.rank - 3], x.shape[x.rank - 3])
    if own == heads { return x }
    if own == 0 || heads % own != 0 {
      throw TensorError.runtime(
        "Number of heads in key and value must divide the number of heads in query")
    }
    return try x.repeatedHeads(heads)
  }

  func result() throws -> Tensor {
    if let result = try blocked() { return result }
    return try plain()
  }

  /// The weights in one piece: where they are needed as a whole.
  private func plain() throws -> Tensor {
    let (key, value) = (try shared(key), try shared(value))
    let root = abs(scale).squareRoot()
    let scaled = try query * .double(scale < 0 ? -root : root)
    var scores = try scaled.matmul((key * .double(root)).transpose(dim0: -2, dim1: -1))
    if a.isCausal {
      let sizes: Dims = [query.shape[query.rank - 2], key.shape[key.rank - 2]]
      let visible = try Tensor.ones(sizes, dtype: .bool).tril()
      scores = try scores + visible.asAddend(query.dtype)
    } else if let mask {
      scores = try scores + mask.asAddend(query.dtype)
    }
    var weights = try scores.safeSoftmax().to(dtype: query.dtype)
    if a.dropoutP > 0 { weights = try Ops.dropout(weights, (a.dropoutP, true)) }
    return try weights.matmul(value)
  }

  /// The result block by block; nil where that can't be.
  private func blocked() throws -> Tensor? {
    if a.dropoutP > 0 || mask?.requiresGrad ?? false { return nil }
    if let mask, mask.dtype != .bool && !mask.isPlain { return nil }
    let (q, k, v) = (query.shape, key.shape, value.shape)
    let (width, valueWidth) = (q[q.count - 1], v[v.count - 1])
    guard k[k.count - 1] == width, v[v.count - 2] == k[k.count - 2], width > 0, valueWidth > 0,
      q.count <= 4 || k.count == q.count
    else { return nil }
    let isPlainShape =
      q.count == k.count && k.count == v.count && Dims(q.dropLast(3)) == Dims(k.dropLast(3))
    let lead: Dims
    var (key, value) = (key, value)
    let keyHeads = k.count > 2 ? k[k.count - 3] : 1
    let sharesHeads =
      a.enableGqa && isPlainShape && k.count > 2 && keyHeads == v[v.count - 3]
      && keyHeads > 0 && q[q.count - 3] % keyHeads == 0
    if sharesHeads {
      lead = Dims(q.dropLast(2))
    } else {
      (key, value) = (try shared(key), try shared(value))
      guard
        let both = try? Dims.broadcast(
          Dims.broadcast(Dims(q.dropLast(2)), Dims(key.shape.dropLast(2))),
          Dims(value.shape.dropLast(2)))
      else { return nil }
      lead = both
    }
    /// [B, H, …] of what has `lead` dimensions in front, or other heads.
    func stacked(_ x: Tensor, heads: Int?) throws -> Tensor {
      let rows = Dims(x.shape.suffix(2))
      var front = lead
      if let heads, !front.isEmpty { front[front.count - 1] = heads }
      let sizes = Dims(Array(front) + rows)
      let whole = x.shape == sizes ? x : try x.expand(sizes)
      if sizes.count == 4 { return whole }
      if sizes.count == 3 { return try whole.unsqueeze(dim: 0) }
      if sizes.count == 2 { return try whole.reshape([1, 1, rows[0], rows[1]]) }
      let batch = front.dropLast().reduce(1, &*)
      return try whole.reshape([batch, front[front.count - 1], rows[0], rows[1]])
    }
    let heads = sharesHeads ? keyHeads : nil
    var stackedMask: Tensor?
    if let mask {
      let sizes = Dims(Array(lead) + [q[q.count - 2], k[k.count - 2]])
      guard mask.rank <= sizes.count else { return nil }
      if !mask.shape.isExpandable(to: sizes) { return nil }
      stackedMask = mask
      if sizes.count > 4 && mask.rank > 3 {
        stackedMask = try mask.expand(sizes).reshape(
          Dims([lead.dropLast().reduce(1, &*)] + sizes.suffix(3)))
      }
    }
    let isFlash =
      width == valueWidth && isPlainShape && k.count > 2
      && (a.enableGqa || q[q.count - 3] == keyHeads)
      && keyHeads == v[v.count - 3] && (q.count == 3 || q.count == 4)
      && mask?.rank != 1 && (mask?.rank != 3 || q.count == 3)
    let isEmpty = query.count == 0 || key.count == 0 || value.count == 0
    let name =
      isFlash
      ? isEmpty ? "AddBackward0" : "ScaledDotProductFlashAttentionForCpuBackward0"
      : lead.isEmpty ? "MmBackward0" : "UnsafeViewBackward0"
    var sizes = Dims(Array(lead) + [q[q.count - 2], valueWidth])
    // PyTorch takes stacks of matrices for those of one batch.
    let isSingle = q.count == 3 && k.count == 3 && v.count == 3
    if isSingle { sizes = sizes.following(1) }
    let output = try Ops.blockedAttention.many(
      [
        stacked(query, heads: nil), stacked(key, heads: heads), stacked(value, heads: heads),
        stackedMask,
      ], (a.isCausal, scale, name, sizes))[0]
    return isSingle ? try output.squeeze(dim: 0) : output
  }
}

extension Double {
  /// As C++ prints it: six significant digits at most.
  fileprivate var shortText: String {
    self == rounded() && Swift.abs(self) < 1e6 ? "\(Int(self))" : "\(self)"
  }
}

extension NDArray {
  /// This mask as numbers that are added to scores.
  fileprivate func added(in dtype: DType) throws -> NDArray {
    if self.dtype != .bool { return try cast(to: dtype) }
    return try .choose(
      self, .number(0, dtype), .number(.double(-.infinity), dtype))
  }
}

extension Tensor {
  /// The same as a tensor.
  fileprivate func asAddend(_ dtype: DType) throws -> Tensor {
    if self.dtype != .bool { return self }
    return try Tensor.zeros(shape, dtype: dtype)
      .maskedFill(logicalNot(), .double(-.infinity))
  }

  /// Softmax along the last dimension; zeros where all are minus infinity.
  fileprivate func safeSoftmax() throws -> Tensor {
    let isHidden = try eq(.double(-.infinity)).all(dim: rank - 1, keepdim: true)
    return try maskedFill(isHidden, 0).softmax(dim: rank - 1).maskedFill(isHidden, 0)
  }

  /// Each head as often as that many heads share it.
  fileprivate func repeatedHeads(_ heads: Int) throws -> Tensor {
    let own = shape[rank - 3]
    if own == heads { return self }
    var sizes = shape
    sizes[rank - 3] = heads
    let lead = Dims(shape.dropLast(2))
    let rows = Dims(shape.suffix(2))
    return try unsqueeze(dim: rank - 2).expand(Dims(Array(lead) + [heads / own] + Array(rows)))
      .reshape(sizes)
  }

  /// The sums over heads that share one of `heads`.
  fileprivate func summedHeads(_ heads: Int) throws -> Tensor {
    if shape[1] == heads { return self }
    return try reshape([shape[0], heads, shape[1] / heads, shape[2], shape[3]]).sum(dim: [2])
  }

  /// The weights of queries for keys, all of them.
  fileprivate func attentionWeights(
    _ keys: Tensor, _ mask: Tensor?, _ a: Ops.BlockedAttributes
  ) throws -> Tensor {
    var scores = try matmul(keys.transpose(dim0: 2, dim1: 3)) * .double(a.scale)
    if a.isCausal {
      let visible = try Tensor.ones([shape[2], keys.shape[2]], dtype: .bool).tril()
      scores = try scores + visible.asAddend(dtype)
    } else if let mask {
      scores = try scores + mask.asAddend(dtype)
    }
    return try scores.safeSoftmax()
  }

  /// This gradient of weights taken back to scores, or a tangent of scores taken on to weights.
  fileprivate func throughWeights(_ weights: Tensor) throws -> Tensor {
    try weights * (self - (self * weights).sum(dim: [-1], keepdim: true))
  }
}
