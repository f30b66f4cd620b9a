import Glibc

/// The files in which operators are written, to say of each where it is.
struct SourceFolder {
  private static let path = "Sources/Operators"
  private var files: [(name: String, text: String)] = []

  /// - Parameter root: the folder of the package.
  init(root: String) {
    let folder = root + "/" + Self.path
    guard let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".swift"), !name.hasSuffix(".generated.swift") {
        files.append((name, Self.read(folder + "/" + name)))
      }
    }
    files.sort { $0.name < $1.name }
  }

  /// A link to the file that holds a schema. A long one is broken over lines there, so its beginning
  /// decides.
  func link(to schema: String) -> String {
    let start = "\"" + schema.prefix { $0 != "(" } + "("
    guard let file = files.first(where: { $0.text.contains(start) }) else { return "none" }
    return "[\(file.name)](../\(Self.path)/\(file.name))"
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
