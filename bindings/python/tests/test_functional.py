"""autograd.functional."""

import apus as torch
from apus.autograd import functional as F

from support import words

X = torch.tensor([1.0, 2.0])
V = torch.tensor([1.0, 10.0])


def cube(x):
    return (x * x * x).sum()


def test_products():
    out, g = F.vjp(lambda x: x * x, X, V)
    assert out.tolist() == [1, 4] and g.tolist() == [2, 40]
    out, t = F.jvp(lambda x: x * x, X, V)
    assert out.tolist() == [1, 4] and t.tolist() == [2, 40]
    for product in (F.hvp, F.vhp):
        out, found = product(cube, X, V)
        assert out.item() == 9 and found.tolist() == [6, 120]


def test_jacobians_and_hessians():
    for options in ({}, dict(vectorize=True), dict(vectorize=True, strategy="forward-mode")):
        assert F.jacobian(lambda x: x * x, X, **options).tolist() == [[2, 0], [0, 4]]
    for options in ({}, dict(vectorize=True)):
        assert F.hessian(cube, X, **options).tolist() == [[6, 0], [0, 12]]
    (a, b), = [F.jacobian(lambda x, y: (x * y).sum(), (X, V))]
    assert a.tolist() == [1, 10] and b.tolist() == [1, 2]


def test_create_graph():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    F.jacobian(cube, x, create_graph=True).sum().backward()
    assert x.grad.tolist() == [6, 12]
    assert not F.jacobian(cube, x).requires_grad


def test_messages():
    assert words(
        RuntimeError, lambda: F.jacobian(lambda x, y: x * 2, (X, V), strict=True)
    ) == (
        "Output 0 of the user-provided function is independent of input 1. This is not allowed in "
        "strict mode."
    )
    assert words(RuntimeError, lambda: F.hessian(lambda x: x * x, X)) == (
        "The Tensor returned by the function given to hessian should contain a single element"
    )
    assert words(RuntimeError, lambda: F.vjp(lambda x: x * x, X, torch.ones(3))) == (
        "v has invalid size: should be torch.Size([2]) but got torch.Size([3])."
    )
    assert words(RuntimeError, lambda: F.vjp(lambda x: x * x, X)) == (
        "The vector v can only be None if the user-provided function returns a single Tensor with "
        "a single element."
    )
    assert words(TypeError, lambda: F.jacobian(lambda x: 3, X)) == (
        "The outputs of the user-provided function given to jacobian must be either a Tensor or a "
        "tuple of Tensors but the given outputs of the user-provided function has type "
        "<class 'int'>."
    )
