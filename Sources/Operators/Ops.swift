import Autograd

/// Every operator, each as one value; the families are in files of their own.
package enum Ops {
  /// Operators that belong together, in reading order.
  package struct Family: Sendable {
    package let title: String
    package let operators: [OperatorDefinition]

    fileprivate init(title: String, operators: [any AnyOperator]) {
      self.title = title
      self.operators = operators.map(\.definition)
    }
  }

  /// All families.
  package static let families = [
    Family(title: "Creation", operators: creation + creationLike),
    Family(title: "Random numbers", operators: randomNumbers + randomDraws + randomFilling),
    Family(title: "Arithmetic", operators: arithmetic + division + power + combined),
    Family(
      title: "Functions of one tensor",
      operators: unary + exponentials + trigonometric + special + activation + smoothActivation
        + linearActivation + rounding),
    Family(title: "Functions of two tensors", operators: pairFunctions + distances),
    Family(title: "Complex numbers", operators: complexNumbers),
    Family(title: "Comparison and logic", operators: comparison + logic),
    Family(
      title: "Reductions", operators: reduction + extrema + variances + nanReductions + running),
    Family(title: "Order", operators: ordering + uniqueness + counting),
    Family(title: "Norms and distances", operators: vectorNorms + norms),
    Family(title: "Differences", operators: differences),
    Family(title: "Selection", operators: selection + masking + filling),
    Family(
      title: "Indexing",
      operators: indexing + gathering + scattering + indexedSlices + embeddings),
    Family(title: "Softmax", operators: softmaxes),
    Family(title: "Dropout", operators: dropouts),
    Family(title: "Normalisation", operators: normalisation),
    Family(title: "Fourier transforms", operators: fourier),
    Family(title: "Images", operators: interpolation + gridSampling),
    Family(title: "Views", operators: views + namedViews + strided + splitting + sections),
    Family(title: "Losses", operators: losses + pairLosses + marginLosses + sequenceLosses),
    Family(title: "Attention", operators: attention),
    Family(title: "Shapes, dtypes and copies", operators: reshaping),
    Family(
      title: "Joining and rearranging",
      operators: joining + stacks + rearranging + turns + partsPlaced + paddings + shuffles),
    Family(title: "Matrix products", operators: linearAlgebra + productSums + productChains),
    Family(
      title: "Linear algebra",
      operators: linearSystems + triangularFactors + determinants + choleskyFactors
        + orthogonalFactors + spectra + eigenvalues + matrixFunctions + leastSquares
        + indefiniteFactors + tensorSystems),
    Family(title: "Convolutions", operators: convolutions),
    Family(title: "Pooling", operators: pooling + unpooling),
  ]

  /// All operators; `all` is one of them.
  package static let definitions = families.flatMap(\.operators)
}
