"""What a wrong call raises: PyTorch's exception with PyTorch's words."""

import pytest

import apus as torch
from apus.nn import functional as F

x = torch.arange(6.0).reshape(2, 3)
v = torch.arange(4.0)
i = torch.arange(4)
z = torch.tensor(2.0)
b = torch.tensor([True, False])
g = torch.ones(3, requires_grad=True)


def assign(tensor, name, value):
    setattr(tensor, name, value)


def put(tensor, key, value):
    tensor[key] = value


CASES = [
    # Shapes, dtypes, dimensions
    (lambda: torch.zeros(2) + torch.zeros(3), RuntimeError,
     "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0"),
    (lambda: x @ x, RuntimeError,
     "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    (lambda: x @ v, RuntimeError, "size mismatch, got input (2), mat (2x3), vec (4)"),
    (lambda: torch.dot(torch.zeros(2), torch.zeros(3)), RuntimeError,
     "inconsistent tensor size, expected tensor [2] and src [3] to have the same number of "
     "elements, but got 2 and 3 elements respectively"),
    (lambda: x.mm(torch.zeros(3, 1, dtype=torch.float64)), RuntimeError,
     "expected m1 and m2 to have the same dtype, but got: float != double"),
    (lambda: x.view(4), RuntimeError, "shape '[4]' is invalid for input of size 6"),
    (lambda: x.t().view(6), RuntimeError,
     "view size is not compatible with input tensor's size and stride (at least one dimension "
     "spans across two contiguous subspaces). Use .reshape(...) instead."),
    (lambda: x.view(-1, -1), RuntimeError, "only one dimension can be inferred"),
    (lambda: x.sum(5), IndexError,
     "Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    (lambda: x.sum((0, 0)), RuntimeError, "dim 0 appears multiple times in the list of dims"),
    (lambda: x.unsqueeze(5), IndexError,
     "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    (lambda: x.permute(0, 0), RuntimeError, "permute(): duplicate dims are not allowed."),
    (lambda: x.expand(4, 3), RuntimeError,
     "The expanded size of the tensor (4) must match the existing size (2) at non-singleton "
     "dimension 0.  Target sizes: [4, 3].  Tensor sizes: [2, 3]"),
    (lambda: torch.cat([torch.zeros(2, 1), torch.zeros(3, 2)]), RuntimeError,
     "Sizes of tensors must match except in dimension 0. Expected size 1 but got size 2 for tensor "
     "number 1 in the list."),
    (lambda: torch.cat([]), ValueError, "torch.cat(): expected a non-empty list of Tensors"),
    (lambda: torch.stack([torch.zeros(2), torch.zeros(3)]), RuntimeError,
     "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1"),
    (lambda: x.split(-1), RuntimeError,
     "split expects split_size be non-negative, but got split_size=-1"),
    (lambda: x.split([1, 1, 2], 1), RuntimeError,
     "split_with_sizes expects split_sizes to sum exactly to 3 (input tensor's size at dimension "
     "1), but got split_sizes=[1, 1, 2]"),
    (lambda: x.chunk(0), RuntimeError,
     "chunk expects `chunks` to be greater than 0, got: 0"),
    (lambda: i.mean(), NotImplementedError,
     "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
     "dtype. Got: Long"),
    (lambda: i.softmax(0), NotImplementedError,
     "\"softmax_lastdim_kernel_impl\" not implemented for 'Long'"),
    (lambda: b - b, NotImplementedError,
     "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
     "`logical_xor()` operator instead."),
    (lambda: -b, NotImplementedError,
     "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
     "mask, use the `~` or `logical_not()` operator instead."),
    (lambda: ~x, TypeError,
     "~ (operator.invert) is only implemented on integer and Boolean-type tensors"),
    (lambda: x & x, NotImplementedError, "\"bitwise_and_cpu\" not implemented for 'Float'"),
    (lambda: torch.zeros(0).max(), RuntimeError,
     "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
     "dim with the 'dim' argument."),
    (lambda: i // 0, RuntimeError, "ZeroDivisionError"),
    (lambda: torch.add(i, 1, alpha=2.5), RuntimeError,
     "For integral input tensors, argument alpha must not be a floating point number."),
    (lambda: x.clamp(), RuntimeError,
     "torch.clamp: At least one of 'min' or 'max' must not be None"),
    (lambda: i.add_(1.5), RuntimeError,
     "result type Float can't be cast to the desired output type Long"),
    (lambda: z.add_(v), RuntimeError,
     "output with shape [] doesn't match the broadcast shape [4]"),
    (lambda: z.expand(2).add_(1), RuntimeError,
     "unsupported operation: more than one element of the written-to tensor refers to a single "
     "memory location. Please clone() the tensor before performing the operation."),
    (lambda: F.cross_entropy(x, torch.tensor([0, 5])), IndexError, "Target 5 is out of bounds."),
    (lambda: torch.gather(v, 0, torch.tensor([5])), RuntimeError,
     "index 5 is out of bounds for dimension 0 with size 4"),
    (lambda: x.masked_fill(x, 0), RuntimeError,
     "masked_fill_ only supports boolean masks, but got mask with dtype float"),
    # Creation
    (lambda: torch.zeros(-1), RuntimeError, "zeros: Dimension size must be non-negative."),
    (lambda: torch.zeros(2**40, 2**40), RuntimeError,
     "Storage size calculation overflowed with sizes=[1099511627776, 1099511627776]"),
    (lambda: torch.zeros(2**63), TypeError, None),
    (lambda: torch.zeros(), TypeError, None),
    (lambda: torch.zeros("a"), TypeError, None),
    (lambda: torch.zeros(2.5), TypeError, None),
    (lambda: torch.zeros(2, dtype="float32"), TypeError, None),
    (lambda: torch.zeros(2, dtype=torch.int64, requires_grad=True), RuntimeError,
     "Only Tensors of floating point and complex dtype can require gradients"),
    (lambda: torch.arange(0, 3, -1), RuntimeError,
     "upper bound and lower bound inconsistent with step sign"),
    (lambda: torch.arange(0, 3, 0), RuntimeError, "step must be nonzero"),
    (lambda: torch.arange(), TypeError, None),
    (lambda: torch.linspace(0, 1, -1), RuntimeError, "number of steps must be non-negative"),
    (lambda: torch.eye(-1), RuntimeError, "n must be greater or equal to 0, got -1"),
    (lambda: torch.randint(5, 2, (2,)), RuntimeError,
     "random_ expects 'from' to be less than 'to', but got from=5 >= to=2"),
    (lambda: torch.rand(2, dtype=torch.int64), NotImplementedError,
     "\"check_uniform_bounds\" not implemented for 'Long'"),
    # Data
    (lambda: torch.tensor([[1, 2], [3]]), ValueError,
     "expected sequence of length 2 at dim 1 (got 1)"),
    (lambda: torch.tensor([[1, 2], 3]), TypeError, "not a sequence"),
    (lambda: torch.tensor([1, [2]]), TypeError,
     "'list' object cannot be interpreted as an integer"),
    (lambda: torch.tensor("a"), TypeError, "new(): invalid data type 'str'"),
    (lambda: torch.tensor(["a"]), ValueError, "too many dimensions 'str'"),
    (lambda: torch.tensor(None), RuntimeError, "Could not infer dtype of NoneType"),
    (lambda: torch.tensor([300], dtype=torch.uint8), RuntimeError,
     "value cannot be converted to type uint8 without overflow"),
    (lambda: torch.tensor([float("nan")], dtype=torch.int64), RuntimeError,
     "value cannot be converted to type int64 without overflow"),
    (lambda: torch.tensor(2**63), ValueError, "Overflow when unpacking long long"),
    (lambda: torch.tensor([torch.ones(2)]), ValueError,
     "only one element tensors can be converted to Python scalars"),
    (lambda: torch.tensor([1, 2], requires_grad=True), RuntimeError,
     "Only Tensors of floating point and complex dtype can require gradients"),
    (lambda: g.numpy(), RuntimeError,
     "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    (lambda: torch.ones(2, dtype=torch.bfloat16).numpy(), TypeError,
     "Got unsupported ScalarType BFloat16"),
    (lambda: torch.from_numpy([1]), TypeError, "expected np.ndarray (got list)"),
    # Python numbers
    (lambda: bool(x), RuntimeError,
     "Boolean value of Tensor with more than one value is ambiguous"),
    (lambda: bool(torch.ones(0)), RuntimeError,
     "Boolean value of Tensor with no values is ambiguous"),
    (lambda: int(x), ValueError, "only one element tensors can be converted to Python scalars"),
    (lambda: x.item(), RuntimeError, "a Tensor with 6 elements cannot be converted to Scalar"),
    (lambda: range(3)[z], TypeError,
     "only integer tensors of a single element can be converted to an index"),
    (lambda: len(z), TypeError, "len() of a 0-d tensor"),
    (lambda: list(z), TypeError, "iteration over a 0-d tensor"),
    (lambda: "a" in x, RuntimeError,
     "Tensor.__contains__ only supports Tensor or scalar, but you passed in a <class 'str'>."),
    (lambda: x * 2**70, OverflowError, "int too big to convert"),
    (lambda: x + "a", TypeError, "unsupported operand type(s) for +: 'Tensor' and 'str'"),
    (lambda: x + None, TypeError, "unsupported operand type(s) for +: 'Tensor' and 'NoneType'"),
    (lambda: 1 @ x, TypeError, "unsupported operand type(s) for @: 'int' and 'Tensor'"),
    (lambda: x @ 1, TypeError, "unsupported operand type(s) for @: 'Tensor' and 'int'"),
    (lambda: x.size(5), IndexError,
     "Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    # Calls
    (lambda: torch.exp(3), TypeError,
     "exp(): argument 'input' (position 1) must be Tensor, not int"),
    (lambda: torch.matmul(x, 3), TypeError,
     "matmul(): argument 'other' (position 2) must be Tensor, not int"),
    (lambda: torch.sum("a"), TypeError,
     "sum(): argument 'input' (position 1) must be Tensor, not str"),
    (lambda: torch.exp(), TypeError, None),
    (lambda: torch.exp(x, 1), TypeError, None),
    (lambda: x.sum(nonsense=1), TypeError, None),
    (lambda: x.sum("a"), TypeError, None),
    (lambda: x.sum(dtype=5), TypeError, None),
    (lambda: x.transpose("a", 1), TypeError, None),
    (lambda: x.transpose(0, 2**65), ValueError, "Overflow when unpacking long long"),
    (lambda: torch.pow(2, 3), TypeError, None),
    (lambda: torch.cat([x, 1]), TypeError,
     "expected Tensor as element 1 in argument 0, but got int"),
    (lambda: torch.stack(x), TypeError, None),
    (lambda: torch.rand(2, generator=3), TypeError, None),
    (lambda: torch.equal(x, 1), TypeError,
     "equal(): argument 'other' (position 2) must be Tensor, not int"),
    # Indexing
    (lambda: x[5], IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
    (lambda: x[-3], IndexError, "index -3 is out of bounds for dimension 0 with size 2"),
    (lambda: x[:, 5], IndexError, "index 5 is out of bounds for dimension 1 with size 3"),
    (lambda: x[0, 0, 0], IndexError, "too many indices for tensor of dimension 2"),
    (lambda: z[0], IndexError,
     "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ "
     "to convert a 0-dim tensor to a number"),
    (lambda: x["a"], TypeError, "new(): invalid data type 'str'"),
    (lambda: x[1.5], IndexError,
     "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
     "indices (got float)"),
    (lambda: x[::-1], ValueError, "step must be greater than zero"),
    (lambda: x[::0], ValueError, "slice step cannot be zero"),
    (lambda: x[torch.tensor([0, 5])], IndexError,
     "index 5 is out of bounds for dimension 0 with size 2"),
    (lambda: x[torch.tensor([0.5])], IndexError,
     "tensors used as indices must be long, int, byte or bool tensors"),
    (lambda: x[torch.tensor([True, False, True])], IndexError,
     "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3] at "
     "index 0"),
    (lambda: put(x, 5, 1), IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
    (lambda: put(x, 0, torch.ones(4)), RuntimeError,
     "The expanded size of the tensor (3) must match the existing size (4) at non-singleton "
     "dimension 0.  Target sizes: [3].  Tensor sizes: [4]"),
    (lambda: put(x, torch.tensor([0, 1]), torch.ones(5)), RuntimeError,
     "shape mismatch: value tensor of shape [5] cannot be broadcast to indexing result of shape "
     "[2, 3]"),
    (lambda: put(x, 0, "a"), TypeError, "can't assign a str to a torch.FloatTensor"),
    (lambda: put(x, 0, [1, 2, 3]), TypeError, "can't assign a list to a torch.FloatTensor"),
    (lambda: put(g, 0, 1), RuntimeError,
     "a view of a leaf Variable that requires grad is being used in an in-place operation."),
    # Gradients
    (lambda: g.add_(1), RuntimeError,
     "a leaf Variable that requires grad is being used in an in-place operation."),
    (lambda: g.backward(), RuntimeError, "grad can be implicitly created only for scalar outputs"),
    (lambda: z.backward(), RuntimeError,
     "element 0 of tensors does not require grad and does not have a grad_fn"),
    (lambda: g.sum().backward(3.0), TypeError, "'float' object is not iterable"),
    (lambda: g.sum().backward(torch.ones(3)), RuntimeError,
     "Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of "
     "torch.Size([])."),
    (lambda: g.sum().backward(inputs=[]), RuntimeError,
     "`inputs` argument to `backward()` cannot be empty."),
    (lambda: g.sum().backward(inputs=[1]), RuntimeError,
     "all inputs have to be Tensors or GradientEdges, but got int"),
    (lambda: torch.autograd.backward([g.sum()], [1.0]), TypeError,
     "gradients can be either Tensors or None, but got float"),
    (lambda: torch.autograd.backward([g.sum(), g.sum()], [None]), RuntimeError,
     "got 2 tensors and 1 gradients"),
    (lambda: torch.autograd.grad(g.sum(), x), RuntimeError,
     "One of the differentiated Tensors does not require grad"),
    (lambda: torch.autograd.grad(g.sum(), []), RuntimeError,
     "`inputs` argument to `grad()` cannot be empty."),
    (lambda: torch.autograd.grad(g.sum(), torch.ones(1, requires_grad=True)), RuntimeError,
     "The differentiated Tensor at index 0 appears to not have been used in the graph. Set "
     "allow_unused=True if this is the desired behavior."),
    (lambda: torch.autograd.grad(g.sum(), g, allow_unused=False, materialize_grads=True),
     ValueError,
     "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
     "allow_unused=False."),
    (lambda: i.requires_grad_(), RuntimeError,
     "only Tensors of floating point dtype can require gradients"),
    (lambda: assign(i, "requires_grad", True), RuntimeError,
     "only Tensors of floating point and complex dtype can require gradients"),
    (lambda: assign(g * 2, "requires_grad", False), RuntimeError,
     "you can only change requires_grad flags of leaf variables. If you want to use a computed "
     "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."),
    (lambda: assign(g, "grad", 1), TypeError,
     "assigned grad expected to be a Tensor or None but got grad of type int"),
    (lambda: assign(g, "grad", torch.ones(2)), RuntimeError,
     "attempting to assign a gradient of size '[2]' to a tensor of size '[3]'. Please ensure that "
     "the gradient and the tensor are the same size"),
    (lambda: assign(g, "grad", g), RuntimeError, "can't assign Variable as its own grad"),
    (lambda: x.retain_grad(), RuntimeError,
     "can't retain_grad on Tensor that has requires_grad=False"),
    (lambda: torch.autograd.gradcheck(lambda t: t, (x,)), ValueError,
     "gradcheck expects at least one input tensor to require gradient, but none of them have "
     "requires_grad=True."),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_words(number):
    call, kind, words = CASES[number]
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    if words is not None:
        assert str(caught.value) == words


def test_an_error_is_forgotten():
    for _ in range(3):
        with pytest.raises(IndexError, match="got 5"):
            x.sum(5)
        with pytest.raises(RuntimeError, match="is invalid for input"):
            x.view(4)
    assert torch.ones(2).grad is None


def test_a_saved_tensor_that_changed():
    y = g.exp()
    y.add_(1)
    with pytest.raises(RuntimeError) as caught:
        y.sum().backward()
    assert str(caught.value).startswith(
        "one of the variables needed for gradient computation has been modified by an inplace "
        "operation: [torch.FloatTensor [3]], which is output 0 of Exp, is at version 1; "
        "expected version 0 instead."
    )


def test_backward_twice():
    y = (g * g).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    g.grad = None
