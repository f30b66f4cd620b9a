import Glibc
import Synchronization

/// What oneDNN's header calls a memory descriptor: sizes and layout of an operand, in memory of its
/// own.
final class OneDNNDescriptor: @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  fileprivate(set) var byteCount = 0

  init() {
    start = .allocate(byteCount: OneDNNPrimitives.memoryDescriptorBytes, alignment: 16)
    memset(start, 0, OneDNNPrimitives.memoryDescriptorBytes)
  }

  deinit { start.deallocate() }

  func isEqual(_ other: OneDNNDescriptor, _ library: OneDNNConvolutions) -> Bool {
    library.call.isEqual(start, other.start) != 0
  }
}

/// The convolutions that were made, by shape, and what it takes to make more.
final class OneDNNConvolutions: @unchecked Sendable {
  typealias Handle = OneDNNPrimitives.Handle

  /// Nil where the library is missing or of another version.
  static let shared = OneDNNConvolutions()

  /// Numbers of the header: what to ask a product for.
  enum Query {
    static let (x, xGradient, w, wGradient): (Int32, Int32, Int32, Int32) = (129, 130, 131, 132)
    static let (y, yGradient): (Int32, Int32) = (133, 134)
  }
  /// The places of the operands of an execution.
  enum Place {
    static let (x, w, bias, y): (Int32, Int32, Int32, Int32) = (1, 33, 41, 17)
    static let (xGradient, wGradient, yGradient): (Int32, Int32, Int32) = (129, 161, 145)
    static let (from, to, scratchpad): (Int32, Int32, Int32) = (1, 17, 80)
  }
  static let scratchpad: Int32 = 136
  private static let (float32, anyLayout, training, direct): (Int32, Int32, Int32, Int32) =
    (3, 1, 64, 1)
  /// Layouts whose channels come last, by rank.
  private static let channelsLast: [Int: Int32] = [3: 17, 4: 20, 5: 21]
  /// The struct that describes a convolution has 5976 bytes.
  private static let operationBytes = 8192
  /// Shapes that are kept; when there are more, all are made anew.
  private static let capacity = 512

  let call: OneDNNConvolutionCalls
  let engine: Handle
  private let library: OneDNN
  /// Has the caller give each execution its memory, so that threads do not share it.
  private let attributes: Handle
  private let made = Mutex<[ConvolutionShape: OneDNNConvolution?]>([:])

  private init?() {
    guard let library = OneDNN.shared, library.isVersion2,
      let call = OneDNNConvolutionCalls(library.library)
    else { return nil }
    var (engine, attributes): (Handle?, Handle?)
    guard call.base.createEngine(&engine, 1, 0) == 0, let engine,
      call.createAttributes(&attributes) == 0, let attributes,
      call.setScratchpadMode(attributes, 1) == 0
    else { return nil }
    (self.library, self.call) = (library, call)
    (self.engine, self.attributes) = (engine, attributes)
  }

  func onThisThreadAlone<R>(_ body: () -> R) -> R { library.onThisThreadAlone(body) }

  func convolution(_ shape: ConvolutionShape) -> OneDNNConvolution? {
    if let known = made.withLock({ $0[shape] }) { return known }
    // Two threads that come here together make two; one is kept.
    let new = onThisThreadAlone { OneDNNConvolution(self, shape) }
    return made.withLock {
      if let known = $0[shape] { return known }
      if $0.count >= Self.capacity { $0 = [:] }
      $0[shape] = new
      return new
    }
  }

  func strided(_ sizes: [Int], _ strides: [Int]) -> OneDNNDescriptor? {
    let descriptor = OneDNNDescriptor()
    guard
      call.base.initMemory(
        descriptor.start, Int32(sizes.count), sizes, Self.float32, strides) == 0
    else { return nil }
    descriptor.byteCount = call.size(descriptor.start)
    return descriptor
  }

  private func tagged(_ sizes: [Int], _ tag: Int32) -> OneDNNDescriptor? {
    let descriptor = OneDNNDescriptor()
    let status = call.initByTag(
      descriptor.start, Int32(sizes.count), sizes, Self.float32, tag)
    return status == 0 ? descriptor : nil
  }

