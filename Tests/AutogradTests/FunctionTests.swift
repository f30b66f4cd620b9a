import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("Custom functions")
struct FunctionTests {
  @Test("Forward and backward, with a context or with setupContext")
  func basics() throws {
    let x = try leaf([1, -2, 3])
    let y = try Cube.apply([x])[0]
    #expect(y.numbers == [1, -8, 27])
    #expect(try y.gradFunction?.name == "CubeBackward")
    #expect(try y.isLeaf == false)
    try y.backward(gradient: tensor([1, 10, 100]))
    #expect(x.grad?.numbers == [3, 120, 2700])
    let z = try leaf([0, 1], nil, .float64)
    try MyExp.apply([z])[0].sum().backward()
    let gradient = try #require(z.grad?.numbers)
    #expect(gradient[0] == 1)
    #expect(abs(gradient[1] - 2.718281828459045) < 1e-15)
  }

  @Test("First and second derivatives agree with differences")
  func derivatives() throws {
    let x = try leaf([0.3, -1.2, 0.7], nil, .float64)
    let y = try leaf([1.1, 0.4, -0.8], nil, .float64)
    try gradcheck([x]) { try Cube.apply($0) }
    try gradgradcheck([x]) { try Cube.apply($0) }
    try gradcheck([x]) { try MyExp.apply($0) }
    try gradgradcheck([x]) { try MyExp.apply($0) }
    try gradcheck([x, y]) { try SquareTimes.apply($0) }
    try gradgradcheck([x, y]) { try SquareTimes.apply($0) }
  }

  @Test("The third derivative of a backward made of operations")
  func third() throws {
    let x = try leaf([2], nil, .float64)
    var y = try Cube.apply([x])[0]
    var derivatives: [Double] = []
    for _ in 0..<3 {
      y = try #require(try grad([y.sum()], [x], createGraph: true)[0])
      derivatives += y.numbers
    }
    #expect(derivatives == [12, 12, 6])
  }

  @Test("Of saveForBackward the last call counts, and entries may be missing")
  func saving() throws {
    let seen = Notes<[[Double]?]>()
    let a = function(
      forward: { context, x in
        context.saveForBackward([x[0], x[0]])
        context.saveForBackward([nil, x[1]])
        return [try x[0] * x[1]]
      },
      backward: { context, gradients in
        seen.values.append(try context.savedTensors.map { $0?.numbers })
        return [gradients[0], nil]
      })
    let x = try leaf([1, 2])
    try a.apply([x, tensor([5, 6])])[0].sum().backward()
    #expect(seen.values == [[nil, [5, 6]]])
    #expect(x.grad?.numbers == [1, 1])
  }

  @Test("Before the call is complete nothing is saved")
  func savedInForward() throws {
    let counts = Notes<Int>()
    let a = function(
      forward: { context, x in
        context.saveForBackward([x[0]])
        counts.values.append(try context.savedTensors.count)
        return [try x[0] * 2]
      }, backward: { $1 })
    _ = try call(a, leaf([1]))
    #expect(counts.values == [0])
  }

  @Test("needsInputGrad tells which arguments want a gradient, tensors or not")
  func needsInputGrad() throws {
    let seen = Notes<[Bool]>()
    let a = function(
      forward: { context, x in
        seen.values.append(context.needsInputGrad)
        return [try x[0] * x[1]]
      },
      backward: { context, gradients in
        seen.values.append(context.needsInputGrad)
        return [nil, nil, gradients[0]]
      })
    let x = try leaf([3])
    let y = try tensor([2])
    try a.apply([y, x], arguments: [true, false, true], .operators)[0].backward()
    #expect(seen.values == [[false, false, true], [false, false, true]])
    #expect(x.grad?.numbers == [1])
    _ = try noGrad { try a.apply([y, x]) }
    #expect(seen.values.last == [false, true])
  }

  @Test("Data of the user's own go from forward to backward")
  func userData() throws {
    final class Power { let value: Int; init(_ value: Int) { self.value = value } }
    let a = function(
      forward: { context, x in
        context.userData = Power(7)
        return [try x[0].clone()]
      },
      backward: { context, gradients in
        let power = try #require(context.userData as? Power)
        return [try gradients[0].map { try $0 * .int(Int64(power.value)) }]
      })
    let x = try leaf([1])
    try call(a, x).backward()
    #expect(x.grad?.numbers == [7])
  }

