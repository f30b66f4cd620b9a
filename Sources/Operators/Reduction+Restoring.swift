import Arrays
import Autograd
import Elements

// What the derivatives of reductions share.

/// What reductions over several dimensions take.
package typealias ReductionAttributes = (dim: Dims?, keepdim: Bool, dtype: DType?)

extension Tensor {
  /// This result of a reduction, or the gradient of one, with a 1 in each place where a dimension
  /// of the argument, which had `sizes`, disappeared: it then broadcasts against the argument.
  func restored(_ dims: Dims?, keepdim: Bool, sizes: Dims) throws -> Tensor {
    if keepdim || sizes.isEmpty { return self }
    return try reshape(sizes.reducing(.reduced(dims, rank: sizes.count), keepdim: true))
  }

  /// This gradient of the product of all elements of `x`, taken back to them: to what they became
  /// in the dtype that they were multiplied in.
  func throughProduct(_ x: Tensor, _ product: Tensor) throws -> Tensor {
    if x.rank == 0 { return self }
    let x = try x.to(dtype: dtype)
    let zeros = try x.numberOfZeros()
    if zeros == 0 { return try self * (product / x).conj() }
    let others = try x.reshape([-1]).productOfOthers(dim: 0).reshape(x.shape)
    // Next to two zeros it does not matter what is infinite.
    if let zeros, zeros > 1, try others.isnan().any().item().isTrue { return try x.zeros }
    return try self * others.conj()
  }

  /// The same for the products along one dimension.
  func throughProduct(
    _ x: Tensor, _ products: Tensor, dim: Int, keepdim: Bool
  ) throws -> Tensor {
    if x.rank == 0 { return self }
    let x = try x.to(dtype: dtype)
    let g = try restored([dim], keepdim: keepdim, sizes: x.shape)
    if try x.numberOfZeros() != 0 { return try g * x.productOfOthers(dim: dim).conj() }
    return try g * (products.restored([dim], keepdim: keepdim, sizes: x.shape) / x).conj()
  }

  /// How many elements are zero; nil where nobody can tell for a single example of several.
  private func numberOfZeros() throws -> Int? {
    if hidesElements { return nil }
    let others = try array.powerSum(.nonZeros, Dims(shape.indices), keepdim: false).item()
    return array.count - Int(others.int64)
  }

  /// For each element, the product of the others along `dim`, by multiplication alone, so that
  /// zeros do no harm, in the value and in derivatives of any order.
  ///
  /// What comes before an element times what comes after it. The products of all that come before
  /// take a logarithmic number of steps: those of 2, 4, 8 … neighbours.
  fileprivate func productOfOthers(dim: Int) throws -> Tensor {
    let dim = try Dims.wrap(dim, rank: rank)
    return try productOfEarlier(dim: dim)
      * flip([dim]).productOfEarlier(dim: dim).flip([dim])
  }

  func productOfEarlier(dim: Int) throws -> Tensor {
    let count = shape[dim]
    if count == 0 { return self }
    var first = shape
    first[dim] = 1
    let one = Tensor(try .full(first, 1, dtype))
    var product = try Tensor.cat([one, narrow(dim: dim, start: 0, length: count - 1)], dim: dim)
    var reach = 1
    while reach < count {
      let (start, rest) = (reach, count - reach)
      let joined =
        try product.narrow(dim: dim, start: start, length: rest)
        * product.narrow(dim: dim, start: 0, length: rest)
      product = try .cat([product.narrow(dim: dim, start: 0, length: start), joined], dim: dim)
      reach *= 2
    }
    return product
  }
}

extension Dims {
  /// The number of elements along `dims`; of all where none is given.
  func count(along dims: Dims?) throws -> Int {
    try Dims.reduced(dims, rank: count).reduce(1) { $0 &* self[$1] }
  }
}

extension Scalar {
  /// True for everything but zero.
  fileprivate var isTrue: Bool { double != 0 }
}

extension Ops {
  /// One dimension, several, all in each way to say so; both values of keepdim; orders in memory.
  static let reductionSamples: [Sample<ReductionAttributes>] = [
    Sample(SampleInput([2, 3]), attributes: ([1], false, nil)),
    Sample(SampleInput([2, 3]), attributes: ([-2], true, nil)),
    Sample(SampleInput([2, 3, 2]), attributes: ([0, 2], false, nil)),
    Sample(SampleInput([3, 2, 2], transposed: true), attributes: ([0, 1], true, nil)),
    Sample(SampleInput([2, 3]), attributes: (nil, false, nil)),
    Sample(SampleInput([2, 3]), attributes: ([], true, nil)),
    Sample(SampleInput([]), attributes: ([0], false, nil)),
    Sample(SampleInput([2, 0]), attributes: ([0], false, nil)),
  ]

  /// The same for reductions of a single dimension, which has elements.
  static func oneDimSamples<A>(
    _ low: Double = -2, _ high: Double = 2, _ attributes: (_ dim: Int, _ keepdim: Bool) -> A
  ) -> [Sample<A>] {
    let values = SampleInput.Values.range(low, high)
    return [
      Sample(SampleInput([2, 3], values), attributes: attributes(1, false)),
      Sample(SampleInput([2, 3], values), attributes: attributes(-2, true)),
      Sample(SampleInput([3, 2, 2], values, transposed: true), attributes: attributes(1, false)),
      Sample(SampleInput([], values), attributes: attributes(-1, false)),
      Sample(SampleInput([2, 0], values), attributes: attributes(0, false)),
    ]
  }
}