  /// What a product asks of an operand.
  func descriptor(of product: Handle, _ what: Int32) -> OneDNNDescriptor? {
    guard let found = call.queryMemory(product, what, 0) else { return nil }
    let descriptor = OneDNNDescriptor()
    memcpy(descriptor.start, found, OneDNNPrimitives.memoryDescriptorSize)
    descriptor.byteCount = call.size(descriptor.start)
    return descriptor
  }

  /// What moves an operand from one layout to another.
  func reorder(_ from: OneDNNDescriptor, _ to: OneDNNDescriptor) -> Handle? {
    var (descriptor, primitive): (Handle?, Handle?)
    guard call.createReorder(&descriptor, from.start, engine, to.start, engine, nil) == 0,
      let descriptor
    else { return nil }
    defer { _ = call.base.destroyDescriptor(descriptor) }
    return call.base.createPrimitive(&primitive, descriptor) == 0 ? primitive : nil
  }

  /// Has the library choose how to compute a product; nil where it cannot.
  func makeProduct(
    _ shape: ConvolutionShape, channelsLast: Bool
  ) -> (descriptor: Handle, name: String)? {
    let rank = shape.x.count + 2
    guard let tag = channelsLast ? Self.channelsLast[rank] : Self.anyLayout else { return nil }
    let inner = [shape.channels / shape.groups] + shape.w
    let filters = shape.filters / shape.groups
    guard let x = tagged([shape.images, shape.channels] + shape.x, tag),
      let w = tagged(
        (shape.groups == 1 ? [filters] : [shape.groups, filters]) + inner, Self.anyLayout),
      let y = tagged([shape.images, shape.filters] + shape.y, tag),
      let bias = strided([shape.filters], [1])
    else { return nil }
    var after: [Int] = []
    for i in shape.x.indices {
      let extent = (shape.y[i] - 1) * shape.stride[i] + (shape.w[i] - 1) * shape.dilation[i] + 1
      after.append(extent - shape.x[i] - shape.padding[i])
    }
    let dilation = shape.dilation.map { $0 - 1 }
    return withUnsafeTemporaryAllocation(byteCount: Self.operationBytes, alignment: 16) { buffer in
      guard let operation = buffer.baseAddress else { return nil }
      memset(operation, 0, Self.operationBytes)
      guard
        call.initForward(
          operation, Self.training, Self.direct, x.start, w.start,
          shape.hasBias ? bias.start : nil, y.start, shape.stride, dilation, shape.padding, after)
          == 0, let forward = choose(operation, nil)
      else { return nil }
      if shape.product == .output { return (forward, name(of: forward)) }
      defer { _ = call.base.destroyDescriptor(forward) }
      memset(operation, 0, Self.operationBytes)
      let status =
        shape.product == .input
        ? call.initInput(
          operation, Self.direct, x.start, w.start, y.start, shape.stride, dilation, shape.padding,
          after)
        : call.initWeight(
          operation, Self.direct, x.start, w.start, nil, y.start, shape.stride, dilation,
          shape.padding, after)
      guard status == 0, let product = choose(operation, forward) else { return nil }
      return (product, name(of: product))
    }
  }

  private func choose(_ operation: UnsafeRawPointer, _ forward: Handle?) -> Handle? {
    var descriptor: Handle?
    let status = call.base.createDescriptor(&descriptor, operation, attributes, engine, forward)
    return status == 0 ? descriptor : nil
  }

  private func name(of descriptor: Handle) -> String {
    var name: UnsafePointer<CChar>?
    let status = call.base.query(descriptor, OneDNNPrimitives.implementationName, 0, &name)
    return status == 0 ? name.map { String(cString: $0) } ?? "" : ""
  }
}

/// The executions of one thread, one after the other.
struct OneDNNRun {
  private let library: OneDNNConvolutions
  private let stream: OneDNNPrimitives.Handle?

  init(_ library: OneDNNConvolutions) {
    self.library = library
    var stream: OneDNNPrimitives.Handle?
    _ = library.call.base.createStream(&stream, library.engine, 1)
    self.stream = stream
  }

  func end() {
    if let stream { _ = library.call.base.destroyStream(stream) }
  }

  func move(
    _ primitive: OneDNNPrimitives.Handle, _ from: OneDNNDescriptor,
    _ source: UnsafeMutableRawPointer, _ to: OneDNNDescriptor, _ target: UnsafeMutableRawPointer
  ) -> Bool {
    execute(
      primitive,
      [
        (OneDNNConvolutions.Place.from, from, source), (OneDNNConvolutions.Place.to, to, target),
      ])
  }

