// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h.

import Arrays
import Autograd
import CApus
import CThread

@_cdecl("apus_set_print_options") @implementation
public func apus_set_print_options(
  _ pointer: UnsafePointer<apus_print_options>!
) -> apus_status {
  status {
    var new = PrintOptions()
    if let given = try options(pointer) {
      if given.precision < 0 || given.threshold < 0 || given.edge_items < 0 || given.line_width < 0
      {
        throw TensorError.value("print options must not be negative")
      }
      new.precision = Int(given.precision)
      new.threshold = Int(given.threshold)
      new.edgeItems = Int(given.edge_items)
      new.lineWidth = Int(given.line_width)
      new.scientific = given.scientific == 0 ? nil : given.scientific > 0
    }
    PrintOptions.current = new
  }
}

@_cdecl("apus_print") @implementation
public func apus_print(_ self_: OpaquePointer!) -> apus_status {
  status {
    var line = "None\n"
    if self_ != nil {
      line = try tensor(self_).description + "\n"
    } else if ErrorState.code != APUS_OK {
      throw TensorError.nullArgument("tensor")
    }
    let isWritten = line.withUTF8 { apus_write_stdout($0.baseAddress, $0.count) }
    if !isWritten { throw TensorError.runtime("can't write to stdout") }
  }
}

@_cdecl("apus_format") @implementation
public func apus_format(
  _ self_: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) { deliver(text: try tensor(self_).description, to: buffer, size) }
}

@_cdecl("apus_format_item") @implementation
public func apus_format_item(
  _ self_: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) { deliver(text: try tensor(self_).itemDescription, to: buffer, size) }
}

@_cdecl("apus_to_string") @implementation
public func apus_to_string(_ self_: OpaquePointer!) -> UnsafePointer<CChar>! {
  boundary(nil) {
    collected(text: try tensor(self_).description)
  }
}
