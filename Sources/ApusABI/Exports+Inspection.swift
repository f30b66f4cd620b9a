// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in graph.h.

import Arrays
import Autograd
import CApus
import CThread

// What nodes saved, drawings of graphs, and the profiler.

/// The name of what a node saved, by its position.
private func savedName(_ node: Node, _ index: Int64) throws -> String {
  let names = node.savedNames
  guard index >= 0, index < names.count else {
    throw TensorError.index("node has no saved value \(index)")
  }
  return names[Int(index)]
}

@_cdecl("apus_node_saved_count") @implementation
public func apus_node_saved_count(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(try node(self_).savedNames.count) }
}

@_cdecl("apus_node_saved_name") @implementation
public func apus_node_saved_name(
  _ self_: OpaquePointer!, _ index: Int64, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) { deliver(text: try savedName(node(self_), index), to: buffer, size) }
}

@_cdecl("apus_node_saved_is_tensor") @implementation
public func apus_node_saved_is_tensor(_ self_: OpaquePointer!, _ index: Int64) -> Bool {
  boundary(false) {
    let node = try node(self_)
    return node.savesTensor(try savedName(node, index))
  }
}

@_cdecl("apus_node_saved") @implementation
public func apus_node_saved(_ self_: OpaquePointer!, _ index: Int64) -> OpaquePointer! {
  boundary(nil) {
    let node = try node(self_)
    guard case .tensor(let tensor?) = try node.saved(savedName(node, index)) else { return nil }
    return Handle.make(tensor)
  }
}

@_cdecl("apus_node_saved_text") @implementation
public func apus_node_saved_text(
  _ self_: OpaquePointer!, _ index: Int64, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) {
    let node = try node(self_)
    return deliver(text: text(try node.saved(savedName(node, index))), to: buffer, size)
  }
}

/// A value as Python writes it.
private func text(_ value: SavedAttribute?) -> String {
  switch value {
  case nil, .missing, .tensor(nil): "None"
  case .tensor(let tensor?): tensor.description
  case .bool(let value): value ? "True" : "False"
  case .int(let value): "\(value)"
  case .ints(let values):
    "(" + values.map { "\($0)" }.joined(separator: ", ")
      + (values.count == 1 ? ",)" : ")")
  case .text(let value): "'\(value)'"
  case .number(.bool(let value)): value ? "True" : "False"
  case .number(.int(let value)): "\(value)"
  case .number(.double(let value)): "\(value)"
  case .number(.complex(let real, let imaginary)): ArrayPrinter.scalar(real, imaginary)
  }
}

@_cdecl("apus_node_saved_register_hooks") @implementation
public func apus_node_saved_register_hooks(
  _ self_: OpaquePointer!, _ index: Int64, _ pack: apus_pack_hook!, _ unpack: apus_unpack_hook!,
  _ drop: (@convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void)!,
  _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> apus_status {
  status {
    let payload = try Payload(pointer, destroy: destroy)
    let hooks = try savedTensorHooks(pack, unpack, drop, payload)
    let node = try node(self_)
    try node.registerHooks(hooks, onSaved: savedName(node, index))
  }
}

@_cdecl("apus_graph_dot") @implementation
public func apus_graph_dot(_ self_: OpaquePointer!) -> UnsafePointer<CChar>! {
  boundary(nil) { collected(text: try Graph.dot([tensor(self_, "tensor")])) }
}

@_cdecl("apus_profiler_start") @implementation
public func apus_profiler_start(
  _ pointer: UnsafePointer<apus_profiler_options>!
) -> apus_status {
  status {
    let given = try options(pointer)
    try Profiler.start(
      Profiler.Options(
        recordsShapes: given?.record_shapes ?? false,
        profilesMemory: given?.profile_memory ?? false))
  }
}

@_cdecl("apus_profiler_stop") @implementation
public func apus_profiler_stop() -> apus_status { status { try Profiler.stop() } }

/// What was measured last.
///
/// - Throws: `TensorError.runtime` when nothing was.
private func latestProfile() throws -> Profile {
  guard let profile = Profiler.latest else {
    throw TensorError.runtime("the profiler has measured nothing on this thread")
  }
  return profile
}

@_cdecl("apus_profiler_table") @implementation
public func apus_profiler_table(
  _ sort_by: UnsafePointer<CChar>!, _ row_limit: Int64
) -> UnsafePointer<CChar>! {
  boundary(nil) {
    let profile = try latestProfile()
    let averages = profile.keyAverages(byShape: profile.options.recordsShapes)
    return collected(
      text: try averages.table(
        sortBy: optionalText(sort_by), rowLimit: row_limit < 0 ? .max : Int(row_limit)))
  }
}

@_cdecl("apus_profiler_trace") @implementation
public func apus_profiler_trace() -> UnsafePointer<CChar>! {
  boundary(nil) { collected(text: try latestProfile().chromeTrace) }
}

@_cdecl("apus_record_function_begin") @implementation
public func apus_record_function_begin(_ name: UnsafePointer<CChar>!) {
  boundary(()) { if Profiler.isRunning { Profiler.beginRange(optionalText(name) ?? "") } }
}

@_cdecl("apus_record_function_end") @implementation
public func apus_record_function_end() { boundary(()) { Profiler.endRange() } }
