// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in transforms.h.

import Arrays
import Autograd
import CApus
import CThread
import Operators
import Transforms

// Transforms in pieces.

/// The level behind a handle.
private func level(_ handle: OpaquePointer?) throws -> Level { try object(handle, "level") }

/// A dimension, or nil for APUS_NO_DIM.
func optionalDim(_ dim: Int64) -> Int? { dim == .min ? nil : Int(dim) }

/// What a number says of random numbers.
///
/// - Throws: `TensorError.value`.
func randomness(_ number: Int32) throws -> Randomness {
  switch number {
  case Int32(APUS_RANDOMNESS_ERROR): .error
  case Int32(APUS_RANDOMNESS_SAME): .same
  case Int32(APUS_RANDOMNESS_DIFFERENT): .different
  default:
    throw TensorError.value(
      "Only allowed values for randomness are 'error', 'different', or 'same'. Got \(number)")
  }
}

@_cdecl("apus_level_push") @implementation
public func apus_level_push(
  _ kind: Int32, _ batch_size: Int64, _ randomness: Int32
) -> OpaquePointer! {
  boundary(nil) {
    switch kind {
    case Int32(APUS_LEVEL_DIFFERENTIATING):
      return Handle.make(Level.push(.differentiating, .operators))
    case Int32(APUS_LEVEL_BATCHING):
      guard batch_size >= 0 else {
        throw TensorError.value("the batch size must not be negative, got \(batch_size)")
      }
      let mode = try ApusABI.randomness(randomness)
      return Handle.make(
        Level.push(.batching(size: Int(batch_size), randomness: mode), .operators))
    default:
      throw TensorError.value("unknown kind of level \(kind)")
    }
  }
}

@_cdecl("apus_level_pop") @implementation
public func apus_level_pop(_ handle: OpaquePointer!) -> apus_status {
  status {
    let level = try level(handle)
    guard ThreadContext.current.levels.contains(where: { $0 === level }) else {
      throw TensorError.runtime("the transform level has ended, or is another thread's")
    }
    level.pop()
  }
}

@_cdecl("apus_level_wrap") @implementation
public func apus_level_wrap(
  _ handle: OpaquePointer!, _ self_: OpaquePointer!, _ dim: Int64
) -> OpaquePointer! {
  making {
    let level = try level(handle)
    let tensor = try tensor(self_, "tensor")
    guard let size = level.batchSize else { return try level.variable(tensor) }
    guard let dim = optionalDim(dim) else { return tensor }
    let position = try Dims.wrap(dim, rank: tensor.rank)
    guard tensor.rank > 0, tensor.shape[position] == size else {
      throw TensorError.value(
        "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
          + "\([size, tensor.rank > 0 ? tensor.shape[position] : 1]) for the mapped dimension")
    }
    return try ThreadContext.current.below(level) {
      level.wrap(try tensor.movingDim(position, to: 0))
    }
  }
}

@_cdecl("apus_level_unwrap") @implementation
public func apus_level_unwrap(
  _ handle: OpaquePointer!, _ self_: OpaquePointer!, _ dim: Int64
) -> OpaquePointer! {
  making {
    let level = try level(handle)
    let tensor = try tensor(self_, "tensor")
    guard let size = level.batchSize else { return level.unwrap(tensor) }
    return try ThreadContext.current.below(level) {
      try level.result(tensor, size, optionalDim(dim))
    }
  }
}

@_cdecl("apus_level_owns") @implementation
public func apus_level_owns(_ handle: OpaquePointer!, _ self_: OpaquePointer!) -> Bool {
  boundary(false) { try level(handle).owns(tensor(self_, "tensor")) }
}

@_cdecl("apus_level_dual") @implementation
public func apus_level_dual(
  _ handle: OpaquePointer!, _ primal: OpaquePointer!, _ tangent: OpaquePointer!
) -> OpaquePointer! {
  making { try level(handle).dual(tensor(primal, "primal"), tensor(tangent, "tangent")) }
}

@_cdecl("apus_level_tangent") @implementation
public func apus_level_tangent(
  _ handle: OpaquePointer!, _ self_: OpaquePointer!
) -> OpaquePointer! {
  boundary(nil) { try level(handle).tangent(tensor(self_, "tensor")).flatMap { Handle.make($0) } }
}

@_cdecl("apus_level_gradients") @implementation
public func apus_level_gradients(
  _ handle: OpaquePointer!, _ outputs: UnsafePointer<OpaquePointer?>!, _ output_count: Int,
  _ cotangents: UnsafePointer<OpaquePointer?>!, _ inputs: UnsafePointer<OpaquePointer?>!,
  _ input_count: Int, _ retain_graph: Bool, _ gradients: UnsafeMutablePointer<OpaquePointer?>!
) -> apus_status {
  status {
    guard let gradients else { throw TensorError.nullArgument("gradients") }
    for i in 0..<max(input_count, 0) { gradients[i] = nil }
    let found = try level(handle).gradients(
      tensors(outputs, output_count, "outputs"), tensors(inputs, input_count, "inputs"),
      cotangents: cotangents == nil
        ? [] : optionalTensors(cotangents, output_count, "cotangents"),
      retainGraph: retain_graph)
    for (i, gradient) in found.enumerated() { gradients[i] = Handle.make(gradient) }
  }
}

@_cdecl("apus_level_depth") @implementation
public func apus_level_depth() -> Int64 {
  boundary(0) { Int64(ThreadContext.current.levels.count) }
}

@_cdecl("apus_level_release") @implementation
public func apus_level_release(_ level: OpaquePointer!) -> apus_status { apus_release(level) }
