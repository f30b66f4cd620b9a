import Arrays
import Autograd
import Elements

// Convolutions in one, two and three dimensions, and transposed ones.

extension Ops {
  package static let convolutions: [any AnyOperator] = [
    conv1d, conv1dPadding, conv2d, conv2dPadding, conv3d, conv3dPadding, convTranspose1d,
    convTranspose2d, convTranspose3d, convolution, im2col, col2im,
  ]

  package static let conv1d = plainConvolution(1)
  package static let conv2d = plainConvolution(2)
  package static let conv3d = plainConvolution(3)
  package static let conv1dPadding = paddedConvolution(1)
  package static let conv2dPadding = paddedConvolution(2)
  package static let conv3dPadding = paddedConvolution(3)
  package static let convTranspose1d = transposedConvolution(1)
  package static let convTranspose2d = transposedConvolution(2)
  package static let convTranspose3d = transposedConvolution(3)

  package typealias ConvolutionAttributes = (
    stride: Dims, padding: Dims, dilation: Dims, groups: Int
  )

  private static func plainConvolution(_ rank: Int) -> Operator<ConvolutionAttributes> {
    let list = "int[\(rank)]"
    return Operator(
      """
      conv\(rank)d(Tensor input, Tensor weight, Tensor? bias=None, \(list) stride=1, \
      \(list) padding=0, \(list) dilation=1, int groups=1) -> Tensor
      """,
      """
      Convolution over \(rank) dimension\(rank == 1 ? "" : "s"): a weighted sum of the elements under \
      a window that slides over the input.

      input is (n, channels, \(sizes(rank))), or without n; weight (filters, channels / groups, \
      \(windowSizes(rank))); bias (filters). The window moves by stride, its elements are dilation \
      apart, and padding zeros are thought of on both sides; each is one number or one for each \
      dimension. With groups, channels and filters are divided, and each part meets its own only. \
      All must have one dtype.
      Errors: sizes that do not fit each other, a window that is larger than the input, numbers out \
      of range, and bool.
      Derivative: the transposed convolution of g with weight for input; the convolution of input \
      with g for weight; g summed for bias. All are convolutions, to any order.
      """,
      gradName: "ConvolutionBackward0",
      forward: .composedThree { x, w, bias, a in
        try ConvolutionCall(
          name: "conv\(rank)d", x, w, bias, stride: a.stride, padding: a.padding,
          dilation: a.dilation, groups: a.groups
        ).batched(rank: rank)
      },
      derivative: .composed, samples: convolutionSamples(rank))
  }

  private static func paddedConvolution(
    _ rank: Int
  ) -> Operator<(stride: Dims, padding: String, dilation: Dims, groups: Int)> {
    let list = "int[\(rank)]"
    return Operator(
      """
      conv\(rank)d.padding(Tensor input, Tensor weight, Tensor? bias=None, \(list) stride=1, \
      str padding, \(list) dilation=1, int groups=1) -> Tensor
      """,
      """
      As `conv\(rank)d`, with the padding in words: "valid" is none, "same" so much that the result \
      has the input's sizes.

      Where that is an odd number, there is one more at the end. "same" needs a stride of one.
      """,
      gradName: "ConvolutionBackward0",
      forward: .composedThree { x, w, bias, a in
        let call = ConvolutionCall(
          name: "conv\(rank)d", x, w, bias, stride: a.stride, padding: [0], dilation: a.dilation,
          groups: a.groups)
        switch a.padding {
        case "valid": return try call.batched(rank: rank)
        case "same": return try call.batched(rank: rank, isSame: true)
        default: throw TensorError.runtime("Invalid padding string: '\(a.padding)'")
        }
      },
      derivative: .composed,
      samples: [
        Sample(
          SampleInput(Dims([2, 2] + Array(repeating: 3, count: rank))),
          SampleInput(Dims([2, 2] + Array(repeating: 2, count: rank))), SampleInput([2]),
          attributes: ([1], "same", [1], 1))
      ])
  }

