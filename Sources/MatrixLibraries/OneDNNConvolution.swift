import Glibc

/// A convolution of float32, or one of its gradients, through oneDNN 2, on the calling thread alone.
///
/// oneDNN computes in a layout of its own, in which channels lie in blocks of a vector's width. The
/// operands are brought into it, and the result out of it, by the caller's pieces, which are so
/// small that they stay in the cache. Making one takes a millisecond, so they are kept.
public final class OneDNNConvolution: @unchecked Sendable {
  typealias Handle = OneDNNPrimitives.Handle

  /// One of x, w and y: how it lies in the caller's memory, how in the product's, and what moves it.
  private struct Operand {
    let plain: OneDNNDescriptor
    let packed: OneDNNDescriptor
    /// Nil where both are the same.
    let move: Handle?
    /// The operand's number in an execution.
    let place: Int32
    var packedBytes: Int { move == nil ? 0 : (packed.byteCount + 63) / 64 * 64 }
  }

  private let library: OneDNNConvolutions
  private let primitive: Handle
  /// What is read, in the order x, w, y without the result.
  private let first: Operand
  private let second: Operand
  private let result: Operand
  private let bias: OneDNNDescriptor?
  private let scratch: OneDNNDescriptor
  private let shape: ConvolutionShape

  /// Bytes of the second operand when it is packed; 0 where that is not needed.
  public var secondBytes: Int { second.packedBytes }
  /// Bytes of the result when it is packed; 0 where the result is written as it is.
  public var resultBytes: Int { result.packedBytes }
  /// Floats of the result as it comes out of `run` when it stays packed.
  public var resultCount: Int { result.packed.byteCount / 4 }
  /// Bytes of memory, aligned to 64, that each thread needs.
  public var workspaceBytes: Int {
    first.packedBytes + second.packedBytes + result.packedBytes + scratch.byteCount + 64
  }

  /// The one for a shape; nil where oneDNN is missing or has nothing fast for it. Opens the library.
  public static func of(_ shape: ConvolutionShape) -> OneDNNConvolution? {
    OneDNNConvolutions.shared?.convolution(shape)
  }

  init?(_ library: OneDNNConvolutions, _ shape: ConvolutionShape) {
    self.library = library
    self.shape = shape
    let call = library.call
    guard let made = library.makeProduct(shape, channelsLast: false) else { return nil }
    var product = made
    // With few channels there is no blocked kernel for the widest vectors, but one for channels
    // that come last.
    if shape.product == .weight, product.name.names("avx2"),
      let other = library.makeProduct(shape, channelsLast: true), other.name.names("avx512")
    {
      _ = call.base.destroyDescriptor(product.descriptor)
      product = other
    }
    defer { _ = call.base.destroyDescriptor(product.descriptor) }
    if product.name.names("ref") || product.name.names("simple") { return nil }
    guard let plain = PlainDescriptors(library, shape),
      let scratch = library.descriptor(of: product.descriptor, OneDNNConvolutions.scratchpad)
    else { return nil }
    self.scratch = scratch
    func operand(_ plain: OneDNNDescriptor, _ what: Int32, place: Int32, isRead: Bool) -> Operand? {
      guard let packed = library.descriptor(of: product.descriptor, what) else { return nil }
      if plain.isEqual(packed, library) {
        return Operand(plain: plain, packed: packed, move: nil, place: place)
      }
      guard
        let move = library.reorder(isRead ? plain : packed, isRead ? packed : plain)
      else { return nil }
      return Operand(plain: plain, packed: packed, move: move, place: place)
    }
    let query = OneDNNConvolutions.Query.self
    let place = OneDNNConvolutions.Place.self
    let operands: [Operand?] =
      switch shape.product {
      case .output:
        [
          operand(plain.x, query.x, place: place.x, isRead: true),
          operand(plain.w, query.w, place: place.w, isRead: true),
          operand(plain.y, query.y, place: place.y, isRead: false),
        ]
      case .input:
        [
          operand(plain.y, query.yGradient, place: place.yGradient, isRead: true),
          operand(plain.w, query.w, place: place.w, isRead: true),
          operand(plain.x, query.xGradient, place: place.xGradient, isRead: false),
        ]
      case .weight:
        [
          operand(plain.x, query.x, place: place.x, isRead: true),
          operand(plain.y, query.yGradient, place: place.yGradient, isRead: true),
          operand(plain.w, query.wGradient, place: place.wGradient, isRead: false),
        ]
      }
    var primitive: Handle?
    guard let first = operands[0], let second = operands[1], let result = operands[2],
      call.base.createPrimitive(&primitive, product.descriptor) == 0, let primitive
    else {
      for operand in operands {
        if let move = operand?.move { _ = call.base.destroyPrimitive(move) }
      }
      return nil
    }
    (self.first, self.second, self.result) = (first, second, result)
    self.primitive = primitive
    bias = shape.hasBias ? plain.bias : nil
  }

