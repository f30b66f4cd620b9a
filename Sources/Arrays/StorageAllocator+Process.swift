#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension StorageAllocator {
  /// `posix_memalign` and `free`.
  package static let process = StorageAllocator(
    allocate: { byteCount in
      var pointer: UnsafeMutableRawPointer?
      // Rounded up so that a vector load of the last elements stays inside.
      return posix_memalign(&pointer, 64, (byteCount | 63) &+ 1) == 0 ? pointer : nil
    },
    deallocate: { pointer, _ in free(pointer) }, count: { _ in })
}