  private static func transposedConvolution(
    _ rank: Int
  ) -> Operator<
    (stride: Dims, padding: Dims, outputPadding: Dims, groups: Int, dilation: Dims)
  > {
    let list = "int[\(rank)]"
    return Operator(
      """
      conv_transpose\(rank)d(Tensor input, Tensor weight, Tensor? bias=None, \(list) stride=1, \
      \(list) padding=0, \(list) output_padding=0, int groups=1, \(list) dilation=1) -> Tensor
      """,
      """
      Transposed convolution over \(rank) dimension\(rank == 1 ? "" : "s"): each element of the input \
      is spread over a window of the result, as the gradient of `conv\(rank)d` is.

      input is (n, channels, \(sizes(rank))), or without n; weight (channels, filters / groups, \
      \(windowSizes(rank))); bias (filters). A side of the result has (size - 1) * stride - 2 * \
      padding + dilation * (window - 1) + output_padding + 1 elements.
      Errors: sizes that do not fit each other, an output_padding that is as large as stride and \
      dilation, and bool.
      Derivative: the convolution of g with weight for input; that of g with input for weight; g \
      summed for bias.
      """,
      gradName: "ConvolutionBackward0",
      forward: .composedThree { x, w, bias, a in
        var call = ConvolutionCall(
          name: "conv_transpose\(rank)d", x, w, bias, stride: a.stride, padding: a.padding,
          dilation: a.dilation, groups: a.groups)
        call.isTransposed = true
        call.outputPadding = a.outputPadding
        return try call.batched(rank: rank)
      },
      derivative: .composed,
      samples: [
        Sample(
          SampleInput(Dims([2, 2] + Array(repeating: 2, count: rank))),
          SampleInput(Dims([2, 2] + Array(repeating: 2, count: rank))), SampleInput([2]),
          attributes: ([2], [1], [1], 1, [1])),
        Sample(
          SampleInput(Dims([2] + Array(repeating: 2, count: rank)), transposed: true),
          SampleInput(Dims([2, 1] + Array(repeating: 2, count: rank))), SampleInput([2]),
          attributes: ([1], [0], [0], 2, [2])),
      ])
  }

  package static let convolution = Operator<
    (
      stride: Dims, padding: Dims, dilation: Dims, transposed: Bool, outputPadding: Dims,
      groups: Int
    )
  >(
    """
    convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, \
    int[] dilation, bool transposed, int[] output_padding, int groups) -> Tensor
    """,
    """
    Convolution over as many dimensions as weight has behind the channels, one to three, or a
    transposed one.

    See `conv2d` and `conv_transpose2d`; the input always has the dimension of images.
    """,
    forward: .composedThree { x, w, bias, a in
      var call = ConvolutionCall(
        name: "convolution", x, w, bias, stride: a.stride, padding: a.padding,
        dilation: a.dilation, groups: a.groups)
      call.isTransposed = a.transposed
      call.outputPadding = a.outputPadding
      return try call.result()
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([1, 2, 3]), SampleInput([2, 2, 2]), SampleInput([2]),
        attributes: ([1], [1], [1], false, [0], 1)),
      Sample(
        SampleInput([1, 2, 2, 2]), SampleInput([2, 1, 2, 1]),
        attributes: ([2, 1], [0, 0], [1, 1], true, [0, 0], 2)),
    ])

  private static func sizes(_ rank: Int) -> String {
    ["depth", "height", "width"].suffix(rank).joined(separator: ", ")
  }

  private static func windowSizes(_ rank: Int) -> String {
    rank == 1 ? "size" : Array(repeating: "size", count: rank).joined(separator: ", ")
  }

  private static func convolutionSamples(_ rank: Int) -> [Sample<ConvolutionAttributes>] {
    func filled(_ first: [Int], _ size: Int) -> Dims {
      Dims(first + Array(repeating: size, count: rank))
    }
    return [
      Sample(
        SampleInput(filled([2, 2], 3)), SampleInput(filled([2, 2], 2)), SampleInput([2]),
        attributes: ([1], [0], [1], 1)),
      Sample(
        SampleInput(filled([2], 3), transposed: true), SampleInput(filled([2, 1], 2)),
        attributes: ([2], [1], [1], 2)),
      Sample(
        SampleInput(filled([1, 1], 3)), SampleInput(filled([1, 1], 2), transposed: true),
        SampleInput([1]), attributes: ([1], [1], [2], 1)),
      Sample(
        SampleInput(filled([0, 1], 2)), SampleInput(filled([1, 1], 2)),
        attributes: ([1], [0], [1], 1)),
    ]
  }
}
