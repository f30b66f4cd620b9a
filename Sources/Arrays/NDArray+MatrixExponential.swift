import Elements
import Glibc

extension NDArray {
  /// The exponential of each square matrix.
  ///
  /// The Taylor polynomial of degree 18 is exact to float64 for matrices of norm 1.09, so each
  /// matrix is halved until it is below that, and the result squared as often.
  /// - Throws: `TensorError.runtime`, `.unsupported`, `.outOfMemory`.
  package func matrixExponential() throws -> NDArray {
    try checkSquare("linalg.matrix_exp")
    try checkFloat("linalg.matrix_exp")
    let n = rowCount
    if count == 0 { return try NDArray(uninitialized: sizes, dtype) }
    if n == 1 { return try contiguous().unary(.exp) }
    let batch = batchSizes.reduce(1, &*)
    let source = try contiguous()
    let x = try NDArray(uninitialized: [batch, n, n], dtype)
    var halvings: [Int] = []
    for i in 0..<batch {
      let matrix = source.with(.strided([n, n], [n, 1]), offset: source.offset + i * n * n)
      let norm = try matrix.largestColumnSum()
      // A norm that is not a number halves nothing, and spreads.
      let count = norm > 1.09 && norm.isFinite ? Int(ceil(log2(norm / 1.09))) : 0
      halvings.append(count)
      let target = x.with(.strided([n, n], [n, 1]), offset: x.offset + i * n * n)
      _ = try matrix.binary(.mul, .double(exp2(-Double(count))), into: target)
    }
    var result = try x.exponentialPolynomial()
    // Largest number of halvings first; matrices that need no further squaring are left out.
    let most = halvings.max() ?? 0
    for step in 0..<most {
      let going = halvings.indices.filter { halvings[$0] > step }
      if going.count == batch {
        result = try result.bmm(result)
        continue
      }
      for i in going {
        let matrix = result.with(.strided([n, n], [n, 1]), offset: result.offset + i * n * n)
        matrix.assign(try matrix.mm(matrix))
      }
    }
    return try result.viewed(as: sizes)
  }

  /// The largest sum of absolute values of a column.
  private func largestColumnSum() throws -> Double {
    let sums = try unary(.abs).cast(to: .float64).reduced(.sum, [0], keepdim: false)
    return try sums.reduced(.max, [0], keepdim: false).item().double
  }

  /// Sum of x^k / k! up to k = 18 of a stack of matrices: three polynomials of degree 5 in x, and
  /// x^18 / 18!, multiplied by powers of x^6 (Paterson and Stockmeyer).
  private func exponentialPolynomial() throws -> NDArray {
    var powers = [self]
    for k in 2...6 { powers.append(try powers[k / 2 - 1].bmm(powers[k - k / 2 - 1])) }
    var factorials = [1.0]
    for k in 1...18 { factorials.append(factorials[k - 1] * Double(k)) }
    /// Adds the terms of degrees `first` to `first + 5`.
    func part(_ first: Int, _ sum: NDArray?) throws -> NDArray {
      let total = try sum ?? .full(sizes, 0, dtype)
      for k in 1...5 {
        let term = try powers[k - 1].binary(.mul, .double(1 / factorials[first + k]))
        _ = try total.binary(.add, term, into: total)
      }
      let diagonal = try total.diagonal(offset: 0, dim1: -2, dim2: -1)
      _ = try diagonal.binary(.add, .double(1 / factorials[first]), into: diagonal)
      return total
    }
    let top = try powers[5].binary(.mul, .double(1 / factorials[18]))
    let high = try part(12, top)
    let middle = try part(6, powers[5].bmm(high))
    return try part(0, powers[5].bmm(middle))
  }
}
