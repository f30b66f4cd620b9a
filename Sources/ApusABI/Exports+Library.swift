// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h.

import Arrays
import Autograd
import CApus
import Operators

// Version, errors, lifetime and random numbers.

@_cdecl("apus_version") @implementation
public func apus_version() -> UnsafePointer<CChar>! { constant("0.1.0") }

private func constant(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

@_cdecl("apus_error_code") @implementation
public func apus_error_code() -> apus_status { ErrorState.code }

@_cdecl("apus_error_message") @implementation
public func apus_error_message() -> UnsafePointer<CChar>! { ErrorState.message }

@_cdecl("apus_error_text") @implementation
public func apus_error_text() -> UnsafePointer<CChar>! { ErrorState.text }

@_cdecl("apus_error_clear") @implementation
public func apus_error_clear() { ErrorState.clear() }

@_cdecl("apus_set_handle_mode") @implementation
public func apus_set_handle_mode(_ mode: Int32) -> apus_status {
  status {
    guard mode >= 0, let mode = HandleMode(rawValue: UInt32(mode)) else {
      throw TensorError.value("unknown handle mode \(mode)")
    }
    Handle.mode.store(mode.rawValue, ordering: .relaxed)
  }
}

@_cdecl("apus_retain") @implementation
public func apus_retain(_ tensor: OpaquePointer!) -> apus_status {
  status {
    guard tensor != nil else { throw TensorError.nullArgument("tensor") }
    if !Handle.retain(tensor) { throw TensorError.releasedHandle }
  }
}

@_cdecl("apus_release") @implementation
public func apus_release(_ tensor: OpaquePointer!) -> apus_status {
  status { if tensor != nil && !Handle.release(tensor) { throw TensorError.releasedHandle } }
}

@_cdecl("apus_collect") @implementation
public func apus_collect() { boundary(()) { Collector.collectNow() } }

@_cdecl("apus_alloc") @implementation
public func apus_alloc(_ size: Int) -> UnsafeMutableRawPointer! {
  boundary(nil) { Collector.scratch(bytes: size) }
}

@_cdecl("apus_live_handles") @implementation
public func apus_live_handles() -> Int64 { boundary(0) { Int64(Handle.liveCount) } }

@_cdecl("apus_live_bytes") @implementation
public func apus_live_bytes() -> Int64 { boundary(0) { Int64(CollectorAccount.storageBytes) } }

@_cdecl("apus_manual_seed") @implementation
public func apus_manual_seed(_ seed: UInt64) {
  boundary(()) { Generator.default.manualSeed(seed) }
}

@_cdecl("apus_initial_seed") @implementation
public func apus_initial_seed() -> UInt64 { boundary(0) { Generator.default.initialSeed } }

@_cdecl("apus_generator_new") @implementation
public func apus_generator_new(_ seed: UInt64) -> OpaquePointer! {
  boundary(nil) { Handle.make(Generator(seed: seed)) }
}

@_cdecl("apus_generator_manual_seed") @implementation
public func apus_generator_manual_seed(
  _ generator: OpaquePointer!, _ seed: UInt64
) -> apus_status {
  status { try chosen(generator).manualSeed(seed) }
}

@_cdecl("apus_generator_seed") @implementation
public func apus_generator_seed(_ generator: OpaquePointer!) -> UInt64 {
  boundary(0) { try chosen(generator).seed() }
}

@_cdecl("apus_generator_initial_seed") @implementation
public func apus_generator_initial_seed(_ generator: OpaquePointer!) -> UInt64 {
  boundary(0) { try chosen(generator).initialSeed }
}

@_cdecl("apus_generator_get_state") @implementation
public func apus_generator_get_state(_ generator: OpaquePointer!) -> OpaquePointer! {
  boundary(nil) {
    let bytes = try chosen(generator).state
    let state = try NDArray(uninitialized: [bytes.count], .uint8)
    state.base.copyMemory(from: bytes, byteCount: bytes.count)
    return Handle.make(Tensor(state))
  }
}

@_cdecl("apus_generator_set_state") @implementation
public func apus_generator_set_state(
  _ generator: OpaquePointer!, _ state: OpaquePointer!
) -> apus_status {
  status {
    let array = try tensor(state, "state").array
    guard array.dtype == .uint8 else {
      throw TensorError.type("RNG state must be a torch.ByteTensor")
    }
    let bytes = try array.contiguous()
    let memory = UnsafeRawBufferPointer(start: bytes.base, count: bytes.count)
    let isState = try chosen(generator).restore([UInt8](memory))
    withExtendedLifetime(bytes) {}
    if !isState {
      throw TensorError.runtime(
        bytes.count == Generator.stateSize
          ? "Invalid mt19937 state"
          : "Expected a CPUGeneratorImplState of size \(Generator.stateSize) but found the input "
            + "RNG state size to be \(bytes.count)")
    }
  }
}

/// The generator behind a handle, or the default one.
private func chosen(_ handle: OpaquePointer?) throws -> Generator {
  try generator(handle, "generator") ?? .default
}

@_cdecl("apus_generator_release") @implementation
public func apus_generator_release(_ generator: OpaquePointer!) -> apus_status {
  apus_release(generator)
}
