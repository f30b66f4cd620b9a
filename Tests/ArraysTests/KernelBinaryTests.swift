import Elements
import Glibc
import KernelChoice
import Testing

/// Each function of two elements, on all pairs of edge values, against double or int64.
@Suite struct KernelBinaryTests {
  /// Those whose answer depends on how wide the dtype is, and those that lose digits near zero, have
  /// tests of their own.
  private static let ofAnyWidth = BinaryOperation.allCases.filter {
    ![.shiftLeft, .shiftRight, .gcd, .lcm, .nextafter, .logaddexp, .logaddexp2].contains($0)
  }

  @Test(arguments: ofAnyWidth, DType.allCases.filter { !$0.isComplex })
  func agreesWithReference(_ op: BinaryOperation, _ dtype: DType) {
    func check<S: Element>(_: S.Type) {
      guard let loop = Kernels.binary(op, dtype) else {
        #expect(!exists(op, dtype), "\(op) \(dtype)")
        return
      }
      #expect(exists(op, dtype))
      let edges = edgeValues(S.self)
      if op.isPredicate {
        rows(loop, edges) { x, y in
          let answer =
            dtype.isFloatingPoint
            ? predicate(op, x.double, y.double) : predicate(op, x.int64, y.int64)
          return UInt8(answer ? 1 : 0)
        } agree: {
          $0 == $1
        }
      } else if dtype == .bool {
        rows(loop, edges) {
          truth(op, $0.double != 0, $1.double != 0)
        } agree: {
          $0 == $1
        }
      } else if dtype.isFloatingPoint {
        rows(loop, edges) {
          S(double: real(op, $0.double, $1.double))
        } agree: {
          ulps($0, $1) <= bound(op, dtype)
        }
      } else {
        rows(loop, edges) {
          S(int64: integer(op, $0.int64, $1.int64))
        } agree: {
          ulps($0, $1) == 0
        }
      }
    }
    dtype.withElement { check($0) }
  }

  @Test(arguments: [DType.uint8, .int8, .int16, .int32, .int64])
  func integersOfOneWidth(_ dtype: DType) {
    func check<S: Element>(_: S.Type) {
      let (edges, bits) = (edgeValues(S.self), Int64(8 * dtype.size))
      func compare(_ op: BinaryOperation, _ reference: @escaping (Int64, Int64) -> Int64?) {
        guard let loop = Kernels.binary(op, dtype) else {
          Issue.record("no loop of \(op)")
          return
        }
        for x in edges {
          for y in edges {
            guard let expected = reference(x.int64, y.int64) else { continue }
            let (left, right, out) = (Cells([x]), Cells([y]), Cells([x]))
            loop(out.start, dtype.size, left.start, dtype.size, right.start, dtype.size, 1)
            #expect(out[0].int64 == S(int64: expected).int64, "\(op)(\(x), \(y))")
          }
        }
      }
      compare(.shiftLeft) { $1 < 0 || $1 >= bits ? 0 : $0 &<< $1 }
      compare(.shiftRight) { x, y in y < 0 || y >= bits ? (x < 0 ? -1 : 0) : x >> y }
      // The least integer is its own absolute value.
      let least = Int64.min >> (64 - bits)
      compare(.gcd) { x, y in x == least || y == least ? nil : self.greatestDivisor(x, y) }
      compare(.lcm) { x, y in
        if x == least || y == least { return nil }
        let divisor = self.greatestDivisor(x, y)
        // A product that wraps has no meaning.
        if divisor == 0 { return 0 }
        let (product, overflows) = (abs(x) / divisor).multipliedReportingOverflow(by: abs(y))
        return overflows || S(int64: product).int64 != product ? nil : product
      }
    }
    dtype.withElement { check($0) }
  }

