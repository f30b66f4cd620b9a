import Elements

/// What orders elements by integers, so that the first of the largest can be found in vectors: equal
/// elements have equal keys.
protocol PositionKey: SendableMetatype {
  associatedtype Stored: BitwiseCopyable
  associatedtype Key: FixedWidthInteger & BitwiseCopyable
  static func key(_ x: Stored) -> Key
}

/// The largest float, or nan if there is one; both zeros are equal.
enum LargestFloatKey<S: KeyedFloat>: PositionKey where S.Compute: KeyedFloat & Real {
  @inline(__always) static func key(_ x: S) -> S.Compute.Key {
    let x = x.compute
    return topped((x + 0).key, x != x)
  }
}

/// The smallest float, or nan if there is one; both zeros are equal.
enum SmallestFloatKey<S: KeyedFloat>: PositionKey where S.Compute: KeyedFloat & Real {
  @inline(__always) static func key(_ x: S) -> S.Compute.Key {
    let x = x.compute
    return topped(~(x + 0).key, x != x)
  }
}

/// The key, or the largest there is; with masks, because a branch here would stop vectors.
@inline(__always)
private func topped<Key: FixedWidthInteger>(_ key: Key, _ isTop: Bool) -> Key {
  let mask: Key = isTop ? ~0 : 0
  return (key & ~mask) | (mask & Key.max)
}

/// The largest integer, widened to the key.
enum LargestIntegerKey<S: FixedWidthInteger & BitwiseCopyable, Key>: PositionKey
where Key: FixedWidthInteger & BitwiseCopyable {
  @inline(__always) static func key(_ x: S) -> Key { Key(truncatingIfNeeded: x) }
}

/// The smallest integer, widened to the key.
enum SmallestIntegerKey<S: FixedWidthInteger & BitwiseCopyable, Key>: PositionKey
where Key: FixedWidthInteger & BitwiseCopyable {
  @inline(__always) static func key(_ x: S) -> Key { ~Key(truncatingIfNeeded: x) }
}

/// The first true byte, or the first one.
enum LargestTruthKey: PositionKey {
  @inline(__always) static func key(_ x: UInt8) -> Int32 { x != 0 ? 1 : 0 }
}

/// The first false byte, or the first one.
enum SmallestTruthKey: PositionKey {
  @inline(__always) static func key(_ x: UInt8) -> Int32 { x != 0 ? 0 : 1 }
}

/// Elements of a row whose largest key is found before their positions are looked at.
private var searchBlock: Int { @inline(__always) get { 2048 } }

/// Rows that are looked through side by side.
private var searchWidth: Int { @inline(__always) get { 128 } }

/// Columns that are brought together at a time.
private var searchDepth: Int { @inline(__always) get { 16 } }

/// The loop that finds where the largest key of each row first stands.
func positionLoop<K: PositionKey>(_: K.Type) -> ReductionLoop {
  { out, outStride, x, outerStride, innerStride, outer, inner in
    let size = MemoryLayout<K.Stored>.stride
    let isRow = innerStride == size && (inner >= 32 || outer < 8)
    // A key has to have room for a position.
    if isRow || outer < 8 || inner > Int(Int32.max) {
      for i in 0..<outer {
        let row = x + i * outerStride
        let position =
          innerStride == size
          ? rowPosition(K.self, row.assumingMemoryBound(to: K.Stored.self), inner)
          : stridedPosition(K.self, row, innerStride, inner)
        (out + i * outStride).assumingMemoryBound(to: Int64.self).pointee = Int64(position)
      }
      return
    }
    withBlocks(of: K.Key.self, 2 * searchWidth, K.Stored.self, searchDepth * searchWidth) {
      keys, block in
      let positions = keys + searchWidth
      for start in stride(from: 0, to: outer, by: searchWidth) {
        let width = min(searchWidth, outer - start)
        columnPositions(
          K.self, keys, positions, block, x + start * outerStride, outerStride, innerStride, width,
          inner)
        for i in 0..<width {
          (out + (start + i) * outStride).assumingMemoryBound(to: Int64.self).pointee =
            Int64(truncatingIfNeeded: positions[i])
        }
      }
    }
  }
}

