"""Functions of two and three tensors: forms, promotion, edges of their domains, words of refusal."""

import math

import pytest
from support import leaf, words

import apus as torch

nan, inf = math.nan, math.inf


def name(tensor):
    return type(tensor.grad_fn).__name__


def test_other_names():
    x, y = torch.tensor([1.0, 4.0]), torch.tensor([2.0, 2.0])
    assert torch.subtract(x, y).tolist() == [-1, 2] and torch.multiply(x, y).tolist() == [2, 8]
    assert torch.divide(x, y, rounding_mode="floor").tolist() == [0, 2]
    assert torch.true_divide(x, 2).tolist() == [0.5, 2] == x.true_divide(y).tolist()
    assert torch.greater(x, y).tolist() == [False, True] == x.greater_equal(y).tolist()
    assert torch.less(x, y).tolist() == [True, False] == x.less_equal(y).tolist()
    assert torch.not_equal(x, 4).tolist() == [True, False]
    assert torch.arctan2(x, y).equal(torch.atan2(x, y))
    assert x.clone().subtract_(y).tolist() == [-1, 2] == x.clone().sub_(2).tolist()


def test_number_in_first_place():
    x = torch.tensor([1, 2], dtype=torch.uint8)
    assert torch.add(2, x).tolist() == [3, 4] and torch.add(2.5, x).dtype is torch.float32
    assert torch.div(-1, x).tolist() == [-1, -0.5] and torch.mul(1j, x).tolist() == [1j, 2j]
    assert torch.floor_divide(5, x).tolist() == [5, 2] and (5 % x).tolist() == [0, 1]
    assert torch.xlogy(2, torch.tensor([1.0])).tolist() == [0] and torch.pow(2, x).tolist() == [2, 4]
    assert torch.where(torch.tensor([True, False]), 1, 2.5).tolist() == [1, 2.5]


def test_shifts_and_bits():
    x = torch.tensor([1, -2, 3], dtype=torch.int8)
    assert (x << 1).tolist() == [2, -4, 6] and (x >> 1).tolist() == [0, -1, 1]
    assert (x << 8).tolist() == [0, 0, 0] and (x >> 9).tolist() == [0, -1, 0]
    assert (x << -1).tolist() == [0, 0, 0] and (1 << torch.tensor([3])).tolist() == [8]
    assert (x & 1).dtype is torch.int8 and (6 ^ x).tolist() == [7, -8, 5]
    x <<= 1
    x |= 1
    assert x.tolist() == [3, -3, 7]
    assert "lshift_cpu" in words(NotImplementedError, lambda: torch.tensor([True]) << True)


def test_extremes_of_nan():
    x = torch.tensor([nan, 1.0, nan, 2.0], requires_grad=True)
    y = torch.tensor([nan, nan, 1.0, 2.0], requires_grad=True)
    larger = torch.fmax(x, y)
    larger[1:].sum().backward()
    assert larger.tolist()[1:] == [1, 1, 2] and math.isnan(larger[0].item())
    assert x.grad.tolist() == [0, 1, 0, 0.5] and y.grad.tolist() == [0, 0, 1, 0.5]
    assert "fmax" in words(TypeError, lambda: torch.fmax(x, torch.tensor(1j)))


def test_edges():
    t = torch.tensor
    assert torch.xlogy(t([0.0, 0.0]), t([0.0, nan])).isnan().tolist() == [False, True]
    assert torch.logaddexp(t([inf, -inf, 1e4]), t([inf, -inf, 1e4])).tolist()[:2] == [inf, -inf]
    assert torch.heaviside(t([-1.0, 0.0, 2.0, nan]), t([0.5])).tolist() == [0, 0.5, 1, 0]
    assert torch.copysign(t([1.0, -0.0]), t(-0.0)).tolist() == [-1, -0.0]
    assert torch.hypot(t([1e38]), t([1e38])).isfinite().all()
    assert torch.gcd(t([12, -8, 0]), t([18, 12, 0])).tolist() == [6, 4, 0]
    assert torch.lcm(t([4, 0]), t([6, 5])).tolist() == [12, 0]
    assert torch.ldexp(t([1e-30]), t([200])).item() == pytest.approx(1.606938e30)
    assert torch.nextafter(t([0.0, 1.0]), t([1.0, 1.0])).tolist() == [2**-149, 1]
    assert torch.nextafter(t([1.0]).bfloat16(), t([2.0]).bfloat16()).item() == 1 + 2**-7


def test_lerp_and_sums_with_products():
    x, y, w = leaf(1, 2), leaf(3, 5), leaf(0.25, 0.75)
    assert torch.lerp(x, y, 1).tolist() == [3, 5] and name(x.lerp(y, 0.5)) == "LerpBackward0"
    z = torch.lerp(x, y, w)
    z.sum().backward()
    assert z.tolist() == [1.5, 4.25] and name(z) == "LerpBackward1" and w.grad.tolist() == [2, 3]
    assert words(RuntimeError, lambda: torch.lerp(x, y.double(), 0.5)) == (
        "expected dtype float for `end` but got dtype double"
    )
    assert torch.addcmul(x, y, w, value=2).tolist() == [2.5, 9.5]
    assert torch.addcdiv(x, y, w, value=0.5).tolist()[0] == 7
    ones = torch.tensor([1])
    assert "Integer division" in words(RuntimeError, lambda: torch.addcdiv(x, ones, ones))


