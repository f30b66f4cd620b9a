// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h.

import Arrays
import Autograd
import CApus
import CThread
import Operators
import Transforms
import Transforms

@_cdecl("apus_requires_grad_") @implementation
public func apus_requires_grad_(_ self_: OpaquePointer!, _ requires_grad: Bool) -> apus_status {
  status { try tensor(self_).setRequiresGrad(requires_grad) }
}

@_cdecl("apus_requires_grad") @implementation
public func apus_requires_grad(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).requiresGrad }
}

@_cdecl("apus_is_leaf") @implementation
public func apus_is_leaf(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).isLeaf }
}

@_cdecl("apus_grad") @implementation
public func apus_grad(_ self_: OpaquePointer!) -> OpaquePointer! {
  boundary(nil) { try tensor(self_).grad.flatMap { Handle.make($0) } }
}

@_cdecl("apus_set_grad") @implementation
public func apus_set_grad(_ self_: OpaquePointer!, _ grad: OpaquePointer!) -> apus_status {
  status { try tensor(self_).setGrad(optionalTensor(grad, "grad")) }
}

@_cdecl("apus_retain_grad") @implementation
public func apus_retain_grad(_ self_: OpaquePointer!) -> apus_status {
  status { try tensor(self_).retainGrad() }
}

@_cdecl("apus_retains_grad") @implementation
public func apus_retains_grad(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).retainsGrad }
}

@_cdecl("apus_grad_fn_name") @implementation
public func apus_grad_fn_name(
  _ self_: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) { deliver(text: try tensor(self_).gradFunction?.name ?? "", to: buffer, size) }
}

@_cdecl("apus_backward") @implementation
public func apus_backward(_ self_: OpaquePointer!) -> apus_status {
  status { try tensor(self_, "tensor").backward() }
}

@_cdecl("apus_backward_opt") @implementation
public func apus_backward_opt(
  _ handles: UnsafePointer<OpaquePointer?>!, _ count: Int,
  _ gradients: UnsafePointer<OpaquePointer?>!, _ pointer: UnsafePointer<apus_backward_options>!
) -> apus_status {
  status {
    let given = try options(pointer)
    try backward(
      values(handles, count, given?.tensor_nodes, given?.tensor_numbers, "tensors"),
      gradients: gradients == nil ? [] : optionalTensors(gradients, count, "gradients"),
      retainGraph: given.flatMap { choice($0.retain_graph) },
      createGraph: given?.create_graph ?? false,
      inputs: given.flatMap { given in
        given.inputs == nil && given.input_nodes == nil
          ? nil
          : try values(
            given.inputs, given.input_count, given.input_nodes, given.input_numbers, "inputs")
      })
  }
}

/// Tensors, or gradient edges where there are NULLs.
private func values(
  _ handles: UnsafePointer<OpaquePointer?>?, _ count: Int,
  _ nodes: UnsafePointer<OpaquePointer?>?, _ numbers: UnsafePointer<Int64>?, _ name: StaticString
) throws -> [GraphValue] {
  guard let nodes else { return try tensors(handles, count, name).map { .tensor($0) } }
  guard count >= 0, count < 1 << 20 else {
    throw TensorError.value("argument '\(name)' has a huge count")
  }
  return try (0..<count).map { i in
    if let handle = handles?[i] { return .tensor(try tensor(handle, name)) }
    return .edge(try GradientEdge(node(nodes[i], name), Int(numbers?[i] ?? 0)))
  }
}

/// 0: not given; positive: yes; negative: no.
func choice(_ number: some SignedInteger) -> Bool? { number == 0 ? nil : number > 0 }

@_cdecl("apus_autograd_grad") @implementation
public func apus_autograd_grad(
  _ outputs: UnsafePointer<OpaquePointer?>!, _ output_count: Int,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ results: UnsafeMutablePointer<OpaquePointer?>!
) -> apus_status {
  apus_autograd_grad_opt(outputs, output_count, inputs, input_count, results, nil)
}

