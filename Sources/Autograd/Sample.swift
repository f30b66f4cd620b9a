import Arrays
import Elements

/// Arguments for one call of an operator, from which its gradient checks and its examples are made.
package struct Sample<Attributes: Sendable>: Sendable {
  let inputs: [SampleInput]
  let attributes: Attributes

  /// - Parameters:
  ///   - inputs: the tensor arguments.
  ///   - attributes: the others.
  package init(_ inputs: SampleInput..., attributes: Attributes) {
    self.init(inputs, attributes: attributes)
  }

  /// The same with a list.
  package init(_ inputs: [SampleInput], attributes: Attributes) {
    self.inputs = inputs
    self.attributes = attributes
  }
}

extension Sample where Attributes == Void {
  /// Tensors only.
  package init(_ inputs: SampleInput...) { self.init(inputs, attributes: ()) }
}

/// A tensor argument of a sample: shape, and where its numbers come from.
package struct SampleInput: Sendable {
  /// Where numbers come from.
  package enum Values: Sendable {
    /// Evenly distributed between the bounds, float64, to be differentiated.
    case range(Double, Double)
    /// As `range`, not to be differentiated.
    case constant(Double, Double)
    /// Given integers, int64, repeated as often as needed.
    case integers([Int64])
    /// Given truth values, repeated as often as needed.
    case booleans([Bool])
  }

  let sizes: Dims
  let values: Values
  let isTransposed: Bool

  /// - Parameter transposed: lay the numbers out in the opposite order of dimensions.
  package init(_ sizes: Dims, _ values: Values = .range(-2, 2), transposed: Bool = false) {
    self.sizes = sizes
    self.values = values
    isTransposed = transposed
  }

  /// The tensor. The numbers depend on `seed` alone.
  func tensor(seed: inout UInt64) throws -> Tensor {
    let memory = isTransposed ? Dims(sizes.reversed()) : sizes
    var array: NDArray
    switch values {
    case .range(let low, let high), .constant(let low, let high):
      array = try NDArray(uninitialized: memory, .float64)
      let pointer = array.base.assumingMemoryBound(to: Double.self)
      for i in 0..<array.count { pointer[i] = low + (high - low) * Self.next(&seed) }
    case .integers(let list):
      array = try NDArray(uninitialized: memory, .int64)
      let pointer = array.base.assumingMemoryBound(to: Int64.self)
      for i in 0..<array.count { pointer[i] = list[i % list.count] }
    case .booleans(let list):
      array = try NDArray(uninitialized: memory, .bool)
      let pointer = array.base.assumingMemoryBound(to: Bool.self)
      for i in 0..<array.count { pointer[i] = list[i % list.count] }
    }
    if isTransposed { array = try array.permuted(Dims(sizes.indices.reversed())) }
    let tensor = Tensor(array)
    if case .range = values { try tensor.setRequiresGrad(true) }
    return tensor
  }

  /// SplitMix64, as a number in [0, 1).
  private static func next(_ seed: inout UInt64) -> Double {
    seed &+= 0x9e37_79b9_7f4a_7c15
    var z = seed
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }
}

extension OperatorBody {
  /// A call with tensors in a list, as many as the operator takes.
  func call(_ t: [Tensor], _ a: Attributes) throws -> [Tensor] {
    if isInPlaceOnly { return [try callInPlace(t, a)] }
    return try apply(takesList ? filled(t) : t, a)
  }

  /// With nil for tensors that a sample leaves out at the end.
  private func filled(_ t: [Tensor]) -> [Tensor?] {
    let count = schema.arguments.filter { $0.kind.base == "Tensor" }.count
    return t + [Tensor?](repeating: nil, count: max(count - t.count, 0))
  }

  /// The variant that writes into the first tensor. A leaf can't be changed in place, so that is
  /// copied.
  func callInPlace(_ t: [Tensor], _ a: Attributes) throws -> Tensor {
    try applyInPlace([copied(t[0])] + t.dropFirst(), a)
  }

  private func copied(_ x: Tensor) throws -> Tensor { try sampleCopy(x, ()) }
}

private let sampleCopy = Operator<Void>(
  "clone(Tensor self) -> Tensor", "A copy.",
  forward: .one { x, _, _ in try x.copied() }, derivative: .of(.identity), tangent: .elementwise,
  batching: .elementwise, samples: [])

// Samples that many operators share.

extension Array {
  /// One tensor: contiguous, transposed, 0-d and empty.
  package static func unary<A>(
    _ low: Double = -2, _ high: Double = 2, attributes: A
  ) -> [Sample<A>] where Element == Sample<A> {
    let values = SampleInput.Values.range(low, high)
    return [
      Sample(SampleInput([2, 3], values), attributes: attributes),
      Sample(SampleInput([3, 2], values, transposed: true), attributes: attributes),
      Sample(SampleInput([], values), attributes: attributes),
      Sample(SampleInput([0, 2], values), attributes: attributes),
    ]
  }

  /// Two tensors: equal shapes, transposed, broadcast both ways, 0-d and empty.
  package static func binary<A>(
    _ x: (Double, Double) = (-2, 2), _ y: (Double, Double) = (-2, 2), attributes: A
  ) -> [Sample<A>] where Element == Sample<A> {
    let (x, y) = (SampleInput.Values.range(x.0, x.1), SampleInput.Values.range(y.0, y.1))
    return [
      Sample(SampleInput([2, 3], x), SampleInput([2, 3], y), attributes: attributes),
      Sample(
        SampleInput([3, 2], x, transposed: true), SampleInput([3, 2], y), attributes: attributes),
      Sample(SampleInput([2, 1], x), SampleInput([3], y), attributes: attributes),
      Sample(SampleInput([], x), SampleInput([2, 2], y), attributes: attributes),
      Sample(SampleInput([2], x), SampleInput([], y), attributes: attributes),
      Sample(SampleInput([], x), SampleInput([], y), attributes: attributes),
      Sample(SampleInput([0, 2], x), SampleInput([2], y), attributes: attributes),
    ]
  }
}

extension Array where Element == Sample<Void> {
  /// One tensor: contiguous, transposed, 0-d and empty.
  package static func unary(_ low: Double = -2, _ high: Double = 2) -> [Sample<Void>] {
    unary(low, high, attributes: ())
  }

  /// Two tensors: equal shapes, transposed, broadcast both ways, 0-d and empty.
  package static func binary(
    _ x: (Double, Double) = (-2, 2), _ y: (Double, Double) = (-2, 2)
  ) -> [Sample<Void>] {
    binary(x, y, attributes: ())
  }
}
