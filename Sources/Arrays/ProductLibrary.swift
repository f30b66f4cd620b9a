import Elements
import KernelChoice
import MatrixLibraries

/// Which products are left to a library.
package enum ProductLibrary {
  /// The loop that is faster than the kernels, or that was asked for; nil where the kernels are to
  /// do it. `work` is the number of multiplications.
  ///
  /// Compiled for AVX2 or AVX-512 the kernels are as fast as any library for float32 and float64,
  /// and much faster where a product is small. For bfloat16 there are instructions that the compiler
  /// does not use.
  static func loop(_ dtype: DType, work: Double) -> MatrixLibrary.Loop? {
    switch MatrixLibrary.preference {
    case .never: return nil
    case .always: return open(dtype)
    case .whereFaster: return isFaster(dtype, work) ? open(dtype) : nil
    }
  }

  private static func open(_ dtype: DType) -> MatrixLibrary.Loop? {
    var loop: MatrixLibrary.Loop?
    MatrixLibrary.aside { loop = MatrixLibrary.loop(dtype) }
    return loop
  }

  /// Where the time to open the library is not the only reason against it.
  private static func isFaster(_ dtype: DType, _ work: Double) -> Bool {
    switch dtype {
    case .float32, .float64: !Kernels.isa.multipliesFused && work >= 64 * 64 * 64
    case .bfloat16: work >= 128 * 128 * 128
    // The kernel for complex numbers is a plain loop.
    case .complex64, .complex128: work >= 32 * 32 * 32
    default: false
    }
  }

  /// Into how many parts a product is cut. A library's sums may depend on it, so the number of
  /// threads does not come in.
  static func parts(work: Double) -> Int {
    switch work {
    case ..<0x1p22: 1
    case ..<0x1p26: 2
    case ..<0x1p29: 4
    case ..<0x1p31: 8
    default: 32
    }
  }

  /// What large products of a dtype are done by, such as "oneDNN 2.6.3"; nil for the kernels. Opens
  /// the library.
  package static func name(_ dtype: DType) -> String? {
    switch MatrixLibrary.preference {
    case .never: nil
    case .always: MatrixLibrary.name(dtype)
    case .whereFaster: isFaster(dtype, .infinity) ? MatrixLibrary.name(dtype) : nil
    }
  }
}
