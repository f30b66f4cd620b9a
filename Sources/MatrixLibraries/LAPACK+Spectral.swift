// Routines for eigenvalues and singular values.

extension LAPACK {
  private typealias SYEVD =
    @convention(c) (
      Letter, Letter, Number, Pointer, Number, Pointer, Pointer, Number, Integers, Number, Integers,
      Int, Int
    ) -> Void
  private typealias HEEVD =
    @convention(c) (
      Letter, Letter, Number, Pointer, Number, Pointer, Pointer, Number, Pointer, Number, Integers,
      Number, Integers, Int, Int
    ) -> Void
  private typealias GESDD =
    @convention(c) (
      Letter, Number, Number, Pointer, Number, Pointer, Pointer, Number, Pointer, Number, Pointer,
      Number, Integers, Integers, Int
    ) -> Void
  private typealias GESDDComplex =
    @convention(c) (
      Letter, Number, Number, Pointer, Number, Pointer, Pointer, Number, Pointer, Number, Pointer,
      Number, Pointer, Integers, Integers, Int
    ) -> Void
  private typealias GEEV =
    @convention(c) (
      Letter, Letter, Number, Pointer, Number, Pointer, Pointer, Pointer, Number, Pointer, Number,
      Pointer, Number, Integers, Int, Int
    ) -> Void
  private typealias GEEVComplex =
    @convention(c) (
      Letter, Letter, Number, Pointer, Number, Pointer, Pointer, Number, Pointer, Number, Pointer,
      Number, Pointer, Integers, Int, Int
    ) -> Void

  /// What `eigenHermitian` needs for matrices of order n.
  package func workspaceHermitian(_ n: Int, vectors: Bool) -> LAPACKWorkspace {
    let n = max(n, 1)
    if isComplex {
      return vectors
        ? .init(
          elements: Self.blocked(n) + n * n + 2 * n, reals: 1 + 5 * n + 2 * n * n,
          integers: 3 + 5 * n)
        : .init(elements: Self.blocked(n), reals: n, integers: 1)
    }
    return vectors
      ? .init(elements: Self.blocked(n) + 1 + 6 * n + 2 * n * n, integers: 3 + 5 * n)
      : .init(elements: Self.blocked(n) + 2 * n + 1, integers: 1)
  }

  /// The eigenvalues of a symmetric or Hermitian matrix, rising, and its eigenvectors in its place.
  package func eigenHermitian(upper: Bool, vectors: Bool)
    -> @Sendable (
      _ n: Int, _ a: Pointer, _ values: Pointer, _ space: LAPACKWorkspace, _ memory: Pointer
    ) -> Int32
  {
    let lapack = self
    let real = isComplex ? nil : routine("syevd", as: SYEVD.self)
    let complex = isComplex ? routine("heevd", as: HEEVD.self) : nil
    return { n, a, values, space, memory in
      var (order, lead, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
      var job = (vectors ? Option.vectors : .no).code
      var triangle = Option.triangle(upper: upper).code
      let (work, reals, integers) = space.parts(memory, lapack)
      var (room, realRoom) = (Int32(clamping: space.elements), Int32(clamping: space.reals))
      var integerRoom = Int32(clamping: space.integers)
      real?(
        &job, &triangle, &order, a, &lead, values, work, &room, integers, &integerRoom, &info, 1, 1)
      complex?(
        &job, &triangle, &order, a, &lead, values, work, &room, reals, &realRoom, integers,
        &integerRoom, &info, 1, 1)
      return info
    }
  }

  /// What `singular` needs for matrices of m rows and n columns.
  package func workspaceSingular(_ m: Int, _ n: Int, vectors: Bool) -> LAPACKWorkspace {
    let (least, most) = (max(min(m, n), 1), max(m, n, 1))
    let blocks = Self.blocked(m + n)
    return .init(
      elements: 4 * least * least + 7 * least + most + 2 * least * least + blocks,
      reals: isComplex
        ? max(5 * least * least + 5 * least, 2 * most * least + 2 * least * least + least)
          + 7 * least : 0,
      integers: 8 * least)
  }

  /// A = U diag(s) V^H; A is lost. With `no`, only s; with `all`, square U and V^H; with `some`,
  /// as many columns of U and rows of V^H as there are singular values.
  package func singular(_ job: Option)
    -> @Sendable (
      _ m: Int, _ n: Int, _ a: Pointer, _ s: Pointer, _ u: Pointer, _ vh: Pointer,
      _ space: LAPACKWorkspace, _ memory: Pointer
    ) -> Int32
  {
    let lapack = self
    let real = isComplex ? nil : routine("gesdd", as: GESDD.self)
    let complex = isComplex ? routine("gesdd", as: GESDDComplex.self) : nil
    return { m, n, a, s, u, vh, space, memory in
      var (rows, columns, info) = (Int32(m), Int32(n), Int32(0))
      var (lead, leadU) = (max(rows, 1), max(rows, 1))
      var leadV = Int32(max(job.code == Option.all.code ? n : min(m, n), 1))
      var code = job.code
      let (work, reals, integers) = space.parts(memory, lapack)
      var room = Int32(clamping: space.elements)
      real?(
        &code, &rows, &columns, a, &lead, s, u, &leadU, vh, &leadV, work, &room, integers, &info, 1)
      complex?(
        &code, &rows, &columns, a, &lead, s, u, &leadU, vh, &leadV, work, &room, reals, integers,
        &info, 1)
      return info
    }
  }

  /// What `eigen` needs for matrices of order n.
  package func workspaceEigen(_ n: Int) -> LAPACKWorkspace {
    .init(elements: Self.blocked(n) + 6 * max(n, 1), reals: 2 * max(n, 1))
  }

  /// The eigenvalues of a square matrix, which is lost, and its eigenvectors. For real elements the
  /// real parts are in `values`, the imaginary ones in `imaginary`, and a pair of conjugate vectors
  /// is stored as the real part and the imaginary part of the first.
  package func eigen(vectors: Bool)
    -> @Sendable (
      _ n: Int, _ a: Pointer, _ values: Pointer, _ imaginary: Pointer, _ v: Pointer,
      _ space: LAPACKWorkspace, _ memory: Pointer
    ) -> Int32
  {
    let lapack = self
    let real = isComplex ? nil : routine("geev", as: GEEV.self)
    let complex = isComplex ? routine("geev", as: GEEVComplex.self) : nil
    return { n, a, values, imaginary, v, space, memory in
      var (order, one, info) = (Int32(n), Int32(1), Int32(0))
      var (lead, leadV) = (max(order, 1), max(order, 1))
      var (left, right) = (Option.no.code, (vectors ? Option.vectors : .no).code)
      let (work, reals, _) = space.parts(memory, lapack)
      var room = Int32(clamping: space.elements)
      real?(
        &left, &right, &order, a, &lead, values, imaginary, v, &one, v, &leadV, work, &room, &info,
        1, 1)
      complex?(
        &left, &right, &order, a, &lead, values, v, &one, v, &leadV, work, &room, reals, &info, 1, 1
      )
      return info
    }
  }
}
