import Elements

extension Kernels {
  /// The loop that orders rows, or chooses from them, by the size of their elements.
  ///
  /// nan is larger than every number. Rows are dense, one after the other.
  /// - sort, sortDescending: all elements, equal ones as they stood.
  /// - largest, smallest and the same unsorted: the `k` first of the order.
  /// - kth: the one element of rank `k`, counted from 0.
  /// - median: the lower one of two; the first nan, if there is one.
  /// - nanMedian: that of the elements that are not nan; nan where all are.
  /// - mode: the smallest of the most frequent elements; every nan is different.
  /// - runningMax, runningMin: for each place the extremum up to it, the last of equal ones; nan wins.
  public static func order(_ op: OrderOperation, _ dtype: DType) -> OrderLoop? {
    switch dtype {
    case .bool: order(op, Bool.self)
    case .uint8: order(op, UInt8.self)
    case .int8: order(op, Int8.self)
    case .int16: order(op, Int16.self)
    case .int32: order(op, Int32.self)
    case .int64: order(op, Int64.self)
    case .float16: order(op, Float16.self)
    case .bfloat16: order(op, BFloat16.self)
    case .float32: order(op, Float.self)
    case .float64: order(op, Double.self)
    case .complex64, .complex128: nil
    }
  }

  private static func order<S: OrderKeyed>(_ op: OrderOperation, _: S.Type) -> OrderLoop {
    if op == .runningMax || op == .runningMin { return running(op, S.self) }
    return { values, indices, x, rows, count, k in
      let source = x.assumingMemoryBound(to: S.self)
      let target = values.assumingMemoryBound(to: S.self)
      if S.keyBits <= 32 && count <= Int(UInt32.max) {
        order(op, S.self, ShortEntry.self, target, indices, source, rows, count, k)
      } else {
        order(op, S.self, LongEntry.self, target, indices, source, rows, count, k)
      }
    }
  }

  @inline(never)
  private static func order<S: OrderKeyed, E: RankedEntry>(
    _ op: OrderOperation, _: S.Type, _: E.Type, _ values: UnsafeMutablePointer<S>,
    _ indices: UnsafeMutablePointer<Int64>, _ x: UnsafePointer<S>, _ rows: Int, _ count: Int,
    _ k: Int
  ) {
    let isDescending = op == .sortDescending || op == .largest || op == .largestUnsorted
    let flip = isDescending ? UInt64.max &>> UInt64(64 &- S.keyBits) : 0
    withUnsafeTemporaryAllocation(of: E.self, capacity: 2 * max(count, 1)) { buffer in
      guard let start = buffer.baseAddress else { return }
      for row in 0..<rows {
        let source = x + row * count
        let results = outputs(op, count, k)
        let (target, places) = (values + row * results, indices + row * results)
        for i in 0..<count { start[i] = E(key: source[i].orderKey ^ flip, index: i) }
        let entries = Entries<E>(start: start)
        var chosen = start
        switch op {
        case .sort, .sortDescending:
          chosen = radixSort(start, start + count, count, bits: S.keyBits)
        case .largest, .smallest, .largestUnsorted, .smallestUnsorted:
          top(entries, count, k, isSorted: op == .largest || op == .smallest)
        case .kth:
          entries.find(k, count: count)
          chosen = start + k
        case .median, .nanMedian:
          start[0] = median(entries, source, count, ignoresNaN: op == .nanMedian)
        case .mode:
          entries.sort(count: count)
          chosen = start + mode(entries, count, S.self)
        case .runningMax, .runningMin: break
        }
        for i in 0..<results {
          let place = chosen[i].index
          places[i] = Int64(place)
          target[i] = source[place]
        }
      }
    }
  }

  /// How many results a row has.
  private static func outputs(_ op: OrderOperation, _ count: Int, _ k: Int) -> Int {
    switch op {
    case .sort, .sortDescending, .runningMax, .runningMin: count
    case .largest, .smallest, .largestUnsorted, .smallestUnsorted: k
    case .kth, .median, .nanMedian, .mode: 1
    }
  }

  /// Brings the first `k` of the order to the front.
  private static func top<E>(_ entries: Entries<E>, _ count: Int, _ k: Int, isSorted: Bool) {
    if k == 0 { return }
    if k <= count / 64 { return entries.partialSort(k, count: count) }
    entries.select(k - 1, count: count)
    if isSorted { entries.sort(count: k - 1) }
  }

