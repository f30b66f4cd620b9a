import Arrays
import Elements

// Tensors that have the same memory, with and without a common count of changes.

extension Tensor {
  /// The same numbers, outside of the graph: shares storage and version, and has no tangent.
  public func detach() -> Tensor {
    var detached = Tensor(array)
    if let layer {
      detached = layer.value.detach()
      if layer.level.isAlive { detached = layer.level.wrap(detached) }
    }
    if isInference { detached.isInference = true }
    return detached
  }

  /// Takes this tensor out of the graph: it becomes a leaf that doesn't require a gradient.
  ///
  /// - Throws: `TensorError.runtime` for a view.
  @discardableResult
  public func detach_() throws -> Tensor {
    if isView && !InferenceMode.isEnabled {
      throw TensorError.runtime(
        "Can't detach views in-place. Use detach() instead. If you are using "
          + "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
          + "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
          + "these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
          + "function in torch/optim/optimizer.py as the solution.")
    }
    node = nil
    outputIndex = 0
    wantsGradient = false
    setTangent(nil)
    return self
  }

  /// The same numbers, outside of the graph, with a count of changes of their own, so that nobody
  /// notices what is written into them: reading PyTorch's `data`.
  public var variableData: Tensor {
    if let layer {
      let value = layer.value.variableData
      return layer.level.isAlive ? layer.level.wrap(value) : value
    }
    let data = Tensor(array.withOwnVersion(0))
    data.isInference = isInference
    return data
  }

  /// True when both have the same storage, whatever part of it they show.
  public func sharesMemory(with other: Tensor) -> Bool {
    array.storage.sharesMemory(with: other.array.storage)
  }

  /// Gives this tensor the memory, sizes and dtype of another, and leaves its place in the graph
  /// and its count of changes as they are: assigning PyTorch's `data`.
  ///
  /// - Throws: `TensorError.runtime` for integers where this tensor requires a gradient.
  public func setData(_ new: Tensor) throws {
    if requiresGrad && !new.dtype.isDifferentiable {
      throw TensorError.runtime(
        "data set to a tensor that requires gradients must be floating point or complex dtype")
    }
    if layer != nil || new.layer != nil {
      throw TensorError.runtime("data can't be set inside of a function transform")
    }
    replaceArray(new.array.withOwnVersion(array.storage.version))
  }

  /// Makes this tensor what a view of it is, in place: `squeeze_`, `t_`.
  ///
  /// - Parameter view: gives a view of this very tensor.
  /// - Throws: see `checkInPlace`; what `view` throws.
  package func become(_ view: (Tensor) throws -> Tensor) throws {
    try checkInferenceUpdate()
    if GradMode.records && requiresGrad { try checkInPlace() }
    let result = try view(self)
    if layer != nil || extras?.tangent != nil {
      // The layers below, and the tangent, change as this tensor does.
      extras = TensorExtras(tangent: result.extras?.tangent, layer: result.layer)
    }
    // That of a view is made anew when somebody asks, since the version has changed.
    let origin = base == nil ? result.node : nil
    let before = viewVersion
    replaceArray(result.array)
    viewVersion = before
    if !isInference { array.storage.version &+= 1 }
    if let origin { try rebaseHistory(origin) }
  }

  /// Gives this tensor other sizes, and more memory where it has too little, of which the new part
  /// is not initialised. Other tensors keep the memory that they had.
  ///
  /// - Throws: `TensorError.runtime` for a tensor that requires a gradient; `.negativeSize`,
  ///   `.sizeOverflow`, `.outOfMemory`.
  @discardableResult
  public func resize_(_ sizes: Dims) throws -> Tensor {
    if requiresGrad { throw TensorError.runtime("cannot resize variables that require grad") }
    try checkInferenceUpdate()
    if sizes == shape { return self }
    let layout = try Layout.contiguous(sizes)
    let present = array
    let (end, overflow) = (present.offset + layout.count)
      .multipliedReportingOverflow(by: dtype.size)
    if overflow { throw TensorError.sizeOverflow }
    var resized = present.with(layout)
    if end > present.storage.byteCount {
      let storage = try Storage(byteCount: end)
      storage.pointer.copyMemory(
        from: present.storage.pointer, byteCount: present.storage.byteCount)
      storage.version = present.storage.version
      resized = NDArray(storage: storage, layout: layout, offset: present.offset, dtype: dtype)
    }
    replaceArray(resized)
    if !isInference { resized.storage.version &+= 1 }
    return self
  }

  /// Gives this tensor other memory or another layout, also where there is a graph.
  func replaceArray(_ new: NDArray) {
    let isAlike = new.dtype == dtype && new.layout.sizes == shape
    exchange(new)
    viewVersion = new.storage.version
    if let accumulator, !isAlike { renew(accumulator) }
  }

  /// What arrives for the old sizes is none of this leaf's business any more.
  @inline(never)
  private func renew(_ old: AccumulateGrad) {
    old.forgetLeaf(self)
    let renewed = AccumulateGrad(self)
    if old.hasChosenDType { renewed.keepGradient(in: old.gradientDType) }
    accumulator = renewed
  }

  /// Writes over `array`.
  ///
  /// That is a constant, because every call reads it, and reading a variable costs two references
  /// counted up and down. What this takes in return: no function may read `array` of a tensor, call
  /// something that ends here, and read it again, since the compiler is free to use what it read
  /// first. Hence it is never inlined, nor are the few that call it; and the tensor's memory is its
  /// own business until they return.
  @inline(never)
  private func exchange(_ new: NDArray) {
    // The first stored property of a class without superclass follows the two words of the object.
    let place = (Unmanaged.passUnretained(self).toOpaque() + 2 * MemoryLayout<Int>.size)
      .assumingMemoryBound(to: NDArray.self)
    precondition(place.pointee.storage === array.storage, "array is not the first property")
    place.pointee = new
  }
}

extension NDArray {
  /// The same memory with a count of changes of its own.
  fileprivate func withOwnVersion(_ version: Int32) -> NDArray {
    NDArray(
      storage: Storage(aliasing: storage, version: version), layout: layout, offset: offset,
      dtype: dtype)
  }
}
