/// Which elements of an array are shown, and in which nesting.
///
/// The walk keeps its own stack, so an array may have any number of dimensions.
struct PrintingLayout {
  /// One step of the walk over the brackets of a nested list.
  enum Step {
    case open
    case close
    /// Between two blocks of the list at this depth, 0 being the outermost.
    case separator(depth: Int)
    /// The blocks that a summary leaves out.
    case ellipsis
    /// The inside of an innermost list, whose first element has this row-major index.
    case row(offset: Int)
  }

  let sizes: [Int]
  /// The number of elements.
  let count: Int
  private let strides: [Int]
  private let edge: Int
  private let isSummarised: Bool

  init(sizes: [Int], options: PrintOptions) {
    self.sizes = sizes
    var strides = [Int](repeating: 1, count: sizes.count)
    // An empty array may have sizes whose product does not fit: (2^40, 2^40, 0).
    var count = sizes.contains(0) ? 0 : 1
    for dimension in sizes.indices.reversed() {
      strides[dimension] = count
      count = count &* sizes[dimension]
    }
    self.count = count
    self.strides = strides
    // No dimension is longer than twice this, and twice this fits.
    edge = min(max(options.edgeItems, 0), Int.max / 4)
    isSummarised = count > options.threshold
  }

  /// The place of the `...` in this dimension, or nil when all of it is shown.
  func ellipsis(_ dimension: Int) -> Int? {
    isSummarised && sizes[dimension] > 2 * edge ? edge : nil
  }

  /// What is shown of this dimension, a `...` included.
  func slots(_ dimension: Int) -> Int {
    ellipsis(dimension) == nil ? sizes[dimension] : 2 * edge + 1
  }

  /// The index in this dimension of what stands at `slot`, which is not the `...`.
  private func index(_ dimension: Int, _ slot: Int) -> Int {
    guard let ellipsis = ellipsis(dimension), slot > ellipsis else { return slot }
    return sizes[dimension] - slots(dimension) + slot
  }

  /// Calls `visit` with the row-major index of every element that is shown, in order.
  func forEachKept(_ visit: (Int) -> Void) {
    guard let last = sizes.indices.last else { return visit(0) }
    let ellipsis = ellipsis(last)
    let slots = slots(last)
    walk { step in
      guard case .row(let offset) = step else { return }
      for slot in 0..<slots where slot != ellipsis {
        visit(offset + index(last, slot))
      }
    }
  }

  /// Visits the nested list of an array of one or more dimensions.
  func walk(_ visit: (Step) -> Void) {
    let last = sizes.count - 1
    guard last >= 0 else { return }
    var slot = [Int](repeating: 0, count: sizes.count)
    var offset = slot
    var depth = 0
    visit(.open)
    while depth >= 0 {
      if depth < last, slot[depth] < slots(depth) {
        let current = slot[depth]
        slot[depth] += 1
        if current > 0 { visit(.separator(depth: depth)) }
        if current == ellipsis(depth) {
          visit(.ellipsis)
        } else {
          offset[depth + 1] = offset[depth] + index(depth, current) * strides[depth]
          depth += 1
          slot[depth] = 0
          visit(.open)
        }
      } else {
        if depth == last { visit(.row(offset: offset[depth])) }
        visit(.close)
        depth -= 1
      }
    }
  }
}
