import Arrays
import Autograd
import Elements

// Sums of products, by Einstein's convention.

extension Ops {
  package static let einsum = Operator<(equation: String, path: Dims?)>(
    "einsum(str equation, Tensor[] tensors, int[]? path=None) -> Tensor",
    """
    Sums of products of elements, by Einstein's convention: "ij,jk->ik" is the matrix product.

    Each operand has a letter for each dimension, a-z or A-Z; `...` stands for dimensions that
    broadcast. A letter that is repeated within an operand takes its diagonal. Letters that do not
    stand behind the arrow are summed over; without an arrow the result has those that occur once, in
    alphabetical order, behind the dimensions of `...`. Two operands are multiplied at a time: in the
    order of path, pairs of positions among the operands that are left, to whose end the product
    goes; where path is None, those first whose product costs least.
    Errors: an equation that does not fit the operands. Derivative: that of the products.
    """,
    gradName: "ViewBackward0",
    forward: .composedList { operands, a in
      try Einsum(a.equation, operands.map(\.shape)).evaluate(operands, path: a.path)
    },
    derivative: .composed,
    samples: [
      Sample([SampleInput([2, 3]), SampleInput([3, 2])], attributes: ("ij,jk->ik", nil)),
      Sample([SampleInput([2, 2, 3]), SampleInput([3])], attributes: ("...ij,j", nil)),
      Sample([SampleInput([3, 3])], attributes: ("ii->i", nil)),
      Sample([SampleInput([2, 3])], attributes: ("ij->j", nil)),
      Sample(
        [SampleInput([2, 3]), SampleInput([2]), SampleInput([3])], attributes: ("ij,i,j->", nil)),
    ])
}

/// An equation, understood for operands of given shapes.
private struct Einsum {
  /// A place of the result or of a sum: a letter, or a dimension of the ellipsis counted from its end.
  private enum Label: Hashable {
    case letter(Character)
    case ellipsis(Int)
  }

  /// For each operand the label of each dimension.
  private var labels: [[Label]] = []
  /// All labels, those of the result first.
  private var order: [Label] = []
  private var resultCount = 0

  private static func failure(_ words: String) -> TensorError { .runtime("einsum(): \(words)") }

  init(_ equation: String, _ shapes: [Dims]) throws {
    if shapes.isEmpty { throw Self.failure("must provide at least one operand") }
    let characters = Array(equation)
    let arrow = characters.indices.first {
      characters[$0] == "-" && $0 + 1 < characters.count && characters[$0 + 1] == ">"
    }
    let operands = try Self.terms(characters, end: arrow ?? characters.count)
    if operands.count < shapes.count {
      throw Self.failure("more operands were provided than specified in the equation")
    }
    if operands.count > shapes.count {
      throw Self.failure("fewer operands were provided than specified in the equation")
    }
    var ellipsis = 0
    for (i, (term, shape)) in zip(operands, shapes).enumerated() {
      let letters = term.filter { $0 != "." }.count
      let rest = shape.count - letters
      if term.contains(".") ? rest < 0 : rest != 0 {
        throw Self.failure(
          "the number of subscripts in the equation (\(letters)) "
            + (term.contains(".")
              ? "is more than the number of dimensions (\(shape.count)) for operand \(i)"
              : "does not match the number of dimensions (\(shape.count)) for operand \(i) and no "
                + "ellipsis was given"))
      }
      labels.append(
        term.flatMap { character in
          character == "."
            ? (0..<rest).map { Label.ellipsis(rest - 1 - $0) } : [.letter(character)]
        })
      if term.contains(".") { ellipsis = max(ellipsis, rest) }
    }
    var result: [Label] = []
    let broadcast = (0..<ellipsis).reversed().map { Label.ellipsis($0) }
    if let arrow {
      let term = try Self.output(characters, start: arrow + 2)
      for character in term {
        if character == "." {
          result += broadcast
          continue
        }
        if result.contains(.letter(character)) {
          throw Self.failure(
            "output subscript \(character) appears more than once in the output")
        }
        if !labels.contains(where: { $0.contains(.letter(character)) }) {
          throw Self.failure(
            "output subscript \(character) does not appear in the equation for any input operand")
        }
        result.append(.letter(character))
      }
    } else {
      result = broadcast
      var counts: [Character: Int] = [:]
      for label in labels.joined() {
        if case .letter(let character) = label { counts[character, default: 0] += 1 }
      }
      result += counts.keys.filter { counts[$0] == 1 }.sorted { Self.rank($0) < Self.rank($1) }
        .map { .letter($0) }
    }
    resultCount = result.count
    order = result
    let summed = Set(labels.joined()).subtracting(result)
    order += summed.compactMap { if case .ellipsis(let i) = $0 { i } else { nil } }
      .sorted(by: >).map { .ellipsis($0) }
    order += summed.compactMap { if case .letter(let c) = $0 { c } else { nil } }
      .sorted { Self.rank($0) < Self.rank($1) }.map { .letter($0) }
  }

