import Apus
import Arrays
import Elements
import Testing

@testable import Autograd
@testable import Operators

/// Numbers that are not alike, the same in every run: a direction, or the gradient of a result.
func direction(like x: Tensor, _ seed: Int = 0) throws -> Tensor {
  let array = try NDArray(uninitialized: x.shape, x.dtype)
  for i in 0..<array.count {
    let number = 0.45 - Double((i * 7 + seed * 5 + 3) % 13) / 13
    Scalar.double(number).store(to: array.base + i * array.dtype.size, as: array.dtype)
  }
  return Tensor(array)
}

extension Tensor {
  /// The same numbers in a leaf, which asks for a gradient where `wantsGradient` says so.
  func leaf(_ wantsGradient: Bool = true) throws -> Tensor {
    let leaf = detach()
    if wantsGradient { try leaf.setRequiresGrad(true) }
    return leaf
  }

  /// Other numbers from the same range, in row-major order: the elements elsewhere, floats a little
  /// smaller; with the number 0 the same.
  func version(_ number: Int) throws -> Tensor {
    if count == 0 { return detach() }
    let result = try NDArray(uninitialized: shape, dtype)
    let (elements, size) = (elements, dtype.size)
    for i in 0..<count {
      let element = elements[(i + number) % count]
      let value: Scalar =
        dtype.isFloatingPoint ? .double(element.double * (1 - 0.03 * Double(number))) : element
      value.store(to: result.base + i * size, as: dtype)
    }
    return Tensor(result)
  }
}

/// True when numbers agree to rounding, or as far as finite differences do.
func near(_ a: [Double], _ b: [Double], relative: Double = 1e-10, absolute: Double = 1e-10) -> Bool
{
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      x == y || x.isNaN && y.isNaN || abs(x - y) <= absolute + relative * abs(y)
    }
}

/// Runs `body` where tensors may carry tangents.
func withDualLevel<Result>(_ body: () throws -> Result) throws -> Result {
  try ForwardMode.enter(.operators)
  let result: Result
  do {
    result = try body()
  } catch {
    try ForwardMode.exit()
    throw error
  }
  try ForwardMode.exit()
  return result
}

extension OperatorCase {
  /// The inputs to differentiate.
  var wanted: [Int] { inputs.indices.filter { inputs[$0].requiresGrad } }

  /// The inputs as leaves.
  func leaves() throws -> [Tensor] { try inputs.map { try $0.leaf($0.requiresGrad) } }

  /// The gradients of results for the inputs to differentiate, zeros where there is none; nil where
  /// no result asks for one.
  func gradients(_ inputs: [Tensor], _ leaves: [Tensor], seeds: [Tensor]? = nil) throws -> [Tensor]?
  {
    let outputs = try run(inputs)
    let recorded = outputs.indices.filter { outputs[$0].requiresGrad }
    if recorded.isEmpty { return nil }
    let found = try grad(
      recorded.map { outputs[$0] }, wanted.map { leaves[$0] },
      gradients: recorded.map { try seeds?[$0] ?? direction(like: outputs[$0], $0) },
      materialize: true)
    return found.compactMap(\.self)
  }
}

extension Collection where Index == Int {
  /// Each position alone, and all together.
  var singlesAndAll: [Set<Int>] {
    let singles = map { _ in 0 }.indices.map { Set([$0 + startIndex]) }
    return count > 1 ? singles + [Set(indices)] : singles
  }
}
