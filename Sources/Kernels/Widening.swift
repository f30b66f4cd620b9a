import Elements

extension Element {
  /// `compute`, by the processor's instruction where every processor of the module has one.
  @inline(__always)
  var widened: Compute {
    #if APUS_FMA || arch(arm64)
      if Self.self == Float16.self {
        return unsafeBitCast(Float(unsafeBitCast(self, to: Float16.self)), to: Compute.self)
      }
    #endif
    return compute
  }

  /// `init(compute:)`, in the same way.
  @inline(__always)
  init(narrowing value: Compute) {
    #if APUS_FMA || arch(arm64)
      if Self.self == Float16.self {
        self = unsafeBitCast(Float16(unsafeBitCast(value, to: Float.self)), to: Self.self)
        return
      }
    #endif
    self.init(compute: value)
  }
}
