import Elements

/// Everything that a caller can do wrong, with what is needed to say so.
///
/// The words are PyTorch's wherever it has a message; they stand in `TensorError+Message.swift`.
public enum TensorError: Error, Sendable, Equatable {
  // Sizes and dimensions.
  case negativeSize(Int, sizes: Dims)
  case sizeOverflow
  case countOverflow
  case storageOverflow(Dims)
  case outOfMemory(bytes: Int)
  case broadcast(Int, Int, dim: Int)
  case expand(to: Int, from: Int, dim: Int, sizes: Dims, original: Dims)
  case expandRank(DType, Dims, to: Dims)
  case expandLeading(dim: Int)
  case dimOutOfRange(Int, rank: Int)
  case dimRepeated(Int)
  case permuteRank(rank: Int, given: Int)
  case invalidShape(Dims, count: Int)
  case twoInferredDims
  case ambiguousInference(Dims)
  case viewStride
  case stridedOverflow(sizes: Dims, strides: Dims)
  case asStridedBounds(
    sizes: Dims, strides: Dims, offset: Int, itemSize: Int, bytes: Int, storageBytes: Int)
  case outputShape(Dims, broadcast: Dims)
  case emptyReduction(_ function: String, dim: Int?)
  // Products of matrices.
  case matrixExpected(String, argument: String, rank: Int)
  case matrixSizes(String, Dims, Dims)
  case matrixDTypes(DType, DType)
  // Indices.
  case indexOutOfRange(Int, dim: Int, size: Int)
  case selectOutOfRange(Int, sizes: Dims, dim: Int)
  case tooManyIndices(rank: Int)
  case tooManyIndexTensors(rank: Int, given: Int)
  case indexOfScalar
  case maskShape(mask: Dims, maskDim: Int, sizes: Dims, dim: Int)
  case indexBroadcast([Dims])
  case sliceStep
  // Dtypes.
  case cannotCast(DType, to: DType)
  case notImplemented(kernel: String, DType)
  case conversionOverflow(DType)
  case zeroDivision
  // Autograd.
  case leafInPlace
  case leafViewInPlace
  case modifiedInPlace(
    type: DType, sizes: Dims, output: (index: Int, node: String)?, version: Int32, expected: Int32)
  case freedGraph
  case nonScalarBackward
  case noGradient(position: Int)
  case gradientShape(Dims, output: Dims, position: Int)
  case unusedInput(position: Int)
  case inputWithoutGradient
  case noInputs(function: String)
  case retainGradWithoutGradient
  case nodeGradientCount(node: String, expected: Int, got: Int)
  case nodeGradientShape(node: String, index: Int, Dims, expected: Dims)
  case repeatedMemory
  case overlappingMemory
  // Anything else: the kind of error, and the words.
  case runtime(String)
  case index(String)
  case value(String)
  case type(String)
  case unsupported(String)
  case linearAlgebra(String)
  // The C boundary.
  case callback(Kind, String)
  case nullArgument(String)
  case releasedHandle
  case notAHandle
}

extension TensorError {
  /// What sort of error it is: Python raises the exception of that name, C sees the number.
  public enum Kind: Int32, Sendable {
    case runtime = 1
    case index = 2
    case value = 3
    case type = 4
    case notImplemented = 5
    case outOfMemory = 6
    case nullArgument = 7
    case invalidHandle = 8
    case linearAlgebra = 9
  }

  /// The kind of this error.
  public var kind: Kind {
    switch self {
    case .emptyReduction(_, let dim): dim == nil ? .runtime : .index
    case .dimOutOfRange, .indexOutOfRange, .selectOutOfRange, .tooManyIndices, .tooManyIndexTensors,
      .indexOfScalar, .maskShape, .indexBroadcast, .index:
      .index
    case .value: .value
    case .type: .type
    case .notImplemented, .unsupported: .notImplemented
    case .outOfMemory: .outOfMemory
    case .linearAlgebra: .linearAlgebra
    case .callback(let kind, _): kind
    case .nullArgument: .nullArgument
    case .releasedHandle, .notAHandle: .invalidHandle
    default: .runtime
    }
  }

  /// True when both say the same.
  public static func == (a: TensorError, b: TensorError) -> Bool {
    a.kind == b.kind && a.message == b.message
  }
}
