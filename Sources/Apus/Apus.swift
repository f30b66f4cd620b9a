/// The engine as Swift programs import it: tensors, operators, autograd.
@_exported import Arrays
@_exported import Autograd
@_exported import Elements
@_exported import Operators
@_exported import Transforms
