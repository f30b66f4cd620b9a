import Elements
import Glibc
import KernelChoice
import Testing

/// The elementary functions are within two units of the last place of the true value.
@Suite struct KernelAccuracyTests {
  /// Over all of float32, against float64: one number in a few hundred.
  @Test(arguments: float64Values.map(\.0))
  func float32IsAccurate(_ op: UnaryOperation) throws {
    let loop = try #require(Kernels.unary(op, .float32))
    let (count, step) = (4096, UInt32(733))
    let (x, out) = (
      Cells([Float](repeating: 0, count: count)), Cells([Float](repeating: 0, count: count))
    )
    var (worst, bits) = (Error(), UInt32(0))
    for _ in 0..<Int(UInt32.max / step) / count + 1 {
      for i in 0..<count {
        x.set(i, Float(bitPattern: bits))
        bits &+= step
      }
      loop(out.start, 4, x.start, 4, count)
      for i in 0..<count { worst.note(x[i], out[i], reference(op, Double(x[i]))) }
    }
    #expect(worst.ulps <= 2, "\(op)(\(worst.argument)) = \(worst.result)")
  }

  private struct Error {
    var (ulps, argument, result) = (0.0, Float(0), Float(0))

    mutating func note(_ argument: Float, _ result: Float, _ wanted: Double) {
      let rounded = Float(wanted)
      if rounded == result || rounded.isNaN && result.isNaN { return }
      let unit = Double(max(rounded.magnitude, .leastNormalMagnitude).ulp)
      let error = abs(Double(result) - wanted) / unit
      if error <= ulps { return }
      (ulps, self.argument, self.result) = (error.isNaN ? .infinity : error, argument, result)
    }
  }

  private func reference(_ op: UnaryOperation, _ x: Double) -> Double {
    switch op {
    case .exp: exp(x)
    case .expm1: expm1(x)
    case .log: log(x)
    case .log1p: log1p(x)
    case .tanh: tanh(x)
    case .sigmoid: x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
    case .sin: sin(x)
    case .cos: cos(x)
    case .tan: tan(x)
    default: erf(x)
    }
  }

  @Test(arguments: float64Values)
  func float64IsAccurate(_ op: UnaryOperation, _ values: [(Double, Double)]) throws {
    let loop = try #require(Kernels.unary(op, .float64))
    let x = Cells(values.map(\.0) + values.map(\.0))
    let out = Cells([Double](repeating: 0, count: x.count))
    loop(out.start, 8, x.start, 8, x.count)
    for (i, value) in (values + values).enumerated() {
      #expect(ulps(out[i], value.1) <= 2, "\(op)(\(value.0)) = \(out[i])")
    }
  }

  /// What is large goes element by element, wherever in a row it stands.
  @Test func anglesOfAnySizeMayStandInOneRow() throws {
    let values = (0..<1500).map { Float($0 % 700 == 699 ? 1e30 : Double($0)) }
    let (x, out) = (Cells(values), Cells([Float](repeating: 0, count: 1500)))
    let loop = try #require(Kernels.unary(.cos, .float32))
    loop(out.start, 4, x.start, 4, 1500)
    for (i, value) in values.enumerated() {
      #expect(ulps(out[i], Float(cos(Double(value)))) <= 2, "\(value)")
    }
  }
}

