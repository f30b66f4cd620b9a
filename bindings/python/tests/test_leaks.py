"""What PyTorch loses memory by, thousands of times, in the same memory."""

import gc

import pytest

import apus as torch
from apus.autograd.graph import saved_tensors_hooks

ITERATIONS = 3000
BYTES = 4096


def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def grows_by(step):
    """Bytes for each step, in the better of two stretches: a heap grows once, a leak always."""
    found = []
    for _ in range(3):
        before = resident()
        for _ in range(ITERATIONS):
            step()
        found.append((resident() - before) / ITERATIONS)
    return min(found[1:])


@pytest.mark.filterwarnings("ignore:Using backward")
def test_gradients_that_are_differentiable():
    def step():
        x = torch.ones(BYTES // 4, requires_grad=True)
        (x * x).sum().backward(create_graph=True)

    assert grows_by(step) < 100


def test_a_pack_hook_that_returns_its_argument():
    def step():
        x = torch.ones(BYTES // 4, requires_grad=True)
        with saved_tensors_hooks(lambda t: t, lambda t: t):
            x.exp()

    assert grows_by(step) < 100


def test_hooks_and_functions():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * 2

    def step():
        x = torch.ones(BYTES // 4, requires_grad=True)
        y = Double.apply(x)
        y.register_hook(lambda g: g * 2)
        y.grad_fn.metadata["x"] = 1
        y.sum().backward()

    assert grows_by(step) < 100