  /// Two results, of which a test uses one.
  private func pair(_ seen: Notes<[[Double]?]>, materialize: Bool?) -> CustomFunction {
    function(
      forward: { context, x in
        if let materialize { context.setMaterializeGrads(materialize) }
        return [try x[0] * 2, try x[0].sum()]
      },
      backward: { _, gradients in
        seen.values.append(gradients.map { $0?.numbers })
        return [gradients[0]]
      })
  }

  @Test("Missing gradients come as zeros, or as nil when that is asked for")
  func materialize() throws {
    for (materialize, missing) in [(nil, [0.0]), (true, [0]), (false, nil)] as [(Bool?, [Double]?)]
    {
      let seen = Notes<[[Double]?]>()
      let x = try leaf([1, 2])
      try pair(seen, materialize: materialize).apply([x])[0].sum().backward()
      #expect(seen.values == [[[1, 1], missing]])
    }
  }

  @Test("Backward is called even when no gradient arrives")
  func withoutGradients() throws {
    let seen = Notes<[[Double]?]>()
    let blocks = function(forward: { [try $1[0] * 1] }, backward: { _, _ in [nil] })
    for materialize in [true, false] {
      let x = try leaf([1, 2])
      try call(blocks, pair(seen, materialize: materialize).apply([x])[0]).sum().backward()
      #expect(x.grad?.numbers == (materialize ? [0, 0] : nil))
    }
    #expect(seen.values == [[[0, 0], [0]], [nil, nil]])
  }

  @Test("Outputs of integers, and those that are marked, have no gradient")
  func nonDifferentiable() throws {
    let seen = Notes<[[Double]?]>()
    let a = function(
      forward: { context, x in
        let outputs = [try x[0] * 2, try x[0].to(dtype: .int64), try x[0] * 3]
        context.markNonDifferentiable([outputs[2]])
        return outputs
      },
      backward: { _, gradients in
        seen.values.append(gradients.map { $0?.numbers })
        return [gradients[0]]
      })
    let x = try leaf([1.5])
    let outputs = try a.apply([x])
    #expect(outputs.map(\.requiresGrad) == [true, false, false])
    #expect(outputs.map(\.numbers) == [[3], [1], [4.5]])
    try outputs[0].backward()
    #expect(seen.values == [[[1], [0], [0]]])
  }

  @Test("Nothing is recorded that forward calls; backward records when a graph is asked for")
  func gradModes() throws {
    let seen = Notes<Bool>()
    let a = function(
      forward: { _, x in
        seen.values.append(GradMode.isEnabled)
        let y = try x[0] * 2
        seen.values.append(y.requiresGrad)
        return [y]
      },
      backward: { _, gradients in
        seen.values.append(GradMode.isEnabled)
        return gradients
      })
    let x = try leaf([1])
    let y = try call(a, x)
    #expect(GradMode.isEnabled)
    try y.backward(retainGraph: true)
    _ = try grad([y], [x], createGraph: true)
    #expect(seen.values == [false, false, false, true])
    #expect(try noGrad { try call(a, x) }.requiresGrad == false)
    #expect(try call(a, tensor([1])).requiresGrad == false)
  }

  @Test("Gradients are summed down to the input's shape and cast to its dtype")
  func fitting() throws {
    let x = try leaf([1, 2], [2, 1])
    let widens = function(
      forward: { [try $1[0].expand([2, 3]).clone()] }, backward: { $1 })
    try call(widens, x).backward(gradient: tensor([1, 2, 3, 4, 5, 6], [2, 3]))
    #expect(x.grad?.numbers == [6, 15])
    #expect(x.grad?.shape == [2, 1])
    for dtype in [DType.float64, .int64] {
      let x = try leaf([1, 2])
      let casts = function(
        forward: { [try $1[0] * 1] }, backward: { [try $1[0]?.to(dtype: dtype)] })
      try call(casts, x).backward(gradient: tensor([3, 4]))
      #expect(x.grad?.numbers == [3, 4])
      #expect(x.grad?.dtype == .float32)
    }
  }

