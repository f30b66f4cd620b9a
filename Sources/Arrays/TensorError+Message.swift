import Elements
import Glibc

extension TensorError: CustomStringConvertible {
  /// The message.
  public var description: String { message }

  /// One line, in PyTorch's words.
  public var message: String {
    switch self {
    case .negativeSize(let size, let sizes):
      return "Trying to create tensor with negative dimension \(size): \(sizes)"
    case .sizeOverflow:
      return "Storage size calculation overflowed"
    case .countOverflow:
      return "numel: integer multiplication overflow"
    case .storageOverflow(let sizes):
      return "Storage size calculation overflowed with sizes=\(sizes)"
    case .outOfMemory(let bytes):
      return "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(bytes) bytes. "
        + "Error code 12 (Cannot allocate memory)"
    case .broadcast(let a, let b, let dim):
      return "The size of tensor a (\(a)) must match the size of tensor b (\(b)) "
        + "at non-singleton dimension \(dim)"
    case .expand(let to, let from, let dim, let sizes, let original):
      return "The expanded size of the tensor (\(to)) must match the existing size (\(from)) at "
        + "non-singleton dimension \(dim).  Target sizes: \(sizes).  Tensor sizes: \(original)"
    case .expandRank(let dtype, let sizes, let target):
      // The two types that came after the naming scheme.
      let isNew = dtype == .bool || dtype == .bfloat16
      let type = isNew ? "CPU\(dtype.scalarTypeName)Type" : "torch.\(dtype.scalarTypeName)Tensor"
      return "expand(\(type){\(sizes)}, size=\(target)): the number of sizes provided "
        + "(\(target.count)) must be greater or equal to the number of dimensions in the tensor "
        + "(\(sizes.count))"
    case .expandLeading(let dim):
      return "The expanded size of the tensor (-1) isn't allowed in a leading, "
        + "non-existing dimension \(dim)"
    case .dimOutOfRange(let dim, let rank):
      let bound = Swift.max(rank, 1)
      return "Dimension out of range (expected to be in range of [\(-bound), \(bound - 1)], "
        + "but got \(dim))"
    case .dimRepeated(let dim):
      return "dim \(dim) appears multiple times in the list of dims"
    case .permuteRank(let rank, let given):
      return "permute(sparse_coo): number of dimensions in the tensor input does not match the "
        + "length of the desired ordering of dimensions i.e. input.dim() = \(rank) is not equal "
        + "to len(dims) = \(given)"
    case .invalidShape(let shape, let count):
      return "shape '\(shape)' is invalid for input of size \(count)"
    case .twoInferredDims:
      return "only one dimension can be inferred"
    case .ambiguousInference(let shape):
      return "cannot reshape tensor of 0 elements into shape \(shape) because the unspecified "
        + "dimension size -1 can be any value and is ambiguous"
    case .viewStride:
      return "view size is not compatible with input tensor's size and stride (at least one "
        + "dimension spans across two contiguous subspaces). Use .reshape(...) instead."
    case .stridedOverflow(let sizes, let strides):
      return "Storage size calculation overflowed with sizes=\(sizes) and strides=\(strides)"
    case .asStridedBounds(
      let sizes, let strides, let offset, let itemSize, let bytes, let storageBytes):
      return "setStorage: sizes \(sizes), strides \(strides), storage offset \(offset), and "
        + "itemsize \(itemSize) requiring a storage size of \(bytes) are out of bounds for storage "
        + "of size \(storageBytes)"
    case .outputShape(let output, let broadcast):
      return "output with shape \(output) doesn't match the broadcast shape \(broadcast)"
    case .emptyReduction(let function, let dim?):
      return "\(function)(): Expected reduction dim \(dim) to have non-zero size."
    case .emptyReduction(let function, nil):
      return "\(function)(): Expected reduction dim to be specified for input.numel() == 0. "
        + "Specify the reduction dim with the 'dim' argument."
    case .matrixExpected(let name, let argument, let rank):
      return "\(name): \(argument) must be a matrix, got \(rank)-D tensor"
    case .matrixSizes(let name, let a, let b):
      return "\(name): mat1 and mat2 shapes cannot be multiplied "
        + "(\(a[0])x\(a[1]) and \(b[0])x\(b[1]))"
    case .matrixDTypes(let a, let b):
      return "expected m1 and m2 to have the same dtype, but got: "
        + "\(a.compilerName) != \(b.compilerName)"
    case .indexOutOfRange(let index, let dim, let size):
      return "index \(index) is out of bounds for dimension \(dim) with size \(size)"
    case .selectOutOfRange(let index, let sizes, let dim):
      return "select(): index \(index) out of range for tensor of size \(sizes) at dimension \(dim)"
    case .tooManyIndices(let rank):
      return "too many indices for tensor of dimension \(rank)"
    case .tooManyIndexTensors(let rank, let given):
      return "too many indices for tensor of dimension \(rank) (got \(given))"
    case .indexOfScalar:
      return "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
        + "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
    case .maskShape(let mask, let maskDim, let sizes, let dim):
      return "The shape of the mask \(mask) at index \(maskDim) does not match the shape of the "
        + "indexed tensor \(sizes) at index \(dim)"
    case .indexBroadcast(let shapes):
      return "shape mismatch: indexing tensors could not be broadcast together with shapes "
        + shapes.map(\.description).joined(separator: ", ")
    case .sliceStep:
      return "slice step must be positive"
    case .cannotCast(let from, let to):
      return "result type \(from.scalarTypeName) can't be cast to the desired output type "
        + to.scalarTypeName
    case .notImplemented(let kernel, let dtype):
      return "\"\(kernel)\" not implemented for '\(dtype.scalarTypeName)'"
    case .conversionOverflow(let dtype):
      return "value cannot be converted to type \(dtype.fixedWidthName) without overflow"
    case .zeroDivision:
      return "ZeroDivisionError"
    case .leafInPlace:
      return "a leaf Variable that requires grad is being used in an in-place operation."
    case .leafViewInPlace:
      return "a view of a leaf Variable that requires grad is being used in an in-place operation."
    case .modifiedInPlace(let type, let sizes, let output, let version, let expected):
      let producer = output.map { ", which is output \($0.index) of \($0.node)," } ?? ""
      return "one of the variables needed for gradient computation has been modified by an "
        + "inplace operation: [\(type.tensorTypeName) \(sizes)]\(producer) is at "
        + "version \(version); expected version \(expected) instead. Hint: enable anomaly "
        + "detection to find the operation that failed to compute its gradient, with "
        + "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    case .freedGraph:
      return "Trying to backward through the graph a second time (or directly access saved "
        + "tensors after they have already been freed). Saved intermediate values of the graph "
        + "are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if "
        + "you need to backward through the graph a second time or if you need to access saved "
        + "tensors after calling backward."
    case .nonScalarBackward:
      return "grad can be implicitly created only for scalar outputs"
    case .noGradient(let position):
      return "element \(position) of tensors does not require grad and does not have a grad_fn"
    case .gradientShape(let gradient, let output, let position):
      return "Mismatch in shape: grad_output[\(position)] has a shape of torch.Size(\(gradient)) "
        + "and output[\(position)] has a shape of torch.Size(\(output))."
    case .unusedInput(let position):
      return "The differentiated Tensor at index \(position) appears to not have been used in the "
        + "graph. Set allow_unused=True if this is the desired behavior."
    case .inputWithoutGradient:
      return "One of the differentiated Tensors does not require grad"
    case .noInputs(let function):
      return "`inputs` argument to `\(function)()` cannot be empty."
    case .retainGradWithoutGradient:
      return "can't retain_grad on Tensor that has requires_grad=False"
    case .nodeGradientCount(let node, let expected, let got):
      return "function \(node) returned an incorrect number of gradients "
        + "(expected \(expected), got \(got))"
    case .nodeGradientShape(let node, let index, let sizes, let expected):
      return "Function \(node) returned an invalid gradient at index \(index) - got \(sizes) but "
        + "expected shape compatible with \(expected)"
    case .repeatedMemory:
      return "unsupported operation: more than one element of the written-to tensor refers to a "
        + "single memory location. Please clone() the tensor before performing the operation."
    case .overlappingMemory:
      return "unsupported operation: some elements of the input tensor and the written-to tensor "
        + "refer to a single memory location. Please clone() the tensor before performing the "
        + "operation."
    case .runtime(let words), .index(let words), .value(let words), .type(let words),
      .unsupported(let words), .linearAlgebra(let words), .callback(_, let words):
      return words
    case .nullArgument(let name):
      return "argument '\(name)' is NULL"
    case .releasedHandle:
      return "tensor handle was released already"
    case .notAHandle:
      return "expected a tensor, but got a pointer that is not a tensor handle"
    }
  }
}

extension Double {
  /// Six significant digits, as a C++ stream writes the number.
  package var shortText: String {
    guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
    var text = [CChar](repeating: 0, count: 32)
    _ = withCLocale { withVaList([self]) { vsnprintf(&text, text.count, "%g", $0) } }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
