"""What a tensor is to the graph, from Python."""

import pytest

import apus as torch
from apus import autograd

from support import leaf, words


def assign(target, name, value):
    return lambda: setattr(target, name, value)


def test_detach_():
    x = leaf(1, 2)
    y = x * 2
    assert y.detach_() is y and y.is_leaf and not y.requires_grad and y.grad_fn is None
    assert words(RuntimeError, (x * 2)[0].detach_) == (
        "Can't detach views in-place. Use detach() instead. If you are using "
        "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, "
        "gradients are views of DDP buckets, and hence detach_() cannot be called on these "
        "gradients. To fix this error, please refer to the Optimizer.zero_grad() function in "
        "torch/optim/optimizer.py as the solution."
    )


def test_data_has_a_version_of_its_own():
    x = leaf(0, 1)
    y = x.exp()
    y.data.zero_()
    assert y._version == 0
    y.sum().backward()
    assert x.grad.tolist() == [0, 0]


def test_versions():
    x = torch.zeros(2)
    versions = [x._version]
    for change in (
        lambda: x.add_(1), lambda: x.__setitem__(0, 1), lambda: x.view(2).mul_(2),
        lambda: x.detach().add_(1), lambda: x.data.add_(1),
    ):
        change()
        versions.append(x._version)
    assert versions == [0, 1, 2, 3, 4, 4]


def test_setting_data():
    x = leaf(1, 2)
    y = x * 2
    y.data = torch.zeros(3)
    assert y.shape == (3,) and y._version == 0 and y.grad_fn.name() == "MulBackward0"
    assert words(RuntimeError, assign(x, "data", torch.tensor([1, 2]))) == (
        "data set to a tensor that requires gradients must be floating point or complex dtype"
    )
    assert words(TypeError, assign(x, "data", 3)) == (
        "Variable data has to be a tensor, but got int"
    )


def test_grad_dtype():
    x = leaf(1, 2)
    assert x.grad_dtype is torch.float32
    x.grad_dtype = torch.float64
    (x * 3).sum().backward()
    assert x.grad.dtype is torch.float64 and x.grad.tolist() == [3, 3]
    x.grad_dtype = None
    assert x.grad_dtype is None
    assert words(RuntimeError, assign(x, "grad_dtype", 3)) == (
        "grad_dtype must be a torch.dtype or None, but got int"
    )
    assert words(RuntimeError, assign(x * 2, "grad_dtype", torch.float32)) == (
        "grad_dtype can only be set on leaf tensors."
    )


def test_grad_assignment():
    x = leaf(1, 2)
    assert words(RuntimeError, assign(x, "grad", torch.ones(3))) == (
        "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'. Please ensure "
        "that the gradient and the tensor are the same size"
    )
    assert words(TypeError, assign(x, "grad", 3)) == (
        "assigned grad expected to be a Tensor or None but got grad of type int"
    )
    assert words(RuntimeError, assign(x, "grad", x)) == "can't assign Variable as its own grad"


def test_grad_fn_is_read_only():
    assert words(AttributeError, assign(leaf(1), "grad_fn", None)) == (
        "attribute 'grad_fn' of 'torch._C.TensorBase' objects is not writable"
    )


def test_numpy_and_retain_grad():
    assert words(RuntimeError, leaf(1).numpy) == (
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
    )
    assert words(RuntimeError, torch.ones(1).retain_grad) == (
        "can't retain_grad on Tensor that has requires_grad=False"
    )


def test_resize_():
    assert words(RuntimeError, lambda: leaf(1, 2).resize_(3)) == (
        "cannot resize variables that require grad"
    )
    x = torch.arange(6)
    assert x.resize_(2, 2) is x and x.tolist() == [[0, 1], [2, 3]]
    assert x.resize_((1,)).tolist() == [0]


def test_python_numbers():
    x = leaf(3)
    with pytest.warns(UserWarning) as caught:
        assert float(x) == 3.0
    assert str(caught[0].message) == (
        "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
        "Consider using tensor.detach() first."
    )
    assert x.item() == 3 and x.tolist() == [3]


def test_requires_grad():
    message = "only Tensors of floating point and complex dtype can require gradients"
    assert words(RuntimeError, assign(torch.tensor([True]), "requires_grad", True)) == message
    assert words(RuntimeError, torch.tensor([1]).requires_grad_) == (
        "only Tensors of floating point dtype can require gradients"
    )
    assert words(RuntimeError, lambda: torch.tensor([1], requires_grad=True)) == (
        "Only Tensors of floating point and complex dtype can require gradients"
    )
    assert words(RuntimeError, assign(leaf(1) * 2, "requires_grad", False)) == (
        "you can only change requires_grad flags of leaf variables. If you want to use a computed "
        "variable in a subgraph that doesn't require differentiation use var_no_grad = "
        "var.detach()."
    )


def test_a_view_whose_base_changed():
    x = leaf(1, 2) * 1
    with torch.no_grad():
        view = x[:1]
    x.mul_(2)
    message = (
        "A view was created in no_grad mode and its base or another view of its base has been "
        "modified inplace with grad mode enabled. Given that this use case is ambiguous and "
        "error-prone, it is forbidden. You can clarify your code by moving both the view and the "
        "inplace either both inside the no_grad block (if you don't want the inplace to be tracked)"
        " or both outside (if you want the inplace to be tracked)."
    )
    assert words(RuntimeError, lambda: view.grad_fn) == message
    assert words(RuntimeError, lambda: view.is_leaf) == message
    assert torch.ones(2).sum().item() == 2
    assert words(RuntimeError, lambda: torch.ones(2) + torch.ones(3)) == (
        "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0"
    )


