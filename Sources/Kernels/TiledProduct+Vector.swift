import Elements

extension TiledProduct where S == S.Compute {
  /// The product of one row and a matrix; false where the strides ask for the general way.
  ///
  /// Each element of `b` is used once, so that copying it into panels would be most of the work.
  func runVector() -> Bool {
    let (a, b, size) = (product.a, product.b, Self.size)
    if b.columnStride == size {
      addRows()
      return true
    }
    if b.rowStride == size && a.columnStride == size {
      for j in 0..<product.n { put(dot(a.start, b.at(0, j), product.k), j) }
      return true
    }
    return false
  }

  /// Scales a finished sum, adds what is to be added, and writes it.
  @inline(__always)
  private func put(_ sum: T, _ j: Int) {
    var result = product.alpha == 1 ? sum : T(product.alpha) * sum
    if let d = product.d?.at(0, j).assumingMemoryBound(to: T.self) {
      result += product.beta == 1 ? d.pointee : T(product.beta) * d.pointee
    }
    product.c.at(0, j).assumingMemoryBound(to: T.self).pointee = result
  }

  /// Adds up the rows of `b`, each times an element of `a`: a stretch of `c` at a time.
  private func addRows() {
    withBlock(of: T.self) { sums, capacity in
      for start in stride(from: 0, to: product.n, by: capacity) {
        let width = min(capacity, product.n &- start)
        func row(_ p: Int) -> UnsafePointer<T> {
          UnsafePointer(product.b.at(p, start).assumingMemoryBound(to: T.self))
        }
        func factor(_ p: Int) -> T { product.a.at(0, p).assumingMemoryBound(to: T.self).pointee }
        sums.update(repeating: 0, count: width)
        var p = 0
        while p &+ 4 <= product.k {
          let (x0, x1, x2, x3) = (factor(p), factor(p &+ 1), factor(p &+ 2), factor(p &+ 3))
          let (y0, y1, y2, y3) = (row(p), row(p &+ 1), row(p &+ 2), row(p &+ 3))
          for j in 0..<width {
            sums[j] += (x0 * y0[j] + x1 * y1[j]) + (x2 * y2[j] + x3 * y3[j])
          }
          p &+= 4
        }
        while p < product.k {
          let (x, y) = (factor(p), row(p))
          for j in 0..<width { sums[j] += x * y[j] }
          p &+= 1
        }
        for j in 0..<width { put(sums[j], start &+ j) }
      }
    }
  }

  /// The inner product of `k` dense elements, in eight sums of vectors.
  private func dot(_ x: UnsafeRawPointer, _ y: UnsafeRawPointer, _ k: Int) -> T {
    let (count, lane) = (Tile<T>.lanes, MemoryLayout<T.Lanes>.stride)
    var tile = Tile<T>()
    @inline(__always)
    func add(_ sum: inout T.Lanes, _ i: Int) {
      T.addProduct(&sum, at: x + i &* lane, y + i &* lane)
    }
    var i = 0
    while (i &+ 8) &* count <= k {
      add(&tile.first.left, i)
      add(&tile.first.right, i &+ 1)
      add(&tile.second.left, i &+ 2)
      add(&tile.second.right, i &+ 3)
      add(&tile.third.left, i &+ 4)
      add(&tile.third.right, i &+ 5)
      add(&tile.fourth.left, i &+ 6)
      add(&tile.fourth.right, i &+ 7)
      i &+= 8
    }
    while (i &+ 1) &* count <= k {
      add(&tile.first.left, i)
      i &+= 1
    }
    let upper = T.add(
      T.add(tile.first.left, tile.first.right), T.add(tile.second.left, tile.second.right))
    let lower = T.add(
      T.add(tile.third.left, tile.third.right), T.add(tile.fourth.left, tile.fourth.right))
    let lanes = T.add(upper, lower)
    var sum: T = 0
    for j in 0..<count { sum += lanes[j] }
    let (left, right) = (x.assumingMemoryBound(to: T.self), y.assumingMemoryBound(to: T.self))
    for p in (i &* count)..<k { sum += left[p] * right[p] }
    return sum
  }
}
