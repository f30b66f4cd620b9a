import Arrays
import Autograd

// The product that gradients of products are made of.

/// How a product of two matrices takes its operands, and lays out its result.
struct ProductForm: Sendable {
  var transposesX = false
  var transposesY = false
  /// True for a result whose columns are dense.
  var hasDenseColumns = false
}

extension ProductForm {
  /// For the gradient of an argument, in the order in memory of the argument itself: what `linear`
  /// multiplies by is a weight transposed, and the gradient of the weight is to have dense rows.
  init(transposesX: Bool = false, transposesY: Bool = false, for context: Context, _ index: Int) {
    self.transposesX = transposesX
    self.transposesY = transposesY
    hasDenseColumns = context.hasDenseColumns(index)
  }
}

extension Ops {
  /// `mm` without views for what is transposed.
  static let product: Operator<ProductForm> = Operator(
    "_product(Tensor self, Tensor mat2) -> Tensor", "Product of two matrices, or their transposes.",
    gradName: "MmBackward0",
    forward: .two { x, y, form, _ in
      try (form.transposesX ? x.transposed(0, 1) : x).mm(
        form.transposesY ? y.transposed(0, 1) : y, hasDenseColumns: form.hasDenseColumns)
    },
    derivative: .of(
      .saving(.y) { g, c, form in
        let y = try c.y.conj()
        return form.transposesX
          ? try product(y, g, .init(transposesX: form.transposesY, transposesY: true))
          : try product(g, y, .init(transposesY: !form.transposesY))
      },
      .saving(.x) { g, c, form in
        let x = try c.x.conj()
        return form.transposesY
          ? try product(g, x, .init(transposesX: true, transposesY: form.transposesX))
          : try product(x, g, .init(transposesX: !form.transposesX))
      }),
    tangent: .bilinear,
    batching: .rule { batch, form in
      let x = batch.input(0)
      let y = batch.input(1)
      return [
        try products(
          form.transposesX ? x.transpose(dim0: -2, dim1: -1) : x,
          form.transposesY ? y.transpose(dim0: -2, dim1: -1) : y, batch.isBatched[0],
          batch.isBatched[1])
      ]
    }, samples: [])
}

extension Tensor {
  /// This gradient transposed. Where nobody watches the result is not a view, so that a leaf
  /// may take the memory as it is when nobody else has it.
  func transposedGradient() throws -> Tensor {
    !isUnwatched(self) || rank != 2 ? try t() : Tensor(try array.transposed(0, 1))
  }
}
