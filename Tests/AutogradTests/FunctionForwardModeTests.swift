import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("Custom functions in forward mode", .serialized)
struct FunctionForwardModeTests {
  /// Runs `body` in a scope for dual tensors.
  private func dualLevel(_ body: () throws -> Void) throws {
    try ForwardMode.enter(.operators)
    defer { try? ForwardMode.exit() }
    try body()
  }

  /// Twice its input, with the given rule.
  private func twice(_ jvp: @escaping CustomFunction.Derivative) -> CustomFunction {
    var a = function(forward: { [try $1[0] * 2] }, backward: { $1 })
    a.jvp = jvp
    return a
  }

  @Test("The rule gives the tangent, from what was saved for forward")
  func rule() throws {
    try dualLevel {
      let x = try ForwardMode.makeDual(tensor([0, 1]), tensor([3, 4]))
      let y = try MyExp.apply([x])[0]
      #expect(y.tangent?.numbers == [3, 4 * y.numbers[1]])
      #expect(try MyExp.apply([tensor([1])])[0].tangent == nil)
      let second = try tensor([5, 6])
      // Of x²y the tangent is 2xy·s, with t = 0.
      #expect(try SquareTimes.apply([x, second])[0].tangent?.numbers == [0, 48])
    }
  }

  @Test("Reverse mode over forward mode")
  func forwardOverReverse() throws {
    try dualLevel {
      let x = try leaf([2], nil, .float64)
      let dual = try ForwardMode.makeDual(x, tensor([3], nil, .float64))
      let y = try SquareTimes.apply([dual, dual])[0]
      let tangent = try #require(y.tangent)
      // 3x²·3, whose derivative is 18x.
      #expect(tangent.numbers == [36])
      try tangent.backward()
      #expect(x.grad?.numbers == [36])
    }
  }

  @Test("Nothing carries tangents within the callbacks")
  func callbacks() throws {
    try dualLevel {
      let seen = Notes<Bool>()
      var a = function(
        forward: { _, x in
          let y = try x[0] * 2
          seen.values.append(y.tangent == nil)
          return [y]
        }, backward: { $1 })
      a.setupContext = { _, inputs, _ in seen.values.append(try (inputs[0] * 2).tangent == nil) }
      a.jvp = { $1 }
      let x = try ForwardMode.makeDual(tensor([1]), tensor([1]))
      #expect(try call(a, x).tangent?.numbers == [1])
      #expect(seen.values == [true, true])
      #expect(try (x * 2).tangent?.numbers == [2])
    }
  }

  @Test("Missing tangents are zeros, or nil when that is asked for")
  func materialize() throws {
    try dualLevel {
      for materialize in [true, false] {
        let seen = Notes<[Double]?>()
        var a = function(
          forward: { context, x in
            context.setMaterializeGrads(materialize)
            return [try x[0] * x[1]]
          }, backward: { $1 })
        a.jvp = { _, tangents in
          seen.values.append(tangents[1]?.numbers)
          return [tangents[0]]
        }
        let x = try ForwardMode.makeDual(tensor([1, 2]), tensor([1, 1]))
        _ = try a.apply([x, tensor([3, 4])])
        #expect(seen.values == [materialize ? [0, 0] : nil])
      }
    }
  }

  @Test("Rules that break the contract")
  func errors() throws {
    try dualLevel {
      let x = try ForwardMode.makeDual(tensor([1, 2]), tensor([1, 1]))
      do {
        _ = try Cube.apply([x])
        Issue.record("no error")
      } catch let error as TensorError {
        #expect(error.kind == .notImplemented)
        #expect(
          error.message
            == "You must implement the jvp function for custom autograd.Function to use it with "
            + "forward mode AD.")
      }
      #expect(
        words { _ = try call(twice { _, _ in [] }, x) }
          == "Function's jvp returned an invalid number of forward gradients (expected 1 but got 0)"
      )
      #expect(
        words { _ = try call(twice { _, _ in [try tensor([1])] }, x) }
          == "Trying to set a forward gradient that has a different size than that of the original "
          + "Tensor, this is not supported. Tensor is of size [2] while the given forward gradient is "
          + "of size [1].")
      var integer = function(forward: { [try $1[0].to(dtype: .int64)] }, backward: { $1 })
      integer.jvp = { $1 }
      #expect(
        words { _ = try call(integer, x) }
          == "Function's jvp returned a gradient at position 0, but  the corresponding forward output "
          + "is not a differentiable Tensor.You should return None at that position instead.")
      integer.jvp = { _, _ in [nil] }
      #expect(try call(integer, x).numbers == [1, 2])
    }
  }

  @Test("Views need tangents that are views")
  func views() throws {
    try dualLevel {
      let tangent = try tensor([3, 4])
      let x = try ForwardMode.makeDual(tensor([1, 2]), tangent)
      var slice = function(forward: { [try $1[0].slice(end: 1)] }, backward: { $1 })
      slice.jvp = { [try $1[0]?.slice(end: 1)] }
      #expect(try call(slice, x).tangent?.numbers == [3])
      slice.jvp = { [try $1[0]?.slice(end: 1).clone()] }
      #expect(
        words { _ = try call(slice, x) }
          == "A custom Function's forward is returning a view (or an input as-is) but the jvp is not "
          + "returning a view.")
      slice.jvp = { _, _ in [try tensor([5, 6]).slice(end: 1)] }
      #expect(
        words { _ = try call(slice, x) }
          == "A custom Function is returning a view but the jvp is not returning a view of the given "
          + "grad input.")
      let part = try ForwardMode.makeDual(tensor([1, 2]), tensor([3, 4, 5]).slice(end: 2))
      #expect(
        words { _ = try call(slice, part) }
          == "A custom Function is returning a view but the jvp is not returning a view of the same "
          + "base as the given grad input.")
      var asIs = function(forward: { [$1[0]] }, backward: { $1 })
      asIs.jvp = { [try $1[0].map { try $0.view($0.shape) }] }
      #expect(try call(asIs, x).tangent?.numbers == [3, 4])
    }
  }

  @Test("Inputs that are changed need tangents that are changed")
  func inPlace() throws {
    try dualLevel {
      var double = function(
        forward: { context, x in
          try x[0].mul_(2)
          context.markDirty(x)
          return x
        }, backward: { $1 })
      let dual = { try ForwardMode.makeDual(tensor([1, 2]), tensor([3, 4])) }
      double.jvp = { [try $1[0]?.mul_(2)] }
      let x = try dual()
      #expect(try call(double, x) === x)
      #expect(x.numbers == [2, 4])
      #expect(x.tangent?.numbers == [6, 8])
      double.jvp = { [try $1[0].map { try $0 * 2 }] }
      #expect(
        words { _ = try call(double, dual()) }
          == "An inplace custom Function is not modifying the forward mode gradients inplace. If the "
          + "forward is modifying an input inplace, then the jvp function must modify the "
          + "corresponding gradient inplace.")
      double.jvp = { [try $1[0]?.mul_(2).clone()] }
      #expect(
        words { _ = try call(double, dual()) }
          == "An inplace custom Function is not returning the forward mode gradients as-is. If the "
          + "forward is modifying an input inplace, then the jvp function must modify the gradient "
          + "inplace and return it as-is.")
    }
  }
}