/// Arguments where an error is likely, with the rounded true values, computed in 400 bits by mpmath.
let float64Values: [(UnaryOperation, [(Double, Double)])] = [
  (
    .exp,
    [
      (-745.1, 0x1p-1074), (-708.5, 0xe6cf6d08897acp-1074), (-37.25, 0x1.3278bcd70e981p-54),
      (-1.0625, 0x1.61e28ad078f7fp-2), (-0.34658, 0x1.6a094e536e572p-1),
      (0.3466, 0x1.6a0c5906bc779p+0), (0.75, 0x1.0ef9db467dcf8p+1),
      (19.375, 0x1.ef51dcf201f61p+27), (59.31909, 0x1.7e82c905666b7p+85),
      (709.78, 0x1.fe9ce5c4c52b4p+1023),
    ]
  ),
  (
    .expm1,
    [
      (-40.5, -0x1.0000000000000p+0), (-17.146118, -0x1.fffffeccb9ed4p-1),
      (-1.04, -0x1.4b07fce8bce81p-1), (-0.3466, -0x1.2bf1186530eb9p-2),
      (-1e-09, -0x1.12e0be801f1d9p-30), (2e-17, 0x1.70ef54646d497p-56),
      (0.3467, 0x1.a8567774ff7afp-2), (0.39116096, 0x1.ea2f6aab01ff8p-2),
      (1.04, 0x1.d44790f5ed3cfp+0), (17.146118, 0x1.aa9074c828558p+24),
      (709.78, 0x1.fe9ce5c4c52b4p+1023),
    ]
  ),
  (
    .log,
    [
      (0x1p-1074, -0x1.74385446d71c3p+9), (0x143fcc95c9fcp-1074, -0x1.64da60751cb26p+9),
      (2.3e-308, -0x1.622e809940dffp+9), (0.1, -0x1.26bb1bbb55515p+1),
      (0.70710678, -0x1.62e4300c77ae8p-2), (0.99999999, -0x1.5798ee5cd2b2ap-27),
      (1.0000001, 0x1.ad7f2847b6492p-24), (1.41421356, 0x1.62e42fd2cf8f6p-2),
      (1.8743116e-32, -0x1.2437ca019e650p+6), (7.3659345150490285, 0x1.ff329afe7aa70p+0),
      (1.7e+308, 0x1.62dd08fdc6f88p+9),
    ]
  ),
  (
    .log1p,
    [
      (-0.99999999, -0x1.26bb1bb9fc04ep+4), (-0.5, -0x1.62e42fefa39efp-1),
      (-0.29289, -0x1.62e2fe73833b5p-2), (-1e-10, -0x1.b7cdfd9dda4e3p-34),
      (3e-17, 0x1.14b37f4b51f71p-55), (0.41421, 0x1.62e386e3de810p-2),
      (0.6308480902718044, 0x1.f4d6ad7b3e22ap-2), (1.71520879060106, 0x1.ff6bbd01a37cep-1),
      (2847056.0, 0x1.db93d60451b9ep+3), (1e+16, 0x1.26bb1bbb55516p+5),
      (1.7e+308, 0x1.62dd08fdc6f88p+9),
    ]
  ),
  (
    .tanh,
    [
      (-18.5, -0x1.ffffffffffffep-1), (-0.6000001, -0x1.12f82b906a687p-1),
      (-0.5999999, -0x1.12f826c9ef32cp-1), (-1e-05, -0x1.4f8b588e06854p-17),
      (1e-300, 0x1.56e1fc2f8f359p-997), (0.20590187374611704, 0x1.9fd3c148c2737p-3),
      (0.54468155, 0x1.fc70aabf48a18p-2), (0.6151945087352964, 0x1.1875be39ed8c5p-1),
      (1.5, 0x1.cf6f9786df577p-1), (4.019348, 0x1.ffab6cf9edc22p-1), (9.01, 0x1.fffffeff882d6p-1),
    ]
  ),
  (
    .sigmoid,
    [
      (-745.0, 0x1p-1074), (-709.5, 0x0.54e90c99fb878p-1022),
      (-37.5, 0x1.dd5c566301ec7p-55), (-12.815403565629815, 0x1.6ce1312aa1289p-19),
      (-5.542755, 0x1.ff3d6b6efbc20p-9), (-2.7563171, 0x1.e950b8c7d5ad5p-5),
      (-1.1335068, 0x1.f2b7bcd31258dp-3), (-0.25, 0x1.c054cda8768f9p-2),
      (0.5, 0x1.3eb2fd4d34391p-1), (3.4, 0x1.ef76f8069f3fbp-1), (36.5, 0x1.fffffffffffffp-1),
    ]
  ),
  (
    .sin,
    [
      (-1048575.5, 0x1.4cb305757fa66p-3), (-355.0, 0x1.f9bd0307d1de3p-16),
      (-3.141592653589793, -0x1.1a62633145c07p-53), (-0.785398, -0x1.6a09e28779cb0p-1),
      (1e-08, 0x1.5798ee2308c3ap-27), (0.5236, 0x1.000023947205ep-1),
      (1.5707963267948966, 0x1.0000000000000p+0), (2.3561, 0x1.6a12a83a5bc5fp-1),
      (22.0, -0x1.220a29f6eb9f4p-7), (15.202697334819693, 0x1.efa8395781829p-2),
      (823549.0625, -0x1.21f9f45d323e7p-1), (1e+22, -0x1.b453ab76bf397p-1),
    ]
  ),
  (
    .cos,
    [
      (-1048575.5, 0x1.f932ec65b1d71p-1), (-355.0, -0x1.fffffffc18e4cp-1),
      (-3.141592653589793, -0x1.0000000000000p+0), (-0.785398, 0x1.6a09ea486da3fp-1),
      (1e-08, 0x1.0000000000000p+0), (0.5236, 0x1.bb6799fabf74fp-1),
      (1.5707963267948966, 0x1.1a62633145c07p-54), (2.3561, -0x1.6a01245f508b0p-1),
      (11.0, 0x1.220ae41ee2fdfp-8), (26.578400508425744, 0x1.ff3983db3ece4p-4),
      (823549.0625, 0x1.a5f8057374cf3p-1), (1e+22, 0x1.0be2cef01c8f4p-1),
    ]
  ),
  (
    .tan,
    [
      (-1048575.5, 0x1.512d9bf52026ap-3), (-355.0, -0x1.f9bd030bacc16p-16),
      (-3.141592653589793, 0x1.1a62633145c07p-53), (-0.785398, -0x1.fffff508da8a4p-1),
      (1e-08, 0x1.5798ee2308c3ap-27), (0.5236, 0x1.279aab20657c4p-1),
      (1.5707963267948966, 0x1.d02967c31cdb5p+53), (2.3561, -0x1.000c62dd469d0p+0),
      (22.0, 0x1.220d129b73ef8p-7), (26.57601759189957, 0x1.f328a882cb13ep+2),
      (823549.0625, -0x1.5fd87e2e5c9e8p-1), (1e+22, -0x1.a0f79c1b6b257p+0),
    ]
  ),
  (
    .erf,
    [
      (-5.9, -0x1.fffffffffffffp-1), (-2.5, -0x1.ffcaa8f4c9beap-1),
      (-0.99, -0x1.ad50ee005845bp-1), (-1e-10, -0x1.f044332d68161p-34),
      (1e-300, 0x1.82e6d98711d3ap-997), (0.3, 0x1.50838881dea0fp-2), (0.84, 0x1.87c0c914f1a58p-1),
      (0.9375, 0x1.a1551a16aaeafp-1), (1.25, 0x1.d8865d98abe01p-1), (2.85, 0x1.fff8b47c320c2p-1),
      (4.0, 0x1.ffffff7b91176p-1), (5.5, 0x1.fffffffffffbep-1),
    ]
  ),
]
