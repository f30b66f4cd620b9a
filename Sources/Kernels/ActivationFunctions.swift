// What each function is, and its numbers, is said at `ActivationOperation`. Where one has two
// branches, both are computed and one is chosen, which vectorises.

enum Gelu: ActivationFunction {
  /// An infinite argument gives nan in float32, as in PyTorch.
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let result = x * T.normalDistribution(x).value
    return T.significandBitCount == 23 && x == .infinity ? .nan : result
  }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let (value, density) = T.normalDistribution(x)
    return g * T.fused(x, density, value)
  }
}

enum GeluTanh: ActivationFunction {
  /// (1 + tanh(t)) / 2 is the logistic function of 2 t, here with t = √(2/π) (x + 0.044715 x³).
  @inline(__always)
  private static func argument<T: Real>(_ square: T, _ x: T) -> T {
    x * T.fused(square, T(0.0713548162726002527220661139395), T(1.59576912160573071175978423974))
  }
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { x * T.sigmoid(argument(x * x, x)) }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let square = x * x
    let y = T.sigmoid(argument(square, x))
    let slope = T.fused(
      square, T(0.214064448817800758166198341818), T(1.59576912160573071175978423974))
    return g * T.fused(x * y * (1 - y), slope, y)
  }
}

enum Silu: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { x * T.sigmoid(x) }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let y = T.sigmoid(x)
    return g * (y * T.fused(x, 1 - y, 1))
  }
}

/// tanh(log(1 + e)) is n / (n + 2), where e is the exponential and n = e (e + 2).
enum Mish: ActivationFunction {
  @inline(__always)
  private static func limit<T: Real>() -> T { T.significandBitCount == 23 ? 20 : 40 }
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let e = T.exp(x > limit() ? limit() : x)
    let product = e * (e + 2)
    return x * (product / (product + 2))
  }
  /// The slope is the factor above plus x times its own slope, 4 e (1 + e) / (n + 2)².
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let e = T.exp(x > limit() ? limit() : x)
    let product = e * (e + 2)
    let inverse = 1 / (product + 2)
    let slope = 4 * e * (1 + e) * inverse * inverse
    return g * T.fused(x, x > limit() ? 0 : slope, product * inverse)
  }
}

enum Elu: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let (below, above) = (T.expm1(x * n.c) * n.a, x * n.b)
    return x <= 0 ? below : above
  }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let (below, above) = (g * n.c * n.a * T.exp(x * n.c), g * n.b)
    return x <= 0 ? below : above
  }
}

enum LeakyRelu: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { x > 0 ? x : x * n.a }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T { x > 0 ? g : g * n.a }
}

enum Softplus: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let scaled = x * n.a
    // Of an argument above the threshold, the result is not used.
    let result = T.log1p(T.exp(scaled)) / n.a
    return scaled > n.b ? x : result
  }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let scaled = x * n.a
    let result = g * T.sigmoid(scaled)
    return scaled > n.b ? g : result
  }
}

enum LogSigmoid: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    (x > 0 ? 0 : x) - T.log1p(T.exp(-x.magnitude))
  }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T { g * T.sigmoid(-x) }
}

enum Hardtanh: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let above = x < n.a ? n.a : x
    return above > n.b ? n.b : above
  }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let below = x >= n.b ? 0 : g
    return x <= n.a ? 0 : below
  }
}

/// Half the square, and beyond a straight line; times a factor.
enum Huber: NumberedFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let below = x < -n.a ? -n.a : x
    let part = below > n.a ? n.a : below
    return part * (x - T(0.5) * part) * n.b
  }
}

enum Hardsigmoid: ActivationFunction {
  @inline(__always)
  static func ramp<T: Real>(_ x: T) -> T {
    let sum = x + 3
    let above = sum < 0 ? 0 : sum
    return above > 6 ? 6 : above
  }
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { ramp(x) / 6 }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    x.magnitude < 3 ? g * (1 / 6) : 0
  }
}

enum Hardswish: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { x * Hardsigmoid.ramp(x) / 6 }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let middle = g * (x / 3 + 0.5)
    let above = x < 3 ? middle : g
    return x <= -3 ? 0 : above
  }
}

enum Softshrink: NumberedFunction {
  /// What is shrunk to nothing keeps its sign, and nan.
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let below = x < -n.a ? x + n.a : x * 0
    return x > n.a ? x - n.a : below
  }
}

enum Hardshrink: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { gradient(x, x, n) }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let below = x <= n.a ? 0 : g
    return x >= -n.a ? below : g
  }
}

enum Threshold: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T { x <= n.a ? n.b : x }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T { x <= n.a ? 0 : g }
}

/// The bounds hold where c is 1. An argument beyond them has no slope; without bounds, one that is
/// not from 0 to 1 has none that is a number.
enum Logit: ActivationFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let below = x > n.b ? n.b : x
    let kept = x < n.a ? n.a : below
    let y = n.c > 0 ? kept : x
    return T.log(y / (1 - y))
  }
  @inline(__always)
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T {
    let slope = g / (x * (1 - x))
    let inside = x < n.a ? 0 : slope
    let kept = x > n.b ? 0 : inside
    let finite = x * (1 - x) == 0 ? g * .infinity : slope
    let positive = x < 0 ? .nan : finite
    let free = x > 1 ? .nan : positive
    return n.c > 0 ? kept : free
  }
}

enum ReplaceSpecial: NumberedFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let number = x != x ? n.a : x
    let finite = x == .infinity ? n.b : number
    return x == -.infinity ? n.c : finite
  }
}

enum RoundToMultiple: NumberedFunction {
  /// The power of ten is one that is exact: a thousandth is not.
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    let (fine, coarse) = (T.roundHalfToEven(x * n.a) / n.a, T.roundHalfToEven(x / n.a) * n.a)
    return n.b > 0 ? coarse : fine
  }
}

enum Polygamma: NumberedFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T {
    T(SpecialFunctions.polygamma(Double(n.a), Double(x)))
  }
}
