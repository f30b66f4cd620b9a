/// A short list of integers: sizes, strides, or dimension numbers.
///
/// Up to six are held in place, so that describing an ordinary tensor allocates nothing; a longer
/// list moves to an array.
public struct Dims: Sendable {
  @usableFromInline static let capacity = 6

  @usableFromInline var inline: InlineArray<6, Int>
  @usableFromInline var spilled: [Int]?
  @usableFromInline var length: Int
  /// The number of elements.
  @inlinable public var count: Int { length }

  /// An empty list.
  @inlinable
  public init() {
    inline = InlineArray(repeating: 0)
    spilled = nil
    length = 0
  }

  /// `count` copies of `value`.
  @inlinable
  public init(repeating value: Int, count: Int) {
    inline = InlineArray(repeating: value)
    spilled = count > Self.capacity ? Array(repeating: value, count: count) : nil
    length = count
  }

  /// The elements of any sequence, in order.
  @inlinable
  public init(_ elements: some Sequence<Int>) {
    self.init()
    for element in elements { append(element) }
  }

  /// Adds `element` at the end.
  @inlinable
  public mutating func append(_ element: Int) {
    if spilled != nil {
      spilled?.append(element)
    } else if count < Self.capacity {
      inline[count] = element
    } else {
      spilled = Array(self) + [element]
    }
    length += 1
  }

  /// Puts `element` before position `index`, which is at most `count`.
  public mutating func insert(_ element: Int, at index: Int) {
    append(element)
    var i = count - 1
    while i > index {
      self[i] = self[i - 1]
      i -= 1
    }
    self[index] = element
  }

  /// Takes the element at `index` out.
  public mutating func remove(at index: Int) {
    for i in index..<(count - 1) { self[i] = self[i + 1] }
    length -= 1
    if spilled != nil { spilled?.removeLast() }
  }
}

extension Dims: RandomAccessCollection, MutableCollection {
  /// Zero.
  @inlinable public var startIndex: Int { 0 }
  /// The number of elements.
  @inlinable public var endIndex: Int { count }

  /// The element at a position below `count`.
  @inlinable
  public subscript(position: Int) -> Int {
    get { spilled.map { $0[position] } ?? inline[position] }
    set {
      if spilled == nil { inline[position] = newValue } else { spilled?[position] = newValue }
    }
  }
}

extension Dims: ExpressibleByArrayLiteral, Equatable, Hashable {
  /// `[2, 3]`.
  @inlinable
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// True when both have the same elements in the same order.
  @inlinable
  public static func == (a: Dims, b: Dims) -> Bool {
    guard a.count == b.count else { return false }
    for i in 0..<a.count where a[i] != b[i] { return false }
    return true
  }

  /// Feeds the elements.
  public func hash(into hasher: inout Hasher) {
    for element in self { hasher.combine(element) }
  }
}

extension Dims: CustomStringConvertible {
  /// As PyTorch writes a size: `[2, 3]`.
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}

extension Dims {
  /// The product, or nil when it does not fit or an element is negative.
  package var checkedProduct: Int? {
    // A zero makes the product zero whatever the other sizes are.
    if contains(0) { return contains { $0 < 0 } ? nil : 0 }
    var product = 1
    for size in self {
      let (value, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow || size < 0 { return nil }
      product = value
    }
    return product
  }

  /// Strides, in elements, of a contiguous row-major array of these sizes.
  package var contiguousStrides: Dims {
    var strides = Dims(repeating: 1, count: count)
    var stride = 1
    for i in indices.reversed() {
      strides[i] = stride
      stride = stride &* Swift.max(self[i], 1)
    }
    return strides
  }
}
