extension Profile {
  /// The events as JSON that Chrome's `about:tracing` and Perfetto show.
  public var chromeTrace: String {
    var lines: [String] = []
    for event in events {
      var arguments = ["\"Backward\": \(event.isBackward)"]
      if let shapes = event.shapes { arguments.append("\"Input Dims\": \(shapes)") }
      if options.profilesMemory { arguments.append("\"Bytes\": \(event.bytes)") }
      let category = event.kind == .range ? "user_annotation" : "cpu_op"
      lines.append(
        "{\"ph\": \"X\", \"cat\": \"\(category)\", \"name\": \(event.name.asJSON), "
          + "\"pid\": \(process), \"tid\": \(thread), "
          + "\"ts\": \(KeyAverages.decimal(event.start, 3)), "
          + "\"dur\": \(KeyAverages.decimal(event.duration, 3)), "
          + "\"args\": {\(arguments.joined(separator: ", "))}}")
    }
    return "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n"
      + lines.joined(separator: ",\n") + "\n]}\n"
  }
}

extension String {
  /// As a string of JSON.
  var asJSON: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case _ where scalar.value < 32:
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
