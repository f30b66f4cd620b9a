/// A list that is short nearly always: two elements in place, the others in an array.
///
/// Edges, gradients and saved values of a node are such lists, and most nodes have one or two.
package struct Few<Element> {
  @usableFromInline var first: Element?
  @usableFromInline var second: Element?
  @usableFromInline var rest: [Element] = []

  /// The number of elements.
  package var count: Int {
    if case .none = first { return 0 }
    if case .none = second { return 1 }
    return 2 + rest.count
  }

  /// An empty list.
  package init() {}

  /// One element.
  package init(_ element: consuming Element) {
    first = element
  }

  /// Two elements.
  package init(_ a: consuming Element, _ b: consuming Element) {
    first = a
    second = b
  }

  /// `count` copies.
  package init(repeating element: Element, count: Int) {
    for _ in 0..<count { append(element) }
  }

  /// The elements of a sequence.
  package init(_ elements: some Sequence<Element>) {
    for element in elements { append(element) }
  }

  /// Adds an element at the end.
  package mutating func append(_ element: consuming Element) {
    switch count {
    case 0: first = element
    case 1: second = element
    default: rest.append(element)
    }
  }

  /// Empties the list.
  package mutating func removeAll() { self = Few() }
}

extension Few: RandomAccessCollection, MutableCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  package subscript(position: Int) -> Element {
    @inline(__always)
    get {
      if position >= 2 { return rest[position - 2] }
      guard let element = position == 0 ? first : second else { absent(position) }
      return element
    }
    // Inlined, because a coroutine that is called takes its frame from the heap.
    @inline(__always)
    _modify {
      if position >= 2 {
        yield &rest[position - 2]
      } else if position == 0, var element = first.take() {
        defer { first = element }
        yield &element
      } else if position == 1, var element = second.take() {
        defer { second = element }
        yield &element
      } else {
        absent(position)
      }
    }
  }

  @inline(never)
  private func absent(_ position: Int) -> Never {
    preconditionFailure("Few: position \(position) of \(count)")
  }
}

extension Few {
  /// True when every element is nil.
  package func isAllNil<Wrapped>() -> Bool where Element == Wrapped? {
    if let first, case .some = first { return false }
    if let second, case .some = second { return false }
    return rest.allSatisfy { if case .none = $0 { true } else { false } }
  }

  /// The element at a position, which keeps nil in its place.
  package mutating func take<Wrapped>(_ position: Int) -> Wrapped? where Element == Wrapped? {
    var element: Element? = .some(nil)
    switch position {
    case 0: swap(&element, &first)
    case 1: swap(&element, &second)
    default: return rest[position - 2].take()
    }
    return element ?? nil
  }

  /// Puts an element into its place.
  package mutating func put<Wrapped>(_ position: Int, _ element: consuming Element)
  where Element == Wrapped? {
    switch position {
    case 0: first = element
    case 1: second = element
    default: rest[position - 2] = element
    }
  }
}

extension Few: Sendable where Element: Sendable {}

/// A list that has one element nearly always: the results of an operation.
package struct OneOrMore<Element> {
  private var first: Element?
  private var rest: [Element] = []

  /// An empty list.
  init() {}

  /// The number of elements.
  package var count: Int { first == nil ? 0 : 1 + rest.count }

  /// Adds an element at the end.
  mutating func append(_ element: consuming Element) {
    if first == nil { first = element } else { rest.append(element) }
  }

  /// Puts another element in the first one's place.
  mutating func replaceFirst(_ element: consuming Element) { first = element }

  /// The element at a position.
  package subscript(position: Int) -> Element {
    @inline(__always)
    get {
      if position == 0, let first { return first }
      return rest[position - 1]
    }
  }
}

extension OneOrMore: Sendable where Element: Sendable {}
