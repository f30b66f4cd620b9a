"""Activations at the places where their pieces meet. The values are PyTorch's."""

import math

import pytest

import apus as torch
from apus.nn import functional as F


@pytest.mark.parametrize("name", ["elu", "celu", "selu"])
def test_second_derivative_of_elu_is_zero_from_zero_on(name):
    x = torch.tensor([-1.0, 0.0, 1.0, math.nan], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(getattr(F, name)(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), x)
    assert second[0] == slope[0] and second.tolist()[1:] == [0, 0, 0]


def test_logit_of_nan_counts_as_outside():
    x = torch.tensor([math.nan, 0.1, 0.5], requires_grad=True)
    (slope,) = torch.autograd.grad(torch.logit(x, eps=0.2).sum(), x, create_graph=True)
    assert slope.tolist() == [0, 0, 4]


def test_rounding_into_another_tensor():
    out = torch.empty(0)
    torch.round(torch.tensor([0.55, 1.26]), decimals=1, out=out)
    assert torch.allclose(out, torch.tensor([0.6, 1.3]), atol=0.06)
    assert torch.round(torch.tensor([2.5, 1]), out=out) is out and out.tolist() == [2, 1]