def test_inference_mode():
    with torch.inference_mode():
        x = torch.ones(2)
        assert x.is_inference() and torch.is_inference(x)
        assert torch.is_inference_mode_enabled() and not torch.is_grad_enabled()
        with torch.enable_grad():
            assert torch.ones(1).is_inference()
        with torch.inference_mode(False):
            assert not torch.ones(1).is_inference() and torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled() and torch.is_grad_enabled()
    assert words(RuntimeError, lambda: x._version) == (
        "Inference tensors do not track version counter."
    )
    assert words(RuntimeError, lambda: x.add_(1)) == (
        "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
        "clone to get a normal tensor before doing inplace update.See "
        "https://github.com/pytorch/rfcs/pull/17 for more details."
    )
    assert words(RuntimeError, x.requires_grad_) == (
        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
    )
    assert words(RuntimeError, lambda: leaf(1, 2) * x) == (
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
        "inference mode in computation tracked by autograd. To work around this, you can make a "
        "clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
        "`torch.inference_mode()`."
    )

    @torch.inference_mode
    def bare():
        return torch.is_inference_mode_enabled()

    @torch.inference_mode(False)
    def off():
        return torch.is_inference_mode_enabled()

    assert bare() and not off()


def test_generators_leave_the_mode_between_their_steps():
    @torch.no_grad()
    def steps():
        got = yield torch.is_grad_enabled()
        try:
            yield got, torch.is_grad_enabled()
        except KeyError:
            yield torch.is_grad_enabled()
        return "end"

    running = steps()
    assert next(running) is False and torch.is_grad_enabled()
    assert running.send(5) == (5, False)
    assert running.throw(KeyError()) is False and torch.is_grad_enabled()
    with pytest.raises(StopIteration) as end:
        next(running)
    assert end.value.value == "end"


def test_backward_arguments():
    x, y = leaf(1, 2), leaf(3, 4)
    z = x * y
    assert words(RuntimeError, z.backward) == (
        "grad can be implicitly created only for scalar outputs"
    )
    assert words(TypeError, lambda: z.backward(3.0)) == "'float' object is not iterable"
    assert words(RuntimeError, lambda: z.backward(torch.ones(3))) == (
        "Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a "
        "shape of torch.Size([2])."
    )
    assert words(RuntimeError, lambda: autograd.backward([z, z], [torch.ones(2)])) == (
        "got 2 tensors and 1 gradients"
    )
    assert words(RuntimeError, lambda: z.sum().backward(inputs=[])) == (
        "`inputs` argument to `backward()` cannot be empty."
    )
    assert words(RuntimeError, lambda: z.sum().backward(inputs=[3])) == (
        "all inputs have to be Tensors or GradientEdges, but got int"
    )
    assert words(RuntimeError, lambda: z.sum().backward(inputs=[torch.ones(1)])) == (
        "can't retain_grad on Tensor that has requires_grad=False"
    )
    z.backward(torch.ones(2, dtype=torch.float64), inputs={"x": x})
    assert x.grad.tolist() == [3, 4] and y.grad is None
    inner = x * 2
    (inner * inner).sum().backward(inputs=[inner])
    assert inner.grad.tolist() == [4, 8] and x.grad.tolist() == [3, 4]


def test_backward_with_create_graph_warns():
    x = leaf(1, 2)
    with pytest.warns(UserWarning) as caught:
        (x * x).sum().backward(create_graph=True)
    assert [str(warning.message) for warning in caught] == [
        "Using backward() with create_graph=True will create a reference cycle between the "
        "parameter and its gradient which can cause a memory leak. We recommend using "
        "autograd.grad when creating the graph to avoid this. If you have to use this function, "
        "make sure to reset the .grad fields of your parameters to None after use to break the "
        "cycle and avoid the leak."
    ]
    assert x.grad.requires_grad


def test_grad_arguments():
    x, y = leaf(1, 2), leaf(3, 4)
    z = (x * y).sum()
    found = autograd.grad(z, {"a": x, "b": y}, retain_graph=True)
    assert {name: g.tolist() for name, g in found.items()} == {"a": [3, 4], "b": [1, 2]}
    assert words(RuntimeError, lambda: autograd.grad(z, [x, leaf(1)], retain_graph=True)) == (
        "The differentiated Tensor at index 1 appears to not have been used in the graph. Set "
        "allow_unused=True if this is the desired behavior."
    )
    assert words(RuntimeError, lambda: autograd.grad(z, [torch.ones(1)])) == (
        "One of the differentiated Tensors does not require grad"
    )
    assert words(RuntimeError, lambda: autograd.grad(z, [])) == (
        "`inputs` argument to `grad()` cannot be empty."
    )
    batch = torch.eye(2)
    (rows,) = autograd.grad(x * y, x, batch, is_grads_batched=True)
    assert rows.tolist() == [[3, 0], [0, 4]]
    wrong = torch.ones(3)
    assert words(RuntimeError, lambda: autograd.grad(x * y, x, wrong, is_grads_batched=True)) == (
        "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the "
        "batch dimension. The sizes of the remaining dimensions are expected to match the shape of "
        "corresponding output, but a mismatch was detected: grad_output[0] has a shape of "
        "torch.Size([]) and output[0] has a shape of torch.Size([2]). If you only want some tensors"
        " in `grad_output` to be considered batched, consider using vmap."
    )


def test_leaves_come_back_as_themselves():
    x = leaf(1, 2)
    assert (x * 2).grad_fn.next_functions[0][0].variable is x
    other = x.detach().requires_grad_()
    assert (other * 2).grad_fn.next_functions[0][0].variable is other
    del other
    assert (x * 2).grad_fn.next_functions[0][0].variable is x
