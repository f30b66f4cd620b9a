import Elements
import Glibc
import Testing

@testable import Arrays

@Suite("Printing")
struct PrintingTests {
  @Test("PyTorch's text", arguments: PrintingCase.all)
  func text(_ example: PrintingCase) {
    #expect(example.printed == example.text)
  }

  @Test("A summary reads only what it shows")
  func summaryReadsKeptElements() {
    var read: [Int] = []
    let printer = ArrayPrinter(sizes: [1000, 1000], dtype: .float32)
    _ = printer.text(
      double: { index in
        read.append(index)
        return 1
      }, int64: { _ in 0 })
    let edge = [0, 1, 2, 997, 998, 999]
    #expect(read == edge.flatMap { row in edge.map { row * 1000 + $0 } })
  }

  @Test("The profile full shows everything")
  func fullProfile() {
    let printer = ArrayPrinter(sizes: [1100], dtype: .int64, options: .full)
    let text = printer.text(double: { _ in 0 }, int64: { Int64($0) })
    #expect(!text.contains("..."))
    #expect(text.split(separator: ",").count == 1100)
  }

  @Test("The default dtype goes without saying")
  func defaultDType() {
    let double = ArrayPrinter(sizes: [1], dtype: .float64, defaultDType: .float64)
    #expect(double.text(double: { _ in 1 }, int64: { _ in 1 }) == "tensor([1.])")
    let float = ArrayPrinter(sizes: [1], dtype: .float32, defaultDType: .float64)
    let text = float.text(double: { _ in 1 }, int64: { _ in 1 })
    #expect(text == "tensor([1.], dtype=torch.float32)")
  }

  @Test("Suffixes go to new lines by their columns, not their bytes")
  func suffixes() {
    var options = PrintOptions()
    options.lineWidth = 28
    let printer = ArrayPrinter(sizes: [], dtype: .float32, options: options)
    let plain = printer.text(suffixes: ["grad_fn=<Mux>"], double: { _ in 1 }, int64: { _ in 1 })
    let greek = printer.text(suffixes: ["grad_fn=<Μυξ>"], double: { _ in 1 }, int64: { _ in 1 })
    #expect(plain == "tensor(1., grad_fn=<Mux>)")
    #expect(greek == "tensor(1., grad_fn=<Μυξ>)")
  }

  @Test("Senseless options are harmless", arguments: [Int.min, -1, 0, Int.max])
  func extremeOptions(_ value: Int) {
    var options = PrintOptions()
    options.precision = value
    options.threshold = value
    options.edgeItems = value
    options.lineWidth = value
    for sizes in [[], [3], [2, 2], [0], [1, 0, Int.max, Int.max]] {
      let printer = ArrayPrinter(sizes: sizes, dtype: .float32, options: options)
      #expect(printer.text(double: { _ in 1.5 }, int64: { _ in 1 }).hasPrefix("tensor("))
    }
  }

  @Test("Any number of dimensions")
  func manyDimensions() {
    let printer = ArrayPrinter(sizes: Array(repeating: 1, count: 100_000), dtype: .float32)
    #expect(printer.text(double: { _ in 1 }, int64: { _ in 1 }).utf8.count == 200_000 + 10)
  }

  @Test("The program's locale has no influence")
  func locale() {
    // Not every machine has one of these; where none is, the text is the same anyway.
    let names = ["de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"]
    let comma = names.lazy.compactMap { newlocale(1 << LC_NUMERIC, $0, nil) }.first
    let previous = uselocale(comma)
    defer { _ = uselocale(previous) }
    let chosen = uselocale(nil)
    let printer = ArrayPrinter(sizes: [2], dtype: .float32)
    let text = printer.text(double: { Double($0) + 0.5 }, int64: { _ in 0 })
    #expect(text == "tensor([0.5000, 1.5000])")
    #expect(uselocale(nil) == chosen)
  }

  @Test("The bare number, as Python writes it")
  func scalars() {
    let cases: [(Double, String)] = [
      (3.5, "3.5"), (5, "5.0"), (-0.0, "-0.0"), (0, "0.0"), (.nan, "nan"), (.infinity, "inf"),
      (-.infinity, "-inf"), (Double(Float(0.1)), "0.10000000149011612"), (1e16, "1e+16"),
      (9_999_999_999_999_998, "9999999999999998.0"), (9_007_199_254_740_994, "9007199254740994.0"),
      (1e15, "1000000000000000.0"), (1e-5, "1e-05"), (1e-4, "0.0001"), (1.5e-5, "1.5e-05"),
      (123456.789, "123456.789"), (-1.25e300, "-1.25e+300"), (.leastNonzeroMagnitude, "5e-324"),
      (1e22, "1e+22"),
      (1.7976931348623157e308, "1.7976931348623157e+308"), (100, "100.0"), (0.1, "0.1"),
    ]
    for (value, text) in cases { #expect(ArrayPrinter.scalar(value) == text) }
    #expect(ArrayPrinter.scalar(Int64.min) == "-9223372036854775808")
    #expect(ArrayPrinter.scalar(true) == "True")
    #expect(ArrayPrinter.scalar(false) == "False")

    func text(_ dtype: DType) -> String {
      ArrayPrinter(sizes: [], dtype: dtype).scalarText(double: { _ in 2.5 }, int64: { _ in 1 })
    }
    #expect([text(.float16), text(.uint8), text(.bool)] == ["2.5", "1", "True"])
  }
}
