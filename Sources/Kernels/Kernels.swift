import Elements

/// Loops over raw memory: the only code of the engine that touches elements in bulk.
///
/// A kernel knows pointers, byte strides and counts, and nothing of tensors, shapes or errors. What
/// it is given is aligned for its element type and large enough. Elements of `bool` are bytes, any
/// of which but zero counts as true when read; 0 or 1 is written. Arithmetic never traps: integers
/// wrap, and an integer divided by zero is zero.
///
/// The folder is compiled once per instruction set, as the modules KernelsBaseline, KernelsAVX2 and
/// KernelsAVX512, so there is no state here. KernelChoice picks one of them; `APUS_FMA` and
/// `APUS_AVX512` are defined where the instructions are there.
public enum Kernels: KernelFamily {}

/// Complex numbers have kernels of their own; nobody asks here for theirs.
func elsewhere() -> Never { preconditionFailure("the kernels of complex numbers are elsewhere") }
