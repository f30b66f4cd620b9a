import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Values and derivatives that PyTorch 2.15 gives.
struct Recorded: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let function: @Sendable (Tensor) throws -> Tensor
  let points: [Scalar]
  let values: [Double]
  let slopes: [Double]
  var curvatures: [Double]?

  init(
    _ name: String, at points: [Scalar] = [0.5, 2], _ values: [Double], _ slopes: [Double],
    _ curvatures: [Double]? = nil, _ function: @escaping @Sendable (Tensor) throws -> Tensor
  ) {
    testDescription = name
    self.function = function
    self.points = points
    self.values = values
    self.slopes = slopes
    self.curvatures = curvatures
  }
}

private let smooth: [Recorded] = [
  Recorded("exp", [1.648721, 7.389056], [1.648721, 7.389056], [1.648721, 7.389056]) {
    try $0.exp()
  },
  Recorded("expm1", [0.648721, 6.389056], [1.648721, 7.389056], [1.648721, 7.389056]) {
    try $0.expm1()
  },
  Recorded("log", [-0.693147, 0.693147], [2, 0.5], [-4, -0.25]) { try $0.log() },
  Recorded("log1p", [0.405465, 1.098612], [0.666667, 0.333333], [-0.444444, -0.111111]) {
    try $0.log1p()
  },
  Recorded("erf", [0.5205, 0.995322], [0.878783, 0.020667], [-0.878783, -0.082668]) {
    try $0.erf()
  },
  Recorded("sin", [0.479426, 0.909297], [0.877583, -0.416147], [-0.479426, -0.909297]) {
    try $0.sin()
  },
  Recorded("cos", [0.877583, -0.416147], [-0.479426, -0.909297], [-0.877583, 0.416147]) {
    try $0.cos()
  },
  Recorded("tan", [0.546302, -2.18504], [1.298446, 5.774399], [1.418689, -25.234585]) {
    try $0.tan()
  },
  Recorded("sigmoid", [0.622459, 0.880797], [0.235004, 0.104994], [-0.057557, -0.079963]) {
    try $0.sigmoid()
  },
  Recorded("tanh", [0.462117, 0.964028], [0.786448, 0.070651], [-0.726862, -0.136219]) {
    try $0.tanh()
  },
  Recorded("square", [0.25, 4], [1, 4], [2, 2]) { try $0.square() },
  Recorded("sqrt", [0.707107, 1.414214], [0.707107, 0.353553], [-0.707107, -0.088388]) {
    try $0.sqrt()
  },
  Recorded("rsqrt", [1.414214, 0.707107], [-1.414214, -0.176777], [4.242641, 0.132583]) {
    try $0.rsqrt()
  },
  Recorded("reciprocal", [2, 0.5], [-4, -0.25], [16, 0.25]) { try $0.reciprocal() },
  Recorded("neg", [-0.5, -2], [-1, -1]) { try $0.neg() },
  Recorded("abs", at: [-0.5, 2], [0.5, 2], [-1, 1], [0, 0]) { try $0.abs() },
]

private let singular: [Recorded] = [
  Recorded("abs", at: [0, -1], [0, 1], [0, -1], [0, 0]) { try $0.abs() },
  Recorded("relu", at: [0, -0.0, 1, nan], [0, -0.0, 1, .nan], [0, 0, 1, 1], [0, 0, 0, 0]) {
    try $0.relu()
  },
  Recorded("sqrt", at: [0], [0], [.infinity], [-.infinity]) { try $0.sqrt() },
  Recorded("rsqrt", at: [0], [.infinity], [-.infinity], [.infinity]) { try $0.rsqrt() },
  Recorded("log", at: [0], [-.infinity], [.infinity], [-.infinity]) { try $0.log() },
  Recorded("log1p", at: [-1], [-.infinity], [.infinity], [-.infinity]) { try $0.log1p() },
  Recorded("reciprocal", at: [0], [.infinity], [-.infinity], [.infinity]) { try $0.reciprocal() },
  Recorded("sign", at: [0, -0.0, nan, -3], [0, 0, 0, -1], [0, 0, 0, 0]) { try $0.sign() },
  Recorded("floor", at: [0.5, -0.5, nan], [0, -1, .nan], [0, 0, 0]) { try $0.floor() },
  Recorded("ceil", at: [0.5, -0.5, 2], [1, 0, 2], [0, 0, 0]) { try $0.ceil() },
  Recorded("trunc", at: [1.5, -1.5, 2], [1, -1, 2], [0, 0, 0]) { try $0.trunc() },
  Recorded("round", at: [0.5, 1.5, 2.5, -0.5, -1.5], [0, 2, 2, 0, -2], [0, 0, 0, 0, 0]) {
    try $0.round()
  },
  Recorded("sigmoid", at: [1000, -1000], [1, 0], [0, 0], [0, 0]) { try $0.sigmoid() },
]