  deinit {
    let destroy = library.call.base.destroyPrimitive
    _ = destroy(primitive)
    for operand in [first, second, result] { if let move = operand.move { _ = destroy(move) } }
  }

  /// Packs the second operand, which all pieces share; false when that fails.
  public func packSecond(
    _ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer
  ) -> Bool {
    move(second, source, target, isRead: true)
  }

  /// Brings a packed result into its place; false when that fails.
  public func unpackResult(
    _ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer
  ) -> Bool {
    move(result, source, target, isRead: false)
  }

  private func move(
    _ operand: Operand, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, isRead: Bool
  ) -> Bool {
    guard let move = operand.move else { return false }
    let (from, to) = isRead ? (operand.plain, operand.packed) : (operand.packed, operand.plain)
    return library.onThisThreadAlone {
      let run = OneDNNRun(library)
      defer { run.end() }
      return run.move(move, from, UnsafeMutableRawPointer(mutating: source), to, target)
    }
  }

  /// Computes one piece; false when that fails.
  ///
  /// - Parameters:
  ///   - isSecondPacked: whether `packSecond` has been called for it.
  ///   - keepsPacked: whether `result` takes `resultCount` floats as they come.
  ///   - workspace: memory of this thread.
  public func run(
    first x: UnsafeRawPointer, second y: UnsafeRawPointer, isSecondPacked: Bool,
    bias b: UnsafeRawPointer?, result out: UnsafeMutableRawPointer, keepsPacked: Bool,
    workspace: UnsafeMutableRawPointer
  ) -> Bool {
    library.onThisThreadAlone {
      let run = OneDNNRun(library)
      defer { run.end() }
      var free = workspace
      func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        defer { free += bytes }
        return free
      }
      func given(_ operand: Operand, _ source: UnsafeRawPointer) -> UnsafeMutableRawPointer? {
        let source = UnsafeMutableRawPointer(mutating: source)
        guard let move = operand.move else { return source }
        let target = take(operand.packedBytes)
        return run.move(move, operand.plain, source, operand.packed, target) ? target : nil
      }
      guard let firstStart = given(first, x),
        let secondStart =
          isSecondPacked ? UnsafeMutableRawPointer(mutating: y) : given(second, y)
      else { return false }
      let isWritten = keepsPacked || result.move == nil
      let resultStart = isWritten ? out : take(result.packedBytes)
      var operands = [
        (first.place, first.packed, firstStart), (second.place, second.packed, secondStart),
        (result.place, result.packed, resultStart),
      ]
      if let bias, let b {
        operands.append(
          (OneDNNConvolutions.Place.bias, bias, UnsafeMutableRawPointer(mutating: b)))
      }
      if scratch.byteCount > 0 {
        operands.append((OneDNNConvolutions.Place.scratchpad, scratch, free))
      }
      guard run.execute(primitive, operands) else { return false }
      guard !isWritten, let move = result.move else { return true }
      return run.move(move, result.packed, resultStart, result.plain, out)
    }
  }
}

/// How the caller's memory lies.
private struct PlainDescriptors {
  let x: OneDNNDescriptor
  let w: OneDNNDescriptor
  let y: OneDNNDescriptor
  let bias: OneDNNDescriptor?

  init?(_ library: OneDNNConvolutions, _ shape: ConvolutionShape) {
    func dense(_ sizes: [Int]) -> [Int] {
      var (strides, step) = (sizes, 1)
      for i in sizes.indices.reversed() {
        strides[i] = step
        step *= sizes[i]
      }
      return strides
    }
    func image(_ channels: Int, _ sizes: [Int], _ stride: Int) -> OneDNNDescriptor? {
      let all = [shape.images, channels] + sizes
      return library.strided(all, [stride] + dense(Array(all.dropFirst())))
    }
    let inner = [shape.channels / shape.groups] + shape.w
    let filters = shape.filters / shape.groups
    let weight =
      shape.groups == 1
      ? library.strided([filters] + inner, [shape.wStride] + dense(inner))
      : library.strided(
        [shape.groups, filters] + inner, [filters * shape.wStride, shape.wStride] + dense(inner))
    guard let x = image(shape.channels, shape.x, shape.xStride),
      let y = image(shape.filters, shape.y, shape.yStride), let w = weight
    else { return nil }
    (self.x, self.w, self.y) = (x, w, y)
    bias = library.strided([shape.filters], [1])
  }
}

extension String {
  /// True when this name of an implementation has such a part.
  fileprivate func names(_ part: String) -> Bool { strstr(self, part) != nil }
}
