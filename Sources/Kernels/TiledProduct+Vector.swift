import Elements

extension TiledProduct where S == S.Compute {
  /// The product of one row and a matrix; false where the strides ask for packing after all.
  ///
  /// Each element of `b` is used once, so that copying it into panels would be most of the work.
  func runVector() -> Bool {
    let size = MemoryLayout<T>.stride
    if bColumn == size {
      addRows()
      return true
    }
    if bRow == size && aColumn == size {
      for j in 0..<n {
        let target = (c + j * cColumn).assumingMemoryBound(to: T.self)
        target.pointee = dot(a, b + j * bColumn)
      }
      return true
    }
    return false
  }

  /// Adds up the rows of `b`, each times an element of `a`: a stretch of `c` at a time.
  private func addRows() {
    withBlock(of: T.self) { sums, capacity in
      for start in stride(from: 0, to: n, by: capacity) {
        let width = min(capacity, n - start)
        func row(_ p: Int) -> UnsafePointer<T> {
          (b + p * bRow + start * bColumn).assumingMemoryBound(to: T.self)
        }
        func factor(_ p: Int) -> T { (a + p * aColumn).assumingMemoryBound(to: T.self).pointee }
        sums.update(repeating: 0, count: width)
        var p = 0
        while p + 4 <= k {
          let (x0, x1, x2, x3) = (factor(p), factor(p + 1), factor(p + 2), factor(p + 3))
          let (y0, y1, y2, y3) = (row(p), row(p + 1), row(p + 2), row(p + 3))
          for j in 0..<width {
            sums[j] += (x0 * y0[j] + x1 * y1[j]) + (x2 * y2[j] + x3 * y3[j])
          }
          p += 4
        }
        while p < k {
          let (x, y) = (factor(p), row(p))
          for j in 0..<width { sums[j] += x * y[j] }
          p += 1
        }
        store(T.self, c + start * cColumn, cColumn, sums, width)
      }
    }
  }

  /// The inner product of `k` dense elements, in four sums of lanes.
  private func dot(_ x: UnsafeRawPointer, _ y: UnsafeRawPointer) -> T {
    let (count, lane) = (T.Lanes.scalarCount, MemoryLayout<T.Lanes>.stride)
    var tile = Tile<T>()
    func add(_ sum: inout T.Lanes, _ i: Int) {
      let left = (x + i * lane).loadUnaligned(as: T.Lanes.self)
      T.addProduct(&sum, left, (y + i * lane).loadUnaligned(as: T.Lanes.self))
    }
    var i = 0
    while (i + 4) * count <= k {
      add(&tile.first, i)
      add(&tile.second, i + 1)
      add(&tile.third, i + 2)
      add(&tile.fourth, i + 3)
      i += 4
    }
    while (i + 1) * count <= k {
      add(&tile.first, i)
      i += 1
    }
    let lanes = T.add(T.add(tile.first, tile.second), T.add(tile.third, tile.fourth))
    var sum: T = 0
    for j in 0..<count { sum += lanes[j] }
    let (left, right) = (x.assumingMemoryBound(to: T.self), y.assumingMemoryBound(to: T.self))
    for p in (i * count)..<k { sum += left[p] * right[p] }
    return sum
  }
}
