import Arrays
import Autograd
import Elements

// Powers and the exponential of matrices.

extension Ops {
  package static let matrixFunctions: [any AnyOperator] = [
    linalgMatrixPower, matrixPower, linalgMatrixExp, matrixExp,
  ]

  package static let linalgMatrixPower = Operator<Int>(
    "linalg_matrix_power(Tensor self, int n) -> Tensor",
    """
    The n-th power of each square matrix; of its inverse where n is negative.

    Errors: matrices that are not square; for negative n those of `linalg_inv`.
    Derivative: that of the products it is made of.
    """,
    gradName: "MmBackward0",
    forward: .composed { x, n in try power(x, n) }, derivative: .composed,
    samples: powerSamples)

  package static let matrixPower = Operator<Int>(
    "matrix_power(Tensor self, int n) -> Tensor",
    "The n-th power of each square matrix; see `linalg_matrix_power`.",
    gradName: "MmBackward0",
    forward: .composed { x, n in try power(x, n) }, derivative: .composed,
    samples: powerSamples)

  private static let powerSamples: [Sample<Int>] = [
    Sample(SampleInput([2, 2]), attributes: 3), Sample(SampleInput([2, 2, 2]), attributes: 6),
    Sample(SampleInput([2, 2], .range(1, 2), transposed: true), attributes: -2),
    Sample(SampleInput([0, 0]), attributes: 2),
  ]

  private static func power(_ x: Tensor, _ n: Int) throws -> Tensor {
    try checkSquare(x, "linalg.matrix_power")
    if n == 0 {
      let result = try x.clone()
      return try result.copy_(.identity(x.shape[x.rank - 1], x.dtype))
    }
    if n == 1 { return try x.clone() }
    if n == .min { throw TensorError.runtime("linalg.matrix_power: n is out of range") }
    let base = try n < 0 ? linalgInv(x, ()) : x
    let exponent = Swift.abs(n)
    if exponent == 1 { return base }
    if exponent == 2 { return try base.matmul(base) }
    if exponent == 3 { return try base.matmul(base).matmul(base) }
    // Squares, and the product of those that the binary digits ask for.
    var (square, rest) = (base, exponent)
    var result: Tensor?
    while true {
      if rest % 2 == 1 { result = try result.map { try $0.matmul(square) } ?? square }
      rest /= 2
      guard rest > 0 else { break }
      square = try square.matmul(square)
    }
    return result ?? base
  }

  /// - Throws: `TensorError.runtime` for what is not a stack of square matrices.
  static func checkSquare(_ x: Tensor, _ function: String, _ name: String = "A") throws {
    if x.rank < 2 {
      throw TensorError.runtime(
        "\(function): The input tensor \(name) must have at least 2 dimensions.")
    }
    let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    if m != n {
      throw TensorError.runtime(
        "\(function): \(name) must be batches of square matrices, but they are \(m) by \(n) matrices"
      )
    }
  }

  package static let linalgMatrixExp = exponential(
    "linalg_matrix_exp(Tensor self) -> Tensor",
    """
    The exponential of each square matrix: the sum of A^k / k! over all k.

    Errors: matrices that are not square; integers.
    Derivative: the upper right part of the exponential of ((A^H, g), (0, A^H)).
    Source: the Taylor polynomial of degree 18 of A / 2^s, squared s times, with s so large that it
    is exact; Higham, "Functions of Matrices", 2008, chapter 10; Mathias, "A chain rule for matrix
    functions and applications", 1996.
    """)

  package static let matrixExp = exponential(
    "matrix_exp(Tensor self) -> Tensor",
    "The exponential of each square matrix; see `linalg_matrix_exp`.")

  private static func exponential(_ schema: String, _ documentation: String) -> Operator<Void> {
    Operator(
      schema, documentation, gradName: "LinalgMatrixExpBackward0",
      forward: .one { x, _, _ in try x.matrixExponential() },
      derivative: .of(
        .saving(.x) { g, c in try differential(c.x.mH, g) }),
      tangent: .formula { c, _ in [try c.tangent(0).map { try differential(c.x, $0) }] },
      batching: .rule { batch, _ in [try matrixExp(batch.input(0), ())] },
      samples: [
        Sample(SampleInput([2, 2])), Sample(SampleInput([3, 3], transposed: true)),
        Sample(SampleInput([2, 2, 2])), Sample(SampleInput([0, 0])),
      ])
  }

  /// The derivative of the exponential at x in the direction e.
  private static func differential(_ x: Tensor, _ e: Tensor) throws -> Tensor {
    let n = x.shape[x.rank - 1]
    let top = try Tensor.cat([x, e], dim: -1)
    let bottom = try Tensor.cat([x.zerosLike(), x], dim: -1)
    return try matrixExp(.cat([top, bottom], dim: -2), ())
      .narrow(dim: -2, start: 0, length: n).narrow(dim: -1, start: n, length: n)
  }
}