  @Test("Gradients come in the dtype of the output, in another one, or in any")
  func gradientDTypes() throws {
    for (dtypes, expected) in [
      (nil, .float32), ([.float64], .float64), ([nil], .float64), ([.float32], .float32),
    ] as [([DType?]?, DType)] {
      let seen = Notes<DType?>()
      let a = function(
        forward: { context, x in
          if let dtypes { context.setOutputGradDType(dtypes) }
          return [try x[0] * 1]
        },
        backward: { _, gradients in
          seen.values.append(gradients[0]?.dtype)
          return gradients
        })
      // What comes next has the dtype that it likes.
      let wide = function(
        forward: { [try $1[0] * 1] }, backward: { [try $1[0]?.to(dtype: .float64)] })
      let x = try leaf([1])
      try call(wide, call(a, x)).backward()
      #expect(seen.values == [expected])
      #expect(x.grad?.dtype == .float32)
    }
    let wrong = function(
      forward: { context, x in
        context.setOutputGradDType([nil, nil])
        return [try x[0] * 1]
      }, backward: { $1 })
    #expect(
      words { _ = try call(wrong, leaf([1])) }
        == "set_output_grad_dtype: expected a dtype for each of 1 outputs, but got 2")
  }

  @Test("A pass within backward")
  func innerPass() throws {
    let a = function(
      forward: { context, x in
        context.saveForBackward(x)
        return [try x[0] * x[0] * x[0]]
      },
      backward: { context, gradients in
        guard let x = try context.savedTensors[0], let gradient = gradients[0] else { return [nil] }
        let inner = x.detach()
        try inner.setRequiresGrad(true)
        try enableGrad { try (inner * inner * inner).sum().backward() }
        return [try inner.grad.map { try $0 * gradient }]
      })
    let x = try leaf([1, 2])
    try call(a, call(a, x)).backward(gradient: tensor([1, 1]))
    #expect(x.grad?.numbers == [9, 9 * 256])
  }

  @Test("What is missing at the end of the gradients may be more than there are inputs")
  func trailing() throws {
    let a = function(forward: { [try $1[0] * 1] }, backward: { [$1[0], nil, nil] })
    let x = try leaf([1])
    try call(a, x).backward()
    #expect(x.grad?.numbers == [1])
  }

  @Test("Hooks for saved tensors see what functions save, outputs without their history")
  func hooks() throws {
    final class Box { let tensor: Tensor; init(_ tensor: Tensor) { self.tensor = tensor } }
    let packed = Notes<Tensor>()
    let unpacked = Notes<Int>()
    let hooks = SavedTensorHooks(
      pack: { tensor in
        packed.values.append(tensor)
        return Box(tensor)
      },
      unpack: { object in
        unpacked.values.append(1)
        let box = try #require(object as? Box)
        return try box.tensor * 10
      })
    let x = try leaf([2], nil, .float64)
    let cube = try hooks.during { try Cube.apply([x])[0] }
    #expect(packed.values.count == 1)
    #expect(packed.values[0] === x)
    try cube.backward()
    // 3 (10 x)²
    #expect(x.grad?.numbers == [1200])
    #expect(unpacked.values.count == 1)
    let y = try hooks.during { try MyExp.apply([x])[0] }
    #expect(packed.values.count == 2)
    #expect(packed.values[1].numbers == y.numbers)
    #expect(packed.values[1].requiresGrad == false)
  }

  @Test("In anomaly mode the node knows where it was made")
  func anomaly() throws {
    Anomaly.set(true)
    defer { Anomaly.set(false) }
    Anomaly.setLabel("here")
    defer { Anomaly.setLabel(nil) }
    let x = try leaf([1])
    let y = try Cube.apply([x])[0]
    #expect(try y.gradFunction?.origin == "here")
    let bad = function(
      forward: { [try $1[0] * 1] }, backward: { [try $1[0].map { try $0 * .double(.nan) }] })
    #expect(
      words { try call(bad, x).backward() }
        == "Function 'ABackward' returned nan values in its 0th output.")
  }
}
