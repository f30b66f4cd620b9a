import Elements
import Testing

/// Our conversions on bits against the compiler's.
@Suite struct KernelFloat16Tests {
  @Test func everyFloat16Widens() {
    var agrees = true
    for bits in UInt16.min...UInt16.max {
      let value = Float16(bitPattern: bits)
      let (ours, theirs) = (value.compute, Float(value))
      agrees = agrees && (ours.bitPattern == theirs.bitPattern || ours.isNaN && theirs.isNaN)
      let back = Float16(compute: ours)
      agrees = agrees && (back.bitPattern == bits || ours.isNaN && back.isNaN)
    }
    #expect(agrees)
  }

  @Test func everyKindOfFloatNarrows() {
    var agrees = true
    for high in UInt32(0)...0xffff {
      for low in [0, 1, 0x0fff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x3001, 0x7fff, 0xffff] as [UInt32]
      {
        let value = Float(bitPattern: high << 16 | low)
        let (ours, theirs) = (Float16(compute: value), Float16(value))
        agrees = agrees && (ours.bitPattern == theirs.bitPattern || ours.isNaN && theirs.isNaN)
      }
    }
    #expect(agrees)
  }
}
