import Elements
public enum Kernels {
  public static func unary(_ op: UnaryOperation, _ dtype: DType) -> UnaryLoop? { nil }
  public static func binary(_ op: BinaryOperation, _ dtype: DType) -> BinaryLoop? { nil }
  public static func cast(from: DType, to: DType) -> UnaryLoop { { _,_,_,_,_ in } }
  public static func choose(_ dtype: DType) -> TernaryLoop { { _,_,_,_,_,_,_,_,_ in } }
}
