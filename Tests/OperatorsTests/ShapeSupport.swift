import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// The numbers 0, 1, 2 … in a shape.
func counting(_ shape: Dims, _ dtype: DType = .float64) throws -> Tensor {
  let array = try NDArray(uninitialized: shape, .int64)
  let pointer = array.base.assumingMemoryBound(to: Int64.self)
  for i in 0..<array.count { pointer[i] = Int64(i) }
  return Tensor(try array.cast(to: dtype))
}

/// As `counting`, a leaf that wants a gradient.
func countingLeaf(_ shape: Dims) throws -> Tensor {
  let leaf = try counting(shape)
  try leaf.setRequiresGrad(true)
  return leaf
}

/// The gradients of results of which the elements count 1, 2, 3 … times as much.
func weightedGradients(_ results: [Tensor], _ leaves: [Tensor]) throws -> [[Double]?] {
  let weights = try results.map { try counting($0.shape) + 1 }
  return try grad(results, leaves, gradients: weights, allowUnused: true).map { $0?.doubles }
}

extension Tensor {
  /// Every element in row-major order.
  var doubles: [Double] { elements.map(\.double) }
}

/// A function of a tensor that counts, what it returns and the gradient.
struct Case: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let run: @Sendable (Tensor) throws -> Tensor
  /// Name of the node, sizes, strides and offset.
  let form: String
  let values: [Double]
  let gradient: [Double]?

  init(
    _ name: String, _ run: @escaping @Sendable (Tensor) throws -> Tensor, _ form: String,
    _ values: [Double], _ gradient: [Double]?
  ) {
    testDescription = name
    self.run = run
    self.form = form
    self.values = values
    self.gradient = gradient
  }

  /// Compares with what was recorded.
  func check() throws {
    let x = try countingLeaf([2, 2, 3])
    let y = try run(x)
    let name = try y.gradFunction?.name ?? "nil"
    #expect("\(name) \(y.shape) \(y.strides)+\(y.storageOffset)" == form)
    #expect(y.doubles == values)
    if let gradient { #expect(try weightedGradients([y], [x])[0] == gradient) }
    #expect(y.requiresGrad == (gradient != nil))
  }
}

/// Tensors to do something wrong with.
struct Victims {
  let x: Tensor
  let z: Tensor
  let c: Tensor

  init() throws {
    x = Tensor(try .full([2, 3], 1, .float32))
    z = Tensor(try .full([], 1, .float32))
    c = Tensor(try .full([2, 2, 3], 1, .float32))
  }
}

/// A call that is refused, and the words.
struct Refusal: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kind: TensorError.Kind
  let run: @Sendable (Victims) throws -> Tensor
  let message: String

  init(
    _ name: String, _ kind: TensorError.Kind,
    _ run: @escaping @Sendable (Victims) throws -> Tensor, _ message: String
  ) {
    testDescription = name
    self.kind = kind
    self.run = run
    self.message = message
  }

  /// Compares with what was recorded.
  func check() {
    do {
      let result = try run(Victims())
      Issue.record("\(testDescription) returned \(result.shape)")
    } catch {
      let fault = error as? TensorError
      #expect(fault?.kind == kind)
      #expect(fault?.message == message)
    }
  }
}
