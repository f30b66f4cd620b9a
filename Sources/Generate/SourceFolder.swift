import Glibc

/// The files in which operators are written, to say of each where it is.
struct SourceFolder {
  private static let path = "Sources/Operators"
  /// By the beginning of a schema, which is in quotes, as far as its arguments: the name of a file.
  private var places: [Substring: String] = [:]

  /// Reads the sources in the package's folder, which is the current one: generated files may go
  /// elsewhere.
  init() {
    var names: [String] = []
    guard let stream = opendir(Self.path) else { fail("no \(Self.path) here") }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".swift"), !name.hasSuffix(".generated.swift") { names.append(name) }
    }
    for name in names.sorted() {
      for piece in Self.read(Self.path + "/" + name).split(separator: "\"") {
        let start = piece.prefix { $0 != "(" }
        if start.endIndex < piece.endIndex, places[start] == nil { places[start] = name }
      }
    }
  }

  /// A link to the file that holds a schema. A long one is broken over lines there, so its beginning
  /// decides.
  func link(to schema: String) -> String {
    guard let name = places[schema.prefix { $0 != "(" }] else { return "none" }
    return "[\(name)](../\(Self.path)/\(name))"
  }

  private static func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }
}
