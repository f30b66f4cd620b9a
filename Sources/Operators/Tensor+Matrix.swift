import Arrays
import Autograd
import Elements

// What formulas of linear algebra are made of.

extension Tensor {
  /// The matrices transposed.
  var mT: Tensor { get throws { try transpose(dim0: -2, dim1: -1) } }

  /// The matrices transposed and conjugated.
  var mH: Tensor { get throws { try conj().mT } }

  /// The diagonals of the matrices.
  var diagonals: Tensor { get throws { try diagonal(offset: 0, dim1: -2, dim2: -1) } }

  /// True on the diagonal of n by n.
  private static func mask(_ n: Int) throws -> Tensor { Tensor(try .eye(n, n, .bool)) }

  /// Zeros and ones on the diagonal, to be added to or to stand beside this tensor's matrices.
  static func identity(_ n: Int, _ dtype: DType) throws -> Tensor { Tensor(try .eye(n, n, dtype)) }

  /// Square matrices with the last dimension's elements on the diagonal, and zeros elsewhere.
  func asDiagonal() throws -> Tensor {
    try Tensor.mask(shape[rank - 1]).where(unsqueeze(dim: -1), Tensor(.number(0, dtype)))
  }

  /// The matrices with one number in place of each element of the diagonal.
  func withDiagonal(_ value: Double) throws -> Tensor {
    try Tensor.mask(shape[rank - 1]).where(Tensor(.number(.double(value), dtype)), self)
  }

  /// The lower triangles with half of the diagonals: what a Hermitian matrix is the sum of, with its
  /// adjoint.
  func halfLower() throws -> Tensor {
    let half = try Tensor.mask(shape[rank - 1]).where(
      Tensor(.number(0.5, dtype)), Tensor(.number(1, dtype)))
    return try tril() * half
  }

  /// This minus its adjoint.
  func skew() throws -> Tensor { try self - mH }

  /// As a column where it is a vector, or a stack of them.
  func asColumns(_ isVector: Bool) throws -> Tensor { isVector ? try unsqueeze(dim: -1) : self }
}

extension Tensor {
  /// True when the derivative of what is made of this tensor may be asked for.
  var mayBeDifferentiated: Bool { !isPlain || requiresGrad && GradMode.isEnabled }
}

extension Batch {
  /// The same where tensors may be missing.
  func alignedOptionals(_ ranks: [Int]) throws -> [Tensor?] {
    let given = inputs.indices.filter { inputs[$0] != nil }
    let lead = given.map { rank($0) - ranks[$0] }.max() ?? 0
    return try inputs.indices.map {
      inputs[$0] == nil ? nil : try aligned($0, rank: lead + ranks[$0])
    }
  }

  /// The tensors that were given, for a call on all examples: with ones behind the examples'
  /// dimension so that those in front of the last `rank` line up.
  func alignedMatrices(_ ranks: [Int]) throws -> [Tensor] {
    let lead = inputs.indices.map { rank($0) - ranks[$0] }.max() ?? 0
    return try inputs.indices.map { try aligned($0, rank: lead + ranks[$0]) }
  }

  /// A result that depends on one tensor alone, and has these sizes for an example, for all examples.
  func restored(_ result: Tensor, _ index: Int, _ sizes: Dims) throws -> Tensor {
    let shape = sizes.following(size)
    return try isBatched[index] ? result.reshape(shape) : result.expand(shape)
  }
}
