import Elements

/// oneDNN, Apache-2.0: kernels made for the processor while the program runs. Version 2 has all that
/// is used here, version 3 the product of float32.
///
/// The first product takes some fifty milliseconds, in which it makes its kernels.
final class OneDNN: @unchecked Sendable {
  /// The one that is installed, opened at the first look.
  static let shared = OneDNN()

  /// The numbers of the version come first in what it points to.
  private typealias GetVersion = @convention(c) () -> UnsafePointer<Int32>
  private typealias SGEMM =
    @convention(c) (
      _ transposesA: CChar, _ transposesB: CChar, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
      _ a: UnsafeRawPointer, _ lda: Int, _ b: UnsafeRawPointer, _ ldb: Int, _ beta: Float,
      _ c: UnsafeMutableRawPointer, _ ldc: Int
    ) -> Int32

  /// Such as "oneDNN 2.6.3".
  let name: String
  let library: SharedLibrary
  let isVersion2: Bool
  private let sgemm: SGEMM
  private let openMP: OpenMP

  private init?() {
    guard let library = SharedLibrary(anyOf: ["libdnnl.so.2", "libdnnl.so.3"]),
      let version = library.function("dnnl_version", as: GetVersion.self)?(),
      let sgemm = library.function("dnnl_sgemm", as: SGEMM.self)
    else { return nil }
    name = "oneDNN \(version[0]).\(version[1]).\(version[2])"
    isVersion2 = version[0] == 2
    self.library = library
    self.sgemm = sgemm
    openMP = OpenMP(library)
  }

  /// A product of float32, on this thread alone; false where the strides or sizes do not suit.
  func multiplyFloat(_ product: MatrixProduct) -> Bool {
    guard let a = DenseOperand(product.a, product.m, product.k, size: 4),
      let b = DenseOperand(product.b, product.k, product.n, size: 4),
      let c = DenseOperand(product.c, product.m, product.n, size: 4), !c.isTransposed
    else { return false }
    product.copyAddend(of: Float.self)
    return openMP.onThisThreadAlone {
      sgemm(
        a.letter, b.letter, product.m, product.n, product.k, Float(product.alpha), a.start,
        a.distance, b.start, b.distance, product.d == nil ? 0 : Float(product.beta),
        product.c.start, c.distance)
    } == 0
  }

  /// The same for a function that returns a status.
  func onThisThreadAlone<R>(_ body: () -> R) -> R { openMP.onThisThreadAlone(body) }
}

/// The number of threads that OpenMP gives to what this thread calls. It is the thread's own, and
/// the program's business: it is what it was, afterwards.
private struct OpenMP {
  private typealias Get = @convention(c) () -> Int32
  private typealias Set = @convention(c) (Int32) -> Void
  private let get: Get?
  private let set: Set?

  init(_ library: SharedLibrary) {
    get = library.function("omp_get_max_threads", as: Get.self)
    set = library.function("omp_set_num_threads", as: Set.self)
  }

  func onThisThreadAlone<R>(_ body: () -> R) -> R {
    guard let get, let set else { return body() }
    let before = get()
    if before == 1 { return body() }
    set(1)
    defer { set(before) }
    return body()
  }
}
