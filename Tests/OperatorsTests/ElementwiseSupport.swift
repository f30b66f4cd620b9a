import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

let nan = Scalar.double(.nan)
let infinity = Scalar.double(.infinity)

extension Tensor {
  /// A tensor of the given elements: a vector, where no shape is given.
  static func of(
    _ values: [Scalar], _ dtype: DType = .float32, _ shape: Dims? = nil
  ) throws -> Tensor {
    let array = try NDArray(uninitialized: shape ?? [values.count], dtype)
    for (i, value) in values.enumerated() {
      value.store(to: array.base + i * dtype.size, as: dtype)
    }
    return Tensor(array)
  }

  /// A 0-d tensor.
  static func of(_ value: Scalar, _ dtype: DType = .float32) throws -> Tensor {
    try of([value], dtype, [])
  }

  /// A leaf that wants a gradient, of float64.
  static func leaf(_ values: [Scalar]) throws -> Tensor {
    let tensor = try of(values, .float64)
    try tensor.setRequiresGrad(true)
    return tensor
  }
}

/// Dtype, shape where it is not that of a vector, and elements: "int64 1 2 3".
func show(_ tensor: Tensor) -> String {
  let shape = tensor.rank == 1 ? "" : "\(tensor.shape)"
  let elements = tensor.elements.map { $0.double.isNaN ? "nan" : "\($0)" }
  return ([tensor.dtype.name + shape] + elements).joined(separator: " ")
}

/// What a call throws.
func failure(_ call: () throws -> Tensor) -> TensorError? {
  do {
    _ = try call()
    return nil
  } catch {
    return error as? TensorError
  }
}

/// The derivative of a function of each element, and where it has a graph, the second one.
func slopes(
  at values: [Scalar], _ function: (Tensor) throws -> Tensor
) throws -> (first: [Double], second: [Double]?) {
  let x = try Tensor.leaf(values)
  let y = try function(x)
  let ones = Tensor(try .full(y.shape, 1, y.dtype))
  let first = try #require(try grad([y], [x], gradients: [ones], createGraph: true)[0])
  let slope = first.elements.map(\.double)
  guard first.requiresGrad else { return (slope, nil) }
  let second = try #require(try grad([first], [x], gradients: [ones])[0])
  return (slope, second.elements.map(\.double))
}

/// True when all pairs agree to five digits.
func agree(_ x: [Double], _ y: [Double]) -> Bool {
  x.count == y.count
    && zip(x, y).allSatisfy { a, b in
      a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 1e-5 * max(1, abs(b))
    }
}
