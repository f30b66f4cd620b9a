import Elements
import Testing

@testable import Arrays

/// An array and its text, as PyTorch 2.15 printed it.
struct PrintingCase: Sendable, CustomTestStringConvertible {
  let sizes: [Int]
  let dtype: DType
  let values: PrintingValues
  var options = PrintOptions.default
  var suffixes: [String] = []
  let text: String

  init(
    _ sizes: [Int], _ dtype: DType, _ values: PrintingValues, options: PrintOptions = .default,
    suffixes: [String] = [], _ text: String
  ) {
    self.sizes = sizes
    self.dtype = dtype
    self.values = values
    self.options = options
    self.suffixes = suffixes
    self.text = text
  }

  var testDescription: String { "\(dtype.name) \(sizes)" }

  /// What the printer writes.
  var printed: String {
    ArrayPrinter(sizes: sizes, dtype: dtype, options: options).text(
      suffixes: suffixes,
      double: { index in dtype.withElement { $0.init(double: values[index]).double } },
      int64: { index in
        guard case .integers(let list) = values else { return Int64(values[index]) }
        return list[index]
      })
  }

  private static func options(
    precision: Int = 4, threshold: Int = 1000, edgeItems: Int = 3, lineWidth: Int = 80,
    scientific: Bool? = nil
  ) -> PrintOptions {
    var options = PrintOptions()
    options.precision = precision
    options.threshold = threshold
    options.edgeItems = edgeItems
    options.lineWidth = lineWidth
    options.scientific = scientific
    return options
  }

  private typealias Case = PrintingCase