  func execute(
    _ primitive: OneDNNPrimitives.Handle,
    _ operands: [(place: Int32, descriptor: OneDNNDescriptor, start: UnsafeMutableRawPointer)]
  ) -> Bool {
    let call = library.call.base
    var arguments: [OneDNNPrimitives.Argument] = []
    arguments.reserveCapacity(operands.count)
    defer { for argument in arguments { _ = call.destroyMemory(argument.memory) } }
    for operand in operands {
      var memory: OneDNNPrimitives.Handle?
      guard
        call.createMemory(&memory, operand.descriptor.start, library.engine, operand.start) == 0,
        let memory
      else { return false }
      arguments.append(.init(place: operand.place, memory: memory))
    }
    guard let stream else { return false }
    return call.execute(primitive, stream, Int32(arguments.count), arguments) == 0
      && call.wait(stream) == 0
  }
}

/// What convolutions use of oneDNN 2, beyond what products of matrices do.
struct OneDNNConvolutionCalls {
  typealias Handle = OneDNNPrimitives.Handle
  typealias Result = OneDNNPrimitives.Result
  typealias Sizes = UnsafePointer<Int>
  typealias InitByTag =
    @convention(c) (UnsafeMutableRawPointer, Int32, Sizes, Int32, Int32) -> Int32
  typealias InitForward =
    @convention(c) (
      UnsafeMutableRawPointer, Int32, Int32, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer?,
      UnsafeRawPointer, Sizes, Sizes, Sizes, Sizes
    ) -> Int32
  typealias InitInput =
    @convention(c) (
      UnsafeMutableRawPointer, Int32, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, Sizes,
      Sizes, Sizes, Sizes
    ) -> Int32
  typealias InitWeight =
    @convention(c) (
      UnsafeMutableRawPointer, Int32, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer?,
      UnsafeRawPointer, Sizes, Sizes, Sizes, Sizes
    ) -> Int32
  typealias QueryMemory = @convention(c) (Handle, Int32, Int32) -> UnsafeRawPointer?
  typealias Size = @convention(c) (UnsafeRawPointer) -> Int
  typealias IsEqual = @convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> Int32
  typealias CreateReorder =
    @convention(c) (Result, UnsafeRawPointer, Handle, UnsafeRawPointer, Handle, Handle?) -> Int32
  typealias CreateAttributes = @convention(c) (Result) -> Int32
  typealias SetMode = @convention(c) (Handle, Int32) -> Int32

  let base: OneDNNPrimitives
  let initByTag: InitByTag
  let initForward: InitForward
  let initInput: InitInput
  let initWeight: InitWeight
  let queryMemory: QueryMemory
  let size: Size
  let isEqual: IsEqual
  let createReorder: CreateReorder
  let createAttributes: CreateAttributes
  let setScratchpadMode: SetMode

  /// Nil where one of them is missing.
  init?(_ library: SharedLibrary) {
    func find<F>(_ name: String, _ type: F.Type) -> F? {
      library.function("dnnl_" + name, as: type)
    }
    guard let base = OneDNNPrimitives(library),
      let initByTag = find("memory_desc_init_by_tag", InitByTag.self),
      let initForward = find("dilated_convolution_forward_desc_init", InitForward.self),
      let initInput = find("dilated_convolution_backward_data_desc_init", InitInput.self),
      let initWeight = find("dilated_convolution_backward_weights_desc_init", InitWeight.self),
      let queryMemory = find("primitive_desc_query_md", QueryMemory.self),
      let size = find("memory_desc_get_size", Size.self),
      let isEqual = find("memory_desc_equal", IsEqual.self),
      let createReorder = find("reorder_primitive_desc_create", CreateReorder.self),
      let createAttributes = find("primitive_attr_create", CreateAttributes.self),
      let setMode = find("primitive_attr_set_scratchpad_mode", SetMode.self)
    else { return nil }
    (self.base, self.initByTag, self.initForward) = (base, initByTag, initForward)
    (self.initInput, self.initWeight, self.queryMemory) = (initInput, initWeight, queryMemory)
    (self.size, self.isEqual, self.createReorder) = (size, isEqual, createReorder)
    (self.createAttributes, setScratchpadMode) = (createAttributes, setMode)
  }
}
