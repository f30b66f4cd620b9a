import Elements

/// LAPACK, from OpenBLAS: the routines for one type of element, by their names without the letter
/// for the type.
///
/// Matrices have dense columns. Every routine works on the calling thread, allocates nothing, and
/// returns LAPACK's `info`. Fortran takes everything by address, and the lengths of texts behind
/// all other arguments.
package struct LAPACK: Sendable {
  package typealias Pointer = UnsafeMutableRawPointer
  package typealias Integers = UnsafeMutablePointer<Int32>
  typealias Number = UnsafePointer<Int32>
  typealias Letter = UnsafePointer<CChar>

  /// The library, opened by the first call that needs it.
  private static let library: SharedLibrary? = {
    // Products may have opened it, and then it works on one thread; so it does here.
    let isOurs = !SharedLibrary.isOpen(file) || OpenBLAS.shared != nil
    guard let library = SharedLibrary(anyOf: [file]) else { return nil }
    if isOurs, let setThreads = library.function("openblas_set_num_threads", as: SetThreads.self) {
      setThreads(1)
    }
    return library
  }()

  private typealias SetThreads = @convention(c) (Int32) -> Void

  /// The file that has to be there.
  package static let file = "libopenblas.so.0"

  private let library: SharedLibrary
  /// s, d, c or z.
  private let type: Character
  package let isComplex: Bool
  /// Bytes of an element, and of a real number of its precision.
  package let size: Int
  package let realSize: Int

  /// Nil where the library is missing, and for dtypes that it does not know. Opens the library.
  package init?(_ dtype: DType) {
    var library: SharedLibrary?
    MatrixLibrary.aside { library = Self.library }
    guard let library, let type = Self.letter(dtype) else { return nil }
    self.library = library
    self.type = type
    isComplex = type == "c" || type == "z"
    size = dtype.size
    realSize = isComplex ? dtype.size / 2 : dtype.size
  }

  private static func letter(_ dtype: DType) -> Character? {
    switch dtype {
    case .float32: "s"
    case .float64: "d"
    case .complex64: "c"
    case .complex128: "z"
    default: nil
    }
  }

  /// The library exports all routines or is not the one it seems to be.
  func routine<F>(_ name: String, as type: F.Type) -> F {
    guard let function = library.function("\(self.type)\(name)_", as: type) else {
      preconditionFailure("\(Self.file) has no \(self.type)\(name)")
    }
    return function
  }

  /// A letter, as Fortran wants its address.
  package struct Option: Sendable {
    let code: CChar
    package init(_ letter: Character) { code = CChar(truncatingIfNeeded: letter.asciiValue ?? 0) }

    package static let no = Option("N")
    package static let transposed = Option("T")
    package static let adjoint = Option("C")
    package static let vectors = Option("V")
    package static let all = Option("A")
    package static let some = Option("S")
    package static func triangle(upper: Bool) -> Option { Option(upper ? "U" : "L") }
  }
}

/// Memory that routines work in, in one block: numbers of the element's type, reals and integers.
package struct LAPACKWorkspace: Sendable {
  /// Elements that the routine asked for.
  package var elements = 0
  package var reals = 0
  package var integers = 0

  package init(elements: Int = 0, reals: Int = 0, integers: Int = 0) {
    (self.elements, self.reals, self.integers) = (elements, reals, integers)
  }

  /// Bytes of all of it.
  package func bytes(_ lapack: LAPACK) -> Int {
    Self.rounded(elements * lapack.size) + Self.rounded(reals * lapack.realSize)
      + Self.rounded(integers * 4)
  }

  /// Where each part starts.
  package func parts(
    _ memory: UnsafeMutableRawPointer, _ lapack: LAPACK
  ) -> (elements: LAPACK.Pointer, reals: LAPACK.Pointer, integers: LAPACK.Integers) {
    let reals = memory + Self.rounded(elements * lapack.size)
    let integers = reals + Self.rounded(self.reals * lapack.realSize)
    return (memory, reals, integers.assumingMemoryBound(to: Int32.self))
  }

  private static func rounded(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
}
