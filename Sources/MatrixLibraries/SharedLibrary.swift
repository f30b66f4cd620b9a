import Glibc

/// A library that is opened while the program runs, and stays.
struct SharedLibrary: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer

  /// Opens the first that is there; nil when none is.
  init?(anyOf names: [String]) {
    for name in names {
      if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) {
        self.handle = handle
        return
      }
    }
    return nil
  }

  /// True when the program itself has the library open.
  static func isOpen(_ name: String) -> Bool {
    guard let handle = dlopen(name, RTLD_NOW | RTLD_NOLOAD) else { return false }
    dlclose(handle)
    return true
  }

  /// A function of the library or of what it depends on, or nil; the caller vouches for its type.
  func function<F>(_ name: String, as _: F.Type) -> F? {
    guard MemoryLayout<F>.size == MemoryLayout<UnsafeMutableRawPointer>.size,
      let symbol = dlsym(handle, name)
    else { return nil }
    return unsafeBitCast(symbol, to: F.self)
  }
}
