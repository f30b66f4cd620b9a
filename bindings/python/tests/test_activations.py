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
