"""What many tests begin with."""

import pytest

import apus as torch


def leaf(*values):
    """A vector of the given numbers that asks for a gradient."""
    return torch.tensor([float(value) for value in values], requires_grad=True)


def words(kind, call):
    """The message of the exception of a kind that a call raises."""
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)