  /// Capital letters before small ones.
  private static func rank(_ character: Character) -> UInt8 { character.asciiValue ?? 0 }

  /// The letters of each operand, with "." for the ellipsis.
  private static func terms(_ characters: [Character], end: Int) throws -> [[Character]] {
    var terms: [[Character]] = [[]]
    var i = 0
    while i < end {
      let character = characters[i]
      switch character {
      case " ": break
      case ".":
        if terms[terms.count - 1].contains(".") {
          throw failure(
            "found '.' for operand \(terms.count - 1) for which an ellipsis was already found")
        }
        guard i + 2 < end, characters[i + 1] == ".", characters[i + 2] == "." else {
          throw failure(
            "found '.' for operand \(terms.count - 1) that is not part of any ellipsis")
        }
        i += 2
        terms[terms.count - 1].append(".")
      case ",": terms.append([])
      default: terms[terms.count - 1].append(try letter(character, at: i))
      }
      i += 1
    }
    return terms
  }

  private static func output(_ characters: [Character], start: Int) throws -> [Character] {
    var term: [Character] = []
    var i = start
    while i < characters.count {
      let character = characters[i]
      switch character {
      case " ": break
      case ".":
        if term.contains(".") {
          throw failure("found '.' for output but an ellipsis (...) was already found")
        }
        guard i + 2 < characters.count, characters[i + 1] == ".", characters[i + 2] == "." else {
          throw failure("found '.' for output that is not part of any ellipsis (...)")
        }
        i += 2
        term.append(".")
      default: term.append(try letter(character, at: i))
      }
      i += 1
    }
    return term
  }

  private static func letter(_ character: Character, at index: Int) throws -> Character {
    guard character.isASCII, character.isLetter else {
      throw failure(
        "invalid subscript given at index \(index) in the equation string, subscripts must be in "
          + "[a-zA-Z]")
    }
    return character
  }

  /// The result for operands of the shapes that were given.
  func evaluate(_ operands: [Tensor], path: Dims?) throws -> Tensor {
    var sizes: [Label: Int] = [:]
    var left = try operands.indices.map { try aligned(operands[$0], $0, &sizes) }
    /// For each label how many operands still have it, with more than one element.
    var counts = order.indices.map { dim in left.filter { $0.shape[dim] != 1 }.count }
    var steps = path.map(Array.init) ?? []
    if let path, path.count != 2 * (operands.count - 1) {
      throw Self.failure(
        "expected path to have \(2 * (operands.count - 1)) elements, but got \(path.count)")
    }
    while left.count > 1 {
      var (i, j) = path == nil ? cheapest(left) : (steps[0], steps[1])
      if path != nil { steps.removeFirst(2) }
      if i > j { swap(&i, &j) }
      guard i >= 0, i < j, j < left.count else {
        throw Self.failure("expected path to be pairs of different operands, but got (\(i), \(j))")
      }
      let (b, a) = (left.remove(at: j), left.remove(at: i))
      left.append(try product(a, b, &counts))
    }
    let result = left[0]
    if order.count == resultCount { return result }
    if operands.count > 1 {
      return try result.view(Dims(result.shape.prefix(resultCount)))
    }
    return try result.sum(dim: Dims(resultCount..<order.count))
  }

