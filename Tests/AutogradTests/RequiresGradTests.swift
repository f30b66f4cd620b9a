import Apus
import Testing

@testable import Autograd

@Suite("Who requires a gradient")
struct RequiresGradTests {
  @Test("Only floating-point tensors can")
  func dtypes() throws {
    for dtype in DType.allCases {
      let x = try tensor([1, 2], nil, dtype)
      if dtype.isDifferentiable {
        try x.setRequiresGrad(true)
        #expect(x.requiresGrad)
      } else {
        #expect(
          words { try x.setRequiresGrad(true) }
            == "only Tensors of floating point dtype can require gradients")
        try x.setRequiresGrad(false)
        #expect(!x.requiresGrad)
      }
    }
  }

  @Test("Results do when an argument does and recording is on")
  func results() throws {
    let (x, plain) = (try leaf([1, 2]), try tensor([1, 2]))
    #expect(try (x * plain).requiresGrad)
    #expect(try (plain * x).requiresGrad)
    #expect(try !(plain * plain).requiresGrad)
    #expect(try !noGrad { try (x * plain).requiresGrad })
    #expect(try !x.eq(plain).requiresGrad)
    #expect(try !x.to(dtype: .int64).requiresGrad)
  }

  @Test("Each of the three spellings has its own words")
  func spellings() throws {
    for dtype in [DType.int64, .bool] {
      let x = try tensor([1, 0], nil, dtype)
      let names: [(RequiresGradSpelling, String)] = [
        (.method, "only Tensors of floating point dtype can require gradients"),
        (.attribute, "only Tensors of floating point and complex dtype can require gradients"),
        (.constructor, "Only Tensors of floating point and complex dtype can require gradients"),
      ]
      for (spelling, message) in names {
        #expect(words { try x.setRequiresGrad(true, spelling) } == message)
      }
    }
    let y = try leaf([1]) * 2
    try y.setRequiresGrad(true, .method)
    #expect(
      words { try y.setRequiresGrad(true, .attribute) }
        == "you can only change requires_grad flags of leaf variables.")
  }

  @Test("What a leaf is")
  func leaves() throws {
    let (x, plain) = (try leaf([1, 2]), try tensor([1, 2]))
    #expect(try x.isLeaf && plain.isLeaf)
    #expect(try !(x + 0).isLeaf)
    #expect(try !x.to(dtype: .float64).isLeaf)
    #expect(try x.detach().isLeaf && (plain * 2).isLeaf)
    #expect(try noGrad { try (x * 2).isLeaf })
  }

  @Test("Only a leaf can be made not to require one")
  func switchingOff() throws {
    let x = try leaf([1, 2])
    let computed =
      "you can only change requires_grad flags of leaf variables. If you want to use a computed "
      + "variable in a subgraph that doesn't require differentiation use var_no_grad = "
      + "var.detach()."
    #expect(words { try (x * 2).setRequiresGrad(false) } == computed)
    #expect(words { try x.slice(end: 1).setRequiresGrad(false) } == computed)
    try (x * 2).setRequiresGrad(true)
    let hidden = try noGrad { try x.slice(end: 1) }
    try hidden.setRequiresGrad(false)
    #expect(hidden.requiresGrad)
    try x.setRequiresGrad(false)
    #expect(!x.requiresGrad)
  }

  @Test("detach shares numbers and version, not the history")
  func detach() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    let detached = y.detach()
    #expect(!detached.requiresGrad && !detached.isView)
    #expect(detached.data == y.data)
    try y.add_(1)
    #expect(detached.numbers == [3, 5])
    #expect(detached.version == y.version)
    try detached.setRequiresGrad(true)
    #expect(try detached.isLeaf)
  }

  @Test("A gradient that is set must fit")
  func setGrad() throws {
    func dtypes(_ given: String, _ own: String) -> String {
      "attempting to assign a gradient with dtype '\(given)' to a tensor with grad_dtype '\(own)'. "
        + "The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You "
        + "can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any "
        + "dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient "
        + "may break downstream systems that assume they match."
    }
    let x = try leaf([1, 2])
    #expect(
      words { try x.setGrad(tensor([1, 2, 3])) }
        == "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'. Please ensure "
        + "that the gradient and the tensor are the same size")
    // The dtype comes first.
    #expect(
      words { try x.setGrad(tensor([1, 2, 3], nil, .float64)) } == dtypes("double", "Float"))
    #expect(words { try x.setGrad(x) } == "can't assign Variable as its own grad")
    let names: [(DType, String)] = [
      (.bool, "bool"), (.uint8, "unsigned char"), (.int8, "signed char"), (.int16, "short int"),
      (.int32, "int"), (.int64, "long int"), (.float16, "c10::Half"), (.bfloat16, "c10::BFloat16"),
      (.float64, "double"),
    ]
    for (dtype, name) in names {
      #expect(words { try x.setGrad(tensor([1, 2], nil, dtype)) } == dtypes(name, "Float"))
    }
    let integers = try tensor([1, 2], nil, .int64)
    #expect(words { try integers.setGrad(tensor([1, 2])) } == dtypes("float", "Long"))
    try integers.setGrad(tensor([1, 2], nil, .int64))
    #expect(integers.grad?.numbers == [1, 2])
  }
}
