import Apus
import Testing

@testable import Autograd
@testable import Operators

/// Each case changes something that was saved; the texts are PyTorch's.
@Suite("Saved tensors that were changed")
struct VersionTests {
  let w: Tensor

  init() throws { w = try leaf([1, 1]) }

  private func message(_ body: () throws -> Tensor) -> String {
    words { try body().sum().backward() }
  }

  @Test("A leaf, or a plain tensor, has no producer")
  func leaves() throws {
    let x = try leaf([1, 2])
    let z = try x * x
    _ = try noGrad { try x.mul_(2) }
    #expect(message { z } == Words.changed("torch.FloatTensor [2]"))
    let plain = try tensor([1, 2])
    let product = try w * plain
    try plain.mul_(3)
    #expect(message { product } == Words.changed("torch.FloatTensor [2]"))
    #expect(
      message {
        let y = try w * 2
        let detached = y.detach()
        let z = try w * detached
        try y.mul_(3)
        return z
      } == Words.changed("torch.FloatTensor [2]"))
  }

  @Test("A result names the node that saved it")
  func results() throws {
    #expect(
      message {
        let y = try (w * 2).exp()
        try y.mul_(3)
        return y
      } == Words.changed("torch.FloatTensor [2]", by: "0 of Exp"))
    #expect(
      message {
        let y = try (w * 2).exp()
        try y.slice(end: 1).mul_(3)
        return y
      } == Words.changed("torch.FloatTensor [2]", by: "0 of Exp"))
    #expect(
      message {
        let y = try w * 2
        try y.exp_()
        try y.add_(1)
        return y
      } == Words.changed("torch.FloatTensor [2]", by: "0 of Exp", at: 2, expected: 1))
    #expect(
      message {
        let y = try w * 2
        let view = try y.slice(end: 1)
        try view.exp_()
        try view.add_(1)
        return y
      } == Words.changed("torch.FloatTensor [1]", by: "0 of Exp", at: 2, expected: 1))
  }

  @Test("An argument names the change")
  func arguments() throws {
    let changes: [(String, (Tensor) throws -> Tensor)] = [
      ("Zero", { try $0.zero_() }), ("Mul", { try $0.mul_(3) }),
      ("Mul", { y in try noGrad { try y.mul_(3) } }),
    ]
    for (name, change) in changes {
      let y = try w * 2
      let z = try y * y
      _ = try change(y)
      #expect(message { z } == Words.changed("torch.FloatTensor [2]", by: "0 of \(name)"))
    }
  }

  @Test("A plain tensor that was written to with a gradient names the change")
  func plainWritten() throws {
    #expect(
      message {
        let plain = try tensor([1, 1])
        let z = try w * plain
        try plain.mul_(w)
        return z
      } == Words.changed("torch.FloatTensor [2]", by: "0 of Mul"))
    #expect(
      message {
        let plain = try tensor([1, 1])
        let z = try w * plain
        try plain.select(dim: 0, index: 0).mul_(w.select(dim: 0, index: 0))
        return z
      } == Words.changed("torch.FloatTensor [2]", by: "0 of torch::autograd::CopySlices"))
  }

  @Test("A base names CopySlices when a view was changed, and a view AsStrided in any case")
  func views() throws {
    #expect(
      message {
        let y = try w * 2
        let z = try y * y
        try y.select(dim: 0, index: 0).mul_(3)
        return z
      } == Words.changed("torch.FloatTensor [2]", by: "0 of torch::autograd::CopySlices"))
    let view = Words.changed("torch.FloatTensor [1]", by: "0 of AsStrided")
    let changes: [(_ base: Tensor, _ view: Tensor) throws -> Void] = [
      { base, _ in try base.mul_(3) },
      { base, _ in try base.slice(end: 1).mul_(3) },
      { _, view in try view.mul_(3) },
      { base, _ in _ = try noGrad { try base.mul_(3) } },
    ]
    for change in changes {
      #expect(
        message {
          let y = try w * 2
          let v = try y.slice(end: 1)
          let z = try v * v
          try change(y, v)
          return z
        } == view)
    }
  }

  @Test("An operand of its own change")
  func ownOperand() throws {
    #expect(
      message {
        let y = try w * 2
        return try y.mul_(y)
      } == Words.changed("torch.FloatTensor [2]", by: "0 of Mul"))
  }

  @Test("Dtypes, sizes and versions")
  func details() throws {
    let dtypes: [(DType, String)] = [
      (.float64, "torch.DoubleTensor [1, 2]"), (.bfloat16, "CPUBFloat16Type [1, 2]"),
      (.float16, "torch.HalfTensor [1, 2]"),
    ]
    for (dtype, name) in dtypes {
      let y = try leaf([1, 2], [1, 2], dtype) * 2
      let z = try y * y
      try y.add_(1)
      try y.add_(1)
      #expect(message { z } == Words.changed(name, by: "0 of Add", at: 2))
    }
  }

  @Test("A change of what was not saved does no harm")
  func harmless() throws {
    let y = try w * 2
    let z = try y.exp()
    try y.add_(1)
    try z.sum().backward()
    #expect(w.grad?.numbers.map { ($0 * 1000).rounded() } == [14778, 14778])
  }

  @Test("Every change counts, through views and detached tensors too")
  func counts() throws {
    let x = try tensor([1, 2, 3])
    var versions = [x.version]
    try x.add_(1)
    versions.append(x.version)
    try x.slice(end: 1).mul_(2)
    versions.append(x.version)
    try x.detach().add_(1)
    versions.append(x.version)
    _ = try noGrad { try x.zero_() }
    versions.append(x.version)
    _ = try x + 1
    versions.append(x.version)
    #expect(versions == [0, 1, 2, 3, 4, 4])
  }
}
