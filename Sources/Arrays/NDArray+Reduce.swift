import Elements
import KernelChoice
import Parallel

extension Dims {
  /// The dimensions that a reduction is over: those given, wrapped; all where none is given.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.dimRepeated`.
  package static func reduced(_ dims: Dims?, rank: Int) throws -> Dims {
    guard let dims, !dims.isEmpty else { return Dims(0..<rank) }
    let wrapped = try dims.wrapped(rank: rank)
    // A 0-d array counts as one of one dimension, but has none to take away.
    return rank == 0 ? [] : wrapped
  }

  /// These sizes after a reduction of `dims`, which are wrapped: without them, or with ones.
  package func reducing(_ dims: Dims, keepdim: Bool) -> Dims {
    if !keepdim && dims.count == count { return [] }
    var result = Dims()
    for i in indices {
      if !dims.contains(i) {
        result.append(self[i])
      } else if keepdim {
        result.append(1)
      }
    }
    return result
  }

  /// The dimensions of an array of `rank` that are not among these, in order.
  fileprivate func complement(rank: Int) -> Dims {
    Dims((0..<rank).lazy.filter { !contains($0) })
  }
}

/// Dimensions along which memory is walked with a single stride.
private struct Run {
  var dims: Dims
  var size: Int
  /// In bytes, between neighbours.
  var stride: Int
}

extension NDArray {
  /// The fold of all elements along `dims`, which are wrapped and distinct.
  ///
  /// The dtype is this array's for sum, prod, max and min, int64 for argmax and argmin, and bool
  /// for any and all. A position counts the elements of `dims` in row-major order. Of nothing, sum
  /// is 0, prod 1, any false and all true; for the others the caller has refused it.
  ///
  /// - Throws: `TensorError.notImplemented`, `.outOfMemory`.
  package func reduced(
    _ op: ReductionOperation, _ dims: Dims, keepdim: Bool
  ) throws -> NDArray {
    guard let loop = Kernels.reduce(op, dtype) else {
      throw TensorError.notImplemented(kernel: "\(op)", dtype)
    }
    switch op {
    case .argmax, .argmin:
      return try folded(loop, .int64, dims, keepdim, inOrder: true)
    case .any, .all:
      return try folded(loop, .bool, dims, keepdim, joining: op)
    case .sum, .prod:
      // Partial results of 16 bits would be rounded once more at every step.
      let joining = dtype.isFloatingPoint && dtype.size == 2 ? nil : op
      return try folded(loop, dtype, dims, keepdim, joining: joining)
    case .max, .min:
      return try folded(loop, dtype, dims, keepdim, joining: op)
    }
  }

  /// The sum of squared differences from the mean along `dims`, which are wrapped and distinct.
  ///
  /// - Throws: `TensorError.notImplemented`, `.outOfMemory`.
  package func squaredDeviations(_ dims: Dims, keepdim: Bool) throws -> NDArray {
    guard let loop = Kernels.squaredDeviations(dtype) else {
      throw TensorError.notImplemented(kernel: "var", dtype)
    }
    return try folded(loop, dtype, dims, keepdim)
  }

  /// Runs `loop` along `dims`.
  ///
  /// Where these do not lie in memory as one run, the innermost run is folded first and what
  /// remains is joined by the operation `joining`; where there is none, a copy is made in which
  /// they do. Long rows are folded in blocks and joined likewise. The order of elements within a
  /// row matters only `inOrder`.
  func folded(
    _ loop: ReductionLoop, _ result: DType, _ dims: Dims, _ keepdim: Bool,
    joining: ReductionOperation? = nil, inOrder: Bool = false
  ) throws -> NDArray {
    let out = try NDArray(uninitialized: sizes.reducing(dims, keepdim: keepdim), result)
    if out.count == 0 { return out }
    // The sizes of an empty array may be too large to multiply.
    if isContiguous && count > 0 && count < Self.divisible && foldDense(loop, into: out, dims) {
      return out
    }
    let runs = runs(along: dims, inOrder: inOrder)
    if runs.count > 1 {
      guard let joining, let inner = runs.last else {
        return try gathered(dims).folded(loop, result, [rank - dims.count], false)
          .with(out.layout)
      }
      let partial = try folded(loop, result, inner.dims, true, joining: joining)
      return try partial.reduced(joining, dims, keepdim: keepdim)
    }
    let run = runs.first ?? Run(dims: [], size: 1, stride: dtype.size)
    let kept = dims.complement(rank: rank)
    if let joining, out.count < 64, run.size >= Self.divisible / out.count {
      return try blocks(of: run, kept, out.count, loop, result)
        .reduced(joining, [kept.count], keepdim: false).with(out.layout)
    }
    let keptSizes = Dims(kept.map { sizes[$0] })
    let outStrides = Dims(keptSizes.contiguousStrides.map { $0 * result.size })
    // Nobody reads the stride of a single element, which may be anything; nor do rows of nothing,
    // which may be further apart than a number can say.
    let strides = Dims(kept.map { run.size == 0 ? 0 : self.strides[$0] &* dtype.size })
    let (o, x) = (out.base, base)
    let grain = max(16, Self.block / max(run.size, 1))
    StridedLoop(keptSizes, outStrides, strides).forEachRow { offsets, strides, count in
      func fold(_ rows: Range<Int>) {
        loop(
          o + offsets[0] + rows.lowerBound * strides[0], strides[0],
          x + offsets[1] + rows.lowerBound * strides[1], strides[1], run.stride, rows.count,
          run.size)
      }
      if count >= 64 {
        Parallel.forEach(count, grain: grain, atLeast: 16, fold)
      } else {
        // The loop takes few columns in another way when it has all of them.
        Parallel.forEach((count + grain - 1) / grain, grain: 1) { pieces in
          for i in pieces { fold(i * grain..<min((i + 1) * grain, count)) }
        }
      }
    }
    return out
  }

