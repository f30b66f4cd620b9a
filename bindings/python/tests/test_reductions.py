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
        "nanmean(): could not infer output dtype. Optional dtype must be either a floating point "
        "or complex dtype. Got: Long")


@pytest.mark.parametrize("name", ["sum", "nansum", "prod", "cumsum", "cumprod"])
def test_integers_are_no_results_to_differentiate(name):
    dims = (0,) if name.startswith("cum") else ()
    call = lambda x: getattr(torch, name)(x, *dims, dtype=torch.int64)
    assert words(RuntimeError, lambda: call(leaf(1, 2))) == "Autograd not support dtype: Long"
    assert call(torch.ones(2)).dtype is torch.int64
    with torch.no_grad():
        assert not call(leaf(1, 2)).requires_grad
    assert not leaf(1, 2).to(torch.int64).requires_grad and not (leaf(1, 2) > 1).requires_grad


i = torch.ones(2, 3, dtype=torch.int64)
z = torch.ones(2, 3, dtype=torch.complex64)
none = torch.zeros(0, 3, dtype=torch.complex64)


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda: i.mean(dim=5), NotImplementedError, "mean(): could not infer output dtype"),
        (lambda: i.std(dim=5), NotImplementedError, "std and var only support floating point"),
        (lambda: i.var(dim=(0, 0)), NotImplementedError, "std and var only support floating point"),
        (lambda: torch.max(z, dim=5), IndexError, "Dimension out of range"),
        (lambda: torch.min(none, dim=0), IndexError, "min(): Expected reduction dim 0"),
        (lambda: torch.amax(none, dim=0), IndexError, "amax(): Expected reduction dim 0"),
        (lambda: torch.median(z, dim=5), IndexError, "Dimension out of range"),
        (lambda: torch.median(none, dim=0), IndexError, "median(): Expected reduction dim 0"),
        (lambda: torch.sort(z, dim=5), IndexError, "Dimension out of range"),
    ],
)
def test_what_is_said_first(call, kind, message):
    assert words(kind, call).startswith(message)


def test_nothing_to_compare():
    assert torch.amax(none, dim=1).shape == (0,) == torch.amin(none, dim=1).shape
    assert torch.median(none).isnan().item()


def test_second_derivatives_past_indices():
    x = leaf(3, 1, 2)
    (first,) = torch.autograd.grad(torch.median(x * x, dim=0)[0], x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert first.tolist() == [0, 0, 4] and second.tolist() == [0, 0, 2]


def test_means_of_complex_numbers():
    x = torch.tensor([1 + 1j, 2 + 0j, 5 + 0j])
    index, source = torch.tensor([0, 0]), torch.tensor([3 + 1j, 5 + 1j])
    for function in (torch.scatter_reduce, torch.index_reduce):
        assert function(x, 0, index, source, "mean").tolist() == [3 + 1j, 2, 5]
        found = function(x, 0, index, source, "mean", include_self=False)
        assert found.tolist() == [4 + 1j, 2, 5]


def test_none_stands_for_all_dimensions():
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.amax(x, dim=None).item() == 5 and x.amin(None).item() == 0
    assert torch.roll(x, 1, None).tolist() == [[5, 0, 1], [2, 3, 4]]


def test_counts_have_no_history():
    assert not torch.histc(leaf(1, 2, 3), bins=2).requires_grad
