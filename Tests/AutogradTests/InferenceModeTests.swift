import Apus
import Testing

@testable import Autograd

@Suite("Inference mode")
struct InferenceModeTests {
  @Test("Results are inference tensors, which require no gradient")
  func results() throws {
    let x = try leaf([1, 2])
    let y = try inferenceMode {
      #expect(InferenceMode.isEnabled && !GradMode.isEnabled)
      return try x * 2
    }
    #expect(!InferenceMode.isEnabled && GradMode.isEnabled)
    #expect(y.isInference && !y.requiresGrad)
    #expect(!x.isInference)
    #expect(try !(y * 2).isInference)
  }

  @Test("A view of a normal tensor is normal, one of an inference tensor is not")
  func views() throws {
    let x = try tensor([1, 2, 3])
    let (normal, inner) = try inferenceMode { (try x.slice(end: 2), try (x * 1).slice(end: 2)) }
    #expect(!normal.isInference && normal.isView)
    #expect(inner.isInference && !inner.isView)
    let outside = try inner.slice(end: 1)
    #expect(outside.isInference && !outside.isView)
    #expect(inner.detach().isInference)
  }

  @Test("enableGrad within does not bring recording back, leaving the mode does")
  func enabling() throws {
    let x = try leaf([1, 2])
    try inferenceMode {
      try enableGrad {
        let y = try x * 2
        #expect(y.isInference && !y.requiresGrad)
        try x.add_(1)
      }
      try inferenceMode(false) {
        let y = try x * 2
        #expect(!y.isInference && y.requiresGrad)
      }
      #expect(InferenceMode.isEnabled && !GradMode.isEnabled)
    }
    #expect(x.numbers == [2, 3])
  }

  @Test("Changes of normal tensors count, those of inference tensors don't")
  func versions() throws {
    let x = try tensor([1, 2])
    let y = try inferenceMode {
      try x.add_(1)
      let y = try x * 1
      try y.add_(1)
      return y
    }
    #expect(x.version == 1)
    #expect(y.numbers == [3, 4])
    #expect(
      words { _ = try y.checkedVersion } == "Inference tensors do not track version counter.")
    #expect(try x.checkedVersion == 1)
  }

  @Test("An inference tensor can't be changed outside")
  func inPlace() throws {
    let y = try inferenceMode { try tensor([1, 2]) * 1 }
    let message =
      "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
      + "clone to get a normal tensor before doing inplace update.See "
      + "https://github.com/pytorch/rfcs/pull/17 for more details."
    #expect(words { try y.add_(1) } == message)
    #expect(words { try y.slice(end: 1).zero_() } == message)
    #expect(words { try y.unsqueeze_(dim: 0) } == message)
    #expect(words { try y.incrementVersion() } == message)
    #expect(words { try noGrad { _ = try y.add_(tensor([1, 1])) } } == message)
    try y.clone().add_(1)
    #expect(y.numbers == [1, 2])
  }

  @Test("An inference tensor can't be saved")
  func saving() throws {
    let (x, y) = (try leaf([1, 2]), try inferenceMode { try tensor([3, 4]) * 1 })
    let message =
      "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
      + "inference mode in computation tracked by autograd. To work around this, you can make a "
      + "clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
      + "`torch.inference_mode()`."
    #expect(words { _ = try x * y } == message)
    // Where it is not needed it may be used.
    try (x + y).sum().backward()
    #expect(x.grad?.numbers == [1, 1])
    try (x * y.clone()).sum().backward()
    #expect(x.grad?.numbers == [4, 5])
  }

  @Test("An inference tensor can't come to require a gradient outside")
  func requiresGrad() throws {
    let y = try inferenceMode { try tensor([3, 4]) * 1 }
    let message =
      "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
    #expect(words { try y.setRequiresGrad(true) } == message)
    try inferenceMode { try y.setRequiresGrad(true) }
    #expect(y.requiresGrad)
  }

  @Test("A view made in inference mode can't be changed outside")
  func creation() throws {
    let x = try leaf([1, 2]) * 1
    let view = try inferenceMode { try x.slice(end: 1) }
    #expect(
      words { try view.add_(1) }
        == "A view was created in inference mode and is being modified inplace in normal mode. "
        + "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
        + "your code by moving both the view and the inplace either both inside the inference_mode "
        + "block (if you don't want the inplace to be tracked) or both outside (if you want the "
        + "inplace to be tracked).")
    try inferenceMode { _ = try view.add_(1) }
    #expect(x.numbers == [2, 2])
  }

  @Test("There is nothing to differentiate")
  func backward() throws {
    let x = try leaf([1, 2])
    #expect(words { try inferenceMode { try (x * 2).sum().backward() } } == Words.noGradient(0))
  }
}