  /// Folds neighbouring dimensions of row-major memory; false where `dims` are not neighbours in
  /// order.
  private func foldDense(_ loop: ReductionLoop, into out: NDArray, _ dims: Dims) -> Bool {
    let first = dims.count == 0 ? 0 : dims[0]
    for i in 0..<dims.count where dims[i] != first + i { return false }
    let (size, outSize) = (dtype.size, out.dtype.size)
    var (outer, folded, inner) = (1, 1, 1)
    for dim in 0..<rank {
      let length = layout.sizes[dim]
      if dim < first {
        outer *= length
      } else if dim < first + dims.count {
        folded *= length
      } else {
        inner *= length
      }
    }
    let (o, x) = (out.base, base)
    if inner == 1 {
      loop(o, outSize, x, folded * size, size, outer, folded)
    } else {
      for i in 0..<outer {
        loop(
          o + i * inner * outSize, outSize, x + i * folded * inner * size, size, inner * size,
          inner, folded)
      }
    }
    return true
  }

  /// Elements of a piece of work: what is worth another thread.
  private static var block: Int { 1 << 15 }
  /// From how many elements on a fold into few is divided.
  private static var divisible: Int { 1 << 17 }

  /// The folds of blocks of a run, as a new last dimension. How long a block is depends on sizes
  /// alone, so that results don't depend on the number of threads.
  private func blocks(
    of run: Run, _ kept: Dims, _ outer: Int, _ loop: ReductionLoop, _ result: DType
  ) throws -> NDArray {
    let length = max(1, Self.block / outer)
    let number = (run.size + length - 1) / length
    let keptSizes = Dims(kept.map { sizes[$0] })
    let partial = try NDArray(uninitialized: Dims(Array(keptSizes) + [number]), result)
    let partialStrides = Dims(partial.byteStrides.dropLast())
    let strides = Dims(kept.map { self.strides[$0] &* dtype.size })
    let (o, x) = (partial.base, base)
    StridedLoop(keptSizes, partialStrides, strides).forEachRow { offsets, strides, count in
      Parallel.forEach(number, grain: 2) { range in
        for i in range {
          loop(
            o + offsets[0] + i * result.size, strides[0],
            x + offsets[1] + i * length * run.stride, strides[1], run.stride, count,
            min(length, run.size - i * length))
        }
      }
    }
    return partial
  }

  /// The runs that `dims` form, outermost first: by stride, so that a dense array is one run
  /// whatever the order of its dimensions, or `inOrder`.
  private func runs(along dims: Dims, inOrder: Bool) -> [Run] {
    if dims.contains(where: { sizes[$0] == 0 }) {
      return [Run(dims: dims, size: 0, stride: dtype.size)]
    }
    var order = dims.filter { sizes[$0] != 1 }
    if inOrder { order.sort() } else { order.sort { strides[$0] > strides[$1] } }
    var runs: [Run] = []
    for dim in order {
      let stride = strides[dim] * dtype.size
      if let last = runs.indices.last, runs[last].stride == stride * sizes[dim] {
        runs[last].dims.append(dim)
        runs[last].size *= sizes[dim]
        runs[last].stride = stride
      } else {
        runs.append(Run(dims: [dim], size: sizes[dim], stride: stride))
      }
    }
    return runs
  }

