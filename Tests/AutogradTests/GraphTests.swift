import Apus
import Foundation
import Testing

@testable import Autograd

@Suite("Inspection of graphs")
struct GraphTests {
  @Test("Names, next functions and numbers are PyTorch's")
  func nodes() throws {
    let x = try leaf([1, 2])
    let y = try leaf([3, 4])
    let product = try #require(try x.mul(y.detach()).mul(y).gradFunction)
    #expect(product.name == "MulBackward0")
    #expect(
      product.nextFunctions.map { $0?.node.name }
        == ["MulBackward0", "torch::autograd::AccumulateGrad"])
    let inner = try #require(product.nextFunctions[0])
    #expect(inner.inputIndex == 0)
    #expect(inner.node.nextFunctions.count == 2)
    #expect(inner.node.nextFunctions[1] == nil)
    #expect(inner.node.sequenceNumber < product.sequenceNumber)
    let accumulator = try #require(product.nextFunctions[1]).node
    #expect(accumulator.sequenceNumber == 18_446_744_073_709_551_615)
    #expect(accumulator.variable === y)
    #expect(product.variable == nil)
    #expect(try y.exp().gradFunction?.nextFunctions[0]?.node === accumulator)
  }

  @Test("An argument without derivative has no edge, and several results have indices")
  func edges() throws {
    let x = try leaf([1, 2, 3, 4], [2, 2])
    let index = try Tensor.zeros([1, 2], dtype: .int64)
    #expect(try x.gather(dim: 0, index).gradFunction?.nextFunctions.count == 1)
    let second = try x.unbind()[1].exp()
    #expect(try second.gradFunction?.nextFunctions[0]?.inputIndex == 1)
  }

  /// Names recorded from PyTorch, without sizes of arguments.
  @Test("Saved values have PyTorch's names")
  func savedNames() throws {
    let x = try leaf([1, 2, 3, 4], [2, 2])
    func names(_ y: Tensor) throws -> [String] { try #require(try y.gradFunction).savedNames }
    #expect(try names(x.mul(x)) == ["other", "self"])
    #expect(try names(x.exp()) == ["result"])
    #expect(try names(x.log()) == ["self"])
    #expect(try names(x.sum(dim: [1])) == ["dim", "keepdim"])
    #expect(try names(x.max(dim: 1).values) == ["dim", "indices", "keepdim"])
    #expect(try names(x.transpose(dim0: 0, dim1: 1)) == ["dim0", "dim1"])
    #expect(try names(x.softmax(dim: 1)) == ["dim", "result"])
    #expect(try names(x.mm(x)) == ["mat2", "self"])
  }

  @Test("Saved tensors are those of the call, at their place in the graph")
  func saved() throws {
    let x = try leaf([1, 2])
    let y = try x.mul(x)
    let node = try #require(try y.gradFunction)
    guard case .tensor(let saved?) = try node.saved("self") else {
      Issue.record("nothing saved")
      return
    }
    #expect(saved.numbers == [1, 2])
    #expect(try saved.gradientEdge.node?.variable === x)
    #expect(try node.saved("nothing") == nil)
    let sum = try #require(try x.sum(dim: [0]).gradFunction)
    guard case .ints([0]) = try sum.saved("dim"), case .bool(false) = try sum.saved("keepdim")
    else {
      Issue.record("dim and keepdim")
      return
    }
    try y.sum().backward()
    #expect(words { _ = try node.saved("self") } == Words.freed)
  }

  @Test("A saved tensor that was changed is refused")
  func modified() throws {
    let y = try leaf([1, 2]).exp()
    let node = try #require(try y.gradFunction)
    try y.detach().zero_()
    #expect(
      words { _ = try node.saved("result") }
        == Words.changed("torch.FloatTensor [2]", by: "0 of Exp"))
  }

  @Test("The drawing is as expected")
  func drawing() throws {
    let x = try leaf([1, 2])
    let y = try x.mul(x).exp()
    let text = try Graph.dot([y]) { $0 === x ? "a \"quoted\" \\ name" : nil }
    #expect(
      text == #"""
        digraph {
          node [shape=box, fontname="monospace"]
          t0 [label="[2] float32", style=rounded]
          n0 [label="ExpBackward0\n[2] float32\nsaves 8 bytes"]
          n1 [label="MulBackward0\n[2] float32\nsaves 8 bytes"]
          n2 [label="AccumulateGrad\na \"quoted\" \\ name\n[2] float32", style=filled]
          t0 -> n0
          n0 -> n1
          n1 -> n2
          n1 -> n2
        }

        """#)
    #expect(try Graph.dot([y], limit: 1).contains("n0 -> more"))
    #expect(try Graph.dot([x.mul(2).unbind()[1]]).contains("t0 -> n0 [label=\"1\"]"))
    try checkWithGraphviz(text)
  }

  /// When it is installed.
  private func checkWithGraphviz(_ text: String) throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/dot") else { return }
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).dot")
    try text.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/dot")
    process.arguments = ["-Tsvg", file.path()]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let svg = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(svg.contains("</svg>"))
  }

  @Test("A long chain is walked without recursion")
  func deep() throws {
    var y = try leaf([1])
    for _ in 0..<200_000 { y = try y.neg() }
    let root = try #require(try y.gradFunction)
    #expect(Graph.nodes(from: [root]).count == 200_001)
    #expect(Graph.nodes(from: [root], limit: 10).count == 10)
  }

  @Test("The node of a rounded quotient has a name of its own")
  func quotients() throws {
    let x = try leaf([3, 4])
    #expect(try x.div(x).gradFunction?.name == "DivBackward0")
    #expect(try x.div(x, roundingMode: "floor").gradFunction?.name == "DivBackward2")
    #expect(try x.div(2, roundingMode: "trunc").gradFunction?.name == "DivBackward2")
  }
}