  /// The median; of equal elements that which a stable sort would bring to its place.
  private static func median<S: OrderKeyed, E>(
    _ entries: Entries<E>, _ source: UnsafePointer<S>, _ count: Int, ignoresNaN: Bool
  ) -> E {
    var numbers = count
    if S.dtype.isFloatingPoint {
      let nan = UInt64.max &>> UInt64(64 &- S.keyBits)
      for i in 0..<count where entries[i].key == nan {
        if !ignoresNaN { return entries[i] }
        numbers -= 1
      }
    }
    let rank = max(numbers - 1, 0) / 2
    entries.select(rank, count: count)
    let key = entries[rank].key
    var rest = rank
    for i in 0..<count where source[i].orderKey < key { rest &-= 1 }
    var place = 0
    for i in 0..<count where source[i].orderKey == key {
      place = i
      if rest == 0 { break }
      rest &-= 1
    }
    return E(key: key, index: place)
  }

  /// Where the last of the most frequent keys stands, of sorted entries.
  private static func mode<S: OrderKeyed, E>(
    _ entries: Entries<E>, _ count: Int, _: S.Type
  ) -> Int {
    let nan = S.dtype.isFloatingPoint ? UInt64.max &>> UInt64(64 &- S.keyBits) : UInt64.max
    let hasNaN = S.dtype.isFloatingPoint
    var (best, most, length) = (0, 0, 0)
    for i in 0..<count {
      length += 1
      let key = entries[i].key
      let goesOn = i + 1 < count && entries[i + 1].key == key && !(hasNaN && key == nan)
      if goesOn { continue }
      if length > most { (best, most) = (i, length) }
      length = 0
    }
    return best
  }

  private static func running<S: OrderKeyed>(_ op: OrderOperation, _: S.Type) -> OrderLoop {
    { values, indices, x, rows, count, _ in
      let mask = UInt64.max &>> UInt64(64 &- S.keyBits)
      // The smallest is the largest of the turned keys, where nan has to stay above.
      let isFloat = S.dtype.isFloatingPoint
      let flip = op == .runningMin ? mask : 0
      for row in 0..<rows {
        let source = x.assumingMemoryBound(to: S.self) + row * count
        let target = values.assumingMemoryBound(to: S.self) + row * count
        let places = indices + row * count
        var (best, place) = (UInt64(0), 0)
        for i in 0..<count {
          let own = source[i].orderKey
          let key = isFloat && own == mask ? mask : own ^ flip
          if key >= best { (best, place) = (key, i) }
          places[i] = Int64(place)
          target[i] = source[place]
        }
      }
    }
  }
}

/// The sorted entries, which are where they were or in `other`: by counting digits from the lowest
/// up, equal ones stay in order. Digits that all keys share cost nothing.
private func radixSort<E: RankedEntry>(
  _ start: UnsafeMutablePointer<E>, _ other: UnsafeMutablePointer<E>, _ count: Int, bits: Int
) -> UnsafeMutablePointer<E> {
  if count <= 40 {
    var i = 1
    while i < count {
      let value = start[i]
      var j = i
      while j > 0 && value.key < start[j - 1].key {
        start[j] = start[j - 1]
        j -= 1
      }
      start[j] = value
      i += 1
    }
    return start
  }
  let passes = bits / 8
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: 256 * passes) { buffer in
    guard let counts = buffer.baseAddress else { return start }
    counts.update(repeating: 0, count: 256 * passes)
    for i in 0..<count {
      var key = start[i].key
      for pass in 0..<passes {
        counts[pass &* 256 &+ Int(truncatingIfNeeded: key & 255)] &+= 1
        key &>>= 8
      }
    }
    var (source, target) = (start, other)
    for pass in 0..<passes {
      let shift = UInt64(8 * pass)
      let places = counts + pass * 256
      if places[Int(truncatingIfNeeded: (source[0].key &>> shift) & 255)] == count { continue }
      var total = 0
      for digit in 0..<256 {
        let number = places[digit]
        places[digit] = total
        total &+= number
      }
      for i in 0..<count {
        let entry = source[i]
        let digit = Int(truncatingIfNeeded: (entry.key &>> shift) & 255)
        target[places[digit]] = entry
        places[digit] &+= 1
      }
      swap(&source, &target)
    }
    return source
  }
}
