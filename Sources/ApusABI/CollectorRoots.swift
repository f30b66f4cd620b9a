import CGC
import Glibc

/// Which libraries' globals may hold handles.
///
/// libgc scans the data of everything that is loaded, in every collection. Handles may be in the
/// globals of the program and of any library it opens; but in none of these, which together have
/// megabytes. (libgc itself must stay: its table of threads is in its data.)
enum CollectorRoots {
  static func install() {
    GC_register_has_static_roots_callback { path, _, _ in
      guard let path else { return 1 }
      return CollectorRoots.mayHoldHandles(path) ? 1 : 0
    }
  }

  /// Compares C strings and nothing else: it runs inside of libgc.
  static func mayHoldHandles(_ path: UnsafePointer<CChar>) -> Bool {
    let slash = strrchr(path, 47)
    let name = slash.map { UnsafePointer($0 + 1) } ?? path
    return
      !(starts(name, "libapus.") || starts(name, "libc.") || starts(name, "libm.")
      || starts(name, "libstdc++.") || starts(name, "libgcc_s.")
      || starts(name, "libdnnl.") || starts(name, "libopenblas") || starts(name, "libgomp.")
      || starts(name, "libtbb") || starts(name, "libgfortran.") || starts(name, "libquadmath.")
      || starts(name, "libswift") || starts(name, "libpython") || starts(name, "ld-linux"))
  }

  @inline(__always)
  private static func starts(_ name: UnsafePointer<CChar>, _ prefix: StaticString) -> Bool {
    let start = UnsafeRawPointer(prefix.utf8Start).assumingMemoryBound(to: CChar.self)
    return strncmp(name, start, prefix.utf8CodeUnitCount) == 0
  }
}
