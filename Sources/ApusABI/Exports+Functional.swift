// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in transforms.h.

import Arrays
import Autograd
import CApus
import CThread
import Operators
import Transforms

// Transforms of functions of several tensors.

/// The positions of the inputs to differentiate for; the first where none are given.
private func positions(_ pointer: UnsafePointer<Int64>?, _ count: Int) throws -> [Int] {
  pointer == nil ? [0] : Array(try dims(pointer, count, "argnums"))
}

/// Sets as many results to NULL as there are going to be.
private func clear(
  _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ name: StaticString
) throws {
  guard let results else { throw TensorError.nullArgument("\(name)") }
  for i in 0..<max(count, 0) { results[i] = nil }
}

/// The only output of a function.
private func single(
  _ function: @escaping ([Tensor]) throws -> [Tensor]
) -> ([Tensor]) throws -> Tensor {
  { inputs in
    let outputs = try function(inputs)
    guard let output = outputs.first, outputs.count == 1 else {
      throw TensorError.runtime(
        "grad_and_value(f)(*args): Expected f(*args) to return a single tensor, got "
          + "\(outputs.count)")
    }
    return output
  }
}

@_cdecl("apus_func_grad") @implementation
public func apus_func_grad(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ argnums: UnsafePointer<Int64>!, _ argnum_count: Int,
  _ gradients: UnsafeMutablePointer<OpaquePointer?>!
) -> apus_status {
  apus_func_grad_and_value(
    code, payload, inputs, input_count, argnums, argnum_count, gradients, nil)
}

@_cdecl("apus_func_grad_and_value") @implementation
public func apus_func_grad_and_value(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ argnums: UnsafePointer<Int64>!, _ argnum_count: Int,
  _ gradients: UnsafeMutablePointer<OpaquePointer?>!,
  _ value: UnsafeMutablePointer<OpaquePointer?>!
) -> apus_status {
  status {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    value?.pointee = nil
    let argnums = try positions(argnums, argnum_count)
    try clear(gradients, argnums.count, "gradients")
    let result = try Func.gradAndValue(
      tensors(inputs, input_count, "inputs"), argnums: argnums, single(function(code, payload)))
    for (i, gradient) in result.gradients.enumerated() { gradients[i] = Handle.make(gradient) }
    if let value { value.pointee = Handle.make(result.value) }
  }
}

@_cdecl("apus_vjp") @implementation
public func apus_vjp(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ cotangents: UnsafePointer<OpaquePointer?>!, _ cotangent_count: Int,
  _ outputs: UnsafeMutablePointer<OpaquePointer?>!, _ output_count: UnsafeMutablePointer<Int>!,
  _ gradients: UnsafeMutablePointer<OpaquePointer?>!
) -> apus_status {
  status {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    try clear(gradients, input_count, "gradients")
    let seeds = try tensors(cotangents, cotangent_count, "cotangents")
    let (results, pullback) = try Func.vjp(
      tensors(inputs, input_count, "inputs"), function(code, payload))
    let found = try pullback(seeds)
    try deliver(list: results, to: outputs, output_count)
    for (i, gradient) in found.enumerated() { gradients[i] = Handle.make(gradient) }
  }
}

@_cdecl("apus_jvp") @implementation
public func apus_jvp(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ primals: UnsafePointer<OpaquePointer?>!, _ tangents: UnsafePointer<OpaquePointer?>!,
  _ input_count: Int, _ outputs: UnsafeMutablePointer<OpaquePointer?>!,
  _ output_tangents: UnsafeMutablePointer<OpaquePointer?>!,
  _ output_count: UnsafeMutablePointer<Int>!
) -> apus_status {
  status {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    guard let output_count else { throw TensorError.nullArgument("output_count") }
    var room = output_count.pointee
    let results = try Func.jvp(
      tensors(primals, input_count, "primals"), ApusABI.tensors(tangents, input_count, "tangents"),
      function(code, payload))
    try deliver(list: results.outputs, to: outputs, output_count)
    try deliver(list: results.tangents, to: output_tangents, &room)
  }
}

/// A derivative as a function of the direction.
final class Pushforward {
  let apply: TensorFunction
  /// What the function refers to no collection comes by.
  private let hidden = Hidden()

  init(_ apply: @escaping TensorFunction) { self.apply = apply }
}

@_cdecl("apus_linearize") @implementation
public func apus_linearize(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ outputs: UnsafeMutablePointer<OpaquePointer?>!, _ output_count: UnsafeMutablePointer<Int>!
) -> OpaquePointer! {
  boundary(nil) {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    let (results, pushforward) = try Func.linearize(
      tensors(inputs, input_count, "inputs"), function(code, payload))
    try deliver(list: results, to: outputs, output_count)
    return Handle.make(Pushforward(pushforward))
  }
}

@_cdecl("apus_pushforward_apply") @implementation
public func apus_pushforward_apply(
  _ handle: OpaquePointer!, _ tangents: UnsafePointer<OpaquePointer?>!, _ tangent_count: Int,
  _ output_tangents: UnsafeMutablePointer<OpaquePointer?>!,
  _ output_count: UnsafeMutablePointer<Int>!
) -> apus_status {
  status {
    let pushforward: Pushforward = try object(handle, "pushforward")
    let results = try pushforward.apply(tensors(tangents, tangent_count, "tangents"))
    try deliver(list: results, to: output_tangents, output_count)
  }
}

@_cdecl("apus_pushforward_release") @implementation
public func apus_pushforward_release(_ pushforward: OpaquePointer!) -> apus_status {
  apus_release(pushforward)
}

@_cdecl("apus_vmap") @implementation
public func apus_vmap(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ outputs: UnsafeMutablePointer<OpaquePointer?>!, _ output_count: UnsafeMutablePointer<Int>!,
  _ pointer: UnsafePointer<apus_vmap_options>!
) -> apus_status {
  status {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    let arguments = try tensors(inputs, input_count, "inputs")
    let given = try options(pointer)
    func list(_ dims: UnsafePointer<Int64>?, _ count: Int) -> [Int?]? {
      dims.map { dims in (0..<count).map { optionalDim(dims[$0]) } }
    }
    let outCount = given?.out_dim_count ?? 0
    guard outCount >= 0, outCount <= mostResults else {
      throw TensorError.value("argument 'out_dims' has a huge count")
    }
    let chunk = Int(given?.chunk_size ?? 0)
    let results = try Func.vmap(
      arguments, inDims: list(given?.in_dims, arguments.count),
      outDims: list(given?.out_dims, outCount),
      randomness: vmapRandomness(given?.randomness ?? 0), chunkSize: chunk == 0 ? nil : chunk,
      function(code, payload))
    try deliver(list: results, to: outputs, output_count)
  }
}

/// What a number says of random numbers, for `Func.vmap`.
private func vmapRandomness(_ number: Int32) throws -> VmapRandomness {
  switch try randomness(number) {
  case .error: .error
  case .same: .same
  case .different: .different
  }
}