def test_comparisons_in_place():
    x = leaf(1, 2)
    y = (x * 1).gt_(1.5)
    assert y.tolist() == [0, 1] and y.dtype is torch.float32 and name(y) == "GtBackward0"
    assert name((x * 1).eq_(x.detach())) == "EqBackward1"
    assert torch.tensor([2, 0]).logical_and_(torch.tensor([1, 1])).tolist() == [1, 0]


def test_closeness():
    x = torch.tensor([1.0, nan, inf])
    assert torch.isclose(x, x).tolist() == [True, False, True]
    assert torch.isclose(x, x, equal_nan=True).all() and not torch.allclose(x, x)
    assert torch.isclose(torch.tensor([1, 2]), torch.tensor([2, 4]), rtol=0, atol=1).tolist() == [
        True, False,
    ]
    assert words(RuntimeError, lambda: torch.isclose(x, x, rtol=-1)) == (
        "rtol must be greater than or equal to zero, but got -1"
    )
    assert words(RuntimeError, lambda: torch.isclose(x, x.double())) == "Float did not match Double"


@pytest.mark.parametrize("p", [0, 0.5, 1, 1.5, 2, 3, inf])
def test_distances(p):
    x = torch.tensor([[[0.0, 1.0], [2.0, -1.0]]], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([[[1.0, 1.5]], [[2.0, -1.0]]], dtype=torch.float64, requires_grad=True)
    found = torch.cdist(x, y, p)
    assert found.shape == (2, 2, 1) and name(found) == "CdistBackward0"
    expected = torch.stack([torch.dist(x[0, i], y[k, 0], p) for k in (0, 1) for i in (0, 1)])
    assert torch.allclose(found.flatten(), expected)
    if p >= 1 and p != inf:
        assert torch.autograd.gradcheck(lambda x, y: torch.cdist(x, y[:1], p), (x, y))
        assert torch.autograd.gradgradcheck(lambda x, y: torch.cdist(x, y[:1], p), (x, y))


def test_distances_by_a_product():
    x, y = torch.rand(30, 4, dtype=torch.float64), torch.rand(3, 4, dtype=torch.float64)
    x.requires_grad_()
    found = torch.cdist(x, y)
    exact = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    assert name(found) == "ViewBackward0" and name(exact) == "CdistBackward0"
    assert torch.allclose(found, exact)
    gradients = [torch.autograd.grad(value.sum(), x)[0] for value in (found, exact)]
    assert torch.allclose(*gradients)
    refusals = {
        "X1 and X2 must have the same number of columns. X1: 4 X2: 3": (x, y[:, 1:]),
        "cdist only supports at least 2D tensors, X1 got: 1D": (x[0], y),
        "cdist only supports floating-point dtypes, X2 got: Long": (x, y.long()),
    }
    for message, pair in refusals.items():
        assert words(RuntimeError, lambda: torch.cdist(*pair)) == message


def test_cross():
    x, y = torch.eye(3)[:2], torch.eye(3)[1:]
    assert torch.cross(x, y).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert torch.linalg.cross(x[:1], y).tolist() == [[0, 0, 1], [0, -1, 0]]
    assert words(RuntimeError, lambda: torch.cross(x[:, :2], y[:, :2])) == (
        "no dimension of size 3 in input"
    )
    assert words(RuntimeError, lambda: torch.linalg.cross(x.t(), y.t())) == (
        "linalg.cross: inputs dimension -1 must have length 3. Got 2 and 2"
    )


def test_powers_of_negative_numbers_have_complex_slopes():
    x = torch.tensor([1 + 2j, 2 + 0j], dtype=torch.complex128, requires_grad=True)
    y = torch.pow(-3, x)
    (y.real.sum() + 2 * y.imag.sum()).backward()
    expected = [0.0285308254743175 + 0.03040131599526043j, 66.43617836262928 - 8.49931268628215j]
    assert torch.allclose(x.grad, torch.tensor(expected, dtype=torch.complex128))
    x.grad = None
    torch.pow(0, x).real.sum().backward()
    assert x.grad.isnan().tolist() == [True, False] and x.grad[1].item() == 0


def test_signs():
    x = torch.tensor([1.0])
    assert +x is x
    assert words(NotImplementedError, lambda: +torch.tensor([True])) == (
        "The `+` operator, on a bool tensor is not supported.")
    assert words(TypeError, lambda: torch.allclose(x, 2)) == (
        "allclose(): argument 'other' (position 2) must be Tensor, not int")