struct UnaryTests {
  @Test("values and derivatives of functions", arguments: smooth + singular)
  func function(_ recorded: Recorded) throws {
    let x = try Tensor.of(recorded.points, .float64)
    #expect(agree(try recorded.function(x).elements.map(\.double), recorded.values))
    let (first, second) = try slopes(at: recorded.points, recorded.function)
    #expect(agree(first, recorded.slopes))
    #expect((second == nil) == (recorded.curvatures == nil))
    if let second, let curvatures = recorded.curvatures { #expect(agree(second, curvatures)) }
  }

  @Test("integers become float32 where the function is transcendental")
  func integers() throws {
    for dtype in [DType.bool, .uint8, .int8, .int16, .int32, .int64] {
      let x = try Tensor.of([1, 0], dtype)
      #expect(try show(x.sqrt()) == "float32 1.0 0.0")
      #expect(try show(x.reciprocal()) == "float32 1.0 inf")
      #expect(
        failure { try x.exp_() }
          == .runtime(
            "result type Float can't be cast to the desired output type \(dtype.scalarTypeName)"))
    }
    #expect(try show(Tensor.of([1], .float16).exp()) == "float16 2.71875")
  }

  @Test("functions that keep integers")
  func kept() throws {
    let x = try Tensor.of([-128, 3, 0], .int8)
    #expect(try show(x.abs()) == "int8 -128 3 0")
    #expect(try show(x.neg()) == "int8 -128 -3 0")
    #expect(try show(x.sign()) == "int8 -1 1 0")
    #expect(try show(x.square()) == "int8 0 9 0")
    #expect(try show(x.relu()) == "int8 0 3 0")
    #expect(try show(x.floor()) == "int8 -128 3 0")
    #expect(try show(Tensor.of([1, 0], .uint8).neg()) == "uint8 255 0")
    #expect(try show(Tensor.of([true, false], .bool).square()) == "int64 1 0")
    #expect(try show(Tensor.of([true, false], .bool).sign()) == "bool True False")
  }

  @Test("bool is refused in PyTorch's words")
  func bools() throws {
    let x = try Tensor.of([true], .bool)
    #expect(failure { try x.abs() } == .unsupported("\"abs_cpu\" not implemented for 'Bool'"))
    #expect(
      failure { try x.floor() } == .unsupported("\"floor_vml_cpu\" not implemented for 'Bool'"))
    #expect(failure { try x.relu() } == .unsupported("Boolean inputs not supported for relu"))
    #expect(
      failure { try x.neg() }
        == .unsupported(
          "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            + "invert a mask, use the `~` or `logical_not()` operator instead."))
    #expect(
      failure { try x.square_() }
        == .runtime("result type Long can't be cast to the desired output type Bool"))
  }

  @Test("empty, 0-d and transposed tensors keep their layout")
  func layouts() throws {
    #expect(try show(Tensor.of([], .float32, [0, 2]).exp()) == "float32[0, 2]")
    #expect(try show(Tensor.of(4).sqrt()) == "float32[] 2.0")
    let x = Tensor(try Tensor.of([1, 2, 3, 4, 5, 6], .float32, [2, 3]).array.transposed(0, 1))
    let y = try x.neg()
    #expect(show(y) == "float32[3, 2] -1.0 -4.0 -2.0 -5.0 -3.0 -6.0")
    #expect(y.strides == [1, 3])
  }

  @Test("in place, what the derivative needs is kept")
  func inPlace() throws {
    let x = try Tensor.leaf([0.5, 2])
    for function in [Tensor.exp_, Tensor.sin_, Tensor.log_, Tensor.square_, Tensor.relu_] {
      let y = try x * 1
      let version = y.version
      #expect(try function(y)() === y)
      #expect(y.version == version + 1)
      try y.backward(gradient: .of([1, 1], .float64))
    }
    let gradient = try #require(x.grad)
    // The sum of the five slopes.
    #expect(agree(gradient.elements.map(\.double), [6.526304, 12.472909]))
    #expect(failure { try x.exp_() } == .leafInPlace)
  }

  @Test("nodes have PyTorch's names")
  func names() throws {
    let x = try Tensor.leaf([1])
    #expect(try x.exp().gradFunction?.name == "ExpBackward0")
    #expect(try x.log1p().gradFunction?.name == "Log1PBackward0")
    #expect(try x.square().gradFunction?.name == "PowBackward0")
    #expect(try x.neg().gradFunction?.name == "NegBackward0")
  }
}
