import Glibc
import Operators

// Writes every file that follows from the operators: `Generate --root DIR`, in the package's folder.

guard CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--root" else {
  fail("usage: Generate --root DIR")
}
let root = CommandLine.arguments[2]
let families = Ops.families

write(CHeader.text(families), to: "include/apus/operators.h")
write(Exports.text(families), to: "Sources/ApusABI/Operators.generated.swift")
write(SwiftMethods.text(families), to: "Sources/Operators/Tensor+Operators.generated.swift")
write(ReferencePage.text(families, SourceFolder()), to: "docs/operators.md")
write(PythonModule.text(Ops.definitions), to: "bindings/python/apus/_operators.py")
write(CallTable.text(families), to: "bindings/c/tests/operators_table.h")

func write(_ text: String, to path: String) {
  var folder = root
  for part in path.split(separator: "/").dropLast() {
    folder += "/" + part
    mkdir(folder, 0o755)
  }
  guard let file = fopen(root + "/" + path, "w") else { fail("can't write \(root)/\(path)") }
  var text = text
  let isWritten = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
  if fclose(file) != 0 || !isWritten { fail("can't write \(root)/\(path)") }
}

func fail(_ message: String) -> Never {
  puts("Generate: " + message)
  exit(1)
}
