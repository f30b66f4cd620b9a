"""torch.func, from Python."""

from collections import namedtuple

import pytest

import apus as torch
from apus.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap

from support import words


def cube(x):
    return (x * x * x).sum()


X = torch.tensor([1.0, 2.0])


def test_gradients():
    assert grad(cube)(X).tolist() == [3, 12]
    g, value = grad_and_value(cube)(X)
    assert g.tolist() == [3, 12] and value.item() == 9
    a, b = grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(X, X * 5)
    assert a.tolist() == [5, 10] and b.tolist() == [1, 2]
    g, aux = grad(lambda x: (cube(x), x * 2), has_aux=True)(X)
    assert aux.tolist() == [2, 4]
    assert grad(lambda x: grad(cube)(x).sum())(X).tolist() == [6, 12]
    with torch.no_grad():
        assert grad(cube)(X).tolist() == [3, 12]


def test_products():
    out, pullback = vjp(lambda x: x * x, X)
    assert out.tolist() == [1, 4] and pullback(torch.ones(2))[0].tolist() == [2, 4]
    out, tangent = jvp(lambda x: x * x, (X,), (torch.ones(2),))
    assert out.tolist() == [1, 4] and tangent.tolist() == [2, 4]
    out, pushforward = linearize(lambda x: x * x, X)
    assert pushforward(torch.tensor([1.0, 10.0])).tolist() == [2, 40]


def test_jacobians():
    expected = [[2, 0], [0, 4]]
    assert jacrev(lambda x: x * x)(X).tolist() == expected
    assert jacfwd(lambda x: x * x)(X).tolist() == expected
    assert hessian(cube)(X).tolist() == [[6, 0], [0, 12]]


def test_vmap():
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert vmap(torch.dot)(rows, rows).tolist() == [5, 25, 61]
    assert torch.vmap(lambda x: x * 2, in_dims=1, out_dims=1)(rows).tolist() == (rows * 2).tolist()
    assert vmap(torch.dot, in_dims=(0, None))(rows, X).tolist() == [5, 11, 17]
    assert vmap(grad(cube), chunk_size=2)(rows).tolist() == (3 * rows * rows).tolist()
    Pair = namedtuple("Pair", "a b")
    found = vmap(lambda d: {"sum": d["x"].a + d["x"].b})({"x": Pair(rows, rows)})
    assert found["sum"].tolist() == (rows * 2).tolist()


def test_exceptions_are_the_same_object():
    problem = KeyError("boom")

    def fails(x):
        raise problem

    for transform in (grad, vmap, jacrev, jacfwd, hessian):
        with pytest.raises(KeyError) as caught:
            transform(fails)(X)
        assert caught.value is problem
    assert cube(X).item() == 9 and grad(cube)(X).tolist() == [3, 12]


def test_messages():
    assert words(RuntimeError, lambda: grad(lambda x: x)(X)) == (
        "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 "
        "dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
    )
    captured = torch.ones(2)
    assert words(RuntimeError, lambda: grad(lambda x: captured.add_(x).sum())(X)) == (
        "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call "
        "in-place operation (aten::add_.Tensor) that would mutate a captured Tensor. This is not "
        "supported; please rewrite the function being transformed to explicitly accept the mutated "
        "Tensor(s) as inputs."
    )
    assert words(RuntimeError, lambda: grad(lambda x: x.sum().backward())(X)) == (
        "backward() called inside a functorch transform. This is not supported, please use "
        "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
        "transforms."
    )
    assert words(RuntimeError, lambda: jvp(torch.sin, X, X)) == (
        "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to "
        "call f(*primals)."
    )
    assert words(RuntimeError, lambda: vmap(lambda x: x.item())(X)) == (
        "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over "
        "calling .item() on a Tensor, please try to rewrite what you're doing with other "
        "operations. If error is occurring somewhere inside PyTorch internals, please file a bug "
        "report."
    )
    assert words(RuntimeError, lambda: vmap(lambda x: x if x > 0 else -x)(X)) == (
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control "
        "flow. We don't support that yet, please file an issue at "
        "https://github.com/pytorch/pytorch/issues ."
    )
    assert words(RuntimeError, lambda: vmap(lambda x: x + torch.rand(1))(X)) == (
        "vmap: called random operation while in randomness error mode. Please either use the "
        "'same' or 'different' randomness flags on vmap or perform the randomness operation out "
        "of vmap"
    )
    assert words(ValueError, lambda: vmap(torch.add)(torch.ones(2), torch.ones(3))) == (
        "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
        "[2, 3] for the mapped dimension"
    )
    assert words(ValueError, lambda: vmap(torch.sin, in_dims=2)(X)) == (
        "vmap(sin, in_dims=2, ...)(<inputs>): Got in_dim=2 for some input, but that input is a "
        "Tensor of dimensionality 1 so expected in_dim to satisfy -1 <= in_dim < 1."
    )
    assert words(ValueError, lambda: vmap(lambda x: 3)(X)) == (
        "vmap(<lambda>, ...): `<lambda>` must only return Tensors, got type <class 'int'>. Did you "
        "mean to set out_dims= to None for output?"
    )
