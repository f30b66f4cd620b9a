import Elements
import Glibc

/// Distributions of which numbers are made one by one, in float64, whatever the dtype: what PyTorch
/// does for all but uniform and normal numbers.
package enum RandomDistribution: Sendable {
  /// Waiting times of events at a rate.
  case exponential(rate: Double)
  /// The number of trials up to the first success.
  case geometric(probability: Double)
  /// A ratio of two normal numbers.
  case cauchy(median: Double, sigma: Double)
  /// Numbers whose logarithm is normal.
  case logNormal(mean: Double, deviation: Double)
}

extension Generator {
  /// Fills `count` elements with numbers of a distribution.
  package func fill(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int,
    from distribution: RandomDistribution
  ) {
    switch distribution {
    case .exponential(let rate):
      let factor = -1 / rate
      fill(output, dtype, count) { factor * log1p(-$0.engine.uniformDouble()) }
    case .geometric(let probability):
      let slope = log1p(-probability)
      fill(output, dtype, count) { (log($0.engine.uniformDouble()) / slope).rounded(.up) }
    case .cauchy(let median, let sigma):
      fill(output, dtype, count) {
        let angle = Double.pi * ($0.engine.uniformDouble() - 0.5)
        return median.addingProduct(sigma, tan(angle))
      }
    case .logNormal(let mean, let deviation):
      fill(output, dtype, count) { exp(mean.addingProduct($0.nextNormal(), deviation)) }
    }
  }

  private func fill(
    _ output: UnsafeMutableRawPointer, _ dtype: DType, _ count: Int,
    _ draw: (inout State) -> Double
  ) {
    func fill<E: Element>(_: E.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      withState { state in
        for index in 0..<count { elements[index] = E(double: draw(&state)) }
      }
    }
    dtype.withElement { fill($0) }
  }

  /// Fills `count` elements with numbers of the Poisson distributions whose rates are given, in the
  /// same dtype; no rate is negative.
  ///
  /// Source: for rates from 10 on, Hörmann, "The transformed rejection method for generating
  /// Poisson random variables", 1993; below, the product of uniform numbers of Knuth, "The Art of
  /// Computer Programming", volume 2.
  package func fillPoisson(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int, rates: UnsafeRawPointer
  ) {
    func fill<E: Element>(_: E.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      let rates = rates.assumingMemoryBound(to: E.self)
      withState { state in
        for index in 0..<count { elements[index] = E(double: state.poisson(rates[index].double)) }
      }
    }
    dtype.withElement { fill($0) }
  }
}

extension Generator.State {
  fileprivate mutating func poisson(_ rate: Double) -> Double {
    if rate == 0 { return 0 }
    if rate.isNaN { return .nan }
    if rate < 10 {
      let limit = exp(-rate)
      var events = 0.0
      var product = engine.uniformDouble()
      while product > limit {
        events += 1
        product *= engine.uniformDouble()
      }
      return events
    }
    let root = rate.squareRoot()
    let logarithm = log(rate)
    let b = 0.931 + 2.53 * root
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let quick = 0.9277 - 3.6224 / (b - 2)
    // An infinite rate would be rejected for ever.
    guard b.isFinite else { return .infinity }
    while true {
      let u = engine.uniformDouble() - 0.5
      let v = engine.uniformDouble()
      let distance = 0.5 - abs(u)
      let events = ((2 * a / distance + b) * u + rate + 0.43).rounded(.down)
      if distance >= 0.07 && v <= quick { return events }
      if events < 0 || (distance < 0.013 && v > distance) { continue }
      let left = log(v) + log(inverseAlpha) - log(a / (distance * distance) + b)
      if left <= -rate + events * logarithm - lgamma(events + 1) { return events }
    }
  }
}
