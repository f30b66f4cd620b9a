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
    printer.text(suffixes: suffixes, double: { self.array.element(at: $0).double }) {
      self.array.element(at: $0).int64
    }
  }

  /// The only element as Python prints the number.
  ///
  /// - Throws: `TensorError.runtime` when there is not exactly one.
  public var itemDescription: String {
    get throws {
      _ = try item()
      return printer.scalarText(double: { self.array.element(at: $0).double }) {
        self.array.element(at: $0).int64
      }
    }
  }

  private var printer: ArrayPrinter {
    ArrayPrinter(sizes: Array(shape), dtype: dtype, options: .current)
  }

  private var suffixes: [String] {
    do {
      if let node = try gradFunction { return ["grad_fn=<\(node.shortName)>"] }
      return requiresGrad ? ["requires_grad=True"] : []
    } catch {
      return ["grad_fn=<Invalid>"]
    }
  }
}
