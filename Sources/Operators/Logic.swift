import Arrays
import Autograd
import Elements

extension Operator where Attributes == Void {
  /// A function of two truth values or bit patterns.
  fileprivate init(
    _ schema: String, _ function: BinaryOperation, _ documentation: String
  ) {
    let isLogical = function.isPredicate
    let isShift = function == .shiftLeft || function == .shiftRight
    let shift = Sample(
      SampleInput([3], .integers([0, 5, -6])), SampleInput([3], .integers([3, 3, 12])))
    self.init(
      schema, documentation, inPlace: .available,
      forward: .two { x, y, _, out in try x.binary(function, y, into: out) },
      derivative: isLogical ? .none(because: truthValue) : .none(because: bitPattern),
      batching: .elementwise,
      samples: isShift
        ? [shift]
        : [
          Sample(
            SampleInput([2, 2], .booleans([true, true, false, false])),
            SampleInput([2], .booleans([true, false]))),
          shift,
        ])
  }

  /// A function of one truth value, bit pattern or number.
  fileprivate init(
    _ schema: String, _ function: UnaryOperation, _ documentation: String, of sample: SampleInput,
    inPlace: InPlace = .unavailable
  ) {
    let isLogical = function.isPredicate
    self.init(
      schema, documentation, inPlace: inPlace,
      forward: .one { x, _, out in try x.unary(function, into: out) },
      derivative: isLogical ? .none(because: truthValue) : .none(because: bitPattern),
      batching: .elementwise,
      samples: [Sample(sample)])
  }
}

extension Operator where Attributes == Scalar {
  /// A function of a bit pattern and a number, or of a number and a bit pattern.
  fileprivate init(
    _ schema: String, _ function: BinaryOperation, reversed: Bool = false, _ documentation: String
  ) {
    self.init(
      schema, documentation, inPlace: reversed ? .unavailable : .available,
      forward: .one { x, number, out in
        try x.binary(function, number, reversed: reversed, into: out)
      },
      derivative: .none(because: bitPattern),
      batching: .elementwise,
      samples: [Sample(SampleInput([3], .integers([0, 5, -6])), attributes: 3)])
  }
}

private let truthValue = "a truth value does not change gradually"
private let bitPattern = "it is defined for integers and bool only"

extension Ops {
  package static let logic: [any AnyOperator] = [
    logicalAnd, logicalOr, logicalXor, logicalNot, bitwiseAnd, bitwiseAndScalar,
    bitwiseAndScalarTensor, bitwiseOr, bitwiseOrScalar, bitwiseOrScalarTensor, bitwiseXor,
    bitwiseXorScalar, bitwiseXorScalarTensor, bitwiseLeftShift, bitwiseLeftShiftTensorScalar,
    bitwiseLeftShiftScalarTensor, bitwiseRightShift, bitwiseRightShiftTensorScalar,
    bitwiseRightShiftScalarTensor, bitwiseNot, isnan, isinf, isfinite,
    isposinf, isneginf, signbit,
  ]

  package static let logicalAnd = Operator<Void>(
    "logical_and(Tensor self, Tensor other) -> Tensor", .logicalAnd,
    "Whether both are true, element by element; what is not zero, nan included, is true.")

  package static let logicalOr = Operator<Void>(
    "logical_or(Tensor self, Tensor other) -> Tensor", .logicalOr,
    "Whether one is true, or both, element by element; what is not zero, nan included, is true.")

  package static let logicalXor = Operator<Void>(
    "logical_xor(Tensor self, Tensor other) -> Tensor", .logicalXor,
    "Whether exactly one is true, element by element; what is not zero, nan included, is true.")

  package static let logicalNot = Operator(
    "logical_not(Tensor self) -> Tensor", .logicalNot,
    "Whether each element is zero: a bool tensor.", of: SampleInput([3], .integers([0, 1, -2])),
    inPlace: .available)

  package static let bitwiseAnd = Operator<Void>(
    "bitwise_and(Tensor self, Tensor other) -> Tensor", .bitwiseAnd,
    "Bits that are set in both integers, element by element; on bool, logical and.")

  package static let bitwiseOr = Operator<Void>(
    "bitwise_or(Tensor self, Tensor other) -> Tensor", .bitwiseOr,
    "Bits that are set in one integer or both, element by element; on bool, logical or.")

  package static let bitwiseXor = Operator<Void>(
    "bitwise_xor(Tensor self, Tensor other) -> Tensor", .bitwiseXor,
    "Bits that are set in exactly one integer, element by element; on bool, exclusive or.")

  package static let bitwiseAndScalar = Operator<Scalar>(
    "bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor", .bitwiseAnd,
    "Bits that are set in both each integer and a number; on bool, logical and.")