/// Where the largest key of a dense row first stands.
private func rowPosition<K: PositionKey>(
  _: K.Type, _ x: UnsafePointer<K.Stored>, _ count: Int
) -> Int {
  var (best, place) = (K.Key.min, 0)
  var start = 0
  while start < count {
    let largest = largestKey(K.self, x + start, min(searchBlock, count - start))
    if largest > best { (best, place) = (largest, start) }
    start += searchBlock
  }
  var found = place
  let end = min(place + searchBlock, count)
  while found < end {
    let length = min(64, end - found)
    let offset = firstPosition(K.self, x + found, best, length)
    if offset < length { return found + offset }
    found += length
  }
  return 0
}

@inline(never)
private func largestKey<K: PositionKey>(
  _: K.Type, _ x: UnsafePointer<K.Stored>, _ count: Int
) -> K.Key {
  var largest = K.Key.min
  for i in 0..<count {
    let key = K.key(x[i])
    largest = key > largest ? key : largest
  }
  return largest
}

/// The first place of a key, or `count`; always looks at all, which vectors do at once.
@inline(never)
private func firstPosition<K: PositionKey>(
  _: K.Type, _ x: UnsafePointer<K.Stored>, _ key: K.Key, _ count: Int
) -> Int {
  var first = Int32(truncatingIfNeeded: count)
  for i in 0..<count {
    let mask = K.key(x[i]) == key ? 0 : Int32.max
    let place = Int32(truncatingIfNeeded: i) | mask
    first = place < first ? place : first
  }
  return Int(first)
}

private func stridedPosition<K: PositionKey>(
  _: K.Type, _ x: UnsafeRawPointer, _ stride: Int, _ count: Int
) -> Int {
  var (best, place) = (K.Key.min, 0)
  for i in 0..<count {
    let key = K.key((x + i * stride).assumingMemoryBound(to: K.Stored.self).pointee)
    if key > best { (best, place) = (key, i) }
  }
  return place
}

/// The same for `width` rows at once. Those that are not neighbours in memory are brought together
/// in `block`, some columns at a time.
private func columnPositions<K: PositionKey>(
  _: K.Type, _ keys: UnsafeMutablePointer<K.Key>, _ positions: UnsafeMutablePointer<K.Key>,
  _ block: UnsafeMutablePointer<K.Stored>,
  _ x: UnsafeRawPointer, _ outerStride: Int, _ innerStride: Int, _ width: Int, _ inner: Int
) {
  keys.update(repeating: K.Key.min, count: width)
  positions.update(repeating: 0, count: width)
  if outerStride == MemoryLayout<K.Stored>.stride {
    for j in 0..<inner {
      let row = (x + j * innerStride).assumingMemoryBound(to: K.Stored.self)
      improve(K.self, keys, positions, row, K.Key(truncatingIfNeeded: j), width)
    }
    return
  }
  for start in stride(from: 0, to: inner, by: searchDepth) {
    let depth = min(searchDepth, inner - start)
    for i in 0..<width {
      let source = x + i * outerStride + start * innerStride
      for j in 0..<depth {
        block[j &* searchWidth &+ i] =
          (source + j * innerStride).assumingMemoryBound(to: K.Stored.self).pointee
      }
    }
    for j in 0..<depth {
      let place = K.Key(truncatingIfNeeded: start + j)
      improve(K.self, keys, positions, block + j * searchWidth, place, width)
    }
  }
}

@inline(never)
private func improve<K: PositionKey>(
  _: K.Type, _ keys: UnsafeMutablePointer<K.Key>, _ positions: UnsafeMutablePointer<K.Key>,
  _ x: UnsafePointer<K.Stored>, _ place: K.Key, _ width: Int
) {
  for i in 0..<width {
    let key = K.key(x[i])
    positions[i] = key > keys[i] ? place : positions[i]
    keys[i] = key > keys[i] ? key : keys[i]
  }
}
