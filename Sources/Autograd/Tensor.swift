import Arrays
import Elements

/// Numbers with the history of how they came about: PyTorch's `Tensor`.
///
/// A reference type: an in-place operation changes the tensor that everybody sees. Different
/// tensors may be used from different threads; one tensor by one thread at a time.
public final class Tensor: @unchecked Sendable {
  /// The numbers.
  package let array: NDArray
  /// Set on a leaf by request; results of recorded operations have a `node` instead.
  var wantsGradient = false
  /// How a view came about, which decides whether it may be changed in place.
  var creation = ViewCreation.ordinary
  /// Made in inference mode: never part of a graph, and its changes are not counted.
  package internal(set) var isInference = false
  /// A collection came by; see `Reach`.
  var isReached = false
  /// Which output of `node` this is.
  var outputIndex: Int32 = 0
  /// The storage's version for which a view's `node` is right; a later one means that the base
  /// was changed in place, and the node has to be made anew.
  var viewVersion: Int32 = 0
  /// The operation that made this tensor, when it was recorded.
  var node: Node?
  /// Receives the gradient of a leaf.
  var accumulator: AccumulateGrad?
  /// What was accumulated.
  var gradient: Tensor?
  /// The tensor that a differentiable view is part of; never itself a view.
  let base: Tensor?
  /// A tangent, or a place in a transform.
  var extras: TensorExtras?

  /// A leaf that does not require a gradient.
  package init(_ array: NDArray) {
    self.array = array
    base = nil
  }

  /// The same with what few tensors have.
  init(_ array: NDArray, _ extras: TensorExtras?) {
    self.array = array
    base = nil
    self.extras = extras
  }

  /// A view of part of `base`'s storage.
  init(_ array: NDArray, viewOf base: Tensor, creation: ViewCreation, _ extras: TensorExtras? = nil)
  {
    self.array = array
    self.extras = extras
    if base.isInference {
      // Nobody keeps track of the views of an inference tensor.
      self.base = nil
      isInference = true
    } else {
      self.base = base.base ?? base
      self.creation = creation
    }
    viewVersion = array.storage.version
  }

  deinit { accumulator?.forgetLeaf(self) }
}

/// The circumstances under which a view was made.
enum ViewCreation: UInt8 {
  case ordinary
  /// One of several views that one operation returned: `split`, `unbind`.
  case oneOfSeveral
  /// Made while recording was off.
  case withoutGradMode
  /// Made in inference mode.
  case inference
  /// Made inside of a custom function, or an argument that one returned as it is.
  case customFunction
}

extension Tensor {
  /// Elements along each dimension.
  public var shape: Dims { array.sizes }
  /// Distance between neighbours along each dimension, in elements.
  public var strides: Dims { array.strides }
  /// Elements of the storage before the first one.
  public var storageOffset: Int { array.offset }
  /// Number of dimensions.
  public var rank: Int { array.rank }
  /// Number of elements.
  public var count: Int { array.count }
  /// The type of the elements.
  public var dtype: DType { array.dtype }
  /// True when the elements follow each other in row-major order.
  public var isContiguous: Bool { array.isContiguous }
  /// How often the numbers were changed in place, through this tensor or any view of it.
  public var version: Int { Int(array.storage.version) }

  /// The same, where an inference tensor has none.
  ///
  /// - Throws: `TensorError.runtime` for an inference tensor.
  public var checkedVersion: Int {
    get throws {
      if isInference {
        throw TensorError.runtime("Inference tensors do not track version counter.")
      }
      return version
    }
  }
  /// True when this is a view of another tensor.
  public var isView: Bool { base != nil }
  /// The tensor of which this is a view; never itself a view.
  public var viewBase: Tensor? { base }

  /// The address of the first element, for reading and for writing outside of autograd.
  public var data: UnsafeMutableRawPointer { array.base }

  /// The only element as a number.
  ///
  /// - Throws: `TensorError.runtime` when there is not exactly one, and under `vmap`.
  public func item() throws -> Scalar {
    try checkReadable()
    return try array.item()
  }

  /// Whether the only element is not zero.
  ///
  /// - Throws: `TensorError.runtime` when there is not exactly one, and under `vmap`.
  package func isTrue() throws -> Bool {
    try checkReadable(
      "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. "
        + "We don't support that yet, please file an issue at "
        + "https://github.com/pytorch/pytorch/issues .")
    return try array.item().double != 0
  }

  /// The element at a row-major position.
  ///
  /// - Throws: `TensorError.index` when there is none, `.runtime` under `vmap`.
  public func element(at index: Int) throws -> Scalar {
    try checkReadable()
    guard index >= 0 && index < count else {
      throw TensorError.indexOutOfRange(index, dim: 0, size: count)
    }
    return array.element(at: index)
  }

  /// True when both have the same shape and the same elements; nan differs from everything.
  ///
  /// - Throws: `TensorError.runtime` under `vmap`.
  public func isEqual(to other: Tensor) throws -> Bool {
    try checkReadable()
    try other.checkReadable()
    guard shape == other.shape else { return false }
    let same = try array.binary(.eq, other.array)
    let flags = same.base.assumingMemoryBound(to: Bool.self)
    return (0..<same.count).allSatisfy { flags[$0] }
  }

  /// Every element in row-major order; none under `vmap`, where an example has none of its own.
  public var elements: [Scalar] {
    hidesElements ? [] : (0..<count).map { array.element(at: $0) }
  }
}