  /// The sum of a negative number and a logarithm may be near zero: what counts is how far it is from
  /// right compared with its parts.
  @Test(arguments: [BinaryOperation.logaddexp, .logaddexp2])
  func logarithmsOfSums(_ op: BinaryOperation) throws {
    let loop = try #require(Kernels.binary(op, .float32))
    for x in edgeValues(Float.self) {
      for y in edgeValues(Float.self) {
        let (left, right, out) = (Cells([x]), Cells([y]), Cells<Float>([0]))
        loop(out.start, 4, left.start, 4, right.start, 4, 1)
        let (a, b) = (Double(x), Double(y))
        let expected =
          op == .logaddexp
          ? sumOfPowers(a, b, exp, log1p) : sumOfPowers(a, b, exp2) { log1p($0) / log(2) }
        if expected.isNaN {
          #expect(out[0].isNaN)
        } else if Float(expected).isInfinite {
          #expect(out[0] == Float(expected))
        } else {
          #expect(abs(Double(out[0]) - expected) <= 0x1p-22 * max(1, abs(expected)))
        }
      }
    }
  }

  @Test func theNextFloatIsOneUnitAway() throws {
    let loop = try #require(Kernels.binary(.nextafter, .float32))
    let values: [Float] = [
      0, -0.0, 1, -1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity,
    ]
    for x in values {
      for y in values + values.map({ -$0 }) {
        let (left, right, out) = (Cells([x]), Cells([y]), Cells<Float>([0]))
        loop(out.start, 4, left.start, 4, right.start, 4, 1)
        #expect(ulps(out[0], nextafterf(x, y)) == 0, "\(x) \(y)")
      }
    }
  }

