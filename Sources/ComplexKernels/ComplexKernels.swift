import Elements

/// The kernels of complex numbers, compiled once: what they spend is mostly the C library's.
///
/// The functions are those of `KernelFamily`, which calls them for complex dtypes; what is nil or
/// missing here has no complex form.
public enum ComplexKernels {
  /// Chooses between what is made for parts of float32 and of float64.
  static func forParts<L>(_ dtype: DType, _ single: L, _ double: L) -> L {
    dtype == .complex64 ? single : double
  }
}
