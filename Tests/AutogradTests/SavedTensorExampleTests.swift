import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A tensor in a file, which goes with this.
private final class TensorFile {
  private let file: UnsafeMutablePointer<FILE>
  private let shape: Dims
  private let dtype: DType

  init(_ tensor: Tensor) throws {
    // It has no name, so that nothing is left of it.
    guard let file = tmpfile() else { throw TensorError.runtime("no temporary file") }
    self.file = file
    shape = tensor.shape
    dtype = tensor.dtype
    let array = try tensor.array.contiguous()
    guard fwrite(array.base, array.dtype.size, array.count, file) == array.count else {
      throw TensorError.runtime("the file could not be written")
    }
  }

  func read() throws -> Tensor {
    let array = try NDArray(uninitialized: shape, dtype)
    rewind(file)
    guard fread(array.base, dtype.size, array.count, file) == array.count else {
      throw TensorError.runtime("the file could not be read")
    }
    return Tensor(array)
  }

  deinit { fclose(file) }
}

@Suite("Examples of hooks for saved tensors")
struct SavedTensorExampleTests {
  /// Keeps saved tensors in files.
  private let onDisk = SavedTensorHooks(
    pack: { try TensorFile($0) },
    unpack: { packed in
      let file = try #require(packed as? TensorFile)
      return try file.read()
    })

  @Test("Saved tensors in files: the memory is free until the pass")
  func disk() throws {
    let x = try leaf([0.3, -1.2, 0.7, 2], [2, 2], .float64)
    weak var intermediate: Storage?
    let function = { (x: Tensor) in
      let y = try x.exp()
      intermediate = y.array.storage
      return try (y * x).matmul(y.t()).sin().sum()
    }
    let plain = try #require(try grad([function(x)], [x])[0])
    let output = try onDisk.during { try function(x) }
    #expect(intermediate == nil)
    try output.backward()
    #expect(x.grad?.numbers == plain.numbers)
    try gradcheck([x]) { inputs in try onDisk.during { [try function(inputs[0])] } }
    try gradgradcheck([x]) { inputs in try onDisk.during { [try function(inputs[0])] } }
  }

  @Test("Saved tensors in bfloat16: half the memory, and gradients of what was rounded")
  func bfloat16() throws {
    /// Rounded, where it was float32.
    final class Rounded {
      let tensor: Tensor
      let dtype: DType
      init(_ tensor: Tensor) throws {
        dtype = tensor.dtype
        self.tensor = tensor.dtype == .float32 ? try tensor.to(dtype: .bfloat16) : tensor
      }
    }
    let packed = Notes<DType>()
    let rounding = SavedTensorHooks(
      pack: { tensor in
        let rounded = try Rounded(tensor)
        packed.values.append(rounded.tensor.dtype)
        return rounded
      },
      unpack: { object in
        let rounded = try #require(object as? Rounded)
        return try rounded.tensor.to(dtype: rounded.dtype)
      })
    // 1 + 2⁻⁸ lies between two numbers of bfloat16, and π has more digits.
    let x = try leaf([1.00390625, 3.14159265])
    let y = try rounding.during { try x * x }
    #expect(packed.values == [.bfloat16, .bfloat16])
    #expect(y.numbers[0] == 1.00390625 * 1.00390625)
    try y.sum().backward()
    #expect(x.grad?.numbers == [2, 6.28125])
  }
}
