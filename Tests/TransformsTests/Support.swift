import Apus

@testable import Arrays
@testable import Autograd

/// A float64 tensor of the given numbers; a vector when no shape is given.
func tensor(_ numbers: [Double], _ shape: Dims? = nil) throws -> Tensor {
  let array = try NDArray(uninitialized: shape ?? [numbers.count], .float64)
  for (i, number) in numbers.enumerated() {
    Scalar.double(number).store(to: array.base + i * 8, as: .float64)
  }
  return Tensor(array)
}

extension Tensor {
  /// The elements as doubles.
  var numbers: [Double] { elements.map(\.double) }
}

/// The message of the error that `body` throws.
func words(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as TensorError {
    return error.message
  } catch {
    return "\(error)"
  }
}

/// True when numbers agree to a millionth.
func close(_ a: [Double], _ b: [Double]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
}
