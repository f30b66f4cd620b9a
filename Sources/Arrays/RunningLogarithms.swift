import Elements
import Glibc

// logcumsumexp of complex numbers: real ones have kernels.

extension Complex {
  /// Logarithms of running sums of exponentials, element after element.
  static var runningLogarithms: RowLoop {
    { out, outStep, outStride, x, step, stride, rows, length in
      for row in 0..<rows {
        var sum = Complex(-.infinity, 0)
        for i in 0..<length {
          let element = (x + row * step + i * stride).load(as: Complex.self)
          sum = sum.addingExponential(of: element)
          (out + row * outStep + i * outStride).storeBytes(of: sum, as: Complex.self)
        }
      }
    }
  }

  /// log(e^self + e^other), where the number of the larger real part is taken out first; nan in both
  /// parts where one is nan.
  private func addingExponential(of other: Complex) -> Complex {
    if isNaN || other.isNaN { return Complex(.nan, .nan) }
    let (low, high) = other.real < real ? (other, self) : (self, other)
    if low.real == high.real && low.real.isInfinite {
      // An infinite part can't be taken out. The angle of zero is anything, so it stays.
      return low.real < 0 ? low : (low.exponential + high.exponential).logarithm
    }
    return (low - high).exponential.logarithmOfOneMore + high
  }

  private var isNaN: Bool { real.isNaN || imaginary.isNaN }

  private var exponential: Complex {
    let size = Part(Glibc.exp(Double(real)))
    if imaginary == 0 { return Complex(size, imaginary) }
    let angle = Double(imaginary)
    return Complex(size * Part(Glibc.cos(angle)), size * Part(Glibc.sin(angle)))
  }

  private var logarithm: Complex {
    let size = Glibc.log(Glibc.hypot(Double(real), Double(imaginary)))
    return Complex(Part(size), Part(Glibc.atan2(Double(imaginary), Double(real))))
  }

  /// log(1 + self), for small numbers too.
  private var logarithmOfOneMore: Complex {
    let (x, y) = (Double(real), Double(imaginary))
    // |1 + z|^2 = 1 + x (x + 2) + y^2
    return Complex(
      Part(0.5 * Glibc.log1p(x * (x + 2) + y * y)), Part(Glibc.atan2(y, 1 + x)))
  }
}