@_cdecl("apus_autograd_grad_opt") @implementation
public func apus_autograd_grad_opt(
  _ outputs: UnsafePointer<OpaquePointer?>!, _ output_count: Int,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ results: UnsafeMutablePointer<OpaquePointer?>!,
  _ pointer: UnsafePointer<apus_autograd_grad_options>!
) -> apus_status {
  status {
    guard let results else { throw TensorError.nullArgument("results") }
    for i in 0..<max(input_count, 0) { results[i] = nil }
    let given = try options(pointer)
    let seeds = given?.grad_outputs
    let gradients = try grad(
      values(outputs, output_count, given?.output_nodes, given?.output_numbers, "outputs"),
      values(inputs, input_count, given?.input_nodes, given?.input_numbers, "inputs"),
      gradients: seeds == nil ? [] : optionalTensors(seeds, output_count, "grad_outputs"),
      retainGraph: given.flatMap { choice($0.retain_graph) },
      createGraph: given?.create_graph ?? false,
      allowUnused: given.flatMap { choice($0.allow_unused) },
      materialize: given?.materialize_grads ?? false,
      isGradsBatched: given?.is_grads_batched ?? false)
    for (i, gradient) in gradients.enumerated() {
      results[i] = gradient.flatMap { Handle.make($0) }
    }
  }
}

@_cdecl("apus_is_grad_enabled") @implementation
public func apus_is_grad_enabled() -> Bool { GradMode.isEnabled }

@_cdecl("apus_set_grad_enabled") @implementation
public func apus_set_grad_enabled(_ enabled: Bool) -> Bool {
  let before = GradMode.isEnabled
  GradMode.isEnabled = enabled
  return before
}

@_cdecl("apus_gradcheck") @implementation
public func apus_gradcheck(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ pointer: UnsafePointer<apus_gradcheck_options>!
) -> apus_status {
  status {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    try gradcheck(
      tensors(inputs, input_count, "inputs"), tolerances(pointer), function(code, payload))
  }
}

@_cdecl("apus_gradgradcheck") @implementation
public func apus_gradgradcheck(
  _ code: apus_function!, _ payload: UnsafeMutableRawPointer!,
  _ inputs: UnsafePointer<OpaquePointer?>!, _ input_count: Int,
  _ pointer: UnsafePointer<apus_gradcheck_options>!
) -> apus_status {
  status {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    let seeds = try options(pointer).flatMap { given in
      given.grad_outputs == nil
        ? nil : try tensors(given.grad_outputs, given.grad_output_count, "grad_outputs")
    }
    try gradgradcheck(
      tensors(inputs, input_count, "inputs"), gradients: seeds, tolerances(pointer),
      function(code, payload))
  }
}

private func tolerances(
  _ pointer: UnsafePointer<apus_gradcheck_options>?
) throws -> GradcheckOptions {
  var result = GradcheckOptions()
  guard let given = try options(pointer) else { return result }
  if given.eps != 0 { result.step = given.eps }
  if given.atol != 0 { result.absolute = given.atol }
  if given.rtol != 0 { result.relative = given.rtol }
  result.nondeterminism = given.nondet_tol
  func set(_ field: WritableKeyPath<GradcheckOptions, Bool>, _ given: Int32) {
    if let given = choice(given) { result[keyPath: field] = given }
  }
  set(\.checksUndefinedGradients, given.check_undefined_grad)
  set(\.checksDTypes, given.check_grad_dtypes)
  set(\.checksBatchedGradients, given.check_batched_grad)
  set(\.checksBatchedForwardGradients, given.check_batched_forward_grad)
  set(\.checksForwardMode, given.check_forward_ad)
  set(\.checksBackwardMode, given.check_backward_ad)
  set(\.isFast, given.fast_mode)
  return result
}
