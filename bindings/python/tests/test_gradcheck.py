"""gradcheck and gradgradcheck with their options."""

import pytest

import apus as torch
from apus import autograd
from apus.autograd import GradcheckError, gradcheck, gradgradcheck

from support import words


def points(*values):
    return torch.tensor([float(v) for v in values], dtype=torch.float64, requires_grad=True)


class Wrong(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 3


def test_all_ways_of_checking():
    x = points(0.5, 1.5)
    options = dict(
        check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True,
        check_grad_dtypes=True, check_undefined_grad=True,
    )
    assert gradcheck(lambda t: t.exp() * t, x, **options)
    assert gradcheck(lambda t: t.exp() * t, x, fast_mode=True, check_forward_ad=True)
    assert gradcheck(lambda t: t.sin(), x, check_backward_ad=False, check_forward_ad=True)
    assert gradgradcheck(lambda t: (t * t.exp()).sum(), x, check_fwd_over_rev=True)
    assert gradgradcheck(lambda t: t * t, x, torch.ones(2, dtype=torch.float64, requires_grad=True))


def test_a_mismatch_shows_both():
    x = points(1, 2)
    assert words(GradcheckError, lambda: gradcheck(Wrong.apply, x)) == (
        "Jacobian mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([[2.0000, 0.0000],\n        [0.0000, 2.0000]], dtype=torch.float64)\n"
        "analytical:tensor([[3., 0.],\n        [0., 3.]], dtype=torch.float64)\n"
    )
    assert gradcheck(Wrong.apply, x, raise_exception=False) is False


def test_what_can_not_be_checked():
    assert words(ValueError, lambda: gradcheck(lambda t: t, torch.ones(2).double())) == (
        "gradcheck expects at least one input tensor to require gradient, but none of them have "
        "requires_grad=True."
    )
    x = points(1).expand(3)
    assert words(RuntimeError, lambda: gradcheck(lambda t: t * 2, x)) == (
        "The 0th input has a dimension with stride 0. gradcheck only supports inputs that are "
        "non-overlapping to be able to compute the numerical gradients correctly. You should call "
        ".contiguous on the input before passing it to gradcheck."
    )
    assert words(AssertionError, lambda: gradcheck(lambda t: t, x, check_backward_ad=False)) == (
        "Expected at least one of check_forward_ad or check_backward_ad to be True"
    )


def test_exceptions_are_the_same_object():
    problem = RuntimeError("boom")

    def fails(t):
        raise problem

    with pytest.raises(RuntimeError) as caught:
        gradcheck(fails, points(1))
    assert caught.value is problem
