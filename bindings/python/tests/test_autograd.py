"""Gradients as PyTorch's users expect them."""

import copy
import pickle

import pytest

import apus as torch
from apus import autograd

from support import leaf


def test_the_notebook():
    x = torch.arange(4.0)
    assert x.requires_grad_(True) is x
    assert x.grad is None
    y = 2 * torch.dot(x, x)
    assert repr(y) == "tensor(28., grad_fn=<MulBackward0>)"
    y.backward()
    assert repr(x.grad) == "tensor([ 0.,  4.,  8., 12.])"
    assert repr(x.grad == 4 * x) == "tensor([True, True, True, True])"
    x.grad.zero_()
    for expected in ("[1., 1., 1., 1.]", "[2., 2., 2., 2.]", "[3., 3., 3., 3.]"):
        x.sum().backward()
        assert repr(x.grad) == "tensor(%s)" % expected
    x.grad.zero_()
    (x * x).sum().backward()
    assert repr(x.grad) == "tensor([0., 2., 4., 6.])"
    assert repr(x) == "tensor([0., 1., 2., 3.], requires_grad=True)"


def test_backward_arguments():
    x = leaf(1, 2)
    y = x * x
    y.backward(torch.tensor([1.0, 10.0]), retain_graph=True)
    assert x.grad.tolist() == [2, 40]
    y.backward(gradient=torch.ones(2))
    assert x.grad.tolist() == [4, 44]
    a, b = leaf(1), leaf(2)
    (a * b).backward(inputs=[a])
    assert a.grad.tolist() == [2] and b.grad is None
    (a * b).sum().backward(create_graph=True)
    assert a.grad.requires_grad


def test_several_tensors():
    x = leaf(1, 2)
    autograd.backward([(x * 2).sum(), x * x], [None, torch.ones(2)])
    assert x.grad.tolist() == [4, 6]


def test_grad():
    x, unused = leaf(1, 2), leaf(3)
    y = (x * x * x).sum()
    (g,) = autograd.grad(y, x, create_graph=True)
    assert g.tolist() == [3, 12] and x.grad is None
    assert autograd.grad(g.sum(), [x])[0].tolist() == [6, 12]
    found, missing = autograd.grad((x * 2).sum(), (x, unused), allow_unused=True)
    assert found.tolist() == [2, 2] and missing is None
    zeros = autograd.grad((x * 2).sum(), [unused], materialize_grads=True)[0]
    assert zeros.tolist() == [0]
    assert autograd.grad(x * 2, x, torch.tensor([1.0, 2.0]))[0].tolist() == [2, 4]
    a, b = autograd.grad([(x * 2).sum(), x], [x, x], [None, torch.ones(2)])
    assert a.tolist() == b.tolist() == [3, 3]


def test_modes():
    x = leaf(1)
    with torch.no_grad():
        assert not torch.is_grad_enabled() and not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad

    @torch.no_grad()
    def double(t):
        """Doubles."""
        return t * 2

    @torch.no_grad
    def triple(t):
        return t * 3

    assert not double(x).requires_grad and not triple(x).requires_grad
    assert double.__name__ == "double" and double.__doc__ == "Doubles."

    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        assert not (x * 2).requires_grad
        assert torch.ones(1, requires_grad=True).requires_grad
    finally:
        torch.set_grad_enabled(True)

    @torch.set_grad_enabled(False)
    def off(t):
        return t * 2

    assert torch.is_grad_enabled() and not off(x).requires_grad

    with pytest.raises(KeyError):
        with torch.no_grad():
            raise KeyError
    assert torch.is_grad_enabled()


def test_leaves_and_nodes():
    x = leaf(1, 2)
    y = x * 2
    assert x.is_leaf and not y.is_leaf and y.detach().is_leaf
    assert x.grad_fn is None and y.grad_fn.name() == "MulBackward0"
    assert repr(y.grad_fn).startswith("<MulBackward0 object at 0x")
    assert type(y.grad_fn).__name__ == "MulBackward0"
    with pytest.warns(UserWarning, match="that is not a leaf Tensor is being accessed"):
        assert y.grad is None
    y.retain_grad()
    assert y.retains_grad and not x.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [4, 8] and x.grad.tolist() == [8, 16]
    assert y.detach().data_ptr() == y.data_ptr()
    y[0] = 0
    assert y.grad_fn.name() == "torch::autograd::CopySlices"
    assert repr(y) == "tensor([0., 4.], grad_fn=<CopySlices>)"


def test_in_place_keeps_the_object():
    x = leaf(1, 2)
    y = x * 1
    z = y
    y += 1
    y *= 3
    y -= 1
    y /= 2
    y **= 2
    assert y is z and y.add_(1) is y
    y.sum().backward()
    assert x.grad.tolist() == [7.5, 12]
    assert y._version == 6


def test_requires_grad():
    x = torch.ones(2)
    assert not x.requires_grad and not (x * 2).requires_grad
    x.requires_grad = True
    assert (x * 2).requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad
    assert torch.zeros(2, requires_grad=True).requires_grad
    assert torch.zeros_like(x, requires_grad=True).requires_grad
    assert torch.eye(2, requires_grad=True).requires_grad


def test_data():
    x = leaf(1, 2)
    x.data -= 1
    assert x.tolist() == [0, 1] and x.requires_grad and x.is_leaf
    x.data[0] = 5
    assert x.tolist() == [5, 1]


def test_views():
    x = leaf(1, 2, 3)
    y = x * 1
    v = y[1:]
    assert v._is_view() and v._base.shape == (3,) and not y._is_view()
    v *= 2
    y.sum().backward()
    assert x.grad.tolist() == [1, 2, 2]


def test_copies():
    x = leaf(1, 2)
    x.sum().backward()
    y = copy.deepcopy(x)
    assert y.requires_grad and y.tolist() == [1, 2] and y.grad.tolist() == [1, 1]
    assert y.data_ptr() != x.data_ptr()
    a, b = copy.deepcopy([x, x])
    assert a is b
    assert copy.copy(x).data_ptr() == x.data_ptr() and copy.copy(x).requires_grad
    with pytest.raises(RuntimeError, match="support the deepcopy protocol"):
        copy.deepcopy(x * 2)
    for tensor in (x, torch.arange(4).reshape(2, 2).t(), torch.zeros(0, 3), torch.tensor(2.5).half()):
        back = pickle.loads(pickle.dumps(tensor))
        assert torch.equal(back, tensor) and back.dtype is tensor.dtype
        assert back.requires_grad == tensor.requires_grad


def test_gradcheck():
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    n = torch.tensor([2, 3])
    assert autograd.gradcheck(lambda t: (t.sin(), t.exp().sum()), x)
    assert autograd.gradcheck(lambda t, k, c: t * k * c, (x, n, 2.5))
    assert autograd.gradgradcheck(lambda t: (t * t.exp()).sum(), (x,))

    def wrong(t):
        return t * 2 + (t * 3).detach()

    with pytest.raises(autograd.GradcheckError, match="Jacobian mismatch for output 0"):
        autograd.gradcheck(wrong, (x,))
    assert autograd.gradcheck(wrong, (x,), raise_exception=False) is False

    class Special(Exception):
        pass

    def fails(t):
        raise Special

    with pytest.raises(Special):
        autograd.gradcheck(fails, (x,))
    assert torch.ones(1).item() == 1


def test_a_long_chain():
    x = leaf(1)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1]
