import CThread
import Glibc

/// An error that C can be told about.
package protocol CodedError: Error {
  var code: Int32 { get }
  var message: String { get }
}

/// What C passed is not a tensor, or not one any more.
enum HandleError: CodedError {
  case null
  case notAHandle
  case released
  case tooManyRetains
  case outOfMemory(bytes: Int)

  var code: Int32 {
    switch self {
    case .null, .notAHandle, .released, .tooManyRetains: ErrorState.badHandle
    case .outOfMemory: ErrorState.outOfMemory
    }
  }

  var message: String {
    switch self {
    case .null: "expected a tensor, but got NULL"
    case .notAHandle: "expected a tensor, but got a pointer that is not a tensor handle"
    case .released: "tensor handle was released already"
    case .tooManyRetains: "tensor handle was retained too often"
    case .outOfMemory(let bytes): "not enough memory: you tried to allocate \(bytes) bytes."
    }
  }
}

/// The calling thread's first error since it was last cleared.
///
/// Nothing is allocated as long as there is no error. The message is malloc'd, because C keeps
/// the pointer while Swift's strings move.
package enum ErrorState {
  static let badHandle: Int32 = 1
  static let outOfMemory: Int32 = 2
  static let unknown: Int32 = 3

  /// Zero when there is no error.
  package static var code: Int32 { apus_thread().pointee.error_code }

  /// One line, never NULL. Valid until this thread clears the error or ends.
  package static var message: UnsafePointer<CChar> {
    if let message = apus_thread().pointee.error_message {
      return UnsafePointer(message.assumingMemoryBound(to: CChar.self))
    }
    let empty: StaticString = ""
    return UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// Keeps the error unless there is one already.
  @inline(never)
  package static func record(code: Int32, message: String) {
    let thread = Threads.current
    guard thread.pointee.error_code == 0 else { return }
    thread.pointee.error_code = code
    thread.pointee.error_message = copy(message)
  }

  /// The same for whatever was thrown.
  @inline(never)
  package static func record(_ error: any Error) {
    if let error = error as? any CodedError {
      record(code: error.code, message: error.message)
    } else {
      record(code: unknown, message: "\(error)")
    }
  }

  package static func clear() {
    let thread = Threads.current
    thread.pointee.error_code = 0
    free(thread.pointee.error_message)
    thread.pointee.error_message = nil
  }

  /// Without memory for the message the code must do.
  private static func copy(_ message: String) -> UnsafeMutableRawPointer? {
    let bytes = message.utf8
    guard let copy = malloc(bytes.count + 1) else { return nil }
    var end = copy
    for byte in bytes {
      // One line; and a NUL would end it early.
      end.storeBytes(of: byte < 0x20 ? 0x20 : byte, as: UInt8.self)
      end += 1
    }
    end.storeBytes(of: 0, as: UInt8.self)
    return copy
  }
}
