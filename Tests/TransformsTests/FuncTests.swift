import Apus
import Testing

@testable import Autograd
@testable import Transforms

@Suite("Transforms of functions")
struct FuncTests {
  @Test("grad is the derivative, again and again")
  func grad() throws {
    let x = try tensor([1.5], [])
    let first = try Func.grad([x]) { try $0[0].sin() }
    #expect(close(first[0].numbers, [0.0707372017]))
    let second = try Func.grad([x]) { x in try Func.grad(x) { try $0[0].sin() }[0] }
    #expect(close(second[0].numbers, [-0.9974949866]))
    let third = try Func.grad([x]) { x in
      try Func.grad(x) { x in try Func.grad(x) { try $0[0].sin() }[0] }[0]
    }
    #expect(close(third[0].numbers, [-0.0707372017]))
    #expect(!third[0].requiresGrad)
  }

  @Test("Perturbations of different levels are kept apart")
  func confusion() throws {
    // d/dx (x * d/dy (x + y)) = 1 at x = 1.
    let x = try tensor([1], [])
    let nested = try Func.grad([x]) { x in
      let inner = try Func.grad([tensor([1], [])]) { y in try x[0] + y[0] }
      return try x[0] * inner[0]
    }
    #expect(nested[0].numbers == [1])
    let forward = try Func.jvp([x], [tensor([1], [])]) { x in
      let inner = try Func.jvp([tensor([1], [])], [tensor([1], [])]) { y in [try x[0] + y[0]] }
      return [try x[0] * inner.tangents[0]]
    }
    #expect(forward.tangents[0].numbers == [1])
  }

  @Test("vjp and jvp multiply with the Jacobian from either side")
  func products() throws {
    let x = try tensor([1, 2, 3])
    let square: TensorFunction = { [try $0[0] * $0[0]] }
    let (y, pullback) = try Func.vjp([x], square)
    #expect(y[0].numbers == [1, 4, 9])
    #expect(try pullback([tensor([1, 0, 2])])[0].numbers == [2, 0, 12])
    #expect(try pullback([tensor([0, 1, 0])])[0].numbers == [0, 4, 0])
    let (z, tangent) = try Func.jvp([x], [tensor([1, 1, -1])], square)
    #expect(z[0].numbers == [1, 4, 9])
    #expect(tangent[0].numbers == [2, 4, -6])
    let (w, pushforward) = try Func.linearize([x], square)
    #expect(w[0].numbers == [1, 4, 9])
    #expect(try pushforward([tensor([1, 1, -1])])[0].numbers == [2, 4, -6])
    #expect(try pushforward([tensor([0, 2, 0])])[0].numbers == [0, 8, 0])
  }

  @Test("Jacobians by both modes, and Hessians by four compositions")
  func jacobians() throws {
    let x = try tensor([1, 2])
    let f: TensorFunction = { [try ($0[0] * $0[0]).sum() * $0[0]] }
    // J[i][j] = |x|² δij + 2 xi xj
    let expected: [Double] = [7, 4, 4, 13]
    #expect(close(try Func.jacrev([x], f)[0][0].numbers, expected))
    #expect(close(try Func.jacfwd([x], f)[0][0].numbers, expected))
    #expect(try Func.jacrev([x], f)[0][0].shape == [2, 2])
    let g: TensorFunction = { [try ($0[0] * $0[0] * $0[0]).sum() * $0[0].sum()] }
    // With s = Σx³, t = Σx: H[i][j] = 6 xi t δij + 3 xi² + 3 xj²
    let hessian: [Double] = [24, 15, 15, 60]
    #expect(close(try Func.hessian([x], g)[0][0].numbers, hessian))
    let compositions: [TensorFunction] = [
      { try Func.jacrev($0, g)[0] }, { try Func.jacfwd($0, g)[0] },
    ]
    for inner in compositions {
      #expect(close(try Func.jacrev([x], inner)[0][0].numbers, hessian))
      #expect(close(try Func.jacfwd([x], inner)[0][0].numbers, hessian))
    }
  }

  @Test("vmap of grad gives a gradient for each example; grad of vmap the sum's")
  func perExample() throws {
    let w = try tensor([1, -1])
    let x = try tensor([1, 2, 3, 4, 5, 6], [3, 2])
    let gradients = try Func.vmap([x]) { x in
      try Func.grad([w, x[0]]) { try ($0[0] * $0[1]).sum().pow(2) }
    }
    // 2 (w·x) x, where w·x = -1
    #expect(gradients[0].numbers == [-2, -4, -6, -8, -10, -12])
    let whole = try Func.grad([w]) { w in
      try Func.vmap([x]) { x in [try (w[0] * x[0]).sum().pow(2)] }[0].sum()
    }
    #expect(whole[0].numbers == [-18, -24])
  }

