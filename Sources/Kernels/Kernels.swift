/// Loops over raw memory: the only code of the engine that touches elements in bulk.
///
/// A kernel knows pointers, byte strides and counts, and nothing of tensors, shapes or errors. What
/// it is given is aligned for its element type and large enough. Elements of `bool` are bytes, any
/// of which but zero counts as true when read; 0 or 1 is written. Arithmetic never traps: integers
/// wrap, and an integer divided by zero is zero.
///
/// There is no state here, so the folder can be compiled again for another instruction set.
public enum Kernels {
  /// True where the instructions are there that multiply and add at once, twice as many numbers as
  /// the baseline's: products run at the processor's own speed then.
  public static var multipliesFused: Bool {
    #if APUS_FMA || arch(arm64)
      true
    #else
      false
    #endif
  }
}
