import Elements
import Testing

@testable import Arrays

/// Tables recorded from PyTorch; a letter is a dtype, in the order of the raw values.
@Suite("Type promotion")
struct PromotionTests {
  private static let letters = Array("bBcsilhfFd")

  private func dtype(_ letter: Character) throws -> DType {
    let index = try #require(Self.letters.firstIndex(of: letter))
    return try #require(DType(rawValue: Int32(index + 1)))
  }

  private func check(_ table: [String], _ columns: Int, _ result: (DType, Int) throws -> DType)
    throws
  {
    #expect(table.count == DType.realCases.count)
    for (row, letters) in zip(DType.realCases, table) {
      #expect(letters.count == columns)
      for (column, letter) in letters.enumerated() {
        #expect(try result(row, column) == dtype(letter), "\(row) and column \(column)")
      }
    }
  }

  @Test("Of two dtypes")
  func pairs() throws {
    let table = [
      "bBcsilhfFd", "BBssilhfFd", "cscsilhfFd", "ssssilhfFd", "iiiiilhfFd", "llllllhfFd",
      "hhhhhhhFFd", "ffffffFfFd", "FFFFFFFFFd", "dddddddddd",
    ]
    try check(table, 10) { .promote($0, DType.realCases[$1]) }
    try check(table, 10) {
      Promotion.of(try counting([1], $0), try counting([1], DType.realCases[$1]))
    }
    try check(table, 10) {
      Promotion.of(try counting([], $0), try counting([], DType.realCases[$1]))
    }
  }

  @Test("A 0-d tensor counts only when its kind is higher")
  func zeroDim() throws {
    let table = [
      "bBcsilhfFd", "BBBBBBhfFd", "cccccchfFd", "sssssshfFd", "iiiiiihfFd", "llllllhfFd",
      "hhhhhhhhhh", "ffffffffff", "FFFFFFFFFF", "dddddddddd",
    ]
    try check(table, 10) {
      Promotion.of(try counting([2], $0), try counting([], DType.realCases[$1]))
    }
    try check(table, 10) {
      Promotion.of(try counting([], DType.realCases[$1]), try counting([2], $0))
    }
  }

  @Test("A number counts only when its kind is higher, for tensors of any rank")
  func numbers() throws {
    let table = ["blF", "BBF", "ccF", "ssF", "iiF", "llF", "hhh", "fff", "FFF", "ddd"]
    let numbers: [Scalar] = [true, 1, 1.5]
    for sizes: Dims in [[], [2]] {
      try check(table, 3) { Promotion.of(try counting(sizes, $0), numbers[$1]) }
    }
  }

  @Test("Three classes at once")
  func classes() {
    func result(_ dims: [DType], _ zero: [DType], _ numbers: [Scalar]) -> DType {
      var promotion = Promotion()
      for dtype in dims { promotion.add(dtype, rank: 1) }
      for dtype in zero { promotion.add(dtype, rank: 0) }
      for number in numbers { promotion.add(number) }
      return promotion.result
    }
    #expect(result([.int32], [.float64], [1.5]) == .float64)
    #expect(result([.int32], [.int64], [1.5]) == .float32)
    #expect(result([.int32, .int16], [.int64], [1]) == .int32)
    #expect(result([.bool], [.int8], [1]) == .int8)
    #expect(result([.bool], [], [1, 1.5]) == .float32)
    #expect(result([], [.float16], [1.5]) == .float16)
    #expect(result([.float16], [.bfloat16, .float64], [1.5]) == .float16)
  }

  @Test("What may be stored into what")
  func canCast() throws {
    let table = [
      "1111111111", "0111111111", "0111111111", "0111111111", "0111111111", "0111111111",
      "0000001111", "0000001111", "0000001111", "0000001111",
    ]
    for (from, row) in zip(DType.realCases, table) {
      for (to, flag) in zip(DType.realCases, row) {
        #expect(from.canCast(to: to) == (flag == "1"), "\(from) to \(to)")
      }
    }
  }

  @Test("Functions of integers and true division are computed in float32")
  func floating() {
    #expect(UnaryOperation.exp.promoting(.int64) == .float32)
    #expect(UnaryOperation.exp.promoting(.float16) == .float16)
    #expect(UnaryOperation.neg.promoting(.int64) == .int64)
    #expect(UnaryOperation.erf.promoting(.bool) == .float32)
    #expect(UnaryOperation.floor.promoting(.int8) == .int8)
    #expect(BinaryOperation.div.promoting(.int8) == .float32)
    #expect(BinaryOperation.floorDivide.promoting(.int8) == .int8)
  }
}
