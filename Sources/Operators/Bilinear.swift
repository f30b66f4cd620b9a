import Arrays
import Autograd
import Elements

extension Ops {
  package static let bilinear = Operator<Void>(
    "bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
    """
    A bilinear form for each feature: x1^T weight[k] x2 + bias[k].

    input1 is [..., I], input2 [..., J], weight [K, I, J], bias [K]; the result is [..., K].
    Errors: sizes that don't match. Derivative: that of its parts.
    """,
    gradName: "AddBackward0",
    forward: .composedMany { t, _ in
      guard let x = t[0], let y = t[1], let weight = t[2] else {
        preconditionFailure("bilinear without its tensors")
      }
      let bias = t[3]
      try x.checkBilinear(y, weight, bias)
      let lead = Dims(x.shape.dropLast())
      let (count, sizes) = (lead.reduce(1, &*), weight.shape)
      let left = try x.reshape([count, sizes[1]])
      let right = try y.reshape([count, sizes[2], 1])
      let matrix = try weight.permute([1, 0, 2]).reshape([sizes[1], sizes[0] * sizes[2]])
      let forms = try left.mm(matrix).reshape([count, sizes[0], sizes[2]]).bmm(right)
      let result = try forms.view(Dims(Array(lead) + [sizes[0]]))
      return [try bias.map { try result + $0 } ?? result]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 2]), SampleInput([4, 3, 2]), SampleInput([4])),
      Sample(SampleInput([3]), SampleInput([2]), SampleInput([1, 3, 2])),
      Sample(
        SampleInput([2, 2, 3], transposed: true), SampleInput([2, 2, 1]), SampleInput([2, 3, 1])),
    ])
}

extension Tensor {
  fileprivate func checkBilinear(_ y: Tensor, _ weight: Tensor, _ bias: Tensor?) throws {
    if rank == 0 || y.rank == 0 {
      throw TensorError.runtime("bilinear(): inputs must have at least one dimension")
    }
    if rank != y.rank {
      throw TensorError.runtime(
        "bilinear(): input dimensions do not match: got \(rank) and \(y.rank)")
    }
    for i in 0..<rank - 1 where shape[i] != y.shape[i] {
      throw TensorError.runtime(
        "bilinear(): input batch dimensions do not match at dim \(i): got \(shape[i]) and "
          + "\(y.shape[i])")
    }
    let given = [shape[rank - 1], y.shape[y.rank - 1]]
    for (i, name) in ["input1", "input2"].enumerated() {
      let expected = weight.rank > i + 1 ? weight.shape[i + 1] : 0
      if weight.rank > i + 1 && given[i] == expected { continue }
      throw TensorError.runtime(
        "bilinear(): \(name) size does not match weight size: got \(given[i]) but expected "
          + "\(expected)")
    }
    if weight.rank != 3 {
      throw TensorError.runtime("bilinear(): weight must be 3D, got \(weight.rank)D")
    }
    if let bias, bias.rank == 0 || bias.shape[0] != weight.shape[0] {
      throw TensorError.runtime(
        "bilinear(): bias size does not match weight size: got \(bias.shape.first ?? 0) but "
          + "expected \(weight.shape[0])")
    }
  }
}
