import Arrays
import Elements

/// What a view shows of its base, for gradients that have to go the same way.
///
/// Where one of them is complex and the other real, both are looked at as real numbers.
struct PartialView {
  /// The sizes of the view.
  let sizes: Dims
  /// Its dtype.
  let dtype: DType
  private let window: Window
  private let isMixed: Bool

  init(_ view: NDArray, of base: NDArray) {
    sizes = view.sizes
    dtype = view.dtype
    isMixed = view.dtype.isComplex != base.dtype.isComplex
    window = isMixed ? Window(view.parts, of: base.parts) : Window(view, of: base)
  }

  /// The view's part of a gradient of the base, copied.
  func read(_ whole: Tensor, _ algebra: Algebra) throws -> Tensor {
    guard isMixed else { return try algebra.readWindow(whole, window) }
    let part = try algebra.readWindow(parts(whole, algebra), window)
    return dtype.isComplex ? try algebra.viewAsComplex(part) : part
  }

  /// Zeros of the base's sizes with a gradient of the view in its place.
  func scatter(_ part: Tensor, _ algebra: Algebra) throws -> Tensor {
    guard isMixed else { return try algebra.scatterWindow(part, window) }
    let whole = try algebra.scatterWindow(parts(part, algebra), window)
    return dtype.isComplex ? whole : try algebra.viewAsComplex(whole)
  }

  /// A gradient of the base with zeros in the view's part.
  func clear(_ whole: Tensor, _ algebra: Algebra) throws -> Tensor {
    guard isMixed else { return try algebra.clearWindow(whole, window) }
    let rest = try algebra.clearWindow(parts(whole, algebra), window)
    return dtype.isComplex ? rest : try algebra.viewAsComplex(rest)
  }

  private func parts(_ tensor: Tensor, _ algebra: Algebra) throws -> Tensor {
    tensor.dtype.isComplex ? try algebra.viewAsReal(tensor) : tensor
  }
}
