// Interim file written by a planning script; replaced by Generate.
import Arrays
import Autograd
import Elements

extension Tensor {
  public func abs() throws -> Tensor {
    try Ops.abs(self, ())
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
    try Ops.addmm(self, mat1, mat2, (beta, alpha))
  }
  public func all() throws -> Tensor {
    try Ops.all(self, ())
  }
  public func all(dim: Int, keepdim: Bool = false) throws -> Tensor {
    try Ops.allDim(self, (dim, keepdim))
  }
  public func amax(dim: Dims = [], keepdim: Bool = false) throws -> Tensor {
    try Ops.amax(self, (dim, keepdim))
  }
  public func amin(dim: Dims = [], keepdim: Bool = false) throws -> Tensor {
    try Ops.amin(self, (dim, keepdim))
  }
  public func any() throws -> Tensor {
    try Ops.any(self, ())
  }
  public func any(dim: Int, keepdim: Bool = false) throws -> Tensor {
    try Ops.anyDim(self, (dim, keepdim))
  }
  public static func arange(_ start: Scalar, _ end: Scalar, _ step: Scalar = 1, dtype: DType? = nil) throws -> Tensor {
    try Ops.arange((start, end, step, dtype))
  }
  public func argmax(dim: Int? = nil, keepdim: Bool = false) throws -> Tensor {
    try Ops.argmax(self, (dim, keepdim))
  }
  public func argmin(dim: Int? = nil, keepdim: Bool = false) throws -> Tensor {
    try Ops.argmin(self, (dim, keepdim))
  }
  public func asStrided(_ size: Dims, stride: Dims, storageOffset: Int? = nil) throws -> Tensor {
    try Ops.asStrided(self, (size, stride, storageOffset))
  }
  public func bitwiseAnd(_ other: Tensor) throws -> Tensor {
    try Ops.bitwiseAnd(self, other, ())
  }
  public func bitwiseNot() throws -> Tensor {
    try Ops.bitwiseNot(self, ())
  }
  public func bitwiseOr(_ other: Tensor) throws -> Tensor {
    try Ops.bitwiseOr(self, other, ())
  }
  public func bitwiseXor(_ other: Tensor) throws -> Tensor {
    try Ops.bitwiseXor(self, other, ())
  }
  public func bmm(_ mat2: Tensor) throws -> Tensor {
    try Ops.bmm(self, mat2, ())
  }
  public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    try Ops.cat(tensors, dim)
  }
  public func ceil() throws -> Tensor {
    try Ops.ceil(self, ())
  }
  public func chunk(chunks: Int, dim: Int = 0) throws -> [Tensor] {
    try Ops.chunk.several(self, (chunks, dim))
  }
  public func clamp(min: Scalar? = nil, max: Scalar? = nil) throws -> Tensor {
    try Ops.clamp(self, (min, max))
  }
  @discardableResult
  public func clamp_(min: Scalar? = nil, max: Scalar? = nil) throws -> Tensor {
    try Ops.clamp.inPlace(self, (min, max))
  }
  public func clone() throws -> Tensor {
    try Ops.clone(self, ())
  }
  public func contiguous() throws -> Tensor {
    try Ops.contiguous(self, ())
  }
  @discardableResult
  public func copy_(_ src: Tensor) throws -> Tensor {
    try Ops.copy.inPlace(self, src, ())
  }
  public func cos() throws -> Tensor {
    try Ops.cos(self, ())
  }
  public func crossEntropy(_ target: Tensor, weight: Tensor? = nil, reduction: String = "mean", ignoreIndex: Int = -100, labelSmoothing: Double = 0.0) throws -> Tensor {
    fatalError("not there yet")
  }
  public func cumsum(dim: Int, dtype: DType? = nil) throws -> Tensor {
    try Ops.cumsum(self, (dim, dtype))
  }
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) throws -> Tensor {
    try Ops.diagonal(self, (offset, dim1, dim2))
  }
  public func div(_ other: Tensor, roundingMode: String? = nil) throws -> Tensor {
    try Ops.div(self, other, roundingMode)
  }
  @discardableResult
  public func div_(_ other: Tensor, roundingMode: String? = nil) throws -> Tensor {
    try Ops.div.inPlace(self, other, roundingMode)
  }
  public func div(_ other: Scalar, roundingMode: String? = nil) throws -> Tensor {
    try Ops.divScalar(self, (other, roundingMode))
  }
  @discardableResult
  public func div_(_ other: Scalar, roundingMode: String? = nil) throws -> Tensor {
    try Ops.divScalar.inPlace(self, (other, roundingMode))
  }
  public func dot(_ tensor: Tensor) throws -> Tensor {
    try Ops.dot(self, tensor, ())
  }
  public static func empty(_ size: Dims, dtype: DType? = nil) throws -> Tensor {
    try Ops.empty((size, dtype))
  }
  public func emptyLike(dtype: DType? = nil) throws -> Tensor {
    try Ops.emptyLike(self, dtype)
  }
  public func eq(_ other: Tensor) throws -> Tensor {
    try Ops.eq(self, other, ())
  }
  public func eq(_ other: Scalar) throws -> Tensor {
    try Ops.eqScalar(self, other)
  }
  public func erf() throws -> Tensor {
    try Ops.erf(self, ())
  }
  public func exp() throws -> Tensor {
    try Ops.exp(self, ())
  }
  public func expand(_ size: Dims) throws -> Tensor {
    try Ops.expand(self, size)
  }
  public func expandAs(_ other: Tensor) throws -> Tensor {
    try Ops.expandAs(self, other, ())
  }
  public func expm1() throws -> Tensor {
    try Ops.expm1(self, ())
  }
  public static func eye(n: Int, dtype: DType? = nil) throws -> Tensor {
    try Ops.eye((n, dtype))
  }
  public static func eye(n: Int, m: Int, dtype: DType? = nil) throws -> Tensor {
    try Ops.eyeM((n, m, dtype))
  }
  @discardableResult
  public func fill_(_ value: Scalar) throws -> Tensor {
    try Ops.fill.inPlace(self, value)
  }
  public func flatten(startDim: Int = 0, endDim: Int = -1) throws -> Tensor {
    try Ops.flatten(self, (startDim, endDim))
  }
  public func flip(_ dims: Dims) throws -> Tensor {
    try Ops.flip(self, dims)
  }
  public func floor() throws -> Tensor {
    try Ops.floor(self, ())
  }
  public func floorDivide(_ other: Tensor) throws -> Tensor {
    try Ops.floorDivide(self, other, ())
  }
  @discardableResult
  public func floorDivide_(_ other: Tensor) throws -> Tensor {
    try Ops.floorDivide.inPlace(self, other, ())
  }
  public func floorDivide(_ other: Scalar) throws -> Tensor {
    try Ops.floorDivideScalar(self, other)
  }
  @discardableResult
  public func floorDivide_(_ other: Scalar) throws -> Tensor {
    try Ops.floorDivideScalar.inPlace(self, other)
  }
  public static func full(_ size: Dims, _ fillValue: Scalar, dtype: DType? = nil) throws -> Tensor {
    try Ops.full((size, fillValue, dtype))
  }
  public func fullLike(_ fillValue: Scalar, dtype: DType? = nil) throws -> Tensor {
    try Ops.fullLike(self, (fillValue, dtype))
  }
  public func gather(dim: Int, _ index: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func ge(_ other: Tensor) throws -> Tensor {
    try Ops.ge(self, other, ())
  }
  public func ge(_ other: Scalar) throws -> Tensor {
    try Ops.geScalar(self, other)
  }
  public func gt(_ other: Tensor) throws -> Tensor {
    try Ops.gt(self, other, ())
  }
  public func gt(_ other: Scalar) throws -> Tensor {
    try Ops.gtScalar(self, other)
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
    try Ops.isfinite(self, ())
  }
  public func isinf() throws -> Tensor {
    try Ops.isinf(self, ())
  }
  public func isnan() throws -> Tensor {
    try Ops.isnan(self, ())
  }
  public func le(_ other: Tensor) throws -> Tensor {
    try Ops.le(self, other, ())
  }
  public func le(_ other: Scalar) throws -> Tensor {
    try Ops.leScalar(self, other)
  }
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    try Ops.linear(self, weight, bias, ())
  }
  public static func linspace(_ start: Scalar, _ end: Scalar, steps: Int, dtype: DType? = nil) throws -> Tensor {
    try Ops.linspace((start, end, steps, dtype))
  }
  public func log() throws -> Tensor {
    try Ops.log(self, ())
  }
  public func log1p() throws -> Tensor {
    try Ops.log1p(self, ())
  }
  public func logSoftmax(dim: Int, dtype: DType? = nil) throws -> Tensor {
    try Ops.logSoftmax(self, (dim, dtype))
  }
  public func logicalAnd(_ other: Tensor) throws -> Tensor {
    try Ops.logicalAnd(self, other, ())
  }
  public func logicalNot() throws -> Tensor {
    try Ops.logicalNot(self, ())
  }
  public func logicalOr(_ other: Tensor) throws -> Tensor {
    try Ops.logicalOr(self, other, ())
  }
  public func logicalXor(_ other: Tensor) throws -> Tensor {
    try Ops.logicalXor(self, other, ())
  }
  public func logsumexp(dim: Dims, keepdim: Bool = false) throws -> Tensor {
    try Ops.logsumexp(self, (dim, keepdim))
  }
  public func lt(_ other: Tensor) throws -> Tensor {
    try Ops.lt(self, other, ())
  }
  public func lt(_ other: Scalar) throws -> Tensor {
    try Ops.ltScalar(self, other)
  }
  public func maskedFill(_ mask: Tensor, _ value: Scalar) throws -> Tensor {
    try Ops.maskedFill(self, mask, value)
  }
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: Scalar) throws -> Tensor {
    try Ops.maskedFill.inPlace(self, mask, value)
  }
  public func maskedSelect(_ mask: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func matmul(_ other: Tensor) throws -> Tensor {
    try Ops.matmul(self, other, ())
  }
  public func max() throws -> Tensor {
    try Ops.max(self, ())
  }
  public func max(dim: Int, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    let results = try Ops.maxDim.several(self, (dim, keepdim))
    return (results[0], results[1])
  }
  public func maximum(_ other: Tensor) throws -> Tensor {
    try Ops.maximum(self, other, ())
  }
  public func mean(dtype: DType? = nil) throws -> Tensor {
    try Ops.mean(self, dtype)
  }
  public func mean(dim: Dims?, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    try Ops.meanDim(self, (dim, keepdim, dtype))
  }
  public func min() throws -> Tensor {
    try Ops.min(self, ())
  }
  public func min(dim: Int, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    let results = try Ops.minDim.several(self, (dim, keepdim))
    return (results[0], results[1])
  }
  public func minimum(_ other: Tensor) throws -> Tensor {
    try Ops.minimum(self, other, ())
  }
  public func mm(_ mat2: Tensor) throws -> Tensor {
    try Ops.mm(self, mat2, ())
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
    try Ops.mv(self, vec, ())
  }
  public func narrow(dim: Int, start: Int, length: Int) throws -> Tensor {
    try Ops.narrow(self, (dim, start, length))
  }
  public func ne(_ other: Tensor) throws -> Tensor {
    try Ops.ne(self, other, ())
  }
  public func ne(_ other: Scalar) throws -> Tensor {
    try Ops.neScalar(self, other)
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
    try Ops.ones((size, dtype))
  }
  public func onesLike(dtype: DType? = nil) throws -> Tensor {
    try Ops.onesLike(self, dtype)
  }
  public func outer(_ vec2: Tensor) throws -> Tensor {
    try Ops.outer(self, vec2, ())
  }
  public func permute(_ dims: Dims) throws -> Tensor {
    try Ops.permute(self, dims)
  }
  public func pow(_ exponent: Tensor) throws -> Tensor {
    try Ops.pow(self, exponent, ())
  }
  @discardableResult
  public func pow_(_ exponent: Tensor) throws -> Tensor {
    try Ops.pow.inPlace(self, exponent, ())
  }
  public static func pow(_ base: Scalar, _ exponent: Tensor) throws -> Tensor {
    try Ops.powBase(exponent, base)
  }
  public func pow(_ exponent: Scalar) throws -> Tensor {
    try Ops.powScalar(self, exponent)
  }
  @discardableResult
  public func pow_(_ exponent: Scalar) throws -> Tensor {
    try Ops.powScalar.inPlace(self, exponent)
  }
  public func prod(dtype: DType? = nil) throws -> Tensor {
    try Ops.prod(self, dtype)
  }
  public func prod(dim: Int, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    try Ops.prodDim(self, (dim, keepdim, dtype))
  }
  public static func rand(_ size: Dims, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    try Ops.rand((size, generator, dtype))
  }
  public func randLike(dtype: DType? = nil) throws -> Tensor {
    try Ops.randLike(self, dtype)
  }
  public static func randint(low: Int, high: Int, _ size: Dims, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    try Ops.randint((low, high, size, generator, dtype))
  }
  public static func randn(_ size: Dims, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    try Ops.randn((size, generator, dtype))
  }
  public func randnLike(dtype: DType? = nil) throws -> Tensor {
    try Ops.randnLike(self, dtype)
  }
  public static func randperm(n: Int, generator: Generator? = nil, dtype: DType? = nil) throws -> Tensor {
    try Ops.randperm((n, generator, dtype))
  }
  public func reciprocal() throws -> Tensor {
    try Ops.reciprocal(self, ())
  }
  public func relu() throws -> Tensor {
    try Ops.relu(self, ())
  }
  @discardableResult
  public func relu_() throws -> Tensor {
    try Ops.relu.inPlace(self, ())
  }
  public func remainder(_ other: Tensor) throws -> Tensor {
    try Ops.remainder(self, other, ())
  }
  @discardableResult
  public func remainder_(_ other: Tensor) throws -> Tensor {
    try Ops.remainder.inPlace(self, other, ())
  }
  public func remainder(_ other: Scalar) throws -> Tensor {
    try Ops.remainderScalar(self, other)
  }
  @discardableResult
  public func remainder_(_ other: Scalar) throws -> Tensor {
    try Ops.remainderScalar.inPlace(self, other)
  }
  public func `repeat`(_ repeats: Dims) throws -> Tensor {
    try Ops.repeat(self, repeats)
  }
  public func reshape(_ shape: Dims) throws -> Tensor {
    try Ops.reshape(self, shape)
  }
  public func round() throws -> Tensor {
    try Ops.round(self, ())
  }
  public func rsqrt() throws -> Tensor {
    try Ops.rsqrt(self, ())
  }
  public func rsub(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.rsubScalar(self, (other, alpha))
  }
  public func scatterAdd(dim: Int, _ index: Tensor, _ src: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  @discardableResult
  public func scatterAdd_(dim: Int, _ index: Tensor, _ src: Tensor) throws -> Tensor {
    fatalError("not there yet")
  }
  public func select(dim: Int, index: Int) throws -> Tensor {
    try Ops.select(self, (dim, index))
  }
  public func sigmoid() throws -> Tensor {
    try Ops.sigmoid(self, ())
  }
  public func sign() throws -> Tensor {
    try Ops.sign(self, ())
  }
  public func sin() throws -> Tensor {
    try Ops.sin(self, ())
  }
  public func slice(dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) throws -> Tensor {
    try Ops.slice(self, (dim, start, end, step))
  }
  public func softmax(dim: Int, dtype: DType? = nil) throws -> Tensor {
    try Ops.softmax(self, (dim, dtype))
  }
  public func split(splitSize: Int, dim: Int = 0) throws -> [Tensor] {
    try Ops.split.several(self, (splitSize, dim))
  }
  public func splitWithSizes(splitSizes: Dims, dim: Int = 0) throws -> [Tensor] {
    try Ops.splitWithSizes.several(self, (splitSizes, dim))
  }
  public func sqrt() throws -> Tensor {
    try Ops.sqrt(self, ())
  }
  public func square() throws -> Tensor {
    try Ops.square(self, ())
  }
  @discardableResult
  public func square_() throws -> Tensor {
    try Ops.square.inPlace(self, ())
  }
  public func squeeze() throws -> Tensor {
    try Ops.squeeze(self, ())
  }
  public func squeeze(dim: Int) throws -> Tensor {
    try Ops.squeezeDim(self, dim)
  }
  public func squeeze(dim: Dims) throws -> Tensor {
    try Ops.squeezeDims(self, dim)
  }
  public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    try Ops.stack(tensors, dim)
  }
  public func std(dim: Dims? = nil, correction: Scalar? = nil, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func sub(_ other: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.sub(self, other, alpha)
  }
  @discardableResult
  public func sub_(_ other: Tensor, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.sub.inPlace(self, other, alpha)
  }
  public func sub(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.subScalar(self, (other, alpha))
  }
  @discardableResult
  public func sub_(_ other: Scalar, _ alpha: Scalar = 1) throws -> Tensor {
    try Ops.subScalar.inPlace(self, (other, alpha))
  }
  public func sum(dtype: DType? = nil) throws -> Tensor {
    try Ops.sum(self, dtype)
  }
  public func sum(dim: Dims?, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    try Ops.sumDim(self, (dim, keepdim, dtype))
  }
  public func t() throws -> Tensor {
    try Ops.t(self, ())
  }
  public func tan() throws -> Tensor {
    try Ops.tan(self, ())
  }
  public func tanh() throws -> Tensor {
    try Ops.tanh(self, ())
  }
  public func to(dtype: DType, copy: Bool = false) throws -> Tensor {
    try Ops.to(self, (dtype, copy))
  }
  public func transpose(dim0: Int, dim1: Int) throws -> Tensor {
    try Ops.transpose(self, (dim0, dim1))
  }
  public func tril(diagonal: Int = 0) throws -> Tensor {
    try Ops.tril(self, diagonal)
  }
  public func triu(diagonal: Int = 0) throws -> Tensor {
    try Ops.triu(self, diagonal)
  }
  public func trunc() throws -> Tensor {
    try Ops.trunc(self, ())
  }
  public func unbind(dim: Int = 0) throws -> [Tensor] {
    try Ops.unbind.several(self, dim)
  }
  public func unsqueeze(dim: Int) throws -> Tensor {
    try Ops.unsqueeze(self, dim)
  }
  public func `var`(dim: Dims? = nil, correction: Scalar? = nil, keepdim: Bool = false) throws -> Tensor {
    fatalError("not there yet")
  }
  public func view(_ size: Dims) throws -> Tensor {
    try Ops.view(self, size)
  }
  public func viewAs(_ other: Tensor) throws -> Tensor {
    try Ops.viewAs(self, other, ())
  }
  public func `where`(_ base: Tensor, _ other: Tensor) throws -> Tensor {
    try Ops.where(self, base, other, ())
  }
  @discardableResult
  public func zero_() throws -> Tensor {
    try Ops.zero.inPlace(self, ())
  }
  public static func zeros(_ size: Dims, dtype: DType? = nil) throws -> Tensor {
    try Ops.zeros((size, dtype))
  }
  public func zerosLike(dtype: DType? = nil) throws -> Tensor {
    try Ops.zerosLike(self, dtype)
  }
}
