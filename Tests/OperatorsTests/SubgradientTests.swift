import Apus
import Testing

@testable import Autograd
@testable import Operators

/// Gradients at points where there is no derivative, or more than one; recorded from PyTorch in
/// float32, with ones as the gradient of the result.
@Suite("Gradients at singular points")
struct SubgradientTests {
  struct Point: Sendable, CustomTestStringConvertible {
    let name: String
    let x, y, gradient: [Double]
    let function: @Sendable (Tensor) throws -> Tensor

    init(
      _ name: String, at x: [Double], _ y: [Double], _ gradient: [Double],
      _ function: @escaping @Sendable (Tensor) throws -> Tensor
    ) {
      self.name = name
      self.x = x
      self.y = y
      self.gradient = gradient
      self.function = function
    }

    var testDescription: String { name }
  }

  private static func vector(_ numbers: [Scalar]) throws -> Tensor { try .of(numbers) }

  static let points: [Point] = [
    Point("relu", at: [0, -0.0, 1, .nan], [0, -0.0, 1, .nan], [0, 0, 1, 1]) { try $0.relu() },
    Point("abs", at: [0, -1], [0, 1], [0, -1]) { try $0.abs() },
    Point("sign", at: [0, 2], [0, 1], [0, 0]) { try $0.sign() },
    Point("sqrt", at: [0], [0], [.infinity]) { try $0.sqrt() },
    Point("pow 0", at: [0, 2], [1, 1], [0, 0]) { try $0.pow(0) },
    Point("pow 0.5", at: [0], [0], [.infinity]) { try $0.pow(0.5) },
    Point("pow 1", at: [0], [0], [1]) { try $0.pow(1) },
    Point("floor", at: [0.5], [0], [0]) { try $0.floor() },
    Point("round", at: [0.5], [0], [0]) { try $0.round() },
    Point("trunc", at: [0.5], [0], [0]) { try $0.trunc() },
    Point("log", at: [0], [-.infinity], [.infinity]) { try $0.log() },
    Point("log1p", at: [-1], [-.infinity], [.infinity]) { try $0.log1p() },
    Point("rsqrt", at: [0], [.infinity], [-.infinity]) { try $0.rsqrt() },
    Point("reciprocal", at: [0], [.infinity], [-.infinity]) { try $0.reciprocal() },
    Point("prod with one zero", at: [0, 2, 3], [0], [6, 0, 0]) { try $0.prod() },
    Point("prod with two zeros", at: [0, 0, 3], [0], [0, 0, 0]) { try $0.prod() },
    Point("std of one", at: [1], [.nan], [.nan]) { try $0.std() },
    Point("std of equals", at: [1, 1], [0], [0, 0]) { try $0.std() },
    Point("logsumexp of -inf", at: [-.infinity, -.infinity], [-.infinity], [.nan, .nan]) {
      try $0.logsumexp(dim: [0])
    },
    Point("softmax of one -inf", at: [-.infinity, 0], [0], [0, 0]) {
      try $0.softmax(dim: 0).select(dim: 0, index: 0)
    },
    Point("log_softmax of one -inf", at: [-.infinity, 0], [0], [0, 0]) {
      try $0.logSoftmax(dim: 0).select(dim: 0, index: 1)
    },
    Point("remainder", at: [-3], [1], [1]) { try $0.remainder(2) },
    Point("max", at: [2, 2, 1], [2], [0.5, 0.5, 0]) { try $0.max() },
    Point("max.dim", at: [2, 2, 1], [2], [1, 0, 0]) { try $0.max(dim: 0).values },
    Point("min.dim", at: [1, 1, 2], [1], [1, 0, 0]) { try $0.min(dim: 0).values },
    Point("amax", at: [2, 2, 1], [2], [0.5, 0.5, 0]) { try $0.amax(dim: [0]) },
    Point("clamp", at: [0, 0.5, 1, 2, .nan], [0, 0.5, 1, 1, .nan], [0, 1, 0, 0, 0]) {
      try $0.clamp(min: 0, max: 1)
    },
    Point("clamp from below", at: [0, 1, -1], [0, 1, 0], [0, 1, 0]) { try $0.clamp(min: 0) },
    Point("clamp from above", at: [0, 1, -1], [0, 0, -1], [0, 0, 1]) { try $0.clamp(max: 0) },
    Point("maximum", at: [1, 1, 1], [1, .nan, 1], [0.5, 1, 1]) {
      try $0.maximum(vector([1, .double(.nan), 0]))
    },
    Point("cumsum", at: [1, 2], [1, 3], [2, 1]) { try $0.cumsum(dim: 0) },
    Point("div truncated", at: [3], [1], [0]) { try $0.div(2, roundingMode: "trunc") },
    Point("sigmoid", at: [-.infinity], [0], [0]) { try $0.sigmoid() },
    Point("tanh", at: [.infinity], [1], [0]) { try $0.tanh() },
    Point("cross_entropy of ignored targets", at: [0, 0], [.nan], [0, 0]) {
      try $0.reshape([1, 2]).crossEntropy(.of([-100], .int64))
    },
    Point("nll_loss of ignored targets", at: [0, 0], [.nan], [0, 0]) {
      try $0.reshape([1, 2]).nllLoss(.of([-100], .int64))
    },
    Point("where, with nan in the branch not taken", at: [0, 1], [0, 0], [.nan, 1]) { x in
      try x.eq(0).`where`(x.zerosLike(), x.log())
    },
    Point("softmax of nothing but -inf", at: [-.infinity, -.infinity], [.nan], [.nan, .nan]) {
      try $0.softmax(dim: 0).select(dim: 0, index: 0)
    },
    Point("where, with an infinite gradient", at: [0, 1], [0, 1], [.nan, 0.5]) { x in
      try x.gt(0).`where`(x.sqrt(), x.zerosLike())
    },
    Point("clamp at both ends", at: [0, 1], [0, 1], [0, 0]) { try $0.clamp(min: 0, max: 1) },
    Point("hardtanh", at: [-1, 1, 0], [-1, 1, 0], [0, 0, 1]) { try $0.hardtanh() },
    Point("relu6", at: [0, 6, 3], [0, 6, 3], [0, 0, 1]) { try $0.relu6() },
    Point("hardsigmoid", at: [-3, 3, 0], [0, 1, 0.5], [0, 0, 0.1666666716337204]) {
      try $0.hardsigmoid()
    },
    Point("hardswish", at: [-3, 3, 0], [-0.0, 3, 0], [0, 1, 0.5]) { try $0.hardswish() },
    Point("threshold", at: [0.5, 1], [0, 1], [0, 1]) { try $0.threshold(0.5, 0) },
    Point("hardshrink", at: [0.5, -0.5, 1], [0, 0, 1], [0, 0, 1]) { try $0.hardshrink() },
    Point("softshrink", at: [0.5, -0.5, 1], [0, -0.0, 0.5], [0, 0, 1]) { try $0.softshrink() },
    Point("frac", at: [0.5], [0.5], [1]) { try $0.frac() },
    Point("sgn", at: [0, 2], [0, 1], [0, 0]) { try $0.sgn() },
    Point("nan_to_num", at: [.nan, 1], [0, 1], [0, 1]) { try $0.nanToNum() },
    Point("acosh", at: [1], [0], [.infinity]) { try $0.acosh() },
    Point("acos", at: [1], [0], [-.infinity]) { try $0.acos() },
    Point("atanh", at: [1], [.infinity], [.infinity]) { try $0.atanh() },
    Point("logit", at: [0, 1], [-.infinity, .infinity], [.infinity, .infinity]) { try $0.logit() },
    Point("erfinv", at: [1], [.infinity], [.infinity]) { try $0.erfinv() },
    Point("lgamma", at: [0], [.infinity], [-.infinity]) { try $0.lgamma() },
    Point("gelu", at: [-.infinity, .infinity], [.nan, .nan], [.nan, .nan]) { try $0.gelu() },
    Point("silu", at: [-.infinity], [.nan], [.nan]) { try $0.silu() },
    Point("clamp_min", at: [0, 1, -1], [0, 1, 0], [0, 1, 0]) { try $0.clampMin(0) },
    Point("clamp_max", at: [0, 1, -1], [0, 0, -1], [0, 0, 1]) { try $0.clampMax(0) },
    Point("clamp_min by a tensor", at: [0, 1, -1], [0, 1, 0], [0.5, 1, 0]) {
      try $0.clampMin(vector([0, 0, 0]))
    },
    Point("mean of nothing", at: [1], [.nan], [0]) { try $0.slice(end: 0).mean() },
    Point("sum of nothing", at: [1], [0], [0]) { try $0.slice(end: 0).sum() },
  ]

  @Test("They are PyTorch's", arguments: points)
  func gradients(_ point: Point) throws {
    let x = try Tensor.of(point.x.map { .double($0) })
    try x.setRequiresGrad(true)
    let y = try point.function(x)
    #expect(Self.texts(y) == point.y.map(Self.text))
    let ones = Tensor(try .full(y.shape, 1, y.dtype))
    try y.backward(gradient: ones)
    #expect(Self.texts(try #require(x.grad)) == point.gradient.map(Self.text))
  }

  private static func text(_ number: Double) -> String { number.isNaN ? "nan" : "\(number)" }
  private static func texts(_ tensor: Tensor) -> [String] {
    tensor.elements.map { text($0.double) }
  }
}
