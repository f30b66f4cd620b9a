import Elements
import KernelChoice
import Parallel

/// Attention of stacks of queries to keys, `softmax(scale q kᵀ + mask) v`, block by block: the
/// scores are never all there, so that memory grows with the lengths, not with their product.
///
/// Queries are [B, H, L, E], keys [B, K, S, E], values [B, K, S, V], where K divides H: neighbouring
/// heads of queries share the keys and values. All are float32 or float64.
///
/// Source: Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with
/// IO-Awareness", 2022, arXiv:2205.14135.
package struct Attention {
  private let query: NDArray
  private let key: NDArray
  private let value: NDArray
  /// Of [B, H, L, S], with strides of zero where it repeats; added to the scores.
  private let mask: NDArray?
  private let scale: Double
  private let isCausal: Bool

  private let dtype: DType
  private let size: Int
  private let batch: Int
  private let heads: Int
  private let keyHeads: Int
  private let length: Int
  private let keys: Int
  private let width: Int
  private let valueWidth: Int

  /// - Parameters:
  ///   - mask: what is added to the scores, in the dtype of `query`; broadcasts against them.
  ///   - isCausal: whether query i sees the keys up to i only.
  /// - Throws: `TensorError` where the mask does not broadcast, or the dtype is another.
  package init(
    _ query: NDArray, _ key: NDArray, _ value: NDArray, mask: NDArray?, scale: Double,
    isCausal: Bool
  ) throws {
    // Rows are read densely; transposed matrices are read where they are.
    (self.query, self.key, self.value) = (query, key, value)
    (self.scale, self.isCausal) = (scale, isCausal)
    dtype = query.dtype
    size = dtype.size
    (batch, heads, length, width) =
      (query.sizes[0], query.sizes[1], query.sizes[2], query.sizes[3])
    (keyHeads, keys, valueWidth) = (key.sizes[1], key.sizes[2], value.sizes[3])
    self.mask = try mask?.expanded(to: [batch, heads, length, keys])
  }

  /// Rows of queries of a block.
  private var blockRows: Int { min(128, max(length, 1)) }
  /// Keys of a block, forward and backward.
  private var forwardKeys: Int { min(512, max(keys, 1)) }
  private var backwardKeys: Int { min(256, max(keys, 1)) }

  private func loops() throws -> (
    matmul: MatmulLoop, exponentials: AttentionLoop, finish: AttentionLoop, weights: AttentionLoop,
    slopes: AttentionLoop
  ) {
    guard let matmul = Kernels.matmul(dtype),
      let exponentials = Kernels.attention(.exponentials, dtype),
      let finish = Kernels.attention(.finish, dtype),
      let weights = Kernels.attention(.weights, dtype),
      let slopes = Kernels.attention(.slopes, dtype)
    else { throw TensorError.notImplemented(kernel: "flash_attention", dtype) }
    return (matmul, exponentials, finish, weights, slopes)
  }

  private typealias Operand = MatrixProduct.Operand

  /// One of the matrices of a stack, from a row on.
  private func matrix(_ x: NDArray, _ i: Int, _ head: Int, row: Int) -> Operand {
    let strides = x.strides
    let offset = i &* strides[0] &+ head &* strides[1] &+ row &* strides[2]
    return Operand(x.base + offset &* size, strides[2] &* size, strides[3] &* size)
  }

  /// A dense matrix in a buffer.
  private func dense(_ start: UnsafeMutableRawPointer, _ columns: Int) -> Operand {
    Operand(start, columns &* size, size)
  }

  private func multiply(
    _ loop: MatmulLoop, _ c: Operand, _ a: Operand, _ b: Operand, _ m: Int, _ n: Int, _ k: Int,
    alpha: Double = 1, plus d: Operand? = nil, _ workspace: UnsafeMutableRawPointer
  ) {
    var product = MatrixProduct(c: c, a: a, b: b, m: m, n: n, k: k)
    product.alpha = alpha
    product.d = d
    product = product.oriented(size: size)
    product.workspace = workspace
    loop(product)
  }

  /// More than any of the products needs.
  private var workspaceBytes: Int {
    let zero = UnsafeMutableRawPointer(query.base)
    let most = max(blockRows, max(forwardKeys, max(width, valueWidth)))
    let strided = Operand(zero, 1, most &* size)
    var product = MatrixProduct(c: strided, a: strided, b: strided, m: most, n: most, k: most)
    product.c = Operand(zero, size, most &* size)
    return product.workspaceBytes(size: size, computeSize: size)
  }

  /// A number of bytes that keeps what follows on lines of the cache of its own.
  private func aligned(_ elements: Int) -> Int { (elements &* size &+ 63) / 64 * 64 }

  private func block(
    _ scores: UnsafeMutableRawPointer, _ sums: UnsafeMutableRawPointer, _ i: Int, _ head: Int,
    rows: Range<Int>, keys: Range<Int>
  ) -> AttentionBlock {
    var block = AttentionBlock(
      scores: scores, rows: rows.count, columns: keys.count, sums: sums)
    if isCausal { block.visible = rows.lowerBound + 1 - keys.lowerBound }
    if let mask {
      let part = matrix(mask, i, head, row: rows.lowerBound)
      block.mask = UnsafeRawPointer(part.at(0, keys.lowerBound))
      (block.maskRowStride, block.maskColumnStride) = (part.rowStride, part.columnStride)
    }
    return block
  }

  /// The weighted values, [B, H, L, V], which lie in memory as [B, L, H, V]; and the logarithms of
  /// the sums of exponentials, [B, H, L].
  package func forward() throws -> (output: NDArray, logarithms: NDArray) {
    let loops = try loops()
    let output = try NDArray(uninitialized: [batch, length, heads, valueWidth], dtype)
      .transposed(1, 2)
    let logarithms = try NDArray(uninitialized: [batch, heads, length], dtype)
    if logarithms.count == 0 { return (output, logarithms) }
    let (rows, columns) = (blockRows, forwardKeys)
    let blocks = (length + rows - 1) / rows
    let sizes = [
      aligned(rows * columns), aligned(rows * valueWidth), aligned(rows * valueWidth),
      aligned(rows), (workspaceBytes + 63) / 64 * 64,
    ]
    let share = sizes.reduce(0, +)
    let memory = try Storage(byteCount: max(share * Parallel.threads, 1))
    Parallel.forEachNumbered(batch * heads * blocks, grain: 1) { range, participant in
      let scores = memory.pointer + participant * share
      var values = scores + sizes[0]
      var others = values + sizes[1]
      let largest = others + sizes[2]
      let workspace = largest + sizes[3]
      for unit in range {
        let (stack, position) = unit.quotientAndRemainder(dividingBy: blocks)
        let (i, head) = stack.quotientAndRemainder(dividingBy: heads)
        let shared = head / (heads / keyHeads)
        let queries = position * rows..<min((position + 1) * rows, length)
        let end = isCausal ? min(keys, queries.upperBound) : keys
        let sums = logarithms.base + (stack &* length &+ queries.lowerBound) &* size
        clear(largest, sums, values, queries.count)
        for start in stride(from: 0, to: end, by: columns) {
          let part = start..<min(start + columns, end)
          multiply(
            loops.matmul, dense(scores, part.count),
            matrix(query, i, head, row: queries.lowerBound),
            matrix(key, i, shared, row: start).transposed, queries.count, part.count, width,
            alpha: scale, workspace)
          var block = block(scores, sums, i, head, rows: queries, keys: part)
          (block.largest, block.values, block.width) = (largest, values, valueWidth)
          loops.exponentials(block)
          multiply(
            loops.matmul, dense(others, valueWidth), dense(scores, part.count),
            matrix(value, i, shared, row: start), queries.count, valueWidth, part.count,
            plus: start == 0 ? nil : dense(values, valueWidth), workspace)
          swap(&values, &others)
        }
        let target = matrix(output, i, head, row: queries.lowerBound)
        var block = AttentionBlock(scores: scores, rows: queries.count, columns: 0, sums: sums)
        (block.largest, block.values, block.width) = (largest, values, valueWidth)
        (block.out, block.outStride) = (target.start, target.rowStride)
        loops.finish(block)
      }
    }
    withExtendedLifetime((memory, query, key, value, mask)) {}
    return (output, logarithms)
  }

  /// Nothing seen yet.
  private func clear(
    _ largest: UnsafeMutableRawPointer, _ sums: UnsafeMutableRawPointer,
    _ values: UnsafeMutableRawPointer, _ rows: Int
  ) {
    func fill<T: Element & BinaryFloatingPoint>(_: T.Type) {
      largest.initializeMemory(as: T.self, repeating: -.infinity, count: rows)
      sums.initializeMemory(as: T.self, repeating: 0, count: rows)
      values.initializeMemory(as: T.self, repeating: 0, count: rows * valueWidth)
    }
    dtype == .float32 ? fill(Float.self) : fill(Double.self)
  }

  /// The gradients of queries, keys and values, where `g` is that of `forward`'s output.
  package func gradients(
    _ g: NDArray, output: NDArray, logarithms: NDArray
  ) throws -> (query: NDArray, key: NDArray, value: NDArray) {
    let loops = try loops()
    let g = try g.strides[3] == 1 ? g : g.contiguous()
    let means = try g.binary(.mul, output).reduced(.sum, [3], keepdim: false).contiguous()
    let queryGradient = try NDArray.full(query.sizes, 0, dtype)
    let keyGradient = try NDArray.full(key.sizes, 0, dtype)
    let valueGradient = try NDArray.full(value.sizes, 0, dtype)
    let columns = backwardKeys
    let sizes = [
      aligned(blockRows * columns), aligned(blockRows * columns), aligned(columns * width),
      aligned(columns * width), aligned(columns * valueWidth), aligned(columns * valueWidth),
      aligned(blockRows * width), (workspaceBytes + 63) / 64 * 64,
    ]
    let share = sizes.reduce(0, +)
    let memory = try Storage(byteCount: max(share * Parallel.threads, 1))
    if logarithms.count > 0 && keys > 0 {
      Parallel.forEachNumbered(batch * keyHeads, grain: 1) { range, participant in
        var buffers: [UnsafeMutableRawPointer] = []
        var start = memory.pointer + participant * share
        for size in sizes {
          buffers.append(start)
          start += size
        }
        for unit in range {
          let (i, shared) = unit.quotientAndRemainder(dividingBy: keyHeads)
          for first in stride(from: 0, to: keys, by: columns) {
            addGradients(
              i, shared, first..<min(first + columns, keys), loops, buffers, g, means, logarithms,
              queryGradient, keyGradient, valueGradient)
          }
        }
      }
    }
    withExtendedLifetime((memory, query, key, value, mask, g, means)) {}
    return (queryGradient, keyGradient, valueGradient)
  }

  /// The gradients of one block of keys and values, and what they add to those of all queries.
  private func addGradients(
    _ i: Int, _ shared: Int, _ part: Range<Int>,
    _ loops: (
      matmul: MatmulLoop, exponentials: AttentionLoop, finish: AttentionLoop,
      weights: AttentionLoop, slopes: AttentionLoop
    ), _ buffers: [UnsafeMutableRawPointer], _ g: NDArray, _ means: NDArray,
    _ logarithms: NDArray, _ queryGradient: NDArray, _ keyGradient: NDArray,
    _ valueGradient: NDArray
  ) {
    let (weights, slopes, count) = (buffers[0], buffers[1], part.count)
    var (keySum, otherKeySum) = (buffers[2], buffers[3])
    var (valueSum, otherValueSum) = (buffers[4], buffers[5])
    let (step, workspace) = (buffers[6], buffers[7])
    let keyPart = matrix(key, i, shared, row: part.lowerBound)
    let valuePart = matrix(value, i, shared, row: part.lowerBound)
    var isFirst = true
    let group = heads / keyHeads
    for head in shared * group..<(shared + 1) * group {
      // Queries before the first key of the block do not see it.
      let from = isCausal ? min(part.lowerBound, length) / blockRows * blockRows : 0
      for start in stride(from: from, to: length, by: blockRows) {
        let rows = start..<min(start + blockRows, length)
        let queryPart = matrix(query, i, head, row: start)
        let gradient = matrix(g, i, head, row: start)
        let place = ((i &* heads &+ head) &* length &+ start) &* size
        multiply(
          loops.matmul, dense(weights, count), queryPart, keyPart.transposed, rows.count, count,
          width, alpha: scale, workspace)
        var block = block(weights, logarithms.base + place, i, head, rows: rows, keys: part)
        loops.weights(block)
        multiply(
          loops.matmul, dense(otherValueSum, valueWidth), dense(weights, count).transposed,
          gradient, count, valueWidth, rows.count,
          plus: isFirst ? nil : dense(valueSum, valueWidth), workspace)
        swap(&valueSum, &otherValueSum)
        multiply(
          loops.matmul, dense(slopes, count), gradient, valuePart.transposed, rows.count, count,
          valueWidth, workspace)
        block.sums = means.base + place
        (block.out, block.outStride) = (slopes, count &* size)
        loops.slopes(block)
        multiply(
          loops.matmul, dense(otherKeySum, width), dense(slopes, count).transposed, queryPart,
          count, width, rows.count, alpha: scale, plus: isFirst ? nil : dense(keySum, width),
          workspace)
        swap(&keySum, &otherKeySum)
        let target = matrix(queryGradient, i, head, row: start)
        let isOnly = part.lowerBound == 0
        multiply(
          loops.matmul, isOnly ? target : dense(step, width), dense(slopes, count), keyPart,
          rows.count, width, count, alpha: scale, workspace)
        if !isOnly { add(step, to: target.start, rows.count &* width) }
        isFirst = false
      }
    }
    if isFirst { return }
    let keyTarget = matrix(keyGradient, i, shared, row: part.lowerBound).start
    let valueTarget = matrix(valueGradient, i, shared, row: part.lowerBound).start
    keyTarget.copyMemory(from: keySum, byteCount: count &* width &* size)
    valueTarget.copyMemory(from: valueSum, byteCount: count &* valueWidth &* size)
  }

  private func add(
    _ x: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer, _ count: Int
  ) {
    Kernels.binary(.add, dtype)?(target, size, target, size, x, size, count)
  }
}
