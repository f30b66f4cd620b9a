import Arrays
import Autograd
import Elements
import Operators

/// Derivatives of one output for one input as gradcheck shows them: a row for each element of the
/// input, a column for each of the output.
struct Jacobian {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = Array(repeating: 0, count: rows * columns)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// As a tensor.
  func tensor() throws -> Tensor {
    let array = try NDArray(uninitialized: [rows, columns], .float64)
    for (k, value) in values.enumerated() {
      array.base.storeBytes(of: value, toByteOffset: k * 8, as: Double.self)
    }
    return Tensor(array)
  }
}

extension Tensor {
  /// The elements as numbers, outside of the graph.
  var doubles: [Double] { (0..<count).map { array.element(at: $0).double } }

  /// The sum of products with the elements of another tensor of as many.
  func product(_ other: Tensor) -> Double {
    zip(doubles, other.doubles).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Gradcheck {
  /// A tensor of another's sizes that is one at a row-major position and zero elsewhere.
  static func unit(_ position: Int, like tensor: Tensor) throws -> Tensor {
    let unit = try NDArray.full(tensor.shape, 0, tensor.dtype)
    Scalar.double(1).store(to: unit.base + position * unit.dtype.size, as: unit.dtype)
    return Tensor(unit)
  }

  /// By moving each element of an input a step up and a step down.
  func numericalJacobian(_ input: Int, output: Int) throws -> Jacobian {
    let x = inputs[input].array
    var jacobian: Jacobian?
    for row in 0..<x.count {
      let place = x.base + x.elementOffset(row) * x.dtype.size
      let slope = try numericalSlope(output: output) { step in
        let before = Scalar(loadingFrom: place, as: x.dtype)
        Scalar.double(before.double + step).store(to: place, as: x.dtype)
        return { before.store(to: place, as: x.dtype) }
      }
      if jacobian == nil { jacobian = Jacobian(rows: x.count, columns: slope.count) }
      for (column, value) in slope.enumerated() { jacobian?[row, column] = value }
    }
    if let jacobian { return jacobian }
    return Jacobian(rows: 0, columns: try function(inputs)[output].count)
  }

  /// The central difference of an output where `move` goes a step from the inputs, and what it
  /// returns goes back.
  func numericalSlope(output: Int, _ move: (_ step: Double) -> () -> Void) throws -> [Double] {
    func values(_ step: Double) throws -> [Double] {
      let back = move(step)
      // Whatever happens, the caller's numbers are as they were.
      defer { back() }
      return try function(inputs)[output].doubles
    }
    let (up, down) = (try values(options.step), try values(-options.step))
    return zip(up, down).map { ($0 - $1) / (2 * options.step) }
  }

  /// One backward pass for each element of an output: for each input a Jacobian.
  ///
  /// - Throws: `TensorError.runtime` when a gradient has another size than its input, or, where that
  ///   is asked for, another dtype.
  func analyticalJacobians(_ output: Tensor) throws -> [Jacobian] {
    let wanted = differentiable.map { inputs[$0] }
    var jacobians = wanted.map { Jacobian(rows: $0.count, columns: output.count) }
    for column in 0..<output.count {
      let gradients = try grad(
        [output], wanted, gradients: [Self.unit(column, like: output)], retainGraph: true,
        allowUnused: true)
      for (k, gradient) in gradients.enumerated() {
        guard let gradient else { continue }
        if options.checksDTypes && gradient.dtype != wanted[k].dtype {
          throw TensorError.runtime("Gradient has dtype mismatch")
        }
        if gradient.shape != wanted[k].shape {
          throw TensorError.runtime("Analytical gradient has incorrect size")
        }
        for (row, value) in gradient.doubles.enumerated() { jacobians[k][row, column] = value }
      }
    }
    return jacobians
  }

  /// One call with a tangent for each element of an input, for all outputs: by forward mode.
  func forwardJacobians(_ input: Int, _ outputs: [Tensor]) throws -> [Jacobian] {
    let x = inputs[input]
    var jacobians = outputs.map { Jacobian(rows: x.count, columns: $0.count) }
    for row in 0..<x.count {
      let tangents = try tangents(input, try Self.unit(row, like: x))
      for (o, tangent) in tangents.enumerated() {
        guard let tangent else { continue }
        for (column, value) in tangent.doubles.enumerated() { jacobians[o][row, column] = value }
      }
    }
    return jacobians
  }

  /// The tangents of the outputs for one tangent of an input; nil stands for zero.
  func tangents(_ input: Int, _ tangent: Tensor) throws -> [Tensor?] {
    try ForwardMode.enter(.operators)
    defer { try? ForwardMode.exit() }
    var arguments = inputs.map { $0.detach() }
    arguments[input] = try ForwardMode.makeDual(arguments[input], tangent)
    return try function(arguments).map { ForwardMode.unpack($0).tangent }
  }
}
