import Elements

/// OpenBLAS, BSD: kernels by hand for many processors.
///
/// It divides work among threads of its own, whose number is one for the whole process. Here it is
/// set to one, and products are divided before they come; so a library that the program itself
/// had open before is left alone.
final class OpenBLAS: @unchecked Sendable {
  /// The one that is installed, opened at the first look.
  static let shared = OpenBLAS()

  private typealias GetText = @convention(c) () -> UnsafePointer<CChar>
  private typealias SetThreads = @convention(c) (Int32) -> Void
  private typealias DGEMM =
    @convention(c) (
      _ order: Int32, _ transposesA: Int32, _ transposesB: Int32, _ m: Int32, _ n: Int32,
      _ k: Int32, _ alpha: Double, _ a: UnsafeRawPointer, _ lda: Int32, _ b: UnsafeRawPointer,
      _ ldb: Int32, _ beta: Double, _ c: UnsafeMutableRawPointer, _ ldc: Int32
    ) -> Void

  /// Scales are addresses for complex numbers.
  private typealias ComplexGEMM =
    @convention(c) (
      _ order: Int32, _ transposesA: Int32, _ transposesB: Int32, _ m: Int32, _ n: Int32,
      _ k: Int32, _ alpha: UnsafeRawPointer, _ a: UnsafeRawPointer, _ lda: Int32,
      _ b: UnsafeRawPointer, _ ldb: Int32, _ beta: UnsafeRawPointer, _ c: UnsafeMutableRawPointer,
      _ ldc: Int32
    ) -> Void

  /// Such as "OpenBLAS 0.3.21 (Haswell)".
  let name: String
  private let dgemm: DGEMM
  private let cgemm: ComplexGEMM
  private let zgemm: ComplexGEMM

  private init?() {
    let file = "libopenblas.so.0"
    guard !SharedLibrary.isOpen(file), let library = SharedLibrary(anyOf: [file]),
      let dgemm = library.function("cblas_dgemm", as: DGEMM.self),
      let cgemm = library.function("cblas_cgemm", as: ComplexGEMM.self),
      let zgemm = library.function("cblas_zgemm", as: ComplexGEMM.self),
      let setThreads = library.function("openblas_set_num_threads", as: SetThreads.self)
    else { return nil }
    setThreads(1)
    func text(_ function: String) -> String {
      library.function(function, as: GetText.self).map { String(cString: $0()) } ?? ""
    }
    let version = text("openblas_get_config").split(separator: " ").prefix(2)
    name = version.joined(separator: " ") + " (\(text("openblas_get_corename")))"
    (self.dgemm, self.cgemm, self.zgemm) = (dgemm, cgemm, zgemm)
  }

  /// A product of complex numbers of 8 or 16 bytes, without scales or addend, on this thread alone;
  /// false where the strides or sizes do not suit.
  func multiplyComplex(_ product: MatrixProduct, size: Int) -> Bool {
    guard product.d == nil, let a = DenseOperand(product.a, product.m, product.k, size: size),
      let b = DenseOperand(product.b, product.k, product.n, size: size),
      let c = DenseOperand(product.c, product.m, product.n, size: size), !c.isTransposed,
      max(product.m, product.n, product.k, a.distance, b.distance, c.distance) <= Int32.max
    else { return false }
    let (m, n, k) = (Int32(product.m), Int32(product.n), Int32(product.k))
    let gemm = size == 16 ? zgemm : cgemm
    let (double, single): ([Double], [Float]) = ([1, 0, 0, 0], [1, 0, 0, 0])
    func multiply(_ one: UnsafeRawPointer, _ zero: UnsafeRawPointer) {
      gemm(
        101, a.number, b.number, m, n, k, one, a.start, Int32(a.distance), b.start,
        Int32(b.distance), zero, product.c.start, Int32(c.distance))
    }
    if size == 16 {
      double.withUnsafeBytes { scale in
        if let one = scale.baseAddress { multiply(one, one + size) }
      }
    } else {
      single.withUnsafeBytes { scale in
        if let one = scale.baseAddress { multiply(one, one + size) }
      }
    }
    return true
  }

  /// A product of float64, on this thread alone; false where the strides or sizes do not suit.
  func multiplyDouble(_ product: MatrixProduct) -> Bool {
    guard let a = DenseOperand(product.a, product.m, product.k, size: 8),
      let b = DenseOperand(product.b, product.k, product.n, size: 8),
      let c = DenseOperand(product.c, product.m, product.n, size: 8), !c.isTransposed,
      max(product.m, product.n, product.k, a.distance, b.distance, c.distance) <= Int32.max
    else { return false }
    product.copyAddend(of: Double.self)
    dgemm(
      101, a.number, b.number, Int32(product.m), Int32(product.n), Int32(product.k), product.alpha,
      a.start, Int32(a.distance), b.start, Int32(b.distance), product.d == nil ? 0 : product.beta,
      product.c.start, Int32(c.distance))
    return true
  }
}
