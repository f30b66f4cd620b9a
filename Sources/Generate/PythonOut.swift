import Autograd

/// Which Python functions take `out=`, and how it is filled: as in PyTorch.
enum PythonOut {
  /// How the result of a function comes into the tensor that is given for it.
  enum Style: String {
    /// Converted, where PyTorch's promotion allows it.
    case converted = "into"
    /// Only into a tensor of the result's dtype.
    case exact = "into_exactly"
  }

  /// Nil for functions that take no `out`.
  static func style(_ name: String) -> Style? {
    if converted.contains(name) { return .converted }
    let isModule = name.hasPrefix("linalg_") || name.hasPrefix("fft_")
    return exact.contains(name) || isModule ? .exact : nil
  }

  /// Functions whose result has the dtype of `out`, unless a dtype is given.
  static func followsDType(_ function: PythonFunction) -> Bool {
    function.argument("dtype") != nil
      && (function.schema.isFactory
        || ["sum", "prod", "mean", "nansum"].contains(function.publicName))
  }

  private static let converted = Set(
    """
    abs absolute acos acosh add addcdiv addcmul angle arange arccos arccosh arcsin arcsinh arctan
    arctan2 arctanh asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor cat ceil clamp clamp_max clamp_min clip concat concatenate
    copysign cos cosh deg2rad digamma div divide empty eq erf erfc erfinv exp exp2 expm1 eye fix
    float_power floor floor_divide fmax fmin fmod frac full gcd ge greater greater_equal gt heaviside
    hypot isin isneginf isposinf lcm ldexp le lerp less less_equal lgamma linspace log log10 log1p
    log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logit logspace lt
    maximum mean minimum mul multiply nan_to_num nansum ne neg negative nextafter normal not_equal
    ones polygamma pow prod rad2deg rand randint randn randperm reciprocal remainder round rsqrt
    sgn sigmoid sign signbit sin sinc sinh sqrt square sub subtract sum tan tanh true_divide trunc
    where xlogy zeros
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  private static let exact = Set(
    """
    addbmm addmm addmv addr all amax amin aminmax any argmax argmin argsort baddbmm bernoulli bmm
    bucketize column_stack complex conj_physical cross cummax cummin cumprod cumsum diag diff dot
    dstack frexp gather ger histc hstack i0 index_add index_copy index_select inner inverse kron
    kthvalue logcumsumexp logsumexp log_softmax masked_select matmul matrix_power max median min mm
    mode msort multinomial mv nanmean nanmedian nanquantile nonzero norm outer polar quantile renorm
    scatter scatter_add scatter_reduce searchsorted softmax sort stack std take take_along_dim topk
    triangular_solve tril triu var vdot vstack
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
}

extension PythonFunction {
  /// The keyword parameters that PyTorch adds to every function of this kind.
  var extraParameters: [String] {
    var extras: [String] = []
    if takesOut { extras.append("out=None") }
    guard isFactory else { return extras }
    if takesMemoryFormat { extras.append("memory_format=None") }
    return extras + ["device=None", "layout=None", "pin_memory=False", "requires_grad=False"]
  }

  /// The lines that heed them, but for `requires_grad`. The function calls itself with `arguments`.
  func extraLines(_ arguments: [String]) -> [String] {
    var lines: [String] = []
    if isFactory {
      lines += [
        "    if device is not None or layout is not None or pin_memory:",
        "        check_placement(device, layout, pin_memory)",
      ]
    }
    if takesMemoryFormat {
      lines.append("    if memory_format is not None:")
      lines += Self.broken(
        "        return arranged(memory_format, requires_grad, ", [publicName] + arguments,
        tail: ")",
        indent: 8)
    }
    if takesOut, let style = PythonOut.style(publicName) {
      lines.append("    if out is not None:")
      let own = arguments.map {
        $0 == "dtype=dtype" && PythonOut.followsDType(self) ? "dtype=dtype_of(out, dtype)" : $0
      }
      lines += Self.broken(
        "        return \(style.rawValue)(", ["out", publicName] + own, tail: ")", indent: 8)
    }
    return lines
  }

  private var takesOut: Bool { !inPlace && PythonOut.style(publicName) != nil }

  private var takesMemoryFormat: Bool {
    publicName == "empty" || publicName.hasSuffix("_like") && isFactory
  }

  /// True where PyTorch takes a number in the first place too.
  var takesNumberFirst: Bool {
    !inPlace && schema.overload.isEmpty
      && ["add", "sub", "mul", "div", "floor_divide"].contains(schema.name)
  }

  /// The lines that take it, where converting it failed. Division makes a float of it first, where
  /// the quotient is one.
  var numberFirst: [String] {
    let first = schema.arguments[0].pythonName
    let others = parameters.dropFirst().joined(separator: ", ")
    let isDivision = schema.name == "div"
    let number = isDivision ? "\(first) if rounding_mode else \(first) * 1.0" : first
    return [
      "    except AttributeError:",
      "        if isinstance(\(first), NUMBERS) and isinstance(other, Tensor):",
      "            return \(privateName)(like(\(number), other)\(others.isEmpty ? "" : ", " + others))",
    ]
  }
}
