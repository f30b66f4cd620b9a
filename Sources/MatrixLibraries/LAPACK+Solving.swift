// Routines for systems of equations.

extension LAPACK {
  private typealias GETRF =
    @convention(c) (Number, Number, Pointer, Number, Integers, Integers) -> Void
  private typealias GETRS =
    @convention(c) (
      Letter, Number, Number, Pointer, Number, Integers, Pointer, Number, Integers, Int
    ) -> Void
  private typealias Triangle =
    @convention(c) (Letter, Number, Pointer, Number, Integers, Int) -> Void
  private typealias POTRS =
    @convention(c) (
      Letter, Number, Number, Pointer, Number, Pointer, Number, Integers, Int
    ) -> Void
  private typealias TRSM =
    @convention(c) (
      Letter, Letter, Letter, Letter, Number, Number, Pointer, Pointer, Number, Pointer, Number,
      Int, Int, Int, Int
    ) -> Void
  private typealias SYTRF =
    @convention(c) (
      Letter, Number, Pointer, Number, Integers, Pointer, Number, Integers, Int
    ) -> Void

  /// A = P L U, with L and U in place of A, m by n; the rows that were exchanged count from one.
  package func factorLU()
    -> @Sendable (_ m: Int, _ n: Int, _ a: Pointer, _ pivots: Integers) ->
    Int32
  {
    let getrf = routine("getrf", as: GETRF.self)
    return { m, n, a, pivots in
      var (rows, columns, lead, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
      getrf(&rows, &columns, a, &lead, pivots, &info)
      return info
    }
  }

  /// Solves with the factors of `factorLU`: A X = B, A^T X = B or A^H X = B, with X in place of B.
  package func solveLU(_ form: Option)
    -> @Sendable (
      _ n: Int, _ columns: Int, _ a: Pointer, _ pivots: Integers, _ b: Pointer
    ) -> Int32
  {
    let getrs = routine("getrs", as: GETRS.self)
    return { n, columns, a, pivots, b in
      var (order, count, info, code) = (Int32(n), Int32(columns), Int32(0), form.code)
      var (leadA, leadB) = (max(order, 1), max(order, 1))
      getrs(&code, &order, &count, a, &leadA, pivots, b, &leadB, &info, 1)
      return info
    }
  }

  /// A = L L^H or U^H U, in the triangle of A that is read.
  package func factorCholesky(upper: Bool) -> @Sendable (_ n: Int, _ a: Pointer) -> Int32 {
    triangle("potrf", upper)
  }

  /// The inverse of L L^H or U^H U in the same triangle.
  package func invertCholesky(upper: Bool) -> @Sendable (_ n: Int, _ a: Pointer) -> Int32 {
    triangle("potri", upper)
  }

  private func triangle(_ name: String, _ upper: Bool) -> @Sendable (Int, Pointer) -> Int32 {
    let function = routine(name, as: Triangle.self)
    return { n, a in
      var (order, lead, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
      var code = Option.triangle(upper: upper).code
      function(&code, &order, a, &lead, &info, 1)
      return info
    }
  }

  /// Solves L L^H X = B or U^H U X = B, with X in place of B.
  package func solveCholesky(upper: Bool)
    -> @Sendable (
      _ n: Int, _ columns: Int, _ a: Pointer, _ b: Pointer
    ) -> Int32
  {
    let potrs = routine("potrs", as: POTRS.self)
    return { n, columns, a, b in
      var (order, count, info) = (Int32(n), Int32(columns), Int32(0))
      var (leadA, leadB) = (max(order, 1), max(order, 1))
      var code = Option.triangle(upper: upper).code
      potrs(&code, &order, &count, a, &leadA, b, &leadB, &info, 1)
      return info
    }
  }

  /// Solves A X = B or X A = B for a triangle A, with X in place of B, m by n.
  package func solveTriangle(left: Bool, upper: Bool, form: Option, unit: Bool)
    -> @Sendable (
      _ m: Int, _ n: Int, _ a: Pointer, _ b: Pointer
    ) -> Int32
  {
    let trsm = routine("trsm", as: TRSM.self)
    let realSize = realSize
    return { m, n, a, b in
      var (rows, columns) = (Int32(m), Int32(n))
      var (leadA, leadB) = (Int32(max(left ? m : n, 1)), Int32(max(m, 1)))
      var side = Option(left ? "L" : "R").code
      var triangle = Option.triangle(upper: upper).code
      var form = form.code
      var diagonal = Option(unit ? "U" : "N").code
      // One, as the first number of two for complex elements.
      var one: (Double, Double) = (1, 0)
      if realSize == 4 {
        withUnsafeMutableBytes(of: &one) {
          $0.storeBytes(of: Float(1), as: Float.self)
          $0.storeBytes(of: Float(0), toByteOffset: 4, as: Float.self)
        }
      }
      trsm(
        &side, &triangle, &form, &diagonal, &rows, &columns, &one, a, &leadA, b, &leadB, 1, 1, 1, 1)
      return 0
    }
  }

  /// A = L D L^T, or L D L^H where `hermitian`.
  package func factorLDL(hermitian: Bool)
    -> @Sendable (
      _ n: Int, _ a: Pointer, _ pivots: Integers, _ work: Pointer, _ count: Int
    ) -> Int32
  {
    let sytrf = routine(hermitian && isComplex ? "hetrf" : "sytrf", as: SYTRF.self)
    return { n, a, pivots, work, count in
      var (order, lead, room, info) = (Int32(n), Int32(max(n, 1)), Int32(count), Int32(0))
      var code = Option.triangle(upper: false).code
      sytrf(&code, &order, a, &lead, pivots, work, &room, &info, 1)
      return info
    }
  }

  /// Solves with the factors of `factorLDL`, with X in place of B.
  package func solveLDL(hermitian: Bool)
    -> @Sendable (
      _ n: Int, _ columns: Int, _ a: Pointer, _ pivots: Integers, _ b: Pointer
    ) -> Int32
  {
    let sytrs = routine(hermitian && isComplex ? "hetrs" : "sytrs", as: GETRS.self)
    return { n, columns, a, pivots, b in
      var (order, count, info) = (Int32(n), Int32(columns), Int32(0))
      var (leadA, leadB) = (max(order, 1), max(order, 1))
      var code = Option.triangle(upper: false).code
      sytrs(&code, &order, &count, a, &leadA, pivots, b, &leadB, &info, 1)
      return info
    }
  }
}