  /// The operand with a dimension for each label, of size one where it has none.
  private func aligned(
    _ operand: Tensor, _ index: Int, _ sizes: inout [Label: Int]
  ) throws -> Tensor {
    var (x, own) = (operand, labels[index])
    var k = 0
    while k < own.count {
      if let other = own[..<k].firstIndex(of: own[k]) {
        if x.shape[other] != x.shape[k] {
          throw Self.failure(
            "subscript \(name(own[k])) is repeated for operand \(index) but the sizes don't match, "
              + "\(x.shape[k]) != \(x.shape[other])")
        }
        // The diagonal comes last, and goes to where the letter stood first.
        x = try x.diagonal(offset: 0, dim1: other, dim2: k)
        var dims = Array(0..<x.rank - 1)
        dims.insert(x.rank - 1, at: other)
        x = try x.permute(Dims(dims))
        own.remove(at: k)
      } else {
        k += 1
      }
    }
    for (label, size) in zip(own, x.shape) {
      let seen = sizes[label] ?? 1
      if seen != size && seen != 1 && size != 1 {
        throw Self.failure(
          "subscript \(name(label)) has size \(size) for operand \(index) which does not broadcast "
            + "with previously seen size \(seen)")
      }
      if seen == 1 { sizes[label] = size }
    }
    let missing = order.filter { !own.contains($0) }
    for _ in missing { x = try x.unsqueeze(dim: x.rank) }
    let positions = own + missing
    return try x.permute(Dims(order.map { positions.firstIndex(of: $0) ?? 0 }))
  }

  private func name(_ label: Label) -> String {
    if case .letter(let character) = label { String(character) } else { "..." }
  }

  /// The pair whose product takes the fewest multiplications; the first two where all are alike.
  private func cheapest(_ operands: [Tensor]) -> (Int, Int) {
    var best = (0, 1)
    var least = Double.infinity
    for j in operands.indices.dropFirst() where operands.count > 2 {
      for i in 0..<j {
        let cost = zip(operands[i].shape, operands[j].shape).reduce(1.0) {
          $0 * Double(Swift.max($1.0, $1.1))
        }
        if cost < least { (best, least) = ((i, j), cost) }
      }
    }
    return best
  }

  /// The product, summed over what no other operand has.
  private func product(_ x: Tensor, _ y: Tensor, _ counts: inout [Int]) throws -> Tensor {
    var (a, b) = (x, y)
    var (alone, other, both) = (Dims(), Dims(), Dims())
    for dim in resultCount..<order.count {
      if a.shape[dim] != 1 && b.shape[dim] != 1 {
        counts[dim] -= 1
        if counts[dim] == 1 {
          both.append(dim)
          counts[dim] = 0
        }
      } else if counts[dim] == 1 {
        if a.shape[dim] != 1 {
          alone.append(dim)
          counts[dim] = 0
        } else if b.shape[dim] != 1 {
          other.append(dim)
          counts[dim] = 0
        }
      }
    }
    if !alone.isEmpty { a = try a.sum(dim: alone, keepdim: true) }
    if !other.isEmpty { b = try b.sum(dim: other, keepdim: true) }
    return both.isEmpty ? try a * b : try summed(a, b, both)
  }

  /// The product of two tensors of one rank, summed over dimensions that both have: a product of
  /// stacks of matrices.
  private func summed(_ a: Tensor, _ b: Tensor, _ dims: Dims) throws -> Tensor {
    var (batch, left, right) = (Dims(), Dims(), Dims())
    for dim in 0..<a.rank where !dims.contains(dim) {
      if a.shape[dim] != 1 && b.shape[dim] != 1 {
        batch.append(dim)
      } else if a.shape[dim] != 1 || b.shape[dim] == 1 {
        left.append(dim)
      } else {
        right.append(dim)
      }
    }
    func size(_ x: Tensor, _ dims: Dims) -> Int { dims.reduce(1) { $0 &* x.shape[$1] } }
    let first = try a.permute(Dims(Array(batch) + Array(left) + Array(dims) + Array(right)))
      .reshape([size(a, batch), size(a, left), size(a, dims)])
    let second = try b.permute(Dims(Array(batch) + Array(dims) + Array(right) + Array(left)))
      .reshape([size(b, batch), size(b, dims), size(b, right)])
    let product = try first.bmm(second)
    let sizes = Dims(
      batch.map { a.shape[$0] } + left.map { a.shape[$0] } + dims.map { _ in 1 }
        + right.map { b.shape[$0] })
    let positions = Array(batch) + Array(left) + Array(dims) + Array(right)
    var order = Dims(repeating: 0, count: positions.count)
    for (i, dim) in positions.enumerated() { order[dim] = i }
    return try product.view(sizes).permute(order)
  }
}
