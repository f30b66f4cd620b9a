"""Folds with a dtype of their own, and next to zeros and nan. The values are PyTorch's."""

import math

import pytest
from support import leaf, words

import apus as torch

nan, inf = math.nan, math.inf
x = torch.tensor([[1.1, 2.3], [-0.7, 3.3]], dtype=torch.float64)


def gradient(function, x):
    x = x.clone().requires_grad_()
    function(x).sum().backward()
    return x.grad


def test_products_are_differentiated_in_the_dtype_they_were_made_in():
    found = gradient(lambda x: torch.prod(x, 0, dtype=torch.float32), x)
    assert found.dtype is torch.float64 and found.tolist() == [
        [-0.699999988079071, 3.299999952316284], [1.100000023841858, 2.299999952316284]]
    found = gradient(lambda x: torch.prod(x, dtype=torch.float64), x + 1j)
    assert found.imag.count_nonzero() == 0
    assert torch.allclose(found.real.flatten(), torch.tensor(
        [-5.313, -2.541, 8.349, -1.771], dtype=torch.float64))


def test_running_sums_are_differentiated_in_the_dtype_of_the_argument():
    weights = torch.tensor([[1.01, 300], [1, 2]])
    found = gradient(lambda x: torch.cumsum(x, 1, dtype=torch.bfloat16) * weights, x)
    assert found.tolist() == [[301.0078125, 300.0], [3.0, 2.0]]


def test_two_zeros_are_zero_next_to_anything():
    x = leaf(0, 2, 0, inf, nan)
    torch.prod(x).backward()
    assert x.grad.tolist() == [0] * 5
    y = leaf(0, 2, 0)
    (first,) = torch.autograd.grad(torch.prod(y), y, create_graph=True)
    first[0].backward()
    assert y.grad.tolist() == [0, 0, 2]


def test_nansum_converts_first():
    x = torch.tensor([1.5, 1.6, nan, 2.7])
    assert torch.nansum(x[torch.tensor([0, 1, 3])], dtype=torch.int64).item() == 4
    assert torch.nansum(x, dtype=torch.bool).item() is True
    assert torch.nansum(x, dtype=torch.float64).dtype is torch.float64
    assert words(NotImplementedError, lambda: torch.nansum(x, dtype=torch.complex64)) == (
        "\"nansum_cpu\" not implemented for 'ComplexFloat'")
    assert words(RuntimeError, lambda: torch.nanmean(x, dtype=torch.int64)) == (
        "nanmean(): could not infer output dtype. Optional dtype must be either a floating point or "
        "complex dtype. Got: Long")


@pytest.mark.parametrize("name", ["sum", "nansum", "prod", "cumsum", "cumprod"])
def test_integers_are_no_results_to_differentiate(name):
    dims = (0,) if name.startswith("cum") else ()
    call = lambda x: getattr(torch, name)(x, *dims, dtype=torch.int64)
    assert words(RuntimeError, lambda: call(leaf(1, 2))) == "Autograd not support dtype: Long"
    assert call(torch.ones(2)).dtype is torch.int64
    with torch.no_grad():
        assert not call(leaf(1, 2)).requires_grad
    assert not leaf(1, 2).to(torch.int64).requires_grad and not (leaf(1, 2) > 1).requires_grad
