import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("Custom functions: views and changes in place")
struct FunctionInPlaceTests {
  private static let custom =
    " This view was created inside a custom Function (or because an input was returned as-is) and "
    + "the autograd logic to handle view+inplace would override the custom backward associated with "
    + "the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix "
    + "this by cloning the output of the custom Function."

  /// Doubles its input in place.
  private let double = function(
    forward: { context, x in
      try x[0].mul_(2)
      context.markDirty([x[0]])
      return [x[0]]
    },
    backward: { [try $1[0].map { try $0 * 2 }] })

  @Test("An input that is returned as it is comes back as a view with a history")
  func asIs() throws {
    let a = function(forward: { [$1[0]] }, backward: { [try $1[0].map { try $0 * 5 }] })
    let x = try leaf([1, 2])
    let y = try call(a, x)
    #expect(y !== x)
    #expect(y.viewBase === x)
    #expect(try y.gradFunction?.name == "ABackward")
    #expect(try x.isLeaf)
    try y.sum().backward()
    #expect(x.grad?.numbers == [5, 5])
    #expect(
      words { try y.mul_(2) } == "Output 0 of A is a view and is being modified inplace."
        + Self.custom)
    let z = try call(a, x * 1)
    let other = try #require(z.viewBase)
    try other.mul_(2)
    #expect(
      words { _ = try z.gradFunction }
        == "Output 0 of A is a view and its base or another view of its base has been modified "
        + "inplace." + Self.custom)
    // Without a gradient it is a view as well.
    let plain = try tensor([1])
    #expect(try call(a, plain).viewBase === plain)
    #expect(try call(a, plain).requiresGrad == false)
    let detached = try noGrad { try call(a, x) }
    #expect(detached.requiresGrad == false)
  }

  @Test("A view that forward makes")
  func view() throws {
    let a = function(
      forward: { [try $1[0].slice(end: 2)] },
      backward: { [try Tensor.cat([$1[0] ?? tensor([0, 0]), tensor([0])])] })
    let x = try leaf([1, 2, 3])
    let y = try call(a, x)
    #expect(y.viewBase === x)
    #expect(
      words { try y.mul_(2) } == "Output 0 of A is a view and is being modified inplace."
        + Self.custom)
    try y.sum().backward()
    #expect(x.grad?.numbers == [1, 1, 0])
    let several = function(
      forward: { [try $1[0].slice(end: 2), try $1[0] * 1] }, backward: { [$1[1]] })
    let views = try several.apply([x])
    #expect(
      words { try views[0].mul_(2) }
        == "Output 0 of A is a view and is being modified inplace." + Words.several)
  }

  @Test("An input that was changed gets the function as its history")
  func dirty() throws {
    let x = try leaf([1, 2])
    let y = try x * 3
    let before = y.version
    let z = try call(double, y)
    #expect(z === y)
    #expect(y.numbers == [6, 12])
    // Once by the operator, once by the mark, as PyTorch does.
    #expect(y.version == before + 2)
    #expect(try y.gradFunction?.name == "ABackward")
    try (y * y).sum().backward()
    #expect(x.grad?.numbers == [72, 144])
    let plain = try tensor([1, 2])
    #expect(try call(double, plain) === plain)
    #expect(plain.requiresGrad == false)
    // A constant that takes on a history.
    let weight = try scalarLeaf(4)
    let times = function(
      forward: { context, x in
        try x[0].mul_(x[1])
        context.markDirty([x[0]])
        return [x[0]]
      },
      backward: { [nil, try $1[0].map { try ($0 * 7).sum() }] })
    #expect(try times.apply([plain, weight])[0] === plain)
    #expect(plain.requiresGrad)
    try plain.sum().backward()
    #expect(weight.grad?.numbers == [14])
  }

  @Test("A changed output that backward needs")
  func savedDirty() throws {
    let exp = function(
      forward: { context, x in
        try x[0].exp_()
        context.markDirty([x[0]])
        context.saveForBackward([x[0]])
        return [x[0]]
      },
      backward: { context, gradients in
        guard let y = try context.savedTensors[0] else { return [nil] }
        return [try gradients[0].map { try $0 * y }]
      })
    let x = try leaf([0.3, -0.5], nil, .float64)
    try gradcheck([x]) { [try call(exp, $0[0] * 2)] }
    try gradgradcheck([x]) { [try call(exp, $0[0] * 2)] }
    let view = { (x: Tensor) in
      let y = try x * 2
      _ = try call(exp, y.slice(end: 1))
      return y
    }
    try gradcheck([x]) { [try view($0[0])] }
    try gradgradcheck([x]) { [try view($0[0])] }
  }

  @Test("A changed view takes its base along")
  func dirtyView() throws {
    let x = try leaf([1, 2, 3])
    let y = try x * 1
    let view = try y.slice(end: 2)
    let result = try call(double, view)
    #expect(result === view)
    #expect(y.numbers == [2, 4, 3])
    #expect(try y.gradFunction?.name == "torch::autograd::CopySlices")
    try (y * y).sum().backward()
    #expect(x.grad?.numbers == [8, 16, 6])
  }

  @Test("A changed view that is the second argument")
  func secondView() throws {
    let a = function(
      forward: { context, x in
        try x[1].mul_(x[0])
        context.markDirty([x[1]])
        return [x[1]]
      },
      backward: { _, gradients in
        guard let gradient = gradients[0] else { return [nil, nil] }
        return [try (gradient * tensor([2, 3])).sum(), try gradient * 5]
      })
    let x = try leaf([2, 3, 4])
    let weight = try scalarLeaf(5)
    let y = try x * 1
    _ = try a.apply([weight, y.slice(end: 2)])
    #expect(y.numbers == [10, 15, 4])
    try y.sum().backward()
    #expect(x.grad?.numbers == [5, 5, 1])
    #expect(weight.grad?.numbers == [5])
  }

  @Test("The gradient of a changed view is fitted as others are")
  func fitting() throws {
    let wide = function(
      forward: { context, x in
        try x[0].mul_(2)
        context.markDirty(x)
        return x
      },
      backward: { [try $1[0].map { try ($0 * 2).expand([2, 2]).to(dtype: .float64) }] })
    let x = try leaf([1, 2, 3])
    let y = try x * 1
    _ = try call(wide, y.slice(end: 2))
    try y.sum().backward()
    #expect(x.grad?.numbers == [4, 4, 1])
    let wrong = function(
      forward: { context, x in
        context.markDirty(x)
        return x
      }, backward: { _, _ in [try tensor([1, 2, 3, 4, 5])] })
    let z = try x * 1
    _ = try call(wrong, z.slice(end: 2))
    #expect(
      words { try z.sum().backward() }
        == "Function torch::autograd::CopySlices returned an invalid gradient at index 0 - got [5] "
        + "but expected shape compatible with [2]")
  }

  @Test("What may not be changed")
  func refused() throws {
    let x = try leaf([1, 2])
    #expect(
      words { _ = try call(double, x) }
        == "a leaf Variable that requires grad has been used in an in-place operation.")
    #expect(words { _ = try call(double, x.slice(end: 1)) } == Words.leafView)
    let forgets = function(
      forward: { context, x in
        context.markDirty([x[0]])
        return [try x[0] * 1]
      }, backward: { $1 })
    #expect(
      words { _ = try call(forgets, x * 1) }
        == "Some elements marked as dirty during the forward method were not returned as output. The "
        + "inputs that are modified inplace must all be outputs of the Function.")
    let two = function(
      forward: { context, x in
        context.markDirty([x[0]])
        return [x[0], try x[0] * 1]
      }, backward: { [$1[0]] })
    #expect(
      words { _ = try call(two, (x * 1).slice(end: 1)) }
        == "If your Function modifies inplace an input that is a view of another Tensor, your "
        + "Function cannot return more than one Tensor. This is not supported by the current autograd "
        + "engine. You should either make sure the input is not a view (using .clone() for example) "
        + "or make your Function only return one Tensor (potentially splitting it into two Functions: "
        + "one doing the inplace that returns a single Tensor and a second one that does the other "
        + "operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do "
        + "this change.")
    let several = try (x * 1).split(splitSize: 1)
    #expect(
      words { _ = try call(double, several[0]) }
        == "Output 0 of Split is a view and is being modified inplace." + Words.several)
  }

  @Test("Marking what is no input is worth a warning")
  func warning() throws {
    let marks = function(
      forward: { context, x in
        let y = try x[0] * 2
        context.markDirty([y])
        return [y]
      }, backward: { [try $1[0].map { try $0 * 2 }] })
    ThreadContext.current.warnings = []
    let x = try leaf([1])
    try call(marks, x).backward()
    #expect(x.grad?.numbers == [2])
    #expect(
      ThreadContext.current.warnings == [
        "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been "
          + "mutated should be passed to ctx.mark_dirty()."
      ])
    ThreadContext.current.warnings = []
  }

  @Test("With setupContext, an input that is returned as it is can't be saved")
  func savedAsIs() throws {
    var a = function(forward: { [$1[0]] }, backward: { $1 })
    a.setupContext = { context, inputs, _ in context.saveForBackward(inputs) }
    #expect(
      words { _ = try call(a, leaf([1])) }
        == "A input that has been returned as-is as output is being saved for backward. This is not "
        + "supported if you override setup_context. You should return and save a view of the input "
        + "instead, e.g. with x.view_as(x) or setup ctx inside the forward function itself.")
  }
}
