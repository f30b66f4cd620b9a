import Arrays
import Autograd
import Elements

// Complex numbers and their parts.

extension Ops {
  package static let complexNumbers: [any AnyOperator] = [
    complex, polar, real, imag, angle, conj, conjPhysical, resolveConj, resolveNeg, viewAsReal,
    viewAsComplex,
  ]

  package static let complex = Operator<Void>(
    "complex(Tensor real, Tensor imag) -> Tensor",
    """
    Complex numbers from their real and imaginary parts.

    Shapes broadcast. Errors: dtypes that differ, or are neither float16, float32 nor float64.
    Derivative: the real part of g for real, its imaginary part for imag.
    """,
    forward: .two { x, y, _, _ in try .complex(x, y) },
    derivative: .of(.linear { g, _ in try g.real() }, .linear { g, _ in try g.imag() }),
    tangent: .linear, batching: .elementwise,
    samples: .binary())

  package static let polar = Operator<Void>(
    "polar(Tensor abs, Tensor angle) -> Tensor",
    """
    Complex numbers from their distance from zero and their angle: abs cos(angle) + i abs sin(angle).

    Shapes broadcast. Errors: as `complex`.
    Derivative: Re(g) cos(angle) + Im(g) sin(angle) for abs, abs (Im(g) cos(angle) - Re(g) sin(angle))
    for angle.
    """,
    forward: .two { x, angle, _, _ in
      if x.dtype != angle.dtype || !x.dtype.isFloatingPoint { return try .complex(x, angle) }
      return try .complex(x.binary(.mul, angle.unary(.cos)), x.binary(.mul, angle.unary(.sin)))
    },
    derivative: .of(
      .saving(.y) { g, c in try g.real() * c.y.cos() + g.imag() * c.y.sin() },
      .saving([.x, .y]) { g, c in
        try c.x * (g.imag() * c.y.cos() - g.real() * c.y.sin())
      }),
    tangent: .formula { c, _ in
      let (cosine, sine) = (try c.y.cos(), try c.y.sin())
      let (length, turn) = (try c.filledTangent(0), try c.x * c.filledTangent(1))
      return [
        try (length * cosine - turn * sine).complex(length * sine + turn * cosine)
      ]
    },
    batching: .elementwise,
    samples: .binary())

  package static let real = Operator<Void>(
    "real(Tensor(a) self) -> Tensor(a)",
    """
    The real part of each element: a view. Where elements are real, self is returned.

    Derivative: g.
    """,
    gradName: "SelectBackward0",
    forward: .composed { x, _ in
      x.dtype.isComplex ? try x.viewAsReal().select(dim: -1, index: 0) : x
    },
    derivative: .composed,
    samples: .unary())

  package static let imag = Operator<Void>(
    "imag(Tensor(a) self) -> Tensor(a)",
    """
    The imaginary part of each element: a view.

    Errors: elements that are real. Derivative: i g.
    """,
    gradName: "SelectBackward0",
    forward: .composed { x, _ in
      if !x.dtype.isComplex {
        throw TensorError.type("imag is not implemented for tensors with non-complex dtypes.")
      }
      return try x.viewAsReal().select(dim: -1, index: 1)
    },
    derivative: .composed, samples: [])

