import Arrays
import Autograd
import Elements

// Functions of three elements: between two values, and sums with a product or a quotient.

extension Ops {
  package static let combined: [any AnyOperator] = [lerpScalar, lerp, addcmul, addcdiv]

  package static let lerpScalar = Operator<Scalar>(
    "lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor",
    """
    self + weight * (end - self), element by element: self for the weight 0, end for 1, exactly.

    Shapes broadcast. Errors: different dtypes, and integers.
    Derivative: g * (1 - weight) for self, g * weight for end.
    """,
    gradName: "LerpBackward0", inPlace: .available,
    forward: .two { x, end, weight, out in
      try checkLerp(x, end, "end")
      return try .ternary(.lerpNumber, x, end, x, number: weight, dtype: x.dtype, into: out)
    },
    derivative: .of(
      .linear { g, _, weight in try g * weight.complement.conjugate },
      .linear { g, _, weight in try g * weight.conjugate }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary(attributes: 0.3) + .binary(attributes: 0.8))

  package static let lerp = Operator<Void>(
    "lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor",
    """
    self + weight * (end - self), element by element: self for the weight 0, end for 1, exactly.

    Shapes broadcast. Errors: different dtypes, but for a weight without dimensions, and integers.
    Derivative: g * (1 - weight) for self, g * weight for end, g * (end - self) for weight.
    """,
    gradName: "LerpBackward1", inPlace: .available,
    forward: .three { x, end, weight, _, out in
      guard let weight else { throw TensorError.nullArgument("weight") }
      try checkLerp(x, end, "end")
      if weight.rank > 0 { try checkLerp(x, weight, "weight") }
      return try .ternary(.lerp, x, end, weight, dtype: x.dtype, into: out)
    },
    derivative: .of(
      .saving(.z) { g, c in try g * (1 - c.z).conj() },
      .saving(.z) { g, c in try g * c.z.conj() },
      .saving([.x, .y]) { g, c in try g * (c.y - c.x).conj() }),
    tangent: .elementwise, batching: .elementwise,
    samples: triples())

  package static let addcmul = Operator<Scalar>(
    "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
    """
    self + value * tensor1 * tensor2, element by element.

    Shapes broadcast; the dtype is what the tensors promote to; bool is refused.
    Derivative: g for self, g * value * tensor2 for tensor1, g * value * tensor1 for tensor2.
    """,
    inPlace: .available,
    forward: .three { x, y, z, value, out in
      guard let z else { throw TensorError.nullArgument("tensor2") }
      let dtype = Promotion.of(x, y, z)
      if dtype != .bool { try value.check(fits: dtype.computing) }
      return try .ternary(.addcmul, x, y, z, number: value, dtype: dtype, into: out)
    },
    derivative: .of(
      .identity,
      .saving(.z) { g, c, value in try g * (c.z * value).conj() },
      .saving(.y) { g, c, value in try g * (c.y * value).conj() }),
    tangent: .elementwise, batching: .elementwise,
    samples: triples(attributes: 1) + triples(attributes: -1.5))

  package static let addcdiv = Operator<Scalar>(
    "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
    """
    self + value * tensor1 / tensor2, element by element.

    Shapes broadcast; the dtype is what the tensors promote to. Errors: integers tensor1 and tensor2.
    Derivative: g for self, g * value / tensor2 for tensor1, -g * value * tensor1 / tensor2² for
    tensor2.
    """,
    inPlace: .available,
    forward: .three { x, y, z, value, out in
      guard let z else { throw TensorError.nullArgument("tensor2") }
      if !y.dtype.isDifferentiable && !z.dtype.isDifferentiable {
        throw TensorError.runtime(
          "Integer division with addcdiv is no longer supported, and in a future  release addcdiv "
            + "will perform a true division of tensor1 and tensor2. The historic addcdiv behavior "
            + "can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input."
            + "dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float "
            + "inputs. The future addcdiv behavior is just the latter implementation: (input + "
            + "value * tensor1 / tensor2), for all dtypes.")
      }
      let dtype = Promotion.of(x, y, z)
      if dtype != .bool { try value.check(fits: dtype.computing) }
      return try .ternary(.addcdiv, x, y, z, number: value, dtype: dtype, into: out)
    },
    derivative: .of(
      .identity,
      .saving(.z) { g, c, value in try g * (value / c.z).conj() },
      .saving([.y, .z]) { g, c, value in try -g * (value * c.y / (c.z * c.z)).conj() }),
    tangent: .elementwise, batching: .elementwise,
    samples: triples((0.5, 2), attributes: 1) + triples((0.5, 2), attributes: -1.5))

  private static func triples<A>(
    _ last: (Double, Double) = (-2, 2), attributes: A
  ) -> [Sample<A>] {
    let last = SampleInput.Values.range(last.0, last.1)
    return [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2, 3], last), attributes: attributes),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([3, 1]), SampleInput([2], last),
        attributes: attributes),
      Sample(SampleInput([]), SampleInput([2]), SampleInput([], last), attributes: attributes),
      Sample(SampleInput([]), SampleInput([]), SampleInput([], last), attributes: attributes),
      Sample(
        SampleInput([0, 2]), SampleInput([2]), SampleInput([1], last), attributes: attributes),
    ]
  }

  private static func triples() -> [Sample<Void>] { triples(attributes: ()) }
}

/// - Throws: `TensorError.runtime` where the dtypes differ.
private func checkLerp(_ x: NDArray, _ other: NDArray, _ name: String) throws {
  if x.dtype == other.dtype { return }
  throw TensorError.runtime(
    "expected dtype \(x.dtype.compilerName) for `\(name)` but got dtype \(other.dtype.compilerName)"
  )
}

extension Scalar {
  /// One minus this number.
  fileprivate var complement: Scalar {
    if isComplex { return .complex(1 - double, -imaginary) }
    return isFloatingPoint ? .double(1 - double) : .int(1 &- int64)
  }
}