  static let all: [PrintingCase] = [
    Case([], .int64, .integers([5]), "tensor(5)"),
    Case([], .float32, .doubles([2]), "tensor(2.)"),
    Case([3], .int64, .integers([1, 2, 3]), "tensor([1, 2, 3])"),
    Case([3], .bool, .integers([1, 0, 1]), "tensor([ True, False,  True])"),
    Case([2], .uint8, .integers([1, 2]), "tensor([1, 2], dtype=torch.uint8)"),
    Case([3], .float32, .doubles([1, -2, 30]), "tensor([ 1., -2., 30.])"),
    Case([2], .float64, .doubles([0.1, 0.2]), "tensor([0.1000, 0.2000], dtype=torch.float64)"),
    Case([2], .bfloat16, .doubles([0.1, 0.2]), "tensor([0.1001, 0.2002], dtype=torch.bfloat16)"),
    Case([2], .float32, .doubles([-0.0, 1.5]), "tensor([-0.0000, 1.5000])"),
    Case(
      [4], .float32, .doubles([.nan, 1, .infinity, -.infinity]), "tensor([nan, 1., inf, -inf])"),
    Case([2], .float32, .doubles([.nan, .nan]), "tensor([nan, nan])"),
    Case([2], .float32, .doubles([1e-05, 1]), "tensor([1.0000e-05, 1.0000e+00])"),
    Case([2], .float32, .doubles([1, 1000]), "tensor([   1., 1000.])"),
    Case([2], .float32, .doubles([0.5, 500]), "tensor([  0.5000, 500.0000])"),
    Case([2], .float32, .doubles([100000000, 200000000]), "tensor([1.0000e+08, 2.0000e+08])"),
    Case([1], .float32, .doubles([123456790]), "tensor([1.2346e+08])"),
    Case([1], .float64, .doubles([0.0001]), "tensor([0.0001], dtype=torch.float64)"),
    Case(
      [2], .float64, .doubles([1e-40, 1]),
      """
      tensor([1.0000e-40, 1.0000e+00], dtype=torch.float64)
      """),
    Case([2], .float32, .doubles([0.99995, 5e-05]), "tensor([9.9995e-01, 5.0000e-05])"),
    Case([3], .float32, .doubles([2.00005, 1.99995, 0.5]), "tensor([2.0001, 2.0000, 0.5000])"),
    Case([], .float32, .doubles([16777216]), "tensor(16777216.)"),
    Case([0], .int64, .integers([]), "tensor([], dtype=torch.int64)"),
    Case([0, 3], .float32, .doubles([]), "tensor([], size=(0, 3))"),
    Case([2, 0, 3], .int64, .integers([]), "tensor([], size=(2, 0, 3), dtype=torch.int64)"),
    Case(
      [2, 2, 2], .float32, .doubles([1, 1, 1, 1, 1, 1, 1, 1]),
      """
      tensor([[[1., 1.],
               [1., 1.]],

              [[1., 1.],
               [1., 1.]]])
      """),
    Case(
      [2, 1, 2, 2], .float32, .doubles([0, 0, 0, 0, 0, 0, 0, 0]),
      """
      tensor([[[[0., 0.],
                [0., 0.]]],


              [[[0., 0.],
                [0., 0.]]]])
      """),
    Case(
      [3, 4], .float32,
      .doubles([
        0, 0.14285715, 0.2857143, 0.42857143, 0.5714286, 0.71428573, 0.85714287, 1,
        1.1428572, 1.2857143, 1.4285715, 1.5714285,
      ]),
      """
      tensor([[0.0000, 0.1429, 0.2857, 0.4286],
              [0.5714, 0.7143, 0.8571, 1.0000],
              [1.1429, 1.2857, 1.4286, 1.5714]])
      """),
    Case(
      [30], .float32, .steps(of: 1),
      """
      tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,
              14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,
              28., 29.])
      """),
    Case(
      [2000], .float32, .steps(of: 0.125),
      """
      tensor([0.0000e+00, 1.2500e-01, 2.5000e-01,  ..., 2.4962e+02, 2.4975e+02,
              2.4988e+02])
      """),
    Case(
      [100, 100], .float32, .steps(of: 1.0),
      """
      tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.7000e+01, 9.8000e+01,
               9.9000e+01],
              [1.0000e+02, 1.0100e+02, 1.0200e+02,  ..., 1.9700e+02, 1.9800e+02,
               1.9900e+02],
              [2.0000e+02, 2.0100e+02, 2.0200e+02,  ..., 2.9700e+02, 2.9800e+02,
               2.9900e+02],
              ...,
              [9.7000e+03, 9.7010e+03, 9.7020e+03,  ..., 9.7970e+03, 9.7980e+03,
               9.7990e+03],
              [9.8000e+03, 9.8010e+03, 9.8020e+03,  ..., 9.8970e+03, 9.8980e+03,
               9.8990e+03],
              [9.9000e+03, 9.9010e+03, 9.9020e+03,  ..., 9.9970e+03, 9.9980e+03,
               9.9990e+03]])
      """),
    Case(
      [600, 2], .float32, .tenths,
      """
      tensor([[0.0000e+00, 1.0000e-01],
              [2.0000e-01, 3.0000e-01],
              [4.0000e-01, 5.0000e-01],
              ...,
              [1.1940e+02, 1.1950e+02],
              [1.1960e+02, 1.1970e+02],
              [1.1980e+02, 1.1990e+02]])
      """),
    Case(
      [5, 300], .bool, .repeated(0),
      """
      tensor([[False, False, False,  ..., False, False, False],
              [False, False, False,  ..., False, False, False],
              [False, False, False,  ..., False, False, False],
              [False, False, False,  ..., False, False, False],
              [False, False, False,  ..., False, False, False]])
      """),
    Case(
      [2, 2], .float32, .doubles([1, 1e-06, 100, 1]),
      """
      tensor([[1.0000e+00, 1.0000e-06],
              [1.0000e+02, 1.0000e+00]])
      """),
    Case(
      [3], .int64, .integers([1, 4611686018427387904, -9223372036854775808]),
      """
      tensor([                   1,  4611686018427387904, -9223372036854775808])
      """),
    Case(
      [2], .float32, .doubles([2, 4]), suffixes: ["grad_fn=<MulBackward0>"],
      """
      tensor([2., 4.], grad_fn=<MulBackward0>)
      """),
    Case(
      [2, 2], .float32, .doubles([3, 3, 7, 7]), suffixes: ["grad_fn=<MmBackward0>"],
      """
      tensor([[3., 3.],
              [7., 7.]], grad_fn=<MmBackward0>)
      """),
    Case(
      [], .float64, .doubles([3]), suffixes: ["grad_fn=<SumBackward0>"],
      """
      tensor(3., dtype=torch.float64, grad_fn=<SumBackward0>)
      """),
    Case(
      [3], .float32, .doubles([5, 1, 1]), suffixes: ["grad_fn=<IndexPutBackward0>"],
      """
      tensor([5., 1., 1.], grad_fn=<IndexPutBackward0>)
      """),
    Case(
      [10], .float32, .doubles([0, 1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5]),
      suffixes: ["grad_fn=<MulBackward0>"],
      """
      tensor([ 0.0000,  1.5000,  3.0000,  4.5000,  6.0000,  7.5000,  9.0000, 10.5000,
              12.0000, 13.5000], grad_fn=<MulBackward0>)
      """),
    Case([2], .float32, .doubles([1, 1]), "tensor([1., 1.])"),
    Case(
      [2, 3], .float32, .doubles([1, 1, 1, 1, 1, 1]),
      """
      tensor([[1., 1., 1.],
              [1., 1., 1.]])
      """),
    Case([3], .float32, .doubles([0.1, 1, 10]), "tensor([ 0.1000,  1.0000, 10.0000])"),
    Case(
      [11], .float32, .doubles([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
      """
      tensor([0.0000, 0.1000, 0.2000, 0.3000, 0.4000, 0.5000, 0.6000, 0.7000, 0.8000,
              0.9000, 1.0000])
      """),
    Case([1, 0], .float32, .doubles([]), "tensor([], size=(1, 0))"),
    Case([2], .float32, .doubles([1e+38, 1e-38]), "tensor([1.0000e+38, 1.0000e-38])"),
    Case([2], .float32, .doubles([100000.5, 200000]), "tensor([100000.5000, 200000.0000])"),
    Case([1400], .int64, .cycle(7), "tensor([0, 1, 2,  ..., 4, 5, 6])"),
    Case([1], .float32, .doubles([0.1]), options: options(precision: 8), "tensor([0.10000000])"),
    Case(
      [4, 5], .float32, .steps(of: 1), options: options(threshold: 5, edgeItems: 1),
      """
      tensor([[ 0.,  ...,  4.],
              ...,
              [15.,  ..., 19.]])
      """),
    Case(
      [20], .int64, .steps(of: 1), options: options(lineWidth: 30),
      """
      tensor([ 0,  1,  2,  3,  4,
               5,  6,  7,  8,  9,
              10, 11, 12, 13, 14,
              15, 16, 17, 18, 19])
      """),
    Case(
      [2], .float32, .doubles([1e-06, 1000000]), options: options(scientific: false),
      """
      tensor([      0.0000, 1000000.0000])
      """),
    Case([1], .float32, .doubles([1.23456]), options: .short, "tensor([1.23])"),
    Case([2], .float32, .doubles([1.5, 2.5]), options: options(precision: 0), "tensor([2, 2])"),
    Case([], .float32, .doubles([3.5]), "tensor(3.5000)"),
    Case([], .bool, .integers([1]), "tensor(True)"),
    Case([3], .int64, .integers([1, -20, 300]), "tensor([  1, -20, 300])"),
    Case([3], .float32, .doubles([1.5, 2.25, -3.125]), "tensor([ 1.5000,  2.2500, -3.1250])"),
    Case([2], .float32, .doubles([0, -0.0]), "tensor([0., -0.])"),
    Case(
      [4], .float32, .doubles([.nan, 1.5, .infinity, -.infinity]),
      """
      tensor([   nan, 1.5000,    inf,   -inf])
      """),
    Case([2], .float32, .doubles([1, 1001]), "tensor([1.0000e+00, 1.0010e+03])"),
    Case([1], .float32, .doubles([100000000]), "tensor([100000000.])"),
    Case([1], .float32, .doubles([0.0001]), "tensor([1.0000e-04])"),
    Case(
      [4], .float32, .doubles([0, 10000000000, .nan, -1e-10]),
      """
      tensor([ 0.0000e+00,  1.0000e+10,         nan, -1.0000e-10])
      """),
    Case([0], .float32, .doubles([]), "tensor([])"),
    Case([1001], .int64, .steps(of: 1.0), "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
    Case(
      [2, 600], .int64, .steps(of: 1.0),
      """
      tensor([[   0,    1,    2,  ...,  597,  598,  599],
              [ 600,  601,  602,  ..., 1197, 1198, 1199]])
      """),
    Case(
      [11], .float64, .doubles([0, 1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5, 15]),
      suffixes: ["grad_fn=<MulBackward0>"],
      """
      tensor([ 0.0000,  1.5000,  3.0000,  4.5000,  6.0000,  7.5000,  9.0000, 10.5000,
              12.0000, 13.5000, 15.0000], dtype=torch.float64,
             grad_fn=<MulBackward0>)
      """),
    Case([0], .float64, .doubles([]), "tensor([], dtype=torch.float64)"),
    Case([0, 3], .bool, .integers([]), "tensor([], size=(0, 3), dtype=torch.bool)"),
    Case([2], .int8, .integers([1, 2]), "tensor([1, 2], dtype=torch.int8)"),
    Case([2], .int16, .integers([-3, 200]), "tensor([ -3, 200], dtype=torch.int16)"),
    Case([2, 1], .int32, .integers([1, -2]), "tensor([[ 1],\n        [-2]], dtype=torch.int32)"),
    Case([1], .float16, .doubles([1.5]), "tensor([1.5000], dtype=torch.float16)"),
    Case([], .float32, .doubles([.nan]), "tensor(nan)"),
    Case([], .float64, .doubles([-.infinity]), "tensor(-inf, dtype=torch.float64)"),
    Case(
      [2], .float64, .doubles([1e+300, 1]),
      """
      tensor([1.0000e+300,  1.0000e+00], dtype=torch.float64)
      """),
    Case([1, 1, 1, 1], .float32, .doubles([1]), "tensor([[[[1.]]]])"),
    Case([2, 1], .bool, .integers([1, 0]), "tensor([[ True],\n        [False]])"),
    Case(
      [2, 3], .float32, .doubles([0, 0.33333334, 0.6666667, 1, 1.3333334, 1.6666666]),
      options: .short,
      """
      tensor([[0.00, 0.33, 0.67],
              [1.00, 1.33, 1.67]])
      """),
    Case(
      [6], .int64, .integers([0, 1, 2, 3, 4, 5]), options: options(threshold: 0, edgeItems: 0),
      """
      tensor([...], size=(6,))
      """),
    Case(
      [3, 4], .int64, .steps(of: 1), options: options(threshold: 0, edgeItems: 0),
      """
      tensor([...], size=(3, 4))
      """),
    Case(
      [2], .float32, .doubles([0.5, 2]), options: options(edgeItems: 0),
      """
      tensor([0.5000, 2.0000], size=(2,))
      """),
    Case(
      [], .float32, .doubles([2.75]), options: options(threshold: 0, edgeItems: 0),
      """
      tensor(2.7500, size=())
      """),
    Case(
      [2], .float32, .doubles([1, 2]), options: options(scientific: true),
      """
      tensor([1.0000e+00, 2.0000e+00])
      """),
    Case(
      [3, 3, 3], .int64, .steps(of: 1), options: options(threshold: 5, edgeItems: 1),
      """
      tensor([[[ 0,  ...,  2],
               ...,
               [ 6,  ...,  8]],

              ...,

              [[18,  ..., 20],
               ...,
               [24,  ..., 26]]])
      """),
    Case(
      [3, 2], .float32, .doubles([1, 1, 1, 1, 1, 1]), options: options(lineWidth: 20),
      suffixes: ["requires_grad=True"],
      """
      tensor([[1., 1.],
              [1., 1.],
              [1., 1.]],
             requires_grad=True)
      """),
    Case(
      [4], .float32, .doubles([0, 1, 2, 3]), options: options(lineWidth: 0),
      """
      tensor([0.,
              1.,
              2.,
              3.])
      """),
    Case(
      [1], .float32, .doubles([0.12345679]), options: options(precision: 12),
      """
      tensor([0.123456791043])
      """),
  ]
}

/// The elements of a case, by row-major index.
enum PrintingValues: Sendable {
  case doubles([Double])
  case integers([Int64])
  case repeated(Double)
  /// 0, 1, ..., n - 1, 0, 1, ...
  case cycle(Int)
  /// Multiples.
  case steps(of: Double)
  /// 0, 0.1, 0.2, ...
  case tenths

  subscript(index: Int) -> Double {
    switch self {
    case .doubles(let list): list[index]
    case .integers(let list): Double(list[index])
    case .repeated(let value): value
    case .cycle(let length): Double(index % length)
    case .steps(let step): Double(index) * step
    case .tenths: Double(index) / 10
    }
  }
}