  package static let angle = Operator<Void>(
    "angle(Tensor self) -> Tensor",
    """
    The angle of each element in the complex plane, in radians: 0 or pi for real numbers, nan for nan.

    Integers become float32. Derivative: g i z / |z|^2 for complex numbers, 0 for real ones and at 0.
    """,
    forward: .one { x, _, _ in
      if x.dtype.isComplex {
        let parts = x.parts
        return try parts.select(dim: -1, index: 1).binary(
          .atan2, parts.select(dim: -1, index: 0))
      }
      let dtype = x.dtype.isFloatingPoint ? x.dtype : .float32
      let value = try x.cast(to: dtype)
      let positive = try NDArray.choose(
        value.binary(.lt, .int(0)), .full([], .double(.pi), dtype), .full([], 0, dtype))
      return try NDArray.choose(value.unary(.isNaN), value, positive.cast(to: dtype))
    },
    derivative: .of(
      .saving(.x) { g, c in
        let z = try c.x
        if !z.dtype.isComplex { return try g.zeros }
        let square = try z.real().square() + z.imag().square()
        let isZero = try square.eq(0)
        let slope = try g / square.maskedFill(isZero, 1)
        return try (-z.imag() * slope).complex(z.real() * slope)
      }),
    tangent: .formula { c, _ in
      let z = c.x
      let t = try c.filledTangent(0)
      if !z.dtype.isComplex { return [try t.zeros] }
      let square = try z.real().square() + z.imag().square()
      let isZero = try square.eq(0)
      let turn = try z.real() * t.imag() - z.imag() * t.real()
      return [try turn / square.maskedFill(isZero, 1)]
    },
    batching: .elementwise,
    samples: .unary(0.5, 2))

  package static let conj = Operator<Void>(
    "conj(Tensor(a) self) -> Tensor(a)",
    """
    The complex conjugate of each element. Where elements are real, self is returned.

    Derivative: the conjugate of g.
    """,
    forward: .composed { x, _ in x.dtype.isComplex ? try conjugate(x, ()) : x },
    derivative: .composed,
    samples: .unary())

  package static let conjPhysical = Operator<Void>(
    "conj_physical(Tensor self) -> Tensor",
    "The complex conjugate of each element; see `conj`.",
    forward: .composed { x, _ in try x.conj() },
    derivative: .composed,
    samples: .unary())

  package static let resolveConj = Operator<Void>(
    "resolve_conj(Tensor(a) self) -> Tensor(a)",
    "The tensor itself: conjugates are computed when they are asked for.",
    forward: .composed { x, _ in x },
    derivative: .composed,
    samples: .unary())

  package static let resolveNeg = Operator<Void>(
    "resolve_neg(Tensor(a) self) -> Tensor(a)",
    "The tensor itself: negatives are computed when they are asked for.",
    forward: .composed { x, _ in x },
    derivative: .composed,
    samples: .unary())

  package static let viewAsReal = Operator<Void>(
    "view_as_real(Tensor(a) self) -> Tensor(a)",
    """
    The parts of complex numbers along a new last dimension of size 2: a view.

    Errors: elements that are real. Derivative: the pairs of g as complex numbers.
    """,
    forward: .view { x, _ in
      if !x.dtype.isComplex {
        throw TensorError.type("view_as_real is only supported for complex tensors")
      }
      return x.parts
    },
    derivative: .of(.linear { g, _ in try g.contiguous().viewAsComplex() }),
    batching: .rule { batch, _ in [try batch.input(0).viewAsReal()] },
    samples: [])

  package static let viewAsComplex = Operator<Void>(
    "view_as_complex(Tensor(a) self) -> Tensor(a)",
    """
    Pairs of numbers along the last dimension, of size 2, as complex numbers: a view.

    Errors: a dtype other than float32 and float64, another last size, strides that do not allow it.
    Derivative: the parts of g.
    """,
    forward: .view { x, _ in try x.joinedParts() },
    derivative: .of(.linear { g, _ in try g.viewAsReal() }),
    batching: .rule { batch, _ in [try batch.input(0).viewAsComplex()] },
    samples: [Sample(SampleInput([3, 2])), Sample(SampleInput([2])), Sample(SampleInput([0, 2]))])

  /// The conjugate of complex numbers.
  private static let conjugate = Operator<Void>(
    "conj(Tensor self) -> Tensor", "The complex conjugate of each element.",
    forward: .one { x, _, out in try x.unary(.conj, into: out) },
    derivative: .of(.linear { g, _ in try g.conj() }),
    tangent: .linear, batching: .elementwise, samples: [])
}
