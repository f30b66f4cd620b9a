// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h.

import Arrays
import CApus
import Elements
import Glibc
import KernelChoice
import Parallel
import Synchronization

// Threads, and what the library uses on this machine.

@_cdecl("apus_set_num_threads") @implementation
public func apus_set_num_threads(_ count: Int32) -> apus_status {
  status {
    if count < 1 { throw TensorError.runtime("set_num_threads expects a positive integer") }
    Parallel.threads = Int(count)
  }
}

@_cdecl("apus_get_num_threads") @implementation
public func apus_get_num_threads() -> Int32 { Int32(Parallel.threads) }

@_cdecl("apus_build_info") @implementation
public func apus_build_info() -> UnsafePointer<CChar>! { boundary(nil) { BuildInfo.text } }

private enum BuildInfo {
  /// The texts that were asked for, by the number of threads: C may keep them.
  private static let texts = Mutex<[Int: UInt]>([:])

  static var text: UnsafePointer<CChar>? {
    let threads = Parallel.threads
    return texts.withLock { texts in
      let address = texts[threads] ?? describe(threads).withCString { UInt(bitPattern: strdup($0)) }
      texts[threads] = address
      return UnsafePointer(bitPattern: address)
    }
  }

  private static func describe(_ threads: Int) -> String {
    let products = [DType.float32, .float64, .bfloat16].map { dtype in
      "matrix products of \(dtype.name): \(ProductLibrary.name(dtype) ?? "own kernels")"
    }
    let lines =
      ["apus \(String(cString: apus_version()))", "kernels: \(Kernels.isa.rawValue)"] + products
      + ["threads: \(threads)", "memory: libgc"]
    return lines.joined(separator: "\n")
  }
}
