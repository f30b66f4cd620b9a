import Arrays
import Synchronization

extension PrintOptions {
  private static let shared = Mutex(PrintOptions.default)

  /// What tensors are printed with, on every thread: PyTorch's `set_printoptions`.
  public static var current: PrintOptions {
    get { shared.withLock { $0 } }
    set { shared.withLock { $0 = newValue } }
  }
}

extension Tensor: CustomStringConvertible {
  /// The text that PyTorch prints.
  public var description: String {
    if let layer = surviving.layer { return layer.description }
    return printer.text(
      suffixes: suffixes, double: { self.array.element(at: $0).double },
      int64: { self.array.element(at: $0).int64 },
      imaginary: { self.array.element(at: $0).imaginary })
  }

  /// The only element as Python prints the number.
  ///
  /// - Throws: `TensorError.runtime` when there is not exactly one.
  public var itemDescription: String {
    get throws {
      _ = try item()
      return printer.scalarText(
        double: { self.array.element(at: $0).double },
        int64: { self.array.element(at: $0).int64 },
        imaginary: { self.array.element(at: $0).imaginary })
    }
  }

  private var printer: ArrayPrinter {
    ArrayPrinter(sizes: Array(shape), dtype: dtype, options: .current)
  }

  private var suffixes: [String] {
    var suffixes: [String]
    do {
      if let node = try gradFunction {
        suffixes = ["grad_fn=<\(node.shortName)>"]
      } else {
        suffixes = requiresGrad ? ["requires_grad=True"] : []
      }
    } catch {
      suffixes = ["grad_fn=<Invalid>"]
    }
    if let tangent {
      let text = tangent.rank == 0 ? try? tangent.itemDescription : nil
      suffixes.append("tangent=\(text ?? tangent.description)")
    }
    return suffixes
  }
}

extension Layer {
  /// The value, indented, with the level.
  fileprivate var description: String {
    let name = level.batchSize == nil ? "GradTrackingTensor(" : "BatchedTensor("
    let dim = level.batchSize == nil ? "" : "bdim=0, "
    let lines = value.description.split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n")
    return "\(name)lvl=\(level.number), \(dim)value=\n\(body)\n)"
  }
}
