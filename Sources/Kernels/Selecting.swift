// Selection and sorting of entries by their keys, where equal ones come in the order in which the
// algorithms of the C++ library leave them, as common implementations have them: PyTorch's indices
// of equal elements are those. Introselect and introsort: Musser, "Introspective sorting and
// selection algorithms", 1997; heaps: Williams and Floyd, 1964; the other selection is Hoare's
// "Find" (1961) with the median of three.

/// Entries in memory that is rearranged.
struct Entries<E: RankedEntry> {
  let start: UnsafeMutablePointer<E>

  @inline(__always) subscript(_ i: Int) -> E {
    get { start[i] }
    nonmutating set { start[i] = newValue }
  }

  @inline(__always) private func swap(_ i: Int, _ j: Int) {
    let kept = start[i]
    start[i] = start[j]
    start[j] = kept
  }

  @inline(__always) private func isLess(_ i: Int, _ j: Int) -> Bool {
    start[i].key < start[j].key
  }

  // MARK: Introspective

  /// Brings the entry of rank `nth` to its place, none behind it smaller, none before it larger.
  func select(_ nth: Int, count: Int) {
    var (first, last, depth) = (0, count, 2 * Self.log2(count))
    while last - first > 3 {
      if depth == 0 {
        heapSelect(first, nth + 1, last)
        return swap(first, nth)
      }
      depth -= 1
      let cut = partition(first, last)
      if cut <= nth { first = cut } else { last = cut }
    }
    insertionSort(first, last)
  }

  /// Sorts the first `count`; not stable.
  func sort(count: Int) {
    if count < 2 { return }
    sortLoop(0, count, 2 * Self.log2(count))
    if count <= Self.few { return insertionSort(0, count) }
    insertionSort(0, Self.few)
    for i in Self.few..<count { insert(i) }
  }

  /// Brings the `middle` smallest of `count` to the front, in order.
  func partialSort(_ middle: Int, count: Int) {
    partialSort(0, middle, count)
  }

  private static var few: Int { 16 }

  private static func log2(_ count: Int) -> Int {
    count < 1 ? 0 : Int.bitWidth - 1 - count.leadingZeroBitCount
  }

  private func sortLoop(_ first: Int, _ last: Int, _ depth: Int) {
    var (last, depth) = (last, depth)
    while last - first > Self.few {
      if depth == 0 { return partialSort(first, last, last) }
      depth -= 1
      let cut = partition(first, last)
      sortLoop(cut, last, depth)
      last = cut
    }
  }

  /// Where the upper part begins, after a division by the median of three.
  private func partition(_ first: Int, _ last: Int) -> Int {
    medianToFront(first, first + 1, first + (last - first) / 2, last - 1)
    let pivot = start[first].key
    var (low, high) = (first + 1, last)
    while true {
      while start[low].key < pivot { low += 1 }
      high -= 1
      while pivot < start[high].key { high -= 1 }
      if low >= high { return low }
      swap(low, high)
      low += 1
    }
  }

  private func medianToFront(_ front: Int, _ a: Int, _ b: Int, _ c: Int) {
    if isLess(a, b) {
      swap(front, isLess(b, c) ? b : isLess(a, c) ? c : a)
    } else {
      swap(front, isLess(a, c) ? a : isLess(b, c) ? c : b)
    }
  }

  private func insertionSort(_ first: Int, _ last: Int) {
    if last - first < 2 { return }
    for i in first + 1..<last {
      if isLess(i, first) {
        let value = start[i]
        var j = i
        while j > first {
          start[j] = start[j - 1]
          j -= 1
        }
        start[first] = value
      } else {
        insert(i)
      }
    }
  }

  /// Moves an entry down to where the one before it is not larger; there is one.
  private func insert(_ i: Int) {
    let value = start[i]
    var j = i
    while value.key < start[j - 1].key {
      start[j] = start[j - 1]
      j -= 1
    }
    start[j] = value
  }

  // MARK: Heaps

  private func partialSort(_ first: Int, _ middle: Int, _ last: Int) {
    heapSelect(first, middle, last)
    var end = middle
    while end - first > 1 {
      end -= 1
      popHeap(first, end, end)
    }
  }

  private func heapSelect(_ first: Int, _ middle: Int, _ last: Int) {
    let count = middle - first
    if count >= 2 {
      for parent in (0...(count - 2) / 2).reversed() {
        sink(first, parent, count, start[first + parent])
      }
    }
    var i = middle
    while i < last {
      if isLess(i, first) { popHeap(first, middle, i) }
      i += 1
    }
  }

  private func popHeap(_ first: Int, _ last: Int, _ result: Int) {
    let value = start[result]
    start[result] = start[first]
    sink(first, 0, last - first, value)
  }

  /// Puts `value` into the heap whose place `hole` is free: down to the bottom, and up again.
  private func sink(_ first: Int, _ hole: Int, _ count: Int, _ value: E) {
    let heap = start + first
    let top = hole
    var (hole, child) = (hole, hole)
    while child < (count - 1) / 2 {
      child = 2 * (child + 1)
      if heap[child].key < heap[child - 1].key { child -= 1 }
      heap[hole] = heap[child]
      hole = child
    }
    if count & 1 == 0 && child == (count - 2) / 2 {
      child = 2 * (child + 1)
      heap[hole] = heap[child - 1]
      hole = child - 1
    }
    while hole > top && heap[(hole - 1) / 2].key < value.key {
      heap[hole] = heap[(hole - 1) / 2]
      hole = (hole - 1) / 2
    }
    heap[hole] = value
  }

  // MARK: Find

  /// As `select`, with other swaps.
  func find(_ k: Int, count: Int) {
    var (left, right) = (0, count - 1)
    while left < right {
      if right == left + 1 {
        if isLess(right, left) { swap(left, right) }
        return
      }
      swap(left + (right - left) / 2, left + 1)
      if isLess(right, left + 1) { swap(left + 1, right) }
      if isLess(right, left) { swap(left, right) }
      if isLess(left, left + 1) { swap(left + 1, left) }
      var (i, j) = (left + 1, right)
      let pivot = start[left].key
      while true {
        repeat { i += 1 } while pivot > start[i].key
        repeat { j -= 1 } while start[j].key > pivot
        if j < i { break }
        swap(i, j)
      }
      swap(left, j)
      if j <= k { left = i }
      if j >= k { right = j - 1 }
    }
  }
}
