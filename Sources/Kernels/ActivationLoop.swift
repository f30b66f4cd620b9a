import Elements

/// The numbers of an activation in the type that is computed in.
struct Numbers<T: Real> {
  let a: T, b: T, c: T

  @inline(__always)
  init(_ numbers: ActivationNumbers) {
    (a, b, c) = (T(numbers.a), T(numbers.b), T(numbers.c))
  }
}

/// A function of a float and of numbers.
protocol NumberedFunction: SendableMetatype {
  static func apply<T: Real>(_ x: T, _ n: Numbers<T>) -> T
}

/// One that has a gradient: `g` times its slope at `x`, or nothing of an infinite `g` where the
/// function is constant.
protocol ActivationFunction: NumberedFunction {
  static func gradient<T: Real>(_ g: T, _ x: T, _ n: Numbers<T>) -> T
}

/// The loop of a function over elements of `S`. All that are not dense elements of the computing
/// type pass through a block of those, so that there is one loop for each computing type.
func loop<F: NumberedFunction, S: Element>(_: F.Type, _: S.Type) -> ActivationLoop
where S.Compute: Real {
  { out, outStride, x, xStride, count, numbers in
    let size = MemoryLayout<S>.stride
    let n = Numbers<S.Compute>(numbers)
    if S.self == S.Compute.self && outStride == size && xStride == size
      && UnsafeRawPointer(out) != x
    {
      return dense(
        F.self, out.assumingMemoryBound(to: S.Compute.self),
        x.assumingMemoryBound(to: S.Compute.self), count, n)
    }
    withBlock(of: S.Compute.self) { block, capacity in
      for start in stride(from: 0, to: count, by: capacity) {
        let length = min(capacity, count - start)
        load(S.self, block, x + start * xStride, xStride, length)
        inPlace(F.self, block, length, n)
        store(S.self, out + start * outStride, outStride, block, length)
      }
    }
  }
}

/// The loop of a function's gradient, in the same way.
func gradientLoop<F: ActivationFunction, S: Element>(
  _: F.Type, _: S.Type
) -> ActivationGradientLoop where S.Compute: Real {
  { out, outStride, g, gStride, x, xStride, count, numbers in
    let size = MemoryLayout<S>.stride
    let n = Numbers<S.Compute>(numbers)
    if S.self == S.Compute.self && outStride == size && gStride == size && xStride == size {
      return denseGradient(
        F.self, out.assumingMemoryBound(to: S.Compute.self),
        g.assumingMemoryBound(to: S.Compute.self), x.assumingMemoryBound(to: S.Compute.self),
        count, n)
    }
    let capacity = stackBytes / MemoryLayout<S.Compute>.stride / 4
    withBlock(of: S.Compute.self, 3 * capacity) { block in
      let (arguments, results) = (block + capacity, block + 2 * capacity)
      for start in stride(from: 0, to: count, by: capacity) {
        let length = min(capacity, count - start)
        load(S.self, block, g + start * gStride, gStride, length)
        load(S.self, arguments, x + start * xStride, xStride, length)
        denseGradient(F.self, results, block, arguments, length, n)
        store(S.self, out + start * outStride, outStride, results, length)
      }
    }
  }
}

@inline(never)
private func dense<F: NumberedFunction, T: Real>(
  _: F.Type, _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ n: Numbers<T>
) {
  for i in 0..<count { out[i] = F.apply(x[i], n) }
}

@inline(never)
private func inPlace<F: NumberedFunction, T: Real>(
  _: F.Type, _ x: UnsafeMutablePointer<T>, _ count: Int, _ n: Numbers<T>
) {
  for i in 0..<count { x[i] = settled(F.apply(x[i], n)) }
}

@inline(never)
private func denseGradient<F: ActivationFunction, T: Real>(
  _: F.Type, _ out: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ x: UnsafePointer<T>,
  _ count: Int, _ n: Numbers<T>
) {
  for i in 0..<count { out[i] = F.gradient(g[i], x[i], n) }
}
