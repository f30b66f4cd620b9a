/// What is used of oneDNN 2's interface of primitives.
///
/// What its header calls memory descriptors and operation descriptors are plain memory of a known
/// size, which these functions write and read.
struct OneDNNPrimitives {
  typealias Handle = OpaquePointer
  typealias Result = UnsafeMutablePointer<Handle?>

  /// An operand and its place in an operation.
  struct Argument {
    let place: Int32
    let memory: Handle
  }

  typealias InitMemory =
    @convention(c) (
      _ descriptor: UnsafeMutableRawPointer, _ rank: Int32, _ sizes: UnsafePointer<Int>,
      _ dtype: Int32, _ strides: UnsafePointer<Int>
    ) -> Int32
  typealias InitMatmul =
    @convention(c) (
      _ descriptor: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
      _ bias: UnsafeRawPointer?, _ c: UnsafeRawPointer
    ) -> Int32
  typealias CreateDescriptor =
    @convention(c) (Result, UnsafeRawPointer, Handle?, Handle, Handle?) -> Int32
  typealias Query = @convention(c) (Handle, Int32, Int32, UnsafeMutableRawPointer) -> Int32
  typealias CreatePrimitive = @convention(c) (Result, Handle) -> Int32
  typealias CreateMemory =
    @convention(c) (Result, UnsafeRawPointer, Handle, UnsafeMutableRawPointer) -> Int32
  typealias CreateEngine = @convention(c) (Result, Int32, Int) -> Int32
  typealias CreateStream = @convention(c) (Result, Handle, Int32) -> Int32
  /// The last parameter is an array of `Argument`.
  typealias Execute = @convention(c) (Handle, Handle, Int32, UnsafeRawPointer) -> Int32
  typealias Take = @convention(c) (Handle) -> Int32

  /// Bytes that hold the header's structs with room to spare: they have 696 and 2800.
  static let memoryDescriptorBytes = 1024
  static let memoryDescriptorSize = 696
  static let operationDescriptorBytes = 4096
  /// Numbers of the header: a data type, the places of the operands, and of what to ask for.
  static let bfloat16: Int32 = 2
  static let (a, b, c): (Int32, Int32, Int32) = (1, 33, 17)
  static let implementationName: Int32 = 8

  let initMemory: InitMemory
  let initMatmul: InitMatmul
  let createDescriptor: CreateDescriptor
  let query: Query
  let createPrimitive: CreatePrimitive
  let createMemory: CreateMemory
  let createEngine: CreateEngine
  let createStream: CreateStream
  let execute: Execute
  let wait: Take
  let destroyDescriptor: Take
  let destroyPrimitive: Take
  let destroyMemory: Take
  let destroyStream: Take

  /// Nil where one of them is missing.
  init?(_ library: SharedLibrary) {
    func find<F>(_ name: String, _ type: F.Type) -> F? {
      library.function("dnnl_" + name, as: type)
    }
    guard let initMemory = find("memory_desc_init_by_strides", InitMemory.self),
      let initMatmul = find("matmul_desc_init", InitMatmul.self),
      let createDescriptor = find("primitive_desc_create", CreateDescriptor.self),
      let query = find("primitive_desc_query", Query.self),
      let createPrimitive = find("primitive_create", CreatePrimitive.self),
      let createMemory = find("memory_create", CreateMemory.self),
      let createEngine = find("engine_create", CreateEngine.self),
      let createStream = find("stream_create", CreateStream.self),
      let execute = find("primitive_execute", Execute.self),
      let wait = find("stream_wait", Take.self),
      let destroyDescriptor = find("primitive_desc_destroy", Take.self),
      let destroyPrimitive = find("primitive_destroy", Take.self),
      let destroyMemory = find("memory_destroy", Take.self),
      let destroyStream = find("stream_destroy", Take.self)
    else { return nil }
    (self.initMemory, self.initMatmul, self.query) = (initMemory, initMatmul, query)
    (self.createDescriptor, self.destroyDescriptor) = (createDescriptor, destroyDescriptor)
    (self.createPrimitive, self.destroyPrimitive) = (createPrimitive, destroyPrimitive)
    (self.createMemory, self.destroyMemory) = (createMemory, destroyMemory)
    (self.createStream, self.destroyStream) = (createStream, destroyStream)
    (self.createEngine, self.execute, self.wait) = (createEngine, execute, wait)
  }
}
