import Autograd
import Arrays
extension Ops {
  static func realPart(_ x: Tensor) throws -> Tensor { x }
  static func imaginaryPart(_ x: Tensor) throws -> Tensor { try x.zerosLike() }
}
