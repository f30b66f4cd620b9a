import Elements
import Glibc
import KernelChoice
import Testing

/// Each function of one element against the C library's in double, or int64.
@Suite struct KernelUnaryTests {
  /// Those that the C library has.
  static let operations = UnaryOperation.allCases.filter {
    ![.erfinv, .digamma, .conj].contains($0)
  }

  @Test(arguments: operations, DType.allCases.filter { !$0.isComplex })
  func agreesWithReference(_ op: UnaryOperation, _ dtype: DType) {
    func check<S: Element>(_: S.Type) {
      guard let loop = Kernels.unary(op, dtype) else {
        #expect(!exists(op, dtype), "\(op) \(dtype)")
        return
      }
      #expect(exists(op, dtype))
      let inputs = edgeValues(S.self)
      if op.isPredicate {
        rows(loop, inputs, inputs.map { UInt8(reference(op, $0) != 0 ? 1 : 0) }) { $0 == $1 }
      } else if dtype == .bool {
        rows(loop, inputs, inputs.map { op == .sign ? $0.double != 0 : $0.double == 0 }) {
          $0 == $1
        }
      } else {
        let expected: [S] = inputs.map {
          dtype.isFloatingPoint ? S(double: reference(op, $0)) : S(int64: integer(op, $0.int64))
        }
        rows(loop, inputs, expected) { ulps($0, $1) <= bound(op, dtype) }
      }
    }
    dtype.withElement { check($0) }
  }

  /// Bool has few functions, and integers none of those whose values aren't whole.
  private func exists(_ op: UnaryOperation, _ dtype: DType) -> Bool {
    switch op {
    case .logicalNot, .isNaN, .isInf, .isFinite, .isPositiveInf, .isNegativeInf, .signbit: true
    case .sign: true
    case .bitwiseNot: !dtype.isFloatingPoint
    case .neg, .abs, .square, .relu, .floor, .ceil, .round, .trunc: dtype != .bool
    default: dtype.isFloatingPoint
    }
  }

  /// Two units of the last place, and one for those of the reference. What is made of two roundings
  /// has two.
  private func bound(_ op: UnaryOperation, _ dtype: DType) -> Int64 {
    switch op {
    case .rsqrt: 2
    case .exp, .log, .log1p, .expm1, .sin, .cos, .tan, .tanh, .erf, .sigmoid: 3
    case .exp2, .log2, .log10, .asin, .acos, .atan: 3
    case .sinh, .cosh, .asinh, .acosh, .atanh, .erfc, .lgamma: 5
    default: 0
    }
  }

  private func integer(_ op: UnaryOperation, _ x: Int64) -> Int64 {
    switch op {
    case .neg: 0 &- x
    case .abs: x < 0 ? 0 &- x : x
    case .sign: x.signum()
    case .square: x &* x
    case .relu: max(x, 0)
    case .bitwiseNot: -1 &- x
    default: x
    }
  }

  private func reference<S: Element>(_ op: UnaryOperation, _ element: S) -> Double {
    let x = element.double
    return switch op {
    case .neg: -x
    case .abs: fabs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
    case .square: x * x
    case .exp: exp(x)
    case .log: log(x)
    case .log1p: log1p(x)
    case .expm1: expm1(x)
    case .sqrt: sqrt(x)
    case .rsqrt: 1 / sqrt(x)
    case .sin: sin(x)
    case .cos: cos(x)
    case .tan: tan(x)
    case .tanh: tanh(x)
    case .sigmoid: x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
    case .reciprocal: 1 / x
    case .erf: erf(x)
    case .exp2: exp2(x)
    case .log2: log2(x)
    case .log10: log10(x)
    case .sinh: sinh(x)
    case .cosh: cosh(x)
    case .asin: asin(x)
    case .acos: acos(x)
    case .atan: atan(x)
    case .asinh: asinh(x)
    case .acosh: acosh(x)
    case .atanh: atanh(x)
    case .erfc: erfc(x)
    case .lgamma: x == -.infinity ? .infinity : lgamma(x)
    case .frac: x - trunc(x)
    case .floor: floor(x)
    case .ceil: ceil(x)
    case .round: nearbyint(x)
    case .trunc: trunc(x)
    case .relu: x < 0 ? 0 : x
    case .logicalNot: x == 0 ? 1 : 0
    case .isNaN: x.isNaN ? 1 : 0
    case .isInf: x.isInfinite ? 1 : 0
    case .isFinite: x.isFinite ? 1 : 0
    case .isPositiveInf: x == .infinity ? 1 : 0
    case .isNegativeInf: x == -.infinity ? 1 : 0
    case .signbit: x.sign == .minus ? 1 : 0
    case .erfinv, .digamma, .conj, .bitwiseNot: 0
    }
  }

  /// Runs the loop over rows of many lengths and strides, and in place.
  private func rows<S: Element, R: BitwiseCopyable>(
    _ loop: UnaryLoop, _ inputs: [S], _ outputs: [R], _ agree: @escaping (R, R) -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (size, outSize) = (MemoryLayout<S>.stride, MemoryLayout<R>.stride)
    for length in oddLengths {
      let values = (0..<length).map { inputs[($0 + length) % inputs.count] }
      let expected = (0..<length).map { outputs[($0 + length) % inputs.count] }
      for (stride, outStride) in [(size, outSize), (3 * size, outSize), (-size, 2 * outSize)] {
        let x = Cells(values, stride: stride)
        let out = Cells([R](repeating: outputs[0], count: length), stride: outStride)
        loop(out.start, out.stride, x.start, x.stride, length)
        #expect(zip(out.values, expected).allSatisfy(agree), sourceLocation: sourceLocation)
        #expect(out.isIntact && x.isIntact, sourceLocation: sourceLocation)
      }
      guard R.self == S.self else { continue }
      for stride in [size, 2 * size] {
        let x = Cells(values, stride: stride)
        loop(x.start, stride, x.start, stride, length)
        let results = (0..<length).map { (x.start + $0 * stride).load(as: R.self) }
        #expect(zip(results, expected).allSatisfy(agree), sourceLocation: sourceLocation)
      }
    }
  }

  @Test func foreignBoolBytesAreTrue() throws {
    let x = Cells<UInt8>([0, 1, 2, 255])
    let out = Cells<UInt8>([9, 9, 9, 9])
    let loop = try #require(Kernels.unary(.logicalNot, .bool))
    loop(out.start, 1, x.start, 1, 4)
    #expect(out.values == [1, 0, 0, 0])
    Kernels.cast(from: .bool, to: .int8)(out.start, 1, x.start, 1, 4)
    #expect(out.values == [0, 1, 1, 1])
  }

  @Test func sigmoidKeepsItsTail() throws {
    let x = Cells<Float>([-100, 100])
    let out = Cells<Float>([0, 0])
    let loop = try #require(Kernels.unary(.sigmoid, .float32))
    loop(out.start, 4, x.start, 4, 2)
    #expect(out.values == [Float(bitPattern: 27), 1])
  }
}
