import Elements

/// Writes an array as PyTorch does: `tensor([1., 2.], grad_fn=<MulBackward0>)`.
///
/// It knows sizes and a dtype, and asks for elements by their row-major index, so it serves any
/// layout. When the array is summarised it asks only for the elements that are shown: printing
/// costs as much as the text is long.
package struct ArrayPrinter {
  let sizes: [Int]
  let dtype: DType
  let defaultDType: DType
  let options: PrintOptions
  let layout: PrintingLayout

  /// `sizes` are a real array's, so their product fits an `Int`. `defaultDType` is the dtype that
  /// goes without saying.
  package init(
    sizes: [Int], dtype: DType, options: PrintOptions = .default, defaultDType: DType = .float32
  ) {
    self.sizes = sizes
    self.dtype = dtype
    self.defaultDType = defaultDType
    self.options = options
    layout = PrintingLayout(sizes: sizes, options: options)
  }

  /// The text of the array, with `suffixes` such as `requires_grad=True` after those that follow
  /// from sizes and dtype.
  ///
  /// `double` is called for floating-point and complex dtypes and `int64` for all others, with
  /// row-major indices, and `imaginary` for complex ones.
  package func text(
    suffixes: [String] = [], double: (Int) -> Double, int64: (Int) -> Int64,
    imaginary: (Int) -> Double = { _ in 0 }
  ) -> String {
    var page = PrintingPage(prefix: "tensor(")
    if layout.count == 0 {
      page.append("[]")
    } else {
      write(elements(double: double, int64: int64, imaginary: imaginary), to: &page)
    }
    page.append(suffixes: impliedSuffixes + suffixes, lineWidth: options.lineWidth)
    page.append(")")
    return page.text
  }

  private func elements(
    double: (Int) -> Double, int64: (Int) -> Int64, imaginary: (Int) -> Double
  ) -> PrintingElements {
    if dtype.isComplex {
      var (reals, imaginaries): ([Double], [Double]) = ([], [])
      layout.forEachKept {
        reals.append(double($0))
        imaginaries.append(imaginary($0))
      }
      return PrintingElements(reals, imaginaries, options: options)
    }
    if dtype.isFloatingPoint {
      var values: [Double] = []
      layout.forEachKept { values.append(double($0)) }
      return PrintingElements(values, options: options)
    }
    var values: [Int64] = []
    layout.forEachKept { values.append(int64($0)) }
    return PrintingElements(values, isBool: dtype == .bool)
  }

  /// Sizes and dtype, where the elements don't tell them: `tensor([], dtype=torch.int64)`.
  private var impliedSuffixes: [String] {
    var result: [String] = []
    let isEmpty = layout.count == 0
    if isEmpty ? sizes.count != 1 : options.edgeItems <= 0 {
      let comma = sizes.count == 1 ? "," : ""
      result.append("size=(" + sizes.map(String.init).joined(separator: ", ") + comma + ")")
    }
    let isObvious =
      dtype == defaultDType || dtype == defaultDType.complex
      || (!isEmpty && (dtype == .int64 || dtype == .bool))
    if !isObvious { result.append("dtype=torch.\(dtype.name)") }
    return result
  }

  private func write(_ elements: PrintingElements, to page: inout PrintingPage) {
    let rank = sizes.count
    guard rank > 0 else { return page.append(elements, 0) }
    // Rows are visited in the order in which their elements were collected.
    var next = 0
    let room = max(options.lineWidth, 0) - page.indent - (rank - 1)
    let perLine = max(1, room / (elements.width + 2))
    layout.walk { step in
      switch step {
      case .open: page.append("[")
      case .close: page.append("]")
      case .ellipsis: page.append("...")
      case .separator(let depth):
        page.append(",")
        page.newLines(rank - depth - 1, spaces: page.indent + depth + 1)
      case .row:
        writeRow(elements, next: &next, perLine: perLine, to: &page)
      }
    }
  }

  /// The inside of the brackets of one row. The token for what a summary leaves out has a leading
  /// space, and takes part in filling lines like an element.
  private func writeRow(
    _ elements: PrintingElements, next: inout Int, perLine: Int, to page: inout PrintingPage
  ) {
    let last = sizes.count - 1
    let ellipsis = layout.ellipsis(last)
    for slot in 0..<layout.slots(last) {
      if slot > 0 {
        page.append(",")
        if slot % perLine == 0 {
          page.newLines(1, spaces: page.indent + last + 1)
        } else {
          page.append(" ")
        }
      }
      if slot == ellipsis {
        page.append(slot == 0 ? "..." : " ...")
      } else {
        page.append(elements, next)
        next += 1
      }
    }
  }
}
