import Apus
import Testing

@testable import Autograd

/// Runs `body` in anomaly mode, and gives the warnings that it leaves.
@discardableResult
private func anomalously(_ body: () throws -> Void) rethrows -> [String] {
  ThreadContext.current.warnings = []
  defer {
    Anomaly.set(false)
    Anomaly.setLabel(nil)
    ThreadContext.current.warnings = []
  }
  Anomaly.set(true)
  try body()
  return ThreadContext.current.warnings
}

@Suite("Anomaly mode")
struct AnomalyTests {
  @Test("A nan names the node and the argument, and the label of where the node was made")
  func nan() throws {
    let warnings = try anomalously {
      let (x, y) = (try leaf([0, 0]), try leaf([0, 0]))
      Anomaly.setLabel("the division")
      let z = try x / y
      Anomaly.setLabel("the sum")
      let output = try z.sum()
      #expect(try z.gradFunction?.origin == "the division")
      #expect(
        words { try output.backward() }
          == "Function 'DivBackward0' returned nan values in its 1th output.")
      #expect(Anomaly.errorOrigin == "the division")
      #expect(x.grad == nil && y.grad == nil)
    }
    #expect(
      warnings == [
        "Error detected in DivBackward0. Traceback of forward call that caused the error:\n"
          + "the division"
      ])
  }

  @Test("In the first argument")
  func first() throws {
    try anomalously {
      let x = try leaf([0])
      #expect(
        words { try (x.sqrt() * 0).backward() }
          == "Function 'SqrtBackward0' returned nan values in its 0th output.")
    }
  }

  @Test("Without the check nan passes, and errors still say where")
  func withoutCheck() throws {
    let warnings = try anomalously {
      Anomaly.set(true, checksNaN: false)
      #expect(Anomaly.isEnabled && !Anomaly.checksNaN)
      let x = try leaf([0])
      try (x.sqrt() * 0).backward()
      #expect(x.grad?.numbers[0].isNaN == true)
      Anomaly.setLabel("exp")
      let y = try x.exp()
      Anomaly.setLabel(nil)
      try y.add_(1)
      #expect(words { try y.backward() } != "no error")
    }
    #expect(
      warnings == [
        "Error detected in ExpBackward0. Traceback of forward call that caused the error:\nexp"
      ])
  }

  @Test("The message about a changed tensor points to the place")
  func changed() throws {
    try anomalously {
      let y = try leaf([1, 2]).exp()
      try y.add_(1)
      #expect(
        words { try y.sum().backward() }
          == "one of the variables needed for gradient computation has been modified by an inplace "
          + "operation: [torch.FloatTensor [2]], which is output 0 of Exp, is at version 1; "
          + "expected version 0 instead. Hint: the backtrace further above shows the operation "
          + "that failed to compute its gradient. The variable in question was changed in there or "
          + "anywhere later. Good luck!")
    }
  }

  @Test("A graph that was made before has nothing to say")
  func madeBefore() throws {
    let output = try (leaf([0]).sqrt() * 0)
    let warnings = anomalously {
      #expect(
        words { try output.backward() }
          == "Function 'SqrtBackward0' returned nan values in its 0th output.")
      #expect(Anomaly.errorOrigin == nil)
    }
    #expect(
      warnings == [
        "Error detected in SqrtBackward0. No forward pass information available. Enable detect "
          + "anomaly during forward pass for more information."
      ])
  }

  @Test("A node of a gradient names the node that it was made for")
  func parents() throws {
    let warnings = try anomalously {
      let x = try leaf([0])
      Anomaly.setLabel("forward")
      let y = try x.sqrt() * x
      Anomaly.setLabel("backward")
      Anomaly.set(true, checksNaN: false)
      let gradient = try #require(try grad([y], [x], createGraph: true)[0])
      #expect(try gradient.gradFunction != nil)
      Anomaly.set(true)
      #expect(words { try gradient.backward() } != "no error")
    }
    #expect(warnings.count == 2)
    #expect(warnings.first?.hasSuffix("that caused the error:\nbackward") == true)
    #expect(
      warnings.last?.hasSuffix(
        "Traceback of forward call that induced the previous calculation:\nforward") == true)
  }

  @Test("A label may be asked for instead, and an error of a hook says where too")
  func provider() throws {
    let warnings = try anomalously {
      Anomaly.setLabelProvider { "line 7" }
      defer { Anomaly.setLabelProvider(nil) }
      let y = try leaf([1]) * 2
      try y.gradFunction?.registerPrehook { _ in throw Boom() }
      #expect(throws: Boom.self) { try y.backward() }
    }
    #expect(
      warnings == [
        "Error detected in MulBackward0. Traceback of forward call that caused the error:\nline 7"
      ])
  }

  @Test("Off, nothing is remembered and nothing is looked for")
  func off() throws {
    #expect(!Anomaly.isEnabled)
    let x = try leaf([0])
    let y = try x.sqrt()
    #expect(try y.gradFunction?.origin == nil)
    try (y * 0).backward()
    #expect(x.grad?.numbers[0].isNaN == true)
  }
}
