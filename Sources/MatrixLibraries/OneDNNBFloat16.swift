import Elements
import Glibc

/// Products of bfloat16 through oneDNN's primitives, for processors with instructions for them.
///
/// oneDNN keeps the primitives that were made, so that asking for one again takes two microseconds.
final class OneDNNBFloat16: @unchecked Sendable {
  /// Nil where the library is missing, of another version, or slow at this on this processor.
  static let shared = OneDNNBFloat16()

  private typealias Handle = OneDNNPrimitives.Handle
  private let library: OneDNN
  private let call: OneDNNPrimitives
  private let engine: Handle

  private init?() {
    guard let library = OneDNN.shared, library.isVersion2,
      let call = OneDNNPrimitives(library.library)
    else { return nil }
    var engine: Handle?
    guard call.createEngine(&engine, 1, 0) == 0, let engine else { return nil }
    (self.library, self.call, self.engine) = (library, call, engine)
    if !isFast { return nil }
  }

  /// A product of bfloat16, on this thread alone; false where strides or sizes do not suit, or
  /// something is to be added or scaled.
  func multiply(_ product: MatrixProduct) -> Bool {
    guard product.d == nil, product.alpha == 1,
      let a = DenseOperand(product.a, product.m, product.k, size: 2),
      let b = DenseOperand(product.b, product.k, product.n, size: 2),
      let c = DenseOperand(product.c, product.m, product.n, size: 2), !c.isTransposed
    else { return false }
    let (m, n, k) = (product.m, product.n, product.k)
    return library.onThisThreadAlone {
      withDescriptor(a, m, k) { first in
        withDescriptor(b, k, n) { second in
          withDescriptor(c, m, n) { result in
            withPrimitive(first, second, result) { primitive, _ in
              let sources = [(first, a), (second, b), (result, c)]
              return execute(primitive, sources.map { ($0, $1.start) })
            }
          }
        }
      }
    }
  }

  /// Asks for the name of the kernel of a large product: those without instructions for it convert
  /// to float32, as our own do, or are slower than these.
  private var isFast: Bool {
    var memory: UInt64 = 0
    return withUnsafeMutableBytes(of: &memory) { bytes in
      guard let base = bytes.baseAddress else { return false }
      let operand = MatrixProduct.Operand(base, 512, 2)
      guard let matrix = DenseOperand(operand, 256, 256, size: 2) else { return false }
      return withDescriptor(matrix, 256, 256) { matrix in
        withPrimitive(matrix, matrix, matrix) { _, descriptor in
          var name: UnsafePointer<CChar>?
          guard call.query(descriptor, OneDNNPrimitives.implementationName, 0, &name) == 0,
            let name
          else { return false }
          return strstr(name, "bf16") != nil || strstr(name, "amx") != nil
        }
      }
    }
  }

  private func withDescriptor(
    _ matrix: DenseOperand, _ rows: Int, _ columns: Int, _ body: (UnsafeRawPointer) -> Bool
  ) -> Bool {
    withUnsafeTemporaryAllocation(
      byteCount: OneDNNPrimitives.memoryDescriptorBytes, alignment: 16
    ) { buffer in
      guard let descriptor = buffer.baseAddress else { return false }
      let strides = matrix.isTransposed ? [1, matrix.distance] : [matrix.distance, 1]
      let status = call.initMemory(
        descriptor, 2, [rows, columns], OneDNNPrimitives.bfloat16, strides)
      return status == 0 && body(descriptor)
    }
  }

  private func withPrimitive(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeRawPointer,
    _ body: (_ primitive: Handle, _ descriptor: Handle) -> Bool
  ) -> Bool {
    withUnsafeTemporaryAllocation(
      byteCount: OneDNNPrimitives.operationDescriptorBytes, alignment: 16
    ) { buffer in
      var (descriptor, primitive): (Handle?, Handle?)
      guard let operation = buffer.baseAddress, call.initMatmul(operation, a, b, nil, c) == 0,
        call.createDescriptor(&descriptor, operation, nil, engine, nil) == 0, let descriptor
      else { return false }
      defer { _ = call.destroyDescriptor(descriptor) }
      guard call.createPrimitive(&primitive, descriptor) == 0, let primitive else { return false }
      defer { _ = call.destroyPrimitive(primitive) }
      return body(primitive, descriptor)
    }
  }

  private func execute(
    _ primitive: Handle, _ operands: [(UnsafeRawPointer, UnsafeMutableRawPointer)]
  ) -> Bool {
    let places = [OneDNNPrimitives.a, OneDNNPrimitives.b, OneDNNPrimitives.c]
    var arguments: [OneDNNPrimitives.Argument] = []
    defer { for argument in arguments { _ = call.destroyMemory(argument.memory) } }
    for (place, (descriptor, start)) in zip(places, operands) {
      var memory: Handle?
      guard call.createMemory(&memory, descriptor, engine, start) == 0, let memory else {
        return false
      }
      arguments.append(.init(place: place, memory: memory))
    }
    var stream: Handle?
    guard call.createStream(&stream, engine, 1) == 0, let stream else { return false }
    defer { _ = call.destroyStream(stream) }
    return call.execute(primitive, stream, Int32(arguments.count), arguments) == 0
      && call.wait(stream) == 0
  }
}