  /// Quotients of all sizes, many of them next to a whole number; a few rows are of ordinary ones
  /// only, which take another path.
  @Test(
    arguments: [BinaryOperation.fmod, .remainder, .floorDivide],
    [DType.float16, .bfloat16, .float32, .float64])
  func dividesQuotientsOfAnySize(_ op: BinaryOperation, _ dtype: DType) {
    func check<S: Element>(_: S.Type) {
      guard let loop = Kernels.binary(op, dtype) else {
        Issue.record("no loop")
        return
      }
      var state: UInt64 = 1
      func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
      }
      // The reference for floor_divide rounds halves, which are what large quotients end in.
      for largest in [0.5, 4, 1e3, 1e9] + (op == .floorDivide ? [] : [1e18]) {
        var (xs, ys): ([S], [S]) = ([], [])
        for i in 0..<1500 {
          let y = S(double: (0.5 + Double(next(1 << 24)) * 0x1p-20) * (i % 3 == 0 ? -1 : 1))
          let quotient = largest * Double(next(1 << 30)) * 0x1p-30
          let whole = i % 2 == 0 ? quotient.rounded() : quotient
          xs.append(S(double: whole * y.double * (i % 5 == 0 ? -1 : 1)))
          ys.append(y)
        }
        let (x, y) = (Cells(xs), Cells(ys))
        let out = Cells([S](repeating: xs[0], count: xs.count))
        let size = MemoryLayout<S>.stride
        loop(out.start, size, x.start, size, y.start, size, xs.count)
        for i in xs.indices {
          let expected = S(double: real(op, xs[i].double, ys[i].double))
          #expect(
            ulps(out[i], expected) <= bound(op, dtype), "\(op)(\(xs[i]), \(ys[i])) = \(out[i])")
        }
      }
    }
    dtype.withElement { check($0) }
  }

  private func exists(_ op: BinaryOperation, _ dtype: DType) -> Bool {
    switch op {
    case .sub, .floorDivide, .remainder, .fmod, .pow: dtype != .bool
    case .div, .atan2, .reluGradient, .hypot, .copysign, .nextafter, .xlogy, .logaddexp,
      .logaddexp2:
      dtype.isFloatingPoint
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor: !dtype.isFloatingPoint
    case .shiftLeft, .shiftRight, .gcd, .lcm: dtype.isInteger
    default: true
    }
  }

  /// Double is wide enough for one rounding of a float32 operation to be innocuous, so arithmetic
  /// is exact here. Quotients are rounded twice before they are floored.
  private func bound(_ op: BinaryOperation, _ dtype: DType) -> Int64 {
    switch op {
    case .pow, .hypot: dtype == .float64 ? 0 : 2
    case .atan2: 2
    case .xlogy: 4
    case .floorDivide: dtype == .float64 ? 0 : 1
    default: 0
    }
  }

  private func predicate<T: Comparable & ExpressibleByIntegerLiteral>(
    _ op: BinaryOperation, _ x: T, _ y: T
  ) -> Bool {
    switch op {
    case .eq: x == y
    case .ne: x != y
    case .lt: x < y
    case .le: x <= y
    case .gt: x > y
    case .ge: x >= y
    case .logicalAnd: x != 0 && y != 0
    case .logicalOr: x != 0 || y != 0
    default: (x != 0) != (y != 0)
    }
  }

  private func truth(_ op: BinaryOperation, _ x: Bool, _ y: Bool) -> Bool {
    switch op {
    case .add, .maximum, .fmax, .heaviside, .bitwiseOr: x || y
    case .mul, .minimum, .fmin, .bitwiseAnd: x && y
    default: x != y
    }
  }

  private func real(_ op: BinaryOperation, _ x: Double, _ y: Double) -> Double {
    let rest = fmod(x, y)
    let wraps = rest != 0 && rest.sign != y.sign
    switch op {
    case .add: return x + y
    case .sub: return x - y
    case .mul: return x * y
    case .div: return x / y
    case .atan2: return atan2(x, y)
    case .reluGradient: return y <= 0 ? 0 : x
    case .fmod: return rest
    case .remainder: return wraps ? rest + y : rest
    case .pow: return pow(x, y)
    case .maximum: return x.isNaN || y.isNaN ? .nan : y > x ? y : x
    case .minimum: return x.isNaN || y.isNaN ? .nan : y < x ? y : x
    case .fmax: return x.isNaN || y > x ? y : x
    case .fmin: return x.isNaN || y < x ? y : x
    case .heaviside: return x == 0 ? y : x > 0 ? 1 : 0
    case .hypot: return hypot(x, y)
    case .copysign: return copysign(x, y)
    case .xlogy: return y.isNaN ? .nan : x == 0 ? 0 : x * log(y)
    default:
      guard y != 0 else { return x / y }
      // Where numbers are half of one apart, the halves go down, as in PyTorch.
      let exact = (x - rest) / y - (wraps ? 1 : 0)
      let quotient = exact - floor(exact) > 0.5 ? ceil(exact) : floor(exact)
      return quotient == 0 ? copysign(0, x / y) : quotient
    }
  }

  /// The logarithm of the sum of two powers of a base.
  private func sumOfPowers(
    _ x: Double, _ y: Double, _ power: (Double) -> Double, _ logarithmOfMore: (Double) -> Double
  ) -> Double {
    if x.isNaN || y.isNaN { return .nan }
    if x == y && x.isInfinite { return x }
    return max(x, y) + logarithmOfMore(power(-abs(x - y)))
  }

  private func greatestDivisor(_ x: Int64, _ y: Int64) -> Int64 {
    y == 0 ? abs(x) : greatestDivisor(y, x % y)
  }

  private func integer(_ op: BinaryOperation, _ x: Int64, _ y: Int64) -> Int64 {
    let quotient = y == 0 ? 0 : x.dividedReportingOverflow(by: y).partialValue
    let rest = y == 0 ? 0 : x.remainderReportingOverflow(dividingBy: y).partialValue
    let wraps = rest != 0 && rest.signum() != y.signum()
    return switch op {
    case .add: x &+ y
    case .sub: x &- y
    case .mul: x &* y
    case .floorDivide: wraps ? quotient - 1 : quotient
    case .remainder: wraps ? rest + y : rest
    case .fmod: rest
    case .pow: power(x, y)
    case .maximum: max(x, y)
    case .minimum: min(x, y)
    case .bitwiseAnd: x & y
    case .bitwiseOr: x | y
    case .fmax: max(x, y)
    case .fmin: min(x, y)
    case .heaviside: x == 0 ? y : x > 0 ? 1 : 0
    default: x ^ y
    }
  }

  private func power(_ x: Int64, _ y: Int64) -> Int64 {
    if y < 0 { return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : 0 }
    if y == 0 { return 1 }
    let root = power(x, y / 2)
    return y % 2 == 0 ? root &* root : root &* root &* x
  }

  /// Runs the loop over all pairs, dense and strided, then over rows of many lengths with either
  /// operand repeated, and in place of either operand.
  private func rows<S: Element, R: BitwiseCopyable>(
    _ loop: BinaryLoop, _ edges: [S], _ reference: @escaping (S, S) -> R,
    agree: @escaping (R, R) -> Bool
  ) {
    let (size, outSize) = (MemoryLayout<S>.stride, MemoryLayout<R>.stride)
    let left = edges.flatMap { x in edges.map { _ in x } }
    let right = edges.flatMap { _ in edges }
    func run(_ length: Int, _ xStride: Int, _ yStride: Int, _ outStride: Int, offset: Int = 0) {
      let xs = (0..<length).map { left[(($0 + offset) * (xStride == 0 ? 0 : 1) + 5) % left.count] }
      let ys = (0..<length).map { right[(($0 + offset) * (yStride == 0 ? 0 : 1) + 7) % left.count] }
      let x = Cells(xs, stride: xStride)
      let y = Cells(ys, stride: yStride)
      let expected = zip(xs, ys).map(reference)
      let out = Cells(
        [R](repeating: reference(left[0], right[0]), count: length), stride: outStride)
      loop(out.start, outStride, x.start, xStride, y.start, yStride, length)
      for (i, (result, wanted)) in zip(out.values, expected).enumerated()
      where !agree(result, wanted) {
        Issue.record("f(\(xs[i]), \(ys[i])) = \(result), not \(wanted)")
      }
      #expect(out.isIntact && x.isIntact && y.isIntact)
      guard R.self == S.self else { return }
      for target in [x, y] where target.stride != 0 {
        let copy = target.values
        loop(target.start, target.stride, x.start, xStride, y.start, yStride, length)
        let results = (0..<length).map { (target.start + $0 * target.stride).load(as: R.self) }
        #expect(zip(results, expected).allSatisfy(agree), "in place")
        for (i, value) in copy.enumerated() {
          (target.start + i * target.stride).storeBytes(of: value, as: S.self)
        }
      }
    }
    run(left.count, size, size, outSize)
    run(left.count, 2 * size, -size, 3 * outSize)
    for length in oddLengths {
      for (xStride, yStride, outStride) in [
        (size, size, outSize), (size, 0, outSize), (0, size, outSize), (0, 0, outSize),
        (0, 2 * size, 2 * outSize), (2 * size, size, outSize),
      ] {
        run(length, xStride, yStride, outStride, offset: length)
      }
    }
  }

  /// PyTorch's own answers, where a formula of ours could share a mistake with a formula of theirs.
  @Test(
    arguments: [
      (1, 0.1, 9), (-1, 0.1, -10), (3, 0.1, 29), (1, -.infinity, -1), (-1, .infinity, -1),
      (1, .infinity, 0), (-1, -.infinity, 0), (.infinity, 3, .nan), (0, -3, -0.0), (-0.0, 3, -0.0),
      (1, -0.0, -.infinity), (0, 0, .nan), (-3, 3, -1), (-1, 3, -1),
    ] as [(Float, Float, Float)])
  func floorDivisionFollowsPyTorch(_ x: Float, _ y: Float, _ expected: Float) throws {
    let (left, right, out) = (Cells([x]), Cells([y]), Cells<Float>([0]))
    let loop = try #require(Kernels.binary(.floorDivide, .float32))
    loop(out.start, 4, left.start, 4, right.start, 4, 1)
    #expect(ulps(out[0], expected) == 0)
  }

  @Test(
    arguments: [
      (1, -.infinity, -.infinity), (-1, .infinity, .infinity), (-1, 0.1, 1.4901161193847656e-08),
      (1, 0.1, 0.09999998658895493), (-3, 3, -0.0), (-0.0, 3, -0.0), (0, -1, 0), (1, 0, .nan),
    ] as [(Float, Float, Float)])
  func remainderFollowsPyTorch(_ x: Float, _ y: Float, _ expected: Float) throws {
    let (left, right, out) = (Cells([x]), Cells([y]), Cells<Float>([0]))
    let loop = try #require(Kernels.binary(.remainder, .float32))
    loop(out.start, 4, left.start, 4, right.start, 4, 1)
    #expect(ulps(out[0], expected) == 0)
  }

  @Test func aRepeatedElementInsideTheOutputIsReadFirst() throws {
    let x = Cells((0..<1000).map { Float($0 + 2) })
    let loop = try #require(Kernels.binary(.mul, .float32))
    loop(x.start, 4, x.start, 4, x.start, 0, 1000)
    #expect(x.values == (0..<1000).map { Float($0 + 2) * 2 })
  }
}
