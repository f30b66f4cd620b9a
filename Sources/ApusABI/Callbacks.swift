import Arrays
import Autograd
import CApus
import CThread

// Calls of the program's functions: what they get, and what they give back.

/// Calls the program. It may wait for another thread in there; and its error is its own.
///
/// - Throws: `TensorError.callback` when it returns another code than APUS_OK.
func callOut(_ body: () -> apus_status) throws {
  let kept = apus_error_put_aside()
  let inside = apus_thread_step_out()
  let code = body()
  apus_thread_step_in(inside)
  if code == APUS_OK { return apus_error_put_back(kept, false) }
  let error = callbackError(code)
  apus_error_put_back(kept, true)
  throw error
}

@inline(never)
private func callbackError(_ code: apus_status) -> TensorError {
  let kind = TensorError.Kind(rawValue: code) ?? .runtime
  if ErrorState.code == APUS_OK {
    return .callback(kind, "a callback failed with code \(code)")
  }
  return .callback(kind, String(cString: ErrorState.text))
}

/// Handles for a callback, and room for those that it gives back, where the collector looks.
struct CallbackSlots {
  private let slots: UnsafeMutablePointer<OpaquePointer?>
  private let given: Int
  private let room: Int

  /// What the callback gets.
  var arguments: UnsafePointer<OpaquePointer?> { UnsafePointer(slots) }
  /// What it fills; NULLs at first.
  var results: UnsafeMutablePointer<OpaquePointer?> { slots + given }

  /// Makes handles for `body`, and ends them after it.
  ///
  /// - Throws: what `body` throws; `TensorError.outOfMemory`.
  static func with<Result>(
    _ tensors: [Tensor?], room: Int = 0, _ body: (CallbackSlots) throws -> Result
  ) throws -> Result {
    let count = tensors.count + room
    if count <= 64 {
      // That many lie on the stack.
      return try withUnsafeTemporaryAllocation(of: OpaquePointer?.self, capacity: count + 1) {
        guard let start = $0.baseAddress else { throw TensorError.outOfMemory(bytes: count * 8) }
        return try with(tensors, start, room, body)
      }
    }
    guard let memory = Collector.scratch(bytes: count * 8) else {
      throw TensorError.outOfMemory(bytes: count * 8)
    }
    let start = memory.bindMemory(to: OpaquePointer?.self, capacity: count)
    defer { apus_keep(memory) }
    return try with(tensors, start, room, body)
  }

  private static func with<Result>(
    _ tensors: [Tensor?], _ start: UnsafeMutablePointer<OpaquePointer?>, _ room: Int,
    _ body: (CallbackSlots) throws -> Result
  ) throws -> Result {
    let slots = CallbackSlots(slots: start, given: tensors.count, room: room)
    start.update(repeating: nil, count: tensors.count + room)
    defer { for i in tensors.indices { Handle.endOwned(start[i]) } }
    for (i, tensor) in tensors.enumerated() {
      guard let tensor else { continue }
      start[i] = Handle.make(tensor)
      if start[i] == nil { throw TensorError.outOfMemory(bytes: MemoryLayout<apus_cell>.size) }
    }
    return try body(slots)
  }

  /// Calls the program. What it gave back is taken over, also when it fails.
  func call(_ body: () -> apus_status) throws {
    do {
      try callOut(body)
    } catch {
      for i in 0..<room { Handle.endOwned(results[i]) }
      throw error
    }
  }

  /// The tensors that a callback gave back; NULLs stay nil.
  func taken(_ count: Int, _ name: StaticString) throws -> [Tensor?] {
    defer { for i in 0..<room { Handle.endOwned(results[i]) } }
    return try optionalTensors(results, min(count, room), name)
  }

  /// The same, where none may be NULL.
  func takenAll(_ count: Int, _ name: StaticString) throws -> [Tensor] {
    defer { for i in 0..<room { Handle.endOwned(results[i]) } }
    return try tensors(results, min(count, room), name)
  }
}

/// A handle other than a tensor's for a callback, ended after it.
func withHandle<Result>(
  _ object: some AnyObject, _ body: (OpaquePointer) throws -> Result
) throws -> Result {
  guard let handle = Handle.make(object) else {
    throw TensorError.outOfMemory(bytes: MemoryLayout<apus_cell>.size)
  }
  defer {
    apus_keep(UnsafeRawPointer(handle))
    Handle.endOwned(handle)
  }
  return try body(handle)
}

/// Runs `body`, which calls the program with `payload`; the collector sees that meanwhile.
@inline(__always)
func keeping<Result>(
  _ payload: UnsafeMutableRawPointer?, _ body: () throws -> Result
) rethrows -> Result {
  defer { apus_keep(UnsafeRawPointer(payload)) }
  return try body()
}

/// How many results a function of the program's may have.
let mostResults = 64

/// A function of tensors as Swift sees it.
///
/// - Throws: `TensorError.nullArgument`.
func function(
  _ function: apus_function?, _ payload: UnsafeMutableRawPointer?
) throws -> ([Tensor]) throws -> [Tensor] {
  guard let function else { throw TensorError.nullArgument("function") }
  return { inputs in
    try CallbackSlots.with(inputs, room: mostResults) { slots in
      var count = mostResults
      try slots.call { function(payload, slots.arguments, inputs.count, slots.results, &count) }
      return try slots.takenAll(count, "outputs")
    }
  }
}
