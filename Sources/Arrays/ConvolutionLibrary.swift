import KernelChoice
import MatrixLibraries
import Parallel
import Synchronization

// Convolutions by oneDNN, in pieces that are divided among our threads: some images, and where there
// are few, some channels. What a piece reads and writes is brought into the library's layout and out
// of it while it is in the cache. How a product is cut depends on sizes alone, and so do its sums.

extension ConvolutionShape {
  /// Computes into `result`, which is dense, as both operands are; false where the library is
  /// missing, not wanted, or does not do this shape.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  func runByLibrary(
    _ first: NDArray, _ second: NDArray, bias: NDArray?, into result: NDArray
  ) throws -> Bool {
    if MatrixLibrary.preference == .never || images == 0 { return false }
    // Sizes are passed on as 32-bit numbers in places.
    let largest = [channels, filters] + x + w + y + stride + dilation + padding
    if largest.contains(where: { $0 > 1 << 30 }) || w.contains(0) { return false }
    var shape = self
    shape.hasBias = bias != nil
    var start = 0
    while start < images {
      let left = shape.taking(images: images - start)
      let (block, (a, b, c)) = (left.block, offsets(image: start))
      let whole = left.taking(images: left.images / block * block)
      let isDone = try whole.run(
        first.base + a, second.base + b, bias?.base, result.base + c, block: block,
        adds: product == .weight && start > 0)
      if !isDone { return false }
      start += whole.images
    }
    withExtendedLifetime((first, second, bias, result)) {}
    return true
  }

  private func taking(images: Int) -> ConvolutionShape {
    var shape = self
    shape.images = images
    return shape
  }

  /// Bytes from the start of each operand, and of the result, to image `n`.
  private func offsets(image n: Int) -> (Int, Int, Int) {
    let (atX, atY) = (n * xStride * 4, n * yStride * 4)
    return switch product {
    case .output: (atX, 0, atY)
    case .input: (atY, 0, atX)
    case .weight: (atX, atY, 0)
    }
  }

  /// Images of a piece: as many as the cache holds, or as are worth that a large weight is read or
  /// written once more, and not so many that a thread has none.
  private var block: Int {
    let bytes = (xStride + yStride) * 4
    let weight = filters * wStride * 4
    let isLarge = product == .weight || weight > 1 << 20
    let cached = max(1, max(1 << 19, isLarge ? weight : 0) / max(bytes, 1))
    let shared = work < 0x1p20 ? images : max(1, images / 4)
    let most = max(1, min(cached, shared))
    // A divisor of the number of images, if there is one nearby, leaves no rest.
    return (most / 2 + 1...most).last { images % $0 == 0 } ?? most
  }

  /// Into how many parts the channels of the result are cut: where there is one image only.
  private func parts(blocks: Int) -> Int {
    if work < 0x1p21 || blocks > 1 && !(product == .weight && filters * wStride >= 1 << 18) {
      return 1
    }
    let divided = groups > 1 ? groups : product == .input ? channels : filters
    let unit = groups > 1 ? 1 : 16
    for parts in [4, 2] where divided % (parts * unit) == 0 {
      if parts == 2 || blocks == 1 && work >= 0x1p26 { return parts }
    }
    return 1
  }

  /// This shape with one of so many parts of its channels.
  private func cut(_ parts: Int) -> ConvolutionShape {
    var shape = self
    if groups > 1 {
      (shape.groups, shape.channels, shape.filters) =
        (groups / parts, channels / parts, filters / parts)
    } else if product == .input {
      shape.channels /= parts
    } else {
      shape.filters /= parts
    }
    return shape
  }

  /// Bytes from the start of x, w, y and the bias to part `i`, of which this is the shape.
  private func offsets(part i: Int, isGrouped: Bool) -> (x: Int, w: Int, y: Int, bias: Int) {
    let places = places
    let atX = i * channels * places.x * 4
    let atY = i * filters * places.y * 4
    let atW = i * filters * wStride * 4
    if isGrouped { return (atX, atW, atY, i * filters * 4) }
    return product == .input
      ? (atX, i * channels * places.w * 4, 0, 0) : (0, atW, atY, i * filters * 4)
  }

  private func run(
    _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer,
    _ bias: UnsafeMutableRawPointer?, _ result: UnsafeMutableRawPointer, block: Int, adds: Bool
  ) throws -> Bool {
    let blocks = images / block
    let parts = parts(blocks: blocks)
    let piece = taking(images: block).cut(parts)
    var made: OneDNNConvolution?
    MatrixLibrary.aside { made = OneDNNConvolution.of(piece) }
    guard let convolution = made else { return false }
    let run = Run(
      whole: self, piece: piece, convolution: convolution, blocks: blocks, parts: parts,
      first: first, second: second, bias: bias, result: result)
    return product == .weight ? try run.weight(adds: adds) : try run.images()
  }

  /// A product cut into `blocks` times `parts` pieces.
  private struct Run {
    let whole: ConvolutionShape
    let piece: ConvolutionShape
    let convolution: OneDNNConvolution
    let blocks: Int
    let parts: Int
    let first: UnsafeMutableRawPointer
    let second: UnsafeMutableRawPointer
    let bias: UnsafeMutableRawPointer?
    let result: UnsafeMutableRawPointer

    /// The operands of a piece.
    private func operands(
      _ block: Int, _ part: Int
    ) -> (UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) {
      let image = whole.offsets(image: block * piece.images)
      let at = piece.offsets(part: part, isGrouped: whole.groups > 1)
      let (a, b, c) =
        switch whole.product {
        case .output: (at.x, at.w, at.y)
        case .input: (at.y, at.w, at.x)
        case .weight: (at.x, at.y, at.w)
        }
      return (first + image.0 + a, second + image.1 + b, result + image.2 + c)
    }

    private func biasOf(_ part: Int) -> UnsafeMutableRawPointer? {
      bias.map { $0 + piece.offsets(part: part, isGrouped: whole.groups > 1).bias }
    }

    /// Pieces of the convolution, or of its gradient for the input.
    func images() throws -> Bool {
      let share = convolution.workspaceBytes
      let packed = convolution.secondBytes
      let memory = try Storage(byteCount: share * Parallel.threads + packed * parts)
      let weights = memory.pointer + share * Parallel.threads
      let failed = Atomic(false)
      MatrixLibrary.aside {
        if packed > 0 {
          for part in 0..<parts {
            let (_, weight, _) = operands(0, part)
            if !convolution.packSecond(weight, into: weights + part * packed) {
              failed.store(true, ordering: .relaxed)
            }
          }
        }
        Parallel.forEachNumbered(blocks * parts, grain: 1) { range, participant in
          for i in range {
            let (block, part) = i.quotientAndRemainder(dividingBy: parts)
            let (x, w, out) = operands(block, part)
            let isDone = convolution.run(
              first: x, second: packed > 0 ? weights + part * packed : w, isSecondPacked: true,
              bias: biasOf(part), result: out, keepsPacked: false,
              workspace: memory.pointer + participant * share)
            if !isDone { failed.store(true, ordering: .relaxed) }
          }
        }
      }
      withExtendedLifetime(memory) {}
      return !failed.load(ordering: .relaxed)
    }

    /// The gradient for the weight: sums of some images each, in order, and their sum.
    func weight(adds: Bool) throws -> Bool {
      let sums = parts > 1 ? min(blocks, 2) : min(blocks, 4)
      let count = convolution.resultCount
      let bytes = (count * 4 + 63) / 64 * 64
      // Memory of each thread: the library's, and a block's result before it is added.
      let share = convolution.workspaceBytes + bytes
      let memory = try Storage(byteCount: share * Parallel.threads + bytes * (sums * parts + 1))
      let totals = memory.pointer + share * Parallel.threads
      let add = Kernels.binary(.add, .float32)
      let failed = Atomic(add == nil)
      MatrixLibrary.aside {
        Parallel.forEachNumbered(sums * parts, grain: 1) { range, participant in
          let own = memory.pointer + participant * share
          let workspace = own + bytes
          for i in range {
            let (sum, part) = i.quotientAndRemainder(dividingBy: parts)
            let total = totals + i * bytes
            let start = blocks * sum / sums
            for block in start..<blocks * (sum + 1) / sums {
              let (x, y, _) = operands(block, part)
              let target = block == start ? total : own
              let isDone = convolution.run(
                first: x, second: y, isSecondPacked: false, bias: nil, result: target,
                keepsPacked: true, workspace: workspace)
              if !isDone { failed.store(true, ordering: .relaxed) }
              if block > start { add?(total, 4, total, 4, own, 4, count) }
            }
          }
        }
        for part in 0..<parts {
          let total = totals + part * bytes
          for sum in 1..<max(sums, 1) {
            add?(total, 4, total, 4, totals + (sum * parts + part) * bytes, 4, count)
          }
          let (_, _, out) = operands(0, part)
          let plain = adds ? totals + sums * parts * bytes : out
          let plainCount = piece.filters * piece.wStride
          if convolution.resultBytes == 0 {
            plain.copyMemory(from: total, byteCount: plainCount * 4)
          } else if !convolution.unpackResult(total, into: plain) {
            failed.store(true, ordering: .relaxed)
          }
          if adds { add?(out, 4, out, 4, plain, 4, plainCount) }
        }
      }
      withExtendedLifetime(memory) {}
      return !failed.load(ordering: .relaxed)
    }
  }
}