  /// A copy in which `dims` are the last dimension, in row-major order.
  private func gathered(_ dims: Dims) throws -> NDArray {
    let kept = dims.complement(rank: rank)
    let last = dims.sorted()
    var target = Dims(kept.map { sizes[$0] })
    target.append(dims.reduce(1) { $0 * sizes[$1] })
    return try permuted(Dims(Array(kept) + last)).contiguous().viewed(as: target)
  }
}

extension NDArray {
  /// The sum along `dims`, which are wrapped and distinct, in `dtype`: by default in int64 for
  /// integers and bool. On bool it is the logical or.
  package func sum(_ dims: Dims, keepdim: Bool, dtype: DType? = nil) throws -> NDArray {
    let dtype = dtype ?? self.dtype.accumulating
    if dtype == .int64, let loop = Kernels.wideSum(self.dtype) {
      return try folded(loop, .int64, dims, keepdim, joining: .sum)
    }
    let x = try cast(to: dtype)
    return try x.reduced(dtype == .bool ? .any : .sum, dims, keepdim: keepdim)
  }

  /// The product along `dims`, as `sum`. On bool it is the logical and.
  package func prod(_ dims: Dims, keepdim: Bool, dtype: DType? = nil) throws -> NDArray {
    let dtype = dtype ?? self.dtype.accumulating
    let x = try cast(to: dtype)
    return try x.reduced(dtype == .bool ? .all : .prod, dims, keepdim: keepdim)
  }

  /// The mean along `dims`, which are wrapped and distinct; nan of nothing. 16-bit floats are
  /// added in float32, where 65,504 is not the end.
  ///
  /// - Throws: `TensorError.unsupported` for dtypes that are not floating-point.
  package func mean(_ dims: Dims, keepdim: Bool, dtype: DType? = nil) throws -> NDArray {
    let dtype = try meanDType(dtype)
    let number = dims.reduce(1) { $0 &* sizes[$1] }
    if dtype == self.dtype, let loop = Kernels.mean(dtype), number < Self.divisible,
      runs(along: dims, inOrder: false).count <= 1
    {
      return try folded(loop, dtype, dims, keepdim)
    }
    let sum = try cast(to: dtype.computing).reduced(.sum, dims, keepdim: keepdim)
    return try sum.binary(.div, .double(Double(number)), into: sum).cast(to: dtype)
  }

  /// The dtype of a mean.
  ///
  /// - Throws: `TensorError.unsupported` for dtypes that are not floating-point.
  package func meanDType(_ given: DType?) throws -> DType {
    let dtype = given ?? self.dtype
    if dtype.isDifferentiable { return dtype }
    throw TensorError.unsupported(
      "mean(): could not infer output dtype. \(given == nil ? "Input" : "Optional") dtype must be "
        + "either a floating point or complex dtype. Got: \(dtype.scalarTypeName)")
  }

  /// The variance along `dims`, which are wrapped and distinct, or its square root: the squared
  /// differences from the mean, added up and divided by their number less `correction`.
  ///
  /// - Throws: `TensorError.notImplemented` for integers, which the caller has refused.
  package func variance(
    _ dims: Dims, keepdim: Bool, correction: Double, isRoot: Bool
  ) throws -> NDArray {
    if dtype.isComplex {
      // The squared distance from the mean is that of the parts from theirs.
      let parts = try parts.variance(dims, keepdim: keepdim, correction: correction, isRoot: false)
      let sum = try parts.reduced(.sum, [parts.rank - 1], keepdim: false)
      return isRoot ? try sum.unary(.sqrt, into: sum) : sum
    }
    if count == 0 {
      return try .full(sizes.reducing(dims, keepdim: keepdim), .double(.nan), dtype)
    }
    let result = try cast(to: dtype.computing).squaredDeviations(dims, keepdim: keepdim)
    let number = Double(dims.reduce(1) { $0 * sizes[$1] })
    let divisor = number > correction ? number - correction : 0
    _ = try result.binary(.div, .double(divisor), into: result)
    if isRoot { _ = try result.unary(.sqrt, into: result) }
    return try result.cast(to: dtype)
  }
}

extension DType {
  /// The dtype of a sum of such elements.
  package var accumulating: DType { isDifferentiable ? self : .int64 }

  /// The dtype in which several steps are done before rounding: float32 for 16-bit floats.
  package var computing: DType { isFloatingPoint && size == 2 ? .float32 : self }
}
