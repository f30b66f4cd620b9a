import Elements

@testable import Arrays

/// An array of the given numbers, row-major.
func array(_ numbers: [Double], _ sizes: Dims? = nil, _ dtype: DType = .float32) throws -> NDArray {
  let result = try NDArray(uninitialized: sizes ?? [numbers.count], dtype)
  for (i, number) in numbers.enumerated() {
    Scalar.double(number).store(to: result.base + i * dtype.size, as: dtype)
  }
  return result
}

/// 0, 1, 2… in the given sizes.
func counting(_ sizes: Dims, _ dtype: DType = .float32) throws -> NDArray {
  try array((0..<sizes.reduce(1, *)).map(Double.init), sizes, dtype)
}

extension NDArray {
  /// The elements in row-major order, as doubles.
  var numbers: [Double] { (0..<count).map { element(at: $0).double } }
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
