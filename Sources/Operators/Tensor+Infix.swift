// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each sign is the operator of its name: `+` is `add`, `-` is `sub` or `neg`, and so on.

import Arrays
import Autograd

extension Tensor {
  public static func + (a: Tensor, b: Tensor) throws -> Tensor { try a.add(b) }
  public static func + (a: Tensor, b: Scalar) throws -> Tensor { try a.add(b) }
  public static func + (a: Scalar, b: Tensor) throws -> Tensor { try b.add(a) }
  public static func - (a: Tensor, b: Tensor) throws -> Tensor { try a.sub(b) }
  public static func - (a: Tensor, b: Scalar) throws -> Tensor { try a.sub(b) }
  public static func - (a: Scalar, b: Tensor) throws -> Tensor { try b.rsub(a) }
  public static func * (a: Tensor, b: Tensor) throws -> Tensor { try a.mul(b) }
  public static func * (a: Tensor, b: Scalar) throws -> Tensor { try a.mul(b) }
  public static func * (a: Scalar, b: Tensor) throws -> Tensor { try b.mul(a) }
  public static func / (a: Tensor, b: Tensor) throws -> Tensor { try a.div(b) }
  public static func / (a: Tensor, b: Scalar) throws -> Tensor { try a.div(b) }
  public static func / (a: Scalar, b: Tensor) throws -> Tensor { try b.reciprocal() * a }
  public static prefix func - (a: Tensor) throws -> Tensor { try a.neg() }
}
