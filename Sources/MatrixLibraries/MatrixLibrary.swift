import Elements
import Glibc

/// Libraries for matrix products. Both are optional, and opened by the first product that asks for
/// them, since that takes up to sixty milliseconds.
public enum MatrixLibrary {
  /// Does a part of a product on the calling thread; false, with nothing done, where it cannot.
  public typealias Loop = @Sendable (_ product: MatrixProduct) -> Bool

  /// Which products go to a library, from the environment variable APUS_MATMUL.
  public enum Preference: Sendable {
    /// `own`: none.
    case never
    /// `library`: all that it can do, however small.
    case always
    /// Not set: those for which it is faster than the kernels.
    case whereFaster
  }

  /// What the environment says; read once.
  public static let preference: Preference =
    switch getenv("APUS_MATMUL").map({ String(cString: $0) }) {
    case "own": .never
    case "library": .always
    default: .whereFaster
    }

  /// Runs what calls a library. oneDNN's kernels use the stack pointer for other things than the
  /// stack, so a collector must not look at a thread that is in one; the C boundary, which knows the
  /// collector, sets this before the first product, and never again.
  public nonisolated(unsafe) static var aside: @Sendable (_ body: () -> Void) -> Void = { $0() }

  /// The library's product for a dtype, or nil where there is none. Opens the library.
  public static func loop(_ dtype: DType) -> Loop? {
    switch dtype {
    case .float32:
      guard let library = OneDNN.shared else { return nil }
      return { library.multiplyFloat($0) }
    case .float64:
      guard let library = OpenBLAS.shared else { return nil }
      return { library.multiplyDouble($0) }
    case .complex64, .complex128:
      guard let library = OpenBLAS.shared else { return nil }
      let size = dtype.size
      return { library.multiplyComplex($0, size: size) }
    case .bfloat16:
      guard let library = OneDNNBFloat16.shared else { return nil }
      return { library.multiply($0) }
    default: return nil
    }
  }

  /// What the library for a dtype is called, with its version, or nil. Opens the library.
  public static func name(_ dtype: DType) -> String? {
    switch dtype {
    case .float32: OneDNN.shared?.name
    case .float64, .complex64, .complex128: OpenBLAS.shared?.name
    case .bfloat16: OneDNNBFloat16.shared == nil ? nil : OneDNN.shared?.name
    default: nil
    }
  }
}
