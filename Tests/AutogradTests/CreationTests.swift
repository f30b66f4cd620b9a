import Apus
import Testing

@testable import Autograd

/// What kind of view may be changed in place.
@Suite("Views by how they came about")
struct CreationTests {
  @Test("A view that a custom function returned")
  func customFunction() throws {
    let y = try leaf([1, 2]) * 1
    let view = try y.slice(end: 1)
    view.creation = .customFunction
    #expect(
      words { try view.add_(1) }
        == "Output 0 of Slice is a view and is being modified inplace. This view was created "
        + "inside a custom Function (or because an input was returned as-is) and the autograd "
        + "logic to handle view+inplace would override the custom backward associated with the "
        + "custom Function, leading to incorrect gradients. This behavior is forbidden. You can "
        + "fix this by cloning the output of the custom Function.")
  }

  @Test("A view made in inference mode, whose base changes")
  func inferenceBase() throws {
    let y = try leaf([1, 2]) * 1
    let view = try inferenceMode { try y.slice(end: 1) }
    try y.add_(1)
    #expect(
      words { _ = try view.gradFunction }
        == "A view was created in inference mode and its base or another view of its base has been "
        + "modified inplace in normal mode. Given that this use case is ambiguous and error-prone, "
        + "it is forbidden. You can clarify your code by moving both the view and the inplace "
        + "either both inside the inference_mode block (if you don't want the inplace to be "
        + "tracked) or both outside (if you want the inplace to be tracked).")
  }

  @Test("All of these may be changed where nothing is recorded")
  func withoutRecording() throws {
    let x = try leaf([1, 2, 3, 4])
    let y = try x * 1
    let views = [
      try noGrad { try y.slice(end: 1) }, try y.split(splitSize: 2)[0],
      try inferenceMode { try y.slice(end: 1) }, try x.slice(end: 1),
    ]
    for view in views { try noGrad { _ = try view.add_(1) } }
    #expect(y.numbers == [4, 3, 3, 4])
    #expect(x.numbers == [2, 2, 3, 4])
  }

  @Test("A base that is a leaf may not be changed through a view of a view")
  func leafBase() throws {
    let x = try leaf([1, 2, 3])
    #expect(words { try x.slice(start: 1).slice(end: 1).zero_() } == Words.leafView)
    #expect(words { try x.reshape([3, 1]).mul_(2) } == Words.leafView)
    #expect(x.numbers == [1, 2, 3])
  }
}
