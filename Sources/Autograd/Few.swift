/// A list that is short nearly always: two elements in place, the others in an array.
///
/// Edges, gradients and saved values of a node are such lists, and most nodes have one or two.
package struct Few<Element> {
  @usableFromInline var first: Element?
  @usableFromInline var second: Element?
  @usableFromInline var rest: [Element] = []
  /// The number of elements.
  package private(set) var count = 0

  /// An empty list.
  package init() {}

  /// One element.
  package init(_ element: Element) {
    first = element
    count = 1
  }

  /// Two elements.
  package init(_ a: Element, _ b: Element) {
    first = a
    second = b
    count = 2
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
  public mutating func append(_ element: Element) {
    switch count {
    case 0: first = element
    case 1: second = element
    default: rest.append(element)
    }
    count += 1
  }

  /// Empties the list.
  public mutating func removeAll() { self = Few() }
}

extension Few: RandomAccessCollection, MutableCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  public subscript(position: Int) -> Element {
    get {
      let element = position == 0 ? first : position == 1 ? second : rest[position - 2]
      guard let element else { preconditionFailure("Few: position \(position) of \(count)") }
      return element
    }
    _modify {
      precondition(position < count)
      switch position {
      case 0: yield &first!
      case 1: yield &second!
      default: yield &rest[position - 2]
      }
    }
  }
}

extension Few: Sendable where Element: Sendable {}