  @Test("Outer histories go through transforms")
  func tape() throws {
    let x = try tensor([2], [])
    try x.setRequiresGrad(true)
    let slope = try Func.grad([x]) { try $0[0].pow(3) }[0]
    #expect(slope.requiresGrad)
    try slope.backward()
    #expect(x.grad?.numbers == [12])
    let batched = try Func.vmap([tensor([1, 2, 3])]) { [try $0[0] * x] }[0]
    #expect(batched.requiresGrad)
    #expect(try Apus.grad([batched.sum()], [x])[0]?.numbers == [6])
  }

  @Test("What a function captures keeps its history in the levels below")
  func captured() throws {
    let w = try tensor([0.7, -1.3])
    try w.setRequiresGrad(true)
    // d/dx Σ x² w = 2 x w, at x = 1.5 w: 3 w², whose derivative is 6 w.
    let slope = try Func.grad([w * 1.5]) { x in try (x[0] * x[0] * w).sum() }[0]
    #expect(close(try Apus.grad([slope.sum()], [w])[0]?.numbers ?? [], [4.2, -7.8]))
    // The same where the outer derivative is a transform, too, and where the change is in place.
    let nested = try Func.grad([w.detach()]) { w in
      try Func.grad([w[0] * 1.5]) { x in
        let y = try x[0] * 1
        return try y.mul_(x[0]).mul_(w[0]).sum()
      }[0].sum()
    }
    #expect(close(nested[0].numbers, [4.2, -7.8]))
  }

  @Test("grad ignores no_grad around it, and heeds it inside")
  func noGradients() throws {
    let x = try tensor([3], [])
    let outside = try noGrad { try Func.grad([x]) { try $0[0] * $0[0] } }
    #expect(outside[0].numbers == [6])
    let inside = try Func.grad([x]) { x in
      let constant = try noGrad { try x[0] * x[0] }
      return try x[0] * x[0] - constant
    }
    #expect(inside[0].numbers == [6])
  }

  @Test("Dimensions of examples in and out")
  func dims() throws {
    let x = try tensor([1, 2, 3, 4, 5, 6], [2, 3])
    let sums = try Func.vmap([x], inDims: [1]) { [try $0[0].sum()] }[0]
    #expect(sums.numbers == [5, 7, 9])
    let moved = try Func.vmap([x], outDims: [1]) { [try 2 * $0[0]] }[0]
    #expect(moved.shape == [3, 2] && moved.numbers == [2, 8, 4, 10, 6, 12])
    let chunks = try Func.vmap([x], inDims: [-1], chunkSize: 2) { [try $0[0].sum()] }[0]
    #expect(chunks.numbers == [5, 7, 9])
    let nested = try Func.vmap([x]) { rows in
      try Func.vmap(rows) { [try $0[0] * $0[0]] }
    }[0]
    #expect(nested.shape == [2, 3] && nested.numbers == [1, 4, 9, 16, 25, 36])
    let pairs = try Func.vmap([x, tensor([10, 20, 30])], inDims: [0, nil]) { [try $0[0] + $0[1]] }[
      0]
    #expect(pairs.numbers == [11, 22, 33, 14, 25, 36])
  }

  @Test("Errors, in PyTorch's words")
  func errors() throws {
    let x = try tensor([1, 2])
    #expect(
      words { _ = try Func.grad([x]) { $0[0] } }
        == "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
        + "1 dims. Maybe you wanted to use the vjp or jacrev APIs instead?")
    #expect(
      words { _ = try Func.vmap([x, tensor([1, 2, 3])]) { $0 } }
        == "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
        + "[2, 3] for the mapped dimension")
    #expect(
      words {
        _ = try Func.grad([x]) {
          _ = try x.add_($0[0]); return try $0[0].sum()
        }
      }
        == "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call "
        + "in-place operation (aten::add_.Tensor) that would mutate a captured Tensor. This is not "
        + "supported; please rewrite the function being transformed to explicitly accept the "
        + "mutated Tensor(s) as inputs.")
    #expect(
      words {
        _ = try Func.grad([x]) { x in
          let y = try x[0].sum()
          try y.backward()
          return y
        }
      } == "backward() called inside a functorch transform. This is not supported, please use "
        + "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
        + "transforms.")
    #expect(
      words { _ = try Func.vmap([x]) { _ in [try Tensor.rand([2])] } }
        == "vmap: called random operation while in randomness error mode. Please either use the "
        + "'same' or 'different' randomness flags on vmap or perform the randomness operation out "
        + "of vmap")
    #expect(Modes.areOff && GradMode.isEnabled)
  }

  @Test("In-place changes inside of transforms")
  func inPlace() throws {
    let x = try tensor([1, 2])
    let gradient = try Func.grad([x]) { x in
      let y = try x[0] * 3
      _ = try y.mul_(x[0])
      let buffer = try Tensor.zeros([2], dtype: .float64)
      _ = try buffer.add_(y)
      return try buffer.sum()
    }
    #expect(gradient[0].numbers == [6, 12])
    let tangent = try Func.jvp([x], [tensor([1, 0])]) { x in
      let y = try x[0] * 3
      _ = try y.add_(x[0])
      _ = try y.mul_(2)
      return [y]
    }
    #expect(tangent.outputs[0].numbers == [8, 16] && tangent.tangents[0].numbers == [8, 0])
  }
}
