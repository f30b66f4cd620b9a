// Routines for orthogonal factors and least squares.

extension LAPACK {
  private typealias GEQRF =
    @convention(c) (
      Number, Number, Pointer, Number, Pointer, Pointer, Number, Integers
    ) -> Void
  private typealias ORGQR =
    @convention(c) (
      Number, Number, Number, Pointer, Number, Pointer, Pointer, Number, Integers
    ) -> Void
  private typealias GELS =
    @convention(c) (
      Letter, Number, Number, Number, Pointer, Number, Pointer, Number, Pointer, Number, Integers,
      Int
    ) -> Void
  /// The last six are work and its length, up to three more of work or `info`; what a routine
  /// does not take is never looked at.
  private typealias GELSY =
    @convention(c) (
      Number, Number, Number, Pointer, Number, Pointer, Number, Integers, Pointer, Integers,
      Pointer, Number, Pointer, Pointer
    ) -> Void
  private typealias GELSD =
    @convention(c) (
      Number, Number, Number, Pointer, Number, Pointer, Number, Pointer, Pointer, Integers,
      Pointer, Number, Pointer, Pointer, Pointer
    ) -> Void

  /// The elements that blocks of this many rows or columns need, for routines that work in blocks.
  package static func blocked(_ count: Int) -> Int { max(count, 1) * 64 + 64 * 64 }

  /// A = Q R: R in and above the diagonal, what Q is made of below it and in `tau`.
  package func factorQR()
    -> @Sendable (
      _ m: Int, _ n: Int, _ a: Pointer, _ tau: Pointer, _ work: Pointer, _ count: Int
    ) -> Int32
  {
    let geqrf = routine("geqrf", as: GEQRF.self)
    return { m, n, a, tau, work, count in
      var (rows, columns, lead) = (Int32(m), Int32(n), Int32(max(m, 1)))
      var (room, info) = (Int32(clamping: count), Int32(0))
      geqrf(&rows, &columns, a, &lead, tau, work, &room, &info)
      return info
    }
  }

  /// The first n columns of Q, made of k reflections, in place of what it is made of.
  package func formQ()
    -> @Sendable (
      _ m: Int, _ n: Int, _ k: Int, _ a: Pointer, _ tau: Pointer, _ work: Pointer, _ count: Int
    ) -> Int32
  {
    let orgqr = routine(isComplex ? "ungqr" : "orgqr", as: ORGQR.self)
    return { m, n, k, a, tau, work, count in
      var (rows, columns, reflections, lead) = (Int32(m), Int32(n), Int32(k), Int32(max(m, 1)))
      var (room, info) = (Int32(clamping: count), Int32(0))
      orgqr(&rows, &columns, &reflections, a, &lead, tau, work, &room, &info)
      return info
    }
  }

  /// How least squares are found.
  package enum LeastSquares: String, Sendable {
    /// By QR, of a matrix of full rank.
    case gels
    /// By QR with pivots.
    case gelsy
    /// By the singular value decomposition, divided and conquered.
    case gelsd
    /// By the singular value decomposition.
    case gelss
  }

  /// What solves one system of least squares.
  package typealias LeastSquaresRoutine =
    @Sendable (
      _ sizes: (m: Int, n: Int, columns: Int), _ a: Pointer, _ b: Pointer, _ singular: Pointer,
      _ rcond: Pointer, _ rank: Integers, _ work: Pointer, _ count: Int, _ reals: Pointer,
      _ integers: Integers
    ) -> Int32

  /// The solution of one system, which takes the place of the first n rows of b, max(m, n) by
  /// `columns`. The sizes are asked for with a `count` of -1: the first numbers of `work`, `reals`
  /// and `integers` are then what is needed.
  package func solveLeastSquares(_ driver: LeastSquares) -> LeastSquaresRoutine {
    let isComplex = isComplex
    switch driver {
    case .gels:
      let gels = routine("gels", as: GELS.self)
      return { sizes, a, b, _, _, _, work, count, _, _ in
        var (rows, columns, count, info) = (
          Int32(sizes.m), Int32(sizes.n), Int32(clamping: count), Int32(0)
        )
        var (right, leadA) = (Int32(sizes.columns), Int32(max(sizes.m, 1)))
        var leadB = Int32(max(sizes.m, sizes.n, 1))
        var code = Option.no.code
        gels(&code, &rows, &columns, &right, a, &leadA, b, &leadB, work, &count, &info, 1)
        return info
      }
    case .gelsy:
      let gelsy = routine("gelsy", as: GELSY.self)
      return { sizes, a, b, _, rcond, rank, work, count, reals, integers in
        var (rows, columns, count, info) = (
          Int32(sizes.m), Int32(sizes.n), Int32(clamping: count), Int32(0)
        )
        var (right, leadA) = (Int32(sizes.columns), Int32(max(sizes.m, 1)))
        var leadB = Int32(max(sizes.m, sizes.n, 1))
        withUnsafeMutablePointer(to: &info) { info in
          let info = Pointer(info)
          // No column is fixed.
          if count >= 0 { integers.update(repeating: 0, count: sizes.n) }
          gelsy(
            &rows, &columns, &right, a, &leadA, b, &leadB, integers, rcond, rank, work, &count,
            isComplex ? reals : info, info)
        }
        return info
      }
    case .gelsd, .gelss:
      let function = routine(driver.rawValue, as: GELSD.self)
      return { sizes, a, b, singular, rcond, rank, work, count, reals, integers in
        var (rows, columns, count, info) = (
          Int32(sizes.m), Int32(sizes.n), Int32(clamping: count), Int32(0)
        )
        var (right, leadA) = (Int32(sizes.columns), Int32(max(sizes.m, 1)))
        var leadB = Int32(max(sizes.m, sizes.n, 1))
        withUnsafeMutablePointer(to: &info) { info in
          let info = Pointer(info)
          let integers = Pointer(integers)
          let extra =
            driver == .gelss
            ? (isComplex ? (reals, info, info) : (info, info, info))
            : (isComplex ? (reals, integers, info) : (integers, info, info))
          function(
            &rows, &columns, &right, a, &leadA, b, &leadB, singular, rcond, rank, work, &count,
            extra.0, extra.1, extra.2)
        }
        return info
      }
    }
  }
}
