import Arrays
import Autograd
import Elements
import Operators

// Numerical and analytical derivatives side by side, in both modes.

extension Gradcheck {
  /// Compares the backward pass.
  ///
  /// - Parameters:
  ///   - recorded: the positions of the outputs that can be differentiated.
  ///   - numerical: their Jacobians, for each input; none in fast mode.
  func compareBackward(
    _ outputs: [Tensor], _ recorded: [Int], _ numerical: [[Jacobian]]
  ) throws {
    for (k, o) in recorded.enumerated() {
      if options.isFast {
        try compareBackwardFast(outputs[o], o, named: k)
        continue
      }
      let analytical = try analyticalJacobians(outputs[o])
      let again = try analyticalJacobians(outputs[o])
      for (a, b) in zip(analytical, again) {
        for (x, y) in zip(a.values, b.values) where !isRepeated(x, y) { throw notReentrant }
      }
      for (j, jacobian) in analytical.enumerated() {
        try compare(jacobian, numerical[k][j], output: k, input: differentiable[j])
      }
    }
  }

  /// Compares forward mode.
  func compareForward(_ outputs: [Tensor], _ recorded: [Int], _ numerical: [[Jacobian]]) throws {
    for (j, i) in differentiable.enumerated() {
      if options.isFast {
        try compareForwardFast(i, outputs, recorded)
        continue
      }
      let analytical = try forwardJacobians(i, outputs)
      for (k, o) in recorded.enumerated() {
        try compare(
          analytical[o], numerical[k][j], output: k, input: i, mode: "computed with forward mode ")
      }
    }
  }

  private func compare(
    _ analytical: Jacobian, _ numerical: Jacobian, output: Int, input: Int, mode: String = ""
  ) throws {
    let agrees = zip(analytical.values, numerical.values).allSatisfy {
      agree($0, $1, absolute: options.absolute)
    }
    if agrees && analytical.values.count == numerical.values.count { return }
    throw TensorError.runtime(
      Self.mismatch(
        try analytical.tensor(), try numerical.tensor(), output: output, input: input, mode: mode))
  }

  private static func mismatch(
    _ analytical: Tensor, _ numerical: Tensor, output: Int, input: Int, mode: String
  ) -> String {
    "Jacobian \(mode)mismatch for output \(output) with respect to input \(input),\n"
      + "numerical:\(numerical)\nanalytical:\(analytical)\n"
  }

  private func isRepeated(_ x: Double, _ y: Double) -> Bool {
    abs(x - y) <= options.nondeterminism || x.isNaN && y.isNaN || x == y
  }

  private var notReentrant: TensorError {
    .runtime(
      "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
        + "times gives different values, although analytical gradient matches numerical gradient."
        + "The tolerance for nondeterminism was \(options.nondeterminism)."
        + GradcheckAdvice.nondeterminism)
  }
}

// Fast mode: along a random direction u of the input, and for the backward pass a random v of the
// output, the numbers vᵀJu are compared instead of J's elements.

extension Gradcheck {
  /// Positive numbers whose squares add up to one.
  private static func direction(like tensor: Tensor, _ seed: UInt64) throws -> Tensor {
    var state = seed
    var values = (0..<tensor.count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 33) * 0x1p-31
    }
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    if norm > 0 { values = values.map { $0 / norm } }
    let array = try NDArray(uninitialized: tensor.shape, tensor.dtype)
    for (k, value) in values.enumerated() {
      Scalar.double(value).store(to: array.base + k * array.dtype.size, as: array.dtype)
    }
    return Tensor(array)
  }

  /// Ju by a central difference along u.
  private func numericalProduct(_ input: Int, _ u: Tensor, output: Int) throws -> [Double] {
    let x = inputs[input].array
    let before = try x.copied()
    let direction = u.doubles
    return try numericalSlope(output: output) { step in
      for i in 0..<x.count {
        Scalar.double(before.element(at: i).double + step * direction[i])
          .store(to: x.base + x.elementOffset(i) * x.dtype.size, as: x.dtype)
      }
      return { x.assign(before) }
    }
  }

  private func compareBackwardFast(_ output: Tensor, _ o: Int, named k: Int) throws {
    let wanted = differentiable.map { inputs[$0] }
    let v = try Self.direction(like: output, UInt64(o) + 77)
    let products = try (0..<2).map { _ in
      try grad([output], wanted, gradients: [v], retainGraph: true, allowUnused: true)
    }
    for (j, i) in differentiable.enumerated() {
      let u = try Self.direction(like: inputs[i], UInt64(i) + 1)
      for (x, y) in zip(products[0][j]?.doubles ?? [], products[1][j]?.doubles ?? [])
      where !isRepeated(x, y) {
        throw notReentrant
      }
      if let gradient = products[0][j], gradient.shape != inputs[i].shape {
        throw TensorError.runtime("Analytical gradient has incorrect size")
      }
      if options.checksDTypes, let gradient = products[0][j], gradient.dtype != inputs[i].dtype {
        throw TensorError.runtime("Gradient has dtype mismatch")
      }
      let analytical = products[0][j].map { $0.product(u) } ?? 0
      let slope = try numericalProduct(i, u, output: o)
      let numerical = zip(v.doubles, slope).reduce(0) { $0 + $1.0 * $1.1 }
      let sum = u.doubles.reduce(0, +) * v.doubles.reduce(0, +)
      if agree(analytical, numerical, absolute: options.absolute * sum) { continue }
      let message = Self.mismatch(
        try Tensor.full([], .double(analytical), dtype: .float64),
        try Tensor.full([], .double(numerical), dtype: .float64), output: k, input: i, mode: "")
      throw TensorError.runtime(
        message + (try slowly(analyticalJacobians(output)[j], numericalJacobian(i, output: o))))
    }
  }

  private func compareForwardFast(_ i: Int, _ outputs: [Tensor], _ recorded: [Int]) throws {
    let u = try Self.direction(like: inputs[i], UInt64(i) + 1)
    let tangents = try tangents(i, u)
    for (k, o) in recorded.enumerated() {
      let analytical = tangents[o]?.doubles ?? outputs[o].doubles.map { _ in 0 }
      let numerical = try numericalProduct(i, u, output: o)
      let absolute = options.absolute * u.doubles.reduce(0, +)
      if zip(analytical, numerical).allSatisfy({ agree($0, $1, absolute: absolute) }) { continue }
      var (a, n) = (
        Jacobian(rows: 1, columns: outputs[o].count), Jacobian(rows: 1, columns: outputs[o].count)
      )
      a.values = analytical
      n.values = numerical
      let message = Self.mismatch(
        try a.tensor().reshape([-1]), try n.tensor().reshape([-1]), output: k, input: i,
        mode: "computed with forward mode ")
      throw TensorError.runtime(
        message + (try slowly(forwardJacobians(i, outputs)[o], numericalJacobian(i, output: o))))
    }
  }

  /// What slow mode finds, so that the message shows where the difference is.
  private func slowly(_ analytical: Jacobian, _ numerical: Jacobian) throws -> String {
    var difference = 0.0
    for (a, n) in zip(analytical.values, numerical.values) {
      difference = max(difference, abs(a - n))
    }
    let isClose = zip(analytical.values, numerical.values).allSatisfy {
      agree($0, $1, absolute: options.absolute)
    }
    return "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
      + "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
      + "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
      + "Numerical:\n \(try numerical.tensor())\nAnalytical:\n\(try analytical.tensor())\n\n"
      + "The max per-element difference (slow mode) is: \(difference).\n"
      + (isClose ? GradcheckAdvice.slowMode : "")
  }
}