  package static let bitwiseAndScalarTensor = Operator<Scalar>(
    "bitwise_and.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", .bitwiseAnd, reversed: true,
    "Bits that are set in both each integer and a number; on bool, logical and.")

  package static let bitwiseOrScalar = Operator<Scalar>(
    "bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor", .bitwiseOr,
    "Bits that are set in each integer or a number, or in both; on bool, logical or.")

  package static let bitwiseOrScalarTensor = Operator<Scalar>(
    "bitwise_or.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", .bitwiseOr, reversed: true,
    "Bits that are set in each integer or a number, or in both; on bool, logical or.")

  package static let bitwiseXorScalar = Operator<Scalar>(
    "bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor", .bitwiseXor,
    "Bits that are set in exactly one of each integer and a number; on bool, exclusive or.")

  package static let bitwiseXorScalarTensor = Operator<Scalar>(
    "bitwise_xor.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", .bitwiseXor, reversed: true,
    "Bits that are set in exactly one of each integer and a number; on bool, exclusive or.")

  package static let bitwiseLeftShift = Operator<Void>(
    "bitwise_left_shift(Tensor self, Tensor other) -> Tensor", .shiftLeft,
    """
    Integers with their bits shifted to the left, element by element.

    Bits that leave are lost; a shift by a negative number, or by more bits than there are, is one by all bits.
    """)

  package static let bitwiseLeftShiftTensorScalar = Operator<Scalar>(
    "bitwise_left_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor", .shiftLeft,
    """
    Integers with their bits shifted to the left by a number.

    Bits that leave are lost; a shift by a negative number, or by more bits than there are, is one by all bits.
    """)

  package static let bitwiseLeftShiftScalarTensor = Operator<Scalar>(
    "bitwise_left_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", .shiftLeft,
    reversed: true,
    """
    A number with its bits shifted to the left by each of the integers.

    Bits that leave are lost; a shift by a negative number, or by more bits than there are, is one by all bits.
    """)

  package static let bitwiseRightShift = Operator<Void>(
    "bitwise_right_shift(Tensor self, Tensor other) -> Tensor", .shiftRight,
    """
    Integers with their bits shifted to the right, element by element.

    The sign comes in from the left; a shift by a negative number, or by more bits than there are, is one by all bits.
    """)

  package static let bitwiseRightShiftTensorScalar = Operator<Scalar>(
    "bitwise_right_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor", .shiftRight,
    """
    Integers with their bits shifted to the right by a number.

    The sign comes in from the left; a shift by a negative number, or by more bits than there are, is one by all bits.
    """)

  package static let bitwiseRightShiftScalarTensor = Operator<Scalar>(
    "bitwise_right_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", .shiftRight,
    reversed: true,
    """
    A number with its bits shifted to the right by each of the integers.

    The sign comes in from the left; a shift by a negative number, or by more bits than there are, is one by all bits.
    """)

  package static let bitwiseNot = Operator(
    "bitwise_not(Tensor self) -> Tensor", .bitwiseNot,
    "Each integer with every bit turned over; on bool, logical not.",
    of: SampleInput([3], .integers([0, 5, -6])), inPlace: .available)

  package static let isnan = Operator(
    "isnan(Tensor self) -> Tensor", .isNaN,
    "Whether each element is nan: a bool tensor, false for integers.",
    of: SampleInput([2, 3], .constant(-2, 2)))

  package static let isinf = Operator(
    "isinf(Tensor self) -> Tensor", .isInf,
    "Whether each element is infinite: a bool tensor, false for integers.",
    of: SampleInput([2, 3], .constant(-2, 2)))

  package static let isfinite = Operator(
    "isfinite(Tensor self) -> Tensor", .isFinite,
    "Whether each element is neither infinite nor nan: a bool tensor, true for integers.",
    of: SampleInput([2, 3], .constant(-2, 2)))

  package static let isposinf = Operator(
    "isposinf(Tensor self) -> Tensor", .isPositiveInf,
    "Whether each element is positive infinity: a bool tensor, false for integers.",
    of: SampleInput([2, 3], .constant(-2, 2)))

  package static let isneginf = Operator(
    "isneginf(Tensor self) -> Tensor", .isNegativeInf,
    "Whether each element is negative infinity: a bool tensor, false for integers.",
    of: SampleInput([2, 3], .constant(-2, 2)))

  package static let signbit = Operator(
    "signbit(Tensor self) -> Tensor", .signbit,
    "Whether each element has a negative sign, as -0 has too: a bool tensor.",
    of: SampleInput([2, 3], .constant(-2, 2)))
}
