import Elements
import KernelChoice
import Parallel

extension NDArray {
  /// The distances in the p-norm between the rows of this array, of shape (…, P, M), and those of
  /// another, of shape (…, R, M), whose dimensions in front are the same: of shape (…, P, R).
  ///
  /// - Throws: `TensorError.notImplemented` for other dtypes than float32 and float64.
  package func distances(to other: NDArray, _ p: Double) throws -> NDArray {
    guard let loop = Kernels.distance(dtype) else {
      throw TensorError.notImplemented(kernel: "cdist", dtype)
    }
    let (rows, columns) = (sizes[rank - 2], other.sizes[rank - 2])
    let length = sizes[rank - 1]
    let out = try NDArray.empty(Dims(sizes.dropLast(2)).followed(by: rows, columns), dtype)
    if out.count == 0 { return out }
    let (x, y) = (try contiguous(), try other.contiguous())
    let (o, a, b) = (out.base, x.base, y.base)
    let size = dtype.size
    // A row of one matrix, and all of the other.
    let grain = max(1, Walk.grain / max(1, columns * length))
    Parallel.forEach(out.count / columns, grain: grain) { range in
      for row in range {
        let matrix = row / rows
        loop(
          o + row * columns * size, a + row * length * size, b + matrix * columns * length * size,
          1, columns, length, p)
      }
    }
    withExtendedLifetime((x, y)) {}
    return out
  }

  /// The gradient of such distances for the rows of x, where this is the gradient of the distances
  /// of x and y.
  ///
  /// - Throws: as `distances`.
  package func distanceGradient(
    _ x: NDArray, _ y: NDArray, _ distance: NDArray, _ p: Double
  ) throws -> NDArray {
    guard let loop = Kernels.distanceGradient(x.dtype) else {
      throw TensorError.notImplemented(kernel: "cdist_backward", x.dtype)
    }
    let out = try NDArray(uninitialized: x.sizes, x.dtype)
    if out.count == 0 { return out }
    let (rows, columns) = (x.sizes[x.rank - 2], y.sizes[y.rank - 2])
    let length = x.sizes[x.rank - 1]
    let (g, d) = (try cast(to: x.dtype).contiguous(), try distance.contiguous())
    let (left, right) = (try x.contiguous(), try y.contiguous())
    let (o, gradient, norm, a, b) = (out.base, g.base, d.base, left.base, right.base)
    let size = x.dtype.size
    let grain = max(1, Walk.grain / max(1, columns * length))
    Parallel.forEach(out.count / length, grain: grain) { range in
      for row in range {
        let place = row * columns * size
        loop(
          o + row * length * size, gradient + place, norm + place, columns, 1,
          a + row * length * size, b + row / rows * columns * length * size, 1, columns, length, p)
      }
    }
    withExtendedLifetime((g, d, left, right)) {}
    return out
  }

  /// The products of the matrices of two stacks whose dimensions in front are the same.
  ///
  /// - Throws: what `bmm` throws.
  package func products(with other: NDArray) throws -> NDArray {
    let lead = Dims(sizes.dropLast(2))
    let stack = lead.reduce(1, *)
    func stacked(_ x: NDArray) throws -> NDArray {
      let x = try x.contiguous()
      return try x.with(.contiguous([stack, x.sizes[x.rank - 2], x.sizes[x.rank - 1]]))
    }
    let result = try stacked(self).bmm(stacked(other))
    let sizes = lead.followed(by: result.sizes[1], result.sizes[2])
    return try result.contiguous().with(Layout.contiguous(sizes))
  }

  /// The p-norm of all elements.
  ///
  /// - Throws: `TensorError.unsupported` for integers.
  package func normOfAll(_ p: Double) throws -> NDArray {
    if !dtype.isDifferentiable {
      throw TensorError.unsupported(
        "norm(): input dtype should be either floating point or complex. Got "
          + "\(dtype.scalarTypeName) instead.")
    }
    let dims = Dims(sizes.indices)
    let x = try cast(to: dtype.computing).unary(.abs)
    func sum(_ x: NDArray) throws -> NDArray { try x.reduced(.sum, dims, keepdim: false) }
    let norm: NDArray
    switch p {
    case 0: norm = try sum(x.binary(.ne, 0).cast(to: x.dtype))
    case 1: norm = try sum(x)
    case 2: norm = try sum(x.unary(.square)).unary(.sqrt)
    case .infinity, -.infinity:
      norm =
        count == 0
        ? try .full([], 0, x.dtype)
        : try x.reduced(p > 0 ? .max : .min, dims, keepdim: false)
    default: norm = try sum(x.power(.double(p))).power(.double(1 / p))
    }
    return try norm.cast(to: dtype.real)
  }

  /// The cross product along `dim`; the other dimensions broadcast.
  ///
  /// - Throws: `TensorError.runtime`, `.dimOutOfRange`, `.broadcast`, `.notImplemented` for bool.
  package func cross(_ other: NDArray, dim: Int) throws -> NDArray {
    if rank != other.rank {
      throw TensorError.runtime("linalg.cross: inputs must have the same number of dimensions.")
    }
    let wrapped = try Dims.wrap(dim, rank: rank)
    if rank == 0 || sizes[wrapped] != 3 || other.sizes[wrapped] != 3 {
      let (left, right) = rank == 0 ? (1, 1) : (sizes[wrapped], other.sizes[wrapped])
      throw TensorError.runtime(
        "linalg.cross: inputs dimension \(dim) must have length 3. Got \(left) and \(right)")
    }
    let target = try Dims.broadcast(sizes, other.sizes)
    if dtype == .bool { throw TensorError.notImplemented(kernel: "cross", dtype) }
    if dtype != other.dtype {
      throw TensorError.runtime(
        "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
    let out = try NDArray(uninitialized: target, dtype)
    for i in 0..<3 {
      let (next, last) = ((i + 1) % 3, (i + 2) % 3)
      func product(_ first: Int, _ second: Int) throws -> NDArray {
        try select(dim: wrapped, index: first).binary(
          .mul, other.select(dim: wrapped, index: second))
      }
      try out.select(dim: wrapped, index: i).assign(
        product(next, last).binary(.sub, product(last, next)))
    }
    return out
  }
}

extension Dims {
  /// These sizes and two more.
  package func followed(by first: Int, _ second: Int) -> Dims {
    var sizes = self
    sizes.append(first)
    sizes.append(second)
    return sizes
  }
}
