import Arrays
import Autograd
import Elements
import Operators

extension Func {
  /// The Jacobians of each output for each input, by reverse mode: one pass backward for all rows.
  ///
  /// `result[o][i]` has the sizes of output o followed by those of input i.
  ///
  /// - Parameters:
  ///   - argnums: the positions of the inputs; all where it is left out.
  ///   - chunkSize: how many rows at once; 1 needs least memory.
  public static func jacrev(
    _ inputs: [Tensor], argnums: [Int]? = nil, chunkSize: Int? = nil, _ function: TensorFunction
  ) throws -> [[Tensor]] {
    let argnums = argnums ?? Array(inputs.indices)
    let (outputs, pullback) = try vjp(argnums.map { inputs[$0] }) { variables in
      var arguments = inputs
      for (variable, i) in zip(variables, argnums) { arguments[i] = variable }
      return try function(arguments)
    }
    var jacobians: [[Tensor]] = []
    for (o, output) in outputs.enumerated() {
      let basis = try output.basis
      let rows = try vmap([basis], chunkSize: chunkSize) { seed in
        let cotangents = try outputs.enumerated().map { k, other in
          k == o ? seed[0] : try Tensor.zeros(other.shape, dtype: other.dtype)
        }
        return try pullback(cotangents)
      }
      jacobians.append(
        try zip(rows, argnums).map { row, i in
          try row.reshape(output.shape.followed(by: inputs[i].shape))
        })
    }
    return jacobians
  }

  /// The same by forward mode: one pass forward for all columns.
  public static func jacfwd(
    _ inputs: [Tensor], argnums: [Int]? = nil, chunkSize: Int? = nil,
    randomness: VmapRandomness = .error, _ function: TensorFunction
  ) throws -> [[Tensor]] {
    let argnums = argnums ?? Array(inputs.indices)
    var columns: [[Tensor]] = []
    for i in argnums {
      let input = inputs[i]
      let found = try vmap(
        [try input.basis], randomness: randomness, chunkSize: chunkSize
      ) { direction in
        try jvp([input], direction) { dual in
          var arguments = inputs
          arguments[i] = dual[0]
          return try function(arguments)
        }.tangents
      }
      // The examples are the elements of the input, whose dimensions come last.
      columns.append(
        try found.map { column in
          let sizes = Dims(column.shape.dropFirst())
          return try column.movingDim(0, to: column.rank - 1)
            .reshape(sizes.followed(by: input.shape))
        })
    }
    return (columns.first ?? []).indices.map { o in columns.map { $0[o] } }
  }

  /// The second derivatives of a function with one result of one element: forward over reverse.
  ///
  /// `result[i][j]` has the sizes of input i followed by those of input j.
  public static func hessian(
    _ inputs: [Tensor], argnums: [Int]? = nil, _ function: TensorFunction
  ) throws -> [[Tensor]] {
    let argnums = argnums ?? Array(inputs.indices)
    return try jacfwd(inputs, argnums: argnums) { arguments in
      let rows = try jacrev(arguments, argnums: argnums, function)
      guard rows.count == 1 else {
        throw TensorError.runtime("hessian: the function must return one Tensor, got \(rows.count)")
      }
      return rows[0]
    }
  }
}

extension Tensor {
  /// For each element a tensor of this shape that is one there and zero elsewhere.
  fileprivate var basis: Tensor {
    get throws { try Tensor.eye(n: count, dtype: dtype).reshape(shape.following(count)) }
  }
}

extension Dims {
  /// These sizes and others behind them.
  func followed(by others: Dims) -> Dims {
    var sizes = self
    for size in others { sizes.append(size) }
    return sizes
  }
}
