// Interim file written by a planning script; replaced by Generate.
import Arrays
import Autograd
import Elements

extension Tensor {
  public func abs() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func abs_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func add(_ other: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.add(self, other, alpha)
  }
  @discardableResult
  public func add_(_ other: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.add.inPlace(self, other, alpha)
  }
  public func add(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.addScalar(self, (other, alpha))
  }
  @discardableResult
  public func add_(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.addScalar.inPlace(self, (other, alpha))
  }
  public func addmm(_ mat1: Tensor, _ mat2: Tensor, _ beta: Scalar = 1, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func all() throws -> Tensor {
    fatalError("not there yet")
  }
  public func all(dim: Int, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func amax(dim: Dims = [], keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func amin(dim: Dims = [], keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func any() throws -> Tensor {
    fatalError("not there yet")
  }
  public func any(dim: Int, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func arange(_ start: Scalar, _ end: Scalar, _ step: Scalar = 1, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func argmax(dim: Int? = nil, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func argmin(dim: Int? = nil, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func asStrided(_ size: Dims, stride: Dims, storageOffset: Int? = nil) throws -> Tensor {
    try Ops.asStrided(self, (size, stride, storageOffset))
  }
  public func bitwiseAnd(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func bitwiseNot() throws -> Tensor {
    fatalError("not there yet")
  }
  public func bitwiseOr(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func bitwiseXor(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func bmm(_ mat2: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    fatalError("not there yet")
  }
  public func ceil() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func ceil_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func chunk(chunks: Int, dim: Int = 0) throws -> [Tensor] {
    fatalError("not there yet")
  }
  public func clamp(min: Scalar? = nil, max: Scalar? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func clamp_(min: Scalar? = nil, max: Scalar? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func clone() throws -> Tensor {
    fatalError("not there yet")
  }
  public func contiguous() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func copy_(_ src: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func cos() throws -> Tensor {
    try Ops.cos(self, ())
  }
  @discardableResult
  public func cos_() throws -> Tensor {
    try Ops.cos.inPlace(self, ())
  }
  public func crossEntropy(_ target: Tensor, weight: Tensor? = nil, reduction: String = "mean", ignoreIndex: Int = -100, labelSmoothing: Double = 0.0) throws -> Tensor {
    fatalError("not there yet")
  }
  public func cumsum(dim: Int, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func div(_ other: Tensor, roundingMode: String? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func div_(_ other: Tensor, roundingMode: String? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func div(_ other: Scalar, roundingMode: String? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func div_(_ other: Scalar, roundingMode: String? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func dot(_ tensor: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func empty(_ size: Dims, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func emptyLike(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func eq(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func eq(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func erf() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func erf_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func exp() throws -> Tensor {
    try Ops.exp(self, ())
  }
  @discardableResult
  public func exp_() throws -> Tensor {
    try Ops.exp.inPlace(self, ())
  }
  public func expand(_ size: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public func expandAs(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func expm1() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func expm1_() throws -> Tensor {
    fatalError("not there yet")
  }
  public static func eye(n: Int, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func eye(n: Int, m: Int, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func fill_(_ value: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func flatten(startDim: Int = 0, endDim: Int = -1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func flip(_ dims: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public func floor() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func floor_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func floorDivide(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func floorDivide_(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func floorDivide(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func floorDivide_(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func full(_ size: Dims, _ fillValue: Scalar, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func gather(dim: Int, _ index: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func ge(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func ge(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func gt(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func gt(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func index(_ indices: [Tensor?]) throws -> Tensor {
    fatalError("not there yet")
  }
  public func indexAdd(dim: Int, _ index: Tensor, _ source: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func indexAdd_(dim: Int, _ index: Tensor, _ source: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func indexPut(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func indexPut_(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func indexSelect(dim: Int, _ index: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func isfinite() throws -> Tensor {
    fatalError("not there yet")
  }
  public func isinf() throws -> Tensor {
    fatalError("not there yet")
  }
  public func isnan() throws -> Tensor {
    fatalError("not there yet")
  }
  public func le(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func le(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func linspace(_ start: Scalar, _ end: Scalar, steps: Int, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func log() throws -> Tensor {
    try Ops.log(self, ())
  }
  @discardableResult
  public func log_() throws -> Tensor {
    try Ops.log.inPlace(self, ())
  }
  public func log1p() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func log1p_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func logSoftmax(dim: Int, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func logicalAnd(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func logicalNot() throws -> Tensor {
    fatalError("not there yet")
  }
  public func logicalOr(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func logicalXor(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func logsumexp(dim: Dims, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func lt(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func lt(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func maskedFill(_ mask: Tensor, _ value: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func maskedSelect(_ mask: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func matmul(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func max() throws -> Tensor {
    fatalError("not there yet")
  }
  public func max(dim: Int, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    fatalError("not there yet")
  }
  public func maximum(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func mean(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func mean(dim: Dims?, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func min() throws -> Tensor {
    fatalError("not there yet")
  }
  public func min(dim: Int, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    fatalError("not there yet")
  }
  public func minimum(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func mm(_ mat2: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func mseLoss(_ target: Tensor, reduction: String = "mean") throws -> Tensor {
    fatalError("not there yet")
  }
  public func mul(_ other: Tensor) throws -> Tensor {
    try Ops.mul(self, other, ())
  }
  @discardableResult
  public func mul_(_ other: Tensor) throws -> Tensor {
    try Ops.mul.inPlace(self, other, ())
  }
  public func mul(_ other: Scalar) throws -> Tensor {
    try Ops.mulScalar(self, other)
  }
  @discardableResult
  public func mul_(_ other: Scalar) throws -> Tensor {
    try Ops.mulScalar.inPlace(self, other)
  }
  public func mv(_ vec: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func narrow(dim: Int, start: Int, length: Int) throws -> Tensor {
    fatalError("not there yet")
  }
  public func ne(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func ne(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func neg() throws -> Tensor {
    try Ops.neg(self, ())
  }
  @discardableResult
  public func neg_() throws -> Tensor {
    try Ops.neg.inPlace(self, ())
  }
  public func nllLoss(_ target: Tensor, weight: Tensor? = nil, reduction: String = "mean", ignoreIndex: Int = -100) throws -> Tensor {
    fatalError("not there yet")
  }
  public func nonzero() throws -> Tensor {
    fatalError("not there yet")
  }
  public func oneHot(numClasses: Int = -1) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func ones(_ size: Dims, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func onesLike(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func outer(_ vec2: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func permute(_ dims: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public func pow(_ exponent: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func pow_(_ exponent: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func pow(_ base: Scalar, _ exponent: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func pow(_ exponent: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func pow_(_ exponent: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func prod(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func prod(dim: Int, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func rand(_ size: Dims, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func randLike(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func randint(low: Int, high: Int, _ size: Dims, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func randn(_ size: Dims, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func randnLike(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func randperm(n: Int, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func reciprocal() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func reciprocal_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func relu() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func relu_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func remainder(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func remainder_(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func remainder(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func remainder_(_ other: Scalar) throws -> Tensor {
    fatalError("not there yet")
  }
  public func `repeat`(_ repeats: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public func reshape(_ shape: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public func round() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func round_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func rsqrt() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func rsqrt_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func rsub(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func scatterAdd(dim: Int, _ index: Tensor, _ src: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func scatterAdd_(dim: Int, _ index: Tensor, _ src: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func select(dim: Int, index: Int) throws -> Tensor {
    fatalError("not there yet")
  }
  public func sigmoid() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func sigmoid_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func sign() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func sign_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func sin() throws -> Tensor {
    try Ops.sin(self, ())
  }
  @discardableResult
  public func sin_() throws -> Tensor {
    try Ops.sin.inPlace(self, ())
  }
  public func slice(dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func softmax(dim: Int, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func split(splitSize: Int, dim: Int = 0) throws -> [Tensor] {
    fatalError("not there yet")
  }
  public func splitWithSizes(splitSizes: Dims, dim: Int = 0) throws -> [Tensor] {
    fatalError("not there yet")
  }
  public func sqrt() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func sqrt_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func square() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func square_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func squeeze() throws -> Tensor {
    fatalError("not there yet")
  }
  public func squeeze(dim: Int) throws -> Tensor {
    fatalError("not there yet")
  }
  public func squeeze(dim: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    fatalError("not there yet")
  }
  public func std(dim: Dims? = nil, correction: Scalar? = nil, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func sub(_ other: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func sub_(_ other: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func sub(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func sub_(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    fatalError("not there yet")
  }
  public func sum(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func sum(dim: Dims?, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func t() throws -> Tensor {
    fatalError("not there yet")
  }
  public func tan() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func tan_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func tanh() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func tanh_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func to(dtype: DType, copy: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func transpose(dim0: Int, dim1: Int) throws -> Tensor {
    fatalError("not there yet")
  }
  public func tril(diagonal: Int = 0) throws -> Tensor {
    fatalError("not there yet")
  }
  public func triu(diagonal: Int = 0) throws -> Tensor {
    fatalError("not there yet")
  }
  public func trunc() throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func trunc_() throws -> Tensor {
    fatalError("not there yet")
  }
  public func unbind(dim: Int = 0) throws -> [Tensor] {
    fatalError("not there yet")
  }
  public func unsqueeze(dim: Int) throws -> Tensor {
    fatalError("not there yet")
  }
  public func `var`(dim: Dims? = nil, correction: Scalar? = nil, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func view(_ size: Dims) throws -> Tensor {
    fatalError("not there yet")
  }
  public func viewAs(_ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func `where`(_ base: Tensor, _ other: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func zero_() throws -> Tensor {
    fatalError("not there yet")
  }
  public static func zeros(_ size: Dims, dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
  public func zerosLike(dtype: DType? = nil) throws -> Tensor {
    fatalError("not there yet")
  }
}
