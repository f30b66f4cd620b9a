import Arrays
import Autograd
import Elements

// Complex numbers and their parts.

extension Ops {
  package static let complexNumbers: [any AnyOperator] = [conj]

  package static let conj = Operator<Void>(
    "conj(Tensor(a) self) -> Tensor(a)",
    """
    The complex conjugate of each element. Where elements are real, self is returned.

    Derivative: the conjugate of g.
    """,
    forward: .composed { x, _ in x },
    derivative: .composed,
    samples: .unary())
}
