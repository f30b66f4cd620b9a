import Apus
import Testing

@testable import Autograd
@testable import Operators

/// Reads after a change of what the tensor has, which the compiler must not foresee.
@inline(never)
private func text(_ tensor: Tensor) -> String { tensor.description }

@Suite("Memory without history")
struct DataTests {
  @Test("data shares the memory and nothing else")
  func data() throws {
    let x = try leaf([1, 2])
    let data = x.variableData
    #expect(!data.requiresGrad && !data.isView)
    #expect(data.data == x.data && data.sharesMemory(with: x))
    #expect(data.version == 0)
    try data.add_(1)
    #expect(x.numbers == [2, 3])
    #expect(x.version == 0 && data.version == 1)
    #expect(try x.isLeaf && x.requiresGrad)
  }

  @Test("What is written through data escapes the checks")
  func dataEscapes() throws {
    let x = try leaf([1, 2])
    let y = try x.exp()
    try y.variableData.zero_()
    try y.sum().backward()
    #expect(x.grad?.numbers == [0, 0])
  }

  @Test("The count of changes: every change in place, through views and detached tensors too")
  func version() throws {
    let x = try tensor([1, 2])
    var versions = [x.version]
    for change: (Tensor) throws -> Void in [
      { try $0.add_(1) }, { try $0.select(dim: 0, index: 0).fill_(1) },
      { try $0.slice(end: 1).mul_(2) }, { try $0.detach().add_(1) },
      { try $0.variableData.add_(1) },
    ] {
      try change(x)
      versions.append(x.version)
    }
    #expect(versions == [0, 1, 2, 3, 4, 4])
    try x.incrementVersion()
    #expect(x.version == 5)
  }

  @Test("data keeps the memory, also of a small tensor, and of data of data")
  func lifetime() throws {
    for count in [2, 1000] {
      var data = try tensor([Double](repeating: 3, count: count)).variableData
      data = data.variableData.variableData
      let other = try tensor([Double](repeating: 4, count: count))
      #expect(data.numbers == [Double](repeating: 3, count: count))
      #expect(!other.sharesMemory(with: data))
    }
  }

  @Test("Overlap with data is seen")
  func overlap() throws {
    let x = try tensor([1, 2, 3])
    #expect(words { try x.slice(end: 2).add_(x.variableData.slice(start: 1)) } == Words.overlapping)
    try x.add_(x.variableData)
    #expect(x.numbers == [2, 4, 6])
  }

  @Test("A gradient that shares its memory with data is not taken as it is")
  func notStolen() throws {
    let x = try leaf([1, 2])
    var data: Tensor?
    let y = try x * 1
    try y.registerHook { gradient in
      data = gradient.variableData
      return nil
    }
    try y.sum().backward()
    #expect(x.grad?.numbers == [1, 1])
    #expect(try x.grad?.sharesMemory(with: #require(data)) == false)
  }

  @Test("Setting data keeps the place in the graph and the version")
  func setData() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    try y.add_(1)
    let source = try tensor([5, 6, 7])
    let node = try y.gradFunction
    try y.setData(source)
    #expect(text(y) == "tensor([5., 6., 7.], grad_fn=<AddBackward0>)")
    #expect(try y.gradFunction === node)
    #expect(y.version == 1 && source.version == 0)
    try y.variableData.add_(1)
    #expect(source.numbers == [6, 7, 8])
  }

  @Test("A leaf with other data gets gradients of the new sizes and dtype")
  func setDataOfLeaf() throws {
    let x = try leaf([1, 2])
    let before = try x * 3
    try x.setData(tensor([1, 2, 3], nil, .float64))
    #expect(text(x) == "tensor([1., 2., 3.], dtype=torch.float64, requires_grad=True)")
    try (x * x).sum().backward()
    #expect(x.grad?.description == "tensor([2., 4., 6.], dtype=torch.float64)")
    try before.sum().backward()
    #expect(x.grad?.numbers == [2, 4, 6])
    let same = try leaf([1, 2])
    let product = try same * 3
    try same.setData(tensor([7, 8]))
    try product.sum().backward()
    #expect(same.grad?.numbers == [3, 3])
  }

  @Test("Data that can't have a gradient")
  func wrongData() throws {
    let x = try leaf([1, 2])
    #expect(
      words { try x.setData(tensor([1, 2], nil, .int64)) }
        == "data set to a tensor that requires gradients must be floating point or complex dtype")
    let plain = try tensor([1, 2])
    try plain.setData(tensor([1, 2], nil, .int64))
    #expect(text(plain) == "tensor([1, 2])")
  }

  @Test("detach_ makes a leaf of a tensor")
  func detachInPlace() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    #expect(try y.detach_() === y)
    #expect(try !y.requiresGrad && y.isLeaf)
    #expect(y.description == "tensor([2., 4.])")
    #expect(
      words { try (x * 2).slice(end: 1).detach_() }
        == "Can't detach views in-place. Use detach() instead. If you are using "
        + "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, "
        + "gradients are views of DDP buckets, and hence detach_() cannot be called on these "
        + "gradients. To fix this error, please refer to the Optimizer.zero_grad() function in "
        + "torch/optim/optimizer.py as the solution.")
    try x.detach_()
    #expect(!x.requiresGrad)
  }
}

@Suite("Sizes changed in place")
struct InPlaceViewTests {
  @Test("They count as changes, and the gradient finds its way")
  func gradients() throws {
    let x = try leaf([1, 2, 3, 4, 5, 6], [2, 3])
    let y = try x * 1
    try y.t_()
    #expect(y.shape == [3, 2] && y.version == 1)
    #expect(try y.gradFunction?.name == "TBackward0")
    try y.unsqueeze_(dim: 0)
    #expect(y.shape == [1, 3, 2] && y.version == 2)
    try y.transpose_(dim0: 1, dim1: 2)
    try y.squeeze_()
    #expect(y.shape == [2, 3] && y.version == 4)
    #expect(try y.gradFunction?.name == "SqueezeBackward0")
    try (y * tensor([1, 2, 3, 4, 5, 6], [2, 3])).sum().backward()
    #expect(x.grad?.numbers == [1, 2, 3, 4, 5, 6])
  }

  @Test("Of a view, and of a leaf")
  func views() throws {
    let x = try leaf([1, 2, 3, 4], [2, 2])
    let y = try x * 1
    let row = try y.slice(end: 1)
    try row.squeeze_(dim: 0)
    #expect(row.shape == [2])
    #expect(try row.gradFunction?.name == "AsStridedBackward0")
    try (row * 3).sum().backward()
    #expect(x.grad?.numbers == [3, 3, 0, 0])
    #expect(words { try x.t_() } == Words.leaf)
    try noGrad { _ = try x.unsqueeze_(dim: 0) }
    #expect(x.shape == [1, 2, 2] && x.requiresGrad)
    try x.setGrad(nil)
    try (x * 2).sum().backward()
    #expect(x.grad?.shape == [1, 2, 2])
  }

  @Test("resize_")
  func resize() throws {
    #expect(words { try leaf([1, 2]).resize_([1]) } == "cannot resize variables that require grad")
    let x = try tensor([1, 2, 3, 4])
    let part = try x.resize_([2]).description
    #expect(part == "tensor([1., 2.])")
    #expect(x.version == 1)
    try x.resize_([2, 2])
    #expect(x.numbers == [1, 2, 3, 4])
    try x.resize_([100])
    #expect(x.shape == [100] && Array(x.numbers.prefix(4)) == [1, 2, 3, 4])
    #expect(
      words { try x.resize_([-1]) }
        == "Trying to create tensor with negative dimension -1: [-1]")
  }
}
