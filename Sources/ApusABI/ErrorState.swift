import Arrays
import CThread
import Glibc

/// The calling thread's first error since it was last cleared.
///
/// Nothing is allocated as long as there is no error. The message is malloc'd, because C keeps
/// the pointer while Swift's strings move.
package enum ErrorState {
  /// Zero when there is no error.
  package static var code: Int32 { apus_thread().pointee.error_code }

  /// One line, never NULL. Valid until this thread clears the error or ends.
  package static var message: UnsafePointer<CChar> {
    if let message = apus_thread().pointee.error_message {
      return UnsafePointer(message.assumingMemoryBound(to: CChar.self))
    }
    let empty: StaticString = "\0"
    return UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// The same message with its line breaks.
  package static var text: UnsafePointer<CChar> { message + strlen(message) + 1 }

  /// Keeps the error unless there is one already.
  @inline(never)
  package static func record(code: Int32, message: String) {
    let thread = Threads.current
    guard thread.pointee.error_code == 0 else { return }
    thread.pointee.error_code = code
    thread.pointee.error_message = copy(message)
  }

  /// The same for whatever was thrown; returns its code.
  @inline(never)
  @discardableResult
  package static func record(_ error: any Error) -> Int32 {
    let error = error as? TensorError ?? .runtime("\(error)")
    record(code: error.kind.rawValue, message: error.message)
    return error.kind.rawValue
  }

  package static func clear() {
    let thread = Threads.current
    thread.pointee.error_code = 0
    free(thread.pointee.error_message)
    thread.pointee.error_message = nil
  }

  /// The message in one line and, behind it, as it is. Without memory for it the code must do.
  private static func copy(_ message: String) -> UnsafeMutableRawPointer? {
    let bytes = message.utf8
    guard let copy = malloc(2 * (bytes.count + 1)) else { return nil }
    let second = copy + bytes.count + 1
    for (i, byte) in bytes.enumerated() {
      // A NUL would end it early.
      let isControl = byte < 0x20
      copy.storeBytes(of: isControl ? 0x20 : byte, toByteOffset: i, as: UInt8.self)
      let isKept = !isControl || byte == 0x0A || byte == 0x09
      second.storeBytes(of: isKept ? byte : 0x20, toByteOffset: i, as: UInt8.self)
    }
    copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
    second.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
    return copy
  }
}
