import Arrays
import Autograd
import Elements

extension Algebra {
  /// The operators that the engine needs for itself.
  package static let operators = Algebra(
    add: { try $0 + $1 },
    sumToSize: { try $0.sumToSize($1) },
    cast: { try $0.to(dtype: $1) },
    clone: { try $0.clone() },
    copy: { try Ops.arranged($0, $1) },
    alias: { try $0.view($0.shape) },
    zeros: { Tensor(try .full($0, 0, $1)) },
    zerosLike: { try $0.zerosLike() },
    ones: { Tensor(try .full($0, 1, $1)) },
    readWindow: { try Ops.readWindow($0, $1) },
    scatterWindow: { try Ops.scatterWindow($0, $1) },
    clearWindow: { try Ops.clearWindow($0, $1) },
    expand: { try $0.expand($1) },
    reshape: { try $0.reshape($1) },
    permute: { try $0.permute($1) },
    select: { try $0.select(dim: 0, index: $1) },
    stack: { try Tensor.stack($0) },
    copyInto: { try $0.copy_($1) },
    part: { whole, window in
      guard whole.strides == window.whole.strides else { return nil }
      return try whole.asStrided(
        window.part.sizes, stride: window.part.strides,
        storageOffset: whole.storageOffset + window.offset)
    },
    conj: { try $0.conj() },
    viewAsReal: { try $0.viewAsReal() },
    viewAsComplex: { try $0.contiguous().viewAsComplex() })
}

extension Tensor {
  /// Zeros in place of this gradient.
  var zeros: Tensor { get throws { Tensor(try .full(shape, 0, dtype)) } }

  /// The sum over the dimensions along which an array of the given sizes was stretched to this
  /// tensor's shape: what undoes broadcasting in a gradient.
  package func sumToSize(_ sizes: Dims) throws -> Tensor {
    if shape == sizes { return self }
    let lead = rank - sizes.count
    var dims = Dims()
    for i in 0..<rank where i < lead || (sizes[i - lead] == 1 && shape[i] != 1) { dims.append(i) }
    if dims.count == lead { return try self.sum(dim: dims) }
    let sum = try sum(dim: dims, keepdim: true)
    return lead == 0 ? sum : try sum.reshape(sizes)
  }
}
