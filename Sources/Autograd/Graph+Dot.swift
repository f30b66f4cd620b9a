import Arrays
import Elements

extension Graph {
  /// The graph behind some tensors in the language of Graphviz: a box for each tensor and node, with
  /// shapes, dtypes and the bytes that it keeps alive, each storage counted once; arrows as gradients
  /// go, with the number of the gradient where it is not 0.
  ///
  /// - Parameters:
  ///   - limit: how many nodes are drawn at most; what lies beyond is an ellipsis.
  ///   - label: what a leaf is called, if it has a name.
  public static func dot(
    _ tensors: [Tensor], limit: Int = 1000, label: (Tensor) -> String? = { _ in nil }
  ) throws -> String {
    let edges = try tensors.map { try $0.gradientEdge }
    let nodes = nodes(from: edges.compactMap(\.node), limit: max(0, limit))
    var numbers: [ObjectIdentifier: Int] = [:]
    for (i, node) in nodes.enumerated() { numbers[ObjectIdentifier(node)] = i }
    var lines = ["digraph {", "  node [shape=box, fontname=\"monospace\"]"]
    var isCut = false
    var arrows: [String] = []
    func arrow(_ source: String, _ edge: Edge) {
      guard let node = edge.node else { return }
      let number = numbers[ObjectIdentifier(node)]
      if number == nil { isCut = true }
      let target = number.map { "n\($0)" } ?? "more"
      arrows.append(
        "  \(source) -> \(target)" + (edge.index == 0 ? "" : " [label=\"\(edge.index)\"]"))
    }
    for (i, tensor) in tensors.enumerated() {
      let text = (label(tensor).map { [$0] } ?? []) + ["\(Array(tensor.shape)) \(tensor.dtype)"]
      lines.append("  t\(i) [label=\(text.asDot), style=rounded]")
      arrow("t\(i)", edges[i])
    }
    var counted: Set<ObjectIdentifier> = []
    for (i, node) in nodes.enumerated() {
      var text = [node.shortName]
      let leaf = (node as? AccumulateGrad)?.variable
      if let leaf, let name = label(leaf) { text.append(name) }
      for k in 0..<node.outputs.count {
        text.append("\(Array(node.outputs[k].layout.sizes)) \(node.outputs[k].dtype)")
      }
      var bytes = 0
      for storage in node.savedStorages
      where counted.insert(ObjectIdentifier(storage)).inserted {
        bytes += storage.byteCount
      }
      if bytes > 0 { text.append("saves \(bytes) bytes") }
      lines.append("  n\(i) [label=\(text.asDot)\(leaf == nil ? "" : ", style=filled")]")
      for edge in node.edges { arrow("n\(i)", edge) }
    }
    if isCut { lines.append("  more [label=\"...\", shape=plaintext]") }
    return (lines + arrows + ["}", ""]).joined(separator: "\n")
  }
}

extension Node {
  /// The memory that saved tensors keep alive.
  fileprivate var savedStorages: [Storage] {
    let saved = extras?.saved.compactMap(\.keptStorage) ?? []
    return ((self as? OperatorNode)?.plainStorages ?? []) + saved
  }
}

extension [String] {
  /// Lines of a label.
  fileprivate var asDot: String {
    let lines = map { line in
      var text = ""
      for character in line.unicodeScalars {
        switch character {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        default: text.unicodeScalars.append(character)
        }
      }
      return text
    }
    return "\"" + lines.joined(separator: "\\n") + "\""
  }
}
