import Testing

@testable import Autograd
@testable import Operators

@Suite("Schemas")
struct SchemaTests {
  @Test("Names and overloads")
  func names() {
    let plain = Schema("log_softmax(Tensor self, int dim) -> Tensor")
    #expect(plain.name == "log_softmax" && plain.overload == "")
    let dim = Schema("sum.dim(Tensor self) -> Tensor")
    #expect(dim.name == "sum" && dim.overload == "dim")
    #expect(Schema("_window(Tensor(a) self) -> Tensor(a)").name == "_window")
    #expect(Schema("rand(int[] size) -> Tensor").arguments.count == 1)
    #expect(Schema("now() -> Tensor").arguments.isEmpty)
  }

  @Test("Arguments, defaults and what comes behind the star")
  func arguments() {
    let text =
      "sum.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor"
    let schema = Schema(text)
    #expect(schema.text == text)
    #expect(schema.arguments.map(\.name) == ["self", "dim", "keepdim", "dtype"])
    #expect(schema.arguments.map(\.kind.base) == ["Tensor", "int", "bool", "ScalarType"])
    #expect(schema.arguments.map(\.defaultValue) == [nil, nil, "False", "None"])
    #expect(schema.arguments.map(\.isKeywordOnly) == [false, false, false, true])
    #expect(schema.results.count == 1)
  }

  @Test(
    "Kinds",
    arguments: [
      ("int[]", "int", "list"), ("int[1]", "int", "list single"), ("int[2]", "int", "list single"),
      ("int[1]?", "int", "list single optional"), ("int[]?", "int", "list optional"),
      ("int?", "int", "optional"), ("Tensor?[]", "Tensor", "list elements"),
      ("Tensor[]", "Tensor", "list"), ("Tensor?", "Tensor", "optional"),
      ("Tensor(a)", "Tensor", "aliased"), ("Tensor(a!)", "Tensor", "aliased mutated"),
      ("Tensor(a)[]", "Tensor", "list aliased"), ("Scalar", "Scalar", ""),
    ])
  func kinds(_ text: String, _ base: String, _ properties: String) {
    let kind = Schema("f(\(text) x) -> Tensor").arguments[0].kind
    #expect(kind.base == base)
    let present = [
      kind.isList ? "list" : nil, kind.allowsSingle ? "single" : nil,
      kind.isOptional ? "optional" : nil, kind.hasOptionalElements ? "elements" : nil,
      kind.isAliased ? "aliased" : nil, kind.isMutated ? "mutated" : nil,
    ]
    #expect(present.compactMap { $0 }.joined(separator: " ") == properties)
  }

  @Test("Defaults with commas, brackets and quotes")
  func defaults() {
    let schema = Schema(
      "f(Tensor self, int[1] dim=[], int[2] stride=[1, 2], str reduction=\"mean\", "
        + "float eps=1e-05, int ignore_index=-100) -> Tensor")
    #expect(
      schema.arguments.map(\.defaultValue)
        == [nil, "[]", "[1, 2]", "\"mean\"", "1e-05", "-100"])
  }

  @Test("Several results, named or in a list")
  func results() {
    let named = Schema("max.dim(Tensor self, int dim) -> (Tensor values, Tensor indices)")
    #expect(named.results.map(\.base) == ["Tensor", "Tensor"])
    let views = Schema("unbind(Tensor(a) self, int dim=0) -> Tensor(a)[]")
    #expect(views.results.count == 1)
    #expect(views.results[0].isList && views.results[0].isAliased)
  }

  @Test("Every operator's schema reads back sensibly, and no two are the same")
  func all() {
    var seen: Set<String> = []
    for definition in Ops.definitions {
      let schema = definition.schema
      #expect(seen.insert(schema.name + "." + schema.overload).inserted, "\(schema.text)")
      #expect(!schema.results.isEmpty)
      var optional = false
      for argument in schema.arguments {
        #expect(argument.name != "argument", "\(schema.text)")
        if argument.isKeywordOnly { continue }
        // After a default, every positional argument has one, but for the word for a padding, which
        // tells the overload from that with numbers.
        let isWord = argument.kind.base == "str" && schema.overload == "padding"
        #expect(!optional || argument.defaultValue != nil || isWord, "\(schema.text)")
        optional = optional || argument.defaultValue != nil
      }
      #expect(!definition.documentation.isEmpty)
    }
  }

  @Test("Nodes are named after their operators")
  func gradNames() {
    #expect(Ops.exp.definition.gradName == "ExpBackward0")
    #expect(Ops.logSoftmax.definition.gradName == "LogSoftmaxBackward0")
    #expect(Ops.sumDim.definition.gradName == "SumBackward1")
  }
}
