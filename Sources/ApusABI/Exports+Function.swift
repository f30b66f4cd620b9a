// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in function.h.

import Arrays
import Autograd
import CApus
import CThread
import Operators

// Custom functions and checkpoints.

@_cdecl("apus_custom_apply") @implementation
public func apus_custom_apply(
  _ pointer: UnsafePointer<apus_custom_function>!, _ payload: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ outputs: UnsafeMutablePointer<OpaquePointer?>!, _ output_count: UnsafeMutablePointer<Int>!
) -> apus_status {
  status {
    let payload = try Payload(payload, destroy: destroy)
    guard let parts = try options(pointer) else { throw TensorError.nullArgument("function") }
    let results = try customFunction(parts, payload)
      .apply(tensors(inputs, input_count, "inputs"), .operators)
    try deliver(list: results, to: outputs, output_count)
  }
}

/// The parts of a function of the program's as the engine calls them.
private func customFunction(
  _ c: apus_custom_function, _ payload: Payload
) throws -> CustomFunction {
  var function = CustomFunction(name: try text(c.name, "name"))
  function.payload = payload
  function.generateVmapRule = c.generate_vmap_rule
  function.onceDifferentiable = c.once_differentiable
  let hasSetUp = c.setup_context != nil
  if let forward = c.forward {
    function.forward = { context, inputs in
      try withHandle(context) { context in
        try CallbackSlots.with(inputs, room: mostResults) { slots in
          var count = mostResults
          try slots.call {
            forward(
              payload.pointer, hasSetUp ? nil : context, slots.arguments, inputs.count,
              slots.results, &count)
          }
          return try slots.takenAll(count, "outputs")
        }
      }
    }
  }
  if let setUp = c.setup_context {
    function.setupContext = { context, inputs, outputs in
      try withHandle(context) { context in
        try CallbackSlots.with(inputs + outputs) { slots in
          try slots.call {
            setUp(
              payload.pointer, context, slots.arguments, inputs.count,
              slots.arguments + inputs.count, outputs.count)
          }
        }
      }
    }
  }
  function.backward = c.backward.map { derivative($0, payload) { $0.needsInputGrad.count } }
  function.jvp = c.jvp.map { derivative($0, payload) { $0.outputCount } }
  function.vmap = c.vmap.map { vmap($0, payload) }
  return function
}

private typealias Derivative =
  @convention(c) (
    UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<OpaquePointer?>?, Int,
    UnsafeMutablePointer<OpaquePointer?>?, Int
  ) -> apus_status

/// A `backward` or a `jvp`; `count` tells how many results it has.
private func derivative(
  _ callback: @escaping Derivative, _ payload: Payload, _ count: @escaping (FunctionContext) -> Int
) -> CustomFunction.Derivative {
  { context, given in
    let count = count(context)
    return try withHandle(context) { context in
      try CallbackSlots.with(given, room: count) { slots in
        try slots.call {
          callback(
            payload.pointer, context, slots.arguments, given.count, slots.results, count)
        }
        return try slots.taken(count, "results")
      }
    }
  }
}

private typealias VmapRule =
  @convention(c) (
    UnsafeMutableRawPointer?, Int64, Int32, UnsafePointer<Int64>?, UnsafePointer<OpaquePointer?>?,
    Int, UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<Int>?,
    UnsafeMutablePointer<Int64>?
  ) -> apus_status

private func vmap(_ rule: @escaping VmapRule, _ payload: Payload) -> CustomFunction.Vmap {
  { info, inDims, inputs in
    let dims = inDims.map { $0.map(Int64.init) ?? .min }
    var outDims = [Int64](repeating: .min, count: mostResults)
    return try CallbackSlots.with(inputs, room: mostResults) { slots in
      var count = mostResults
      try slots.call {
        rule(
          payload.pointer, Int64(info.batchSize), number(info.randomness), dims, slots.arguments,
          inputs.count, slots.results, &count, &outDims)
      }
      let outputs = try slots.takenAll(count, "outputs")
      return (outputs, outDims.prefix(outputs.count).map(optionalDim))
    }
  }
}

private func number(_ randomness: Randomness) -> Int32 {
  switch randomness {
  case .error: Int32(APUS_RANDOMNESS_ERROR)
  case .same: Int32(APUS_RANDOMNESS_SAME)
  case .different: Int32(APUS_RANDOMNESS_DIFFERENT)
  }
}

@_cdecl("apus_checkpoint") @implementation
public func apus_checkpoint(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ outputs: UnsafeMutablePointer<OpaquePointer?>!, _ output_count: UnsafeMutablePointer<Int>!,
  _ pointer: UnsafePointer<apus_checkpoint_options>!
) -> apus_status {
  status {
    let payload = try Payload(payload, destroy: destroy)
    var chosen = CheckpointOptions()
    if let given = try options(pointer) {
      chosen.preservesRandomState = choice(given.preserve_rng_state) ?? true
      chosen.checksDeterminism = choice(given.determinism_check) ?? true
      chosen.stopsEarly = choice(given.early_stop) ?? true
    }
    let call = try function(code, payload.pointer)
    let results = try checkpoint(
      tensors(inputs, input_count, "inputs"), chosen, payload: payload
    ) { inputs in
      try withExtendedLifetime(payload) { try call(inputs) }
    }
    try deliver(list: results, to: outputs, output_count)
  }
}
