"""Checkpoints, from Python."""

import gc
import weakref
from contextlib import contextmanager

import pytest

import apus as torch
from apus.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

from support import leaf, words


def test_the_function_runs_once_more():
    calls = []

    def function(x, scale, *, label):
        calls.append(label)
        return (x.exp() * scale, [label, (x * x).sum()])

    x = leaf(0, 1)
    y, (label, s) = checkpoint(function, x, 2.0, label="a", use_reentrant=False)
    assert label == "a" and calls == ["a"]
    (y.sum() + s).backward()
    assert calls == ["a", "a"]
    assert x.grad.tolist() == pytest.approx([2, 2 * 2.7182817 + 2])


def test_random_numbers_are_the_same_again():
    masks = []

    def function(x):
        mask = torch.rand(4)
        masks.append(mask.tolist())
        return (x * mask).exp()

    torch.manual_seed(3)
    x = leaf(1, 2, 3, 4)
    y = checkpoint(function, x, use_reentrant=False)
    after = torch.rand(2).tolist()
    y.sum().backward()
    assert masks[0] == masks[1]
    expected = [m * v for m, v in zip(masks[0], y.tolist())]
    assert x.grad.tolist() == pytest.approx(expected, rel=1e-6)
    torch.manual_seed(3)
    torch.rand(4)
    assert torch.rand(2).tolist() == after


def test_early_stop():
    calls = []

    def function(x):
        y = x.exp()
        calls.append("middle")
        y = y * 2
        calls.append("end")
        return y

    checkpoint(function, leaf(1), use_reentrant=False).backward()
    assert calls == ["middle", "end"]
    calls.clear()
    checkpoint(function, leaf(1), use_reentrant=False, early_stop=False).backward()
    assert calls == ["middle", "end"] * 2


def test_what_is_computed_again_has_to_be_the_same():
    state = [2]

    def function(x):
        for _ in range(state[0]):
            x = x.sin()
        return x

    y = checkpoint(function, leaf(1, 2), use_reentrant=False)
    state[0] = 1
    assert words(CheckpointError, lambda: y.sum().backward()).startswith(
        "torch.utils.checkpoint: A different number of tensors was saved during the original "
        "forward and recomputation.\nNumber of tensors saved during forward: 2\n"
        "Number of tensors saved during recomputation: 1."
    )
    shapes = [(2,)]

    def other(x):
        return (x + torch.zeros(*shapes[0])).sin().sum()

    y = checkpoint(other, leaf(1), use_reentrant=False)
    shapes[0] = (3,)
    assert words(CheckpointError, y.backward).startswith(
        "torch.utils.checkpoint: Recomputed values for the following tensors have different "
        "metadata than during the forward pass.\n"
    )


def test_contexts():
    seen = []

    @contextmanager
    def context(name):
        seen.append(name)
        yield

    y = checkpoint(
        lambda x: x.exp(), leaf(1), use_reentrant=False,
        context_fn=lambda: (context("forward"), context("again")),
    )
    y.backward()
    assert seen == ["forward", "again"]


def test_sequences():
    x = leaf(0.5)
    functions = [torch.sin, torch.exp, torch.sin, torch.exp]
    checkpoint_sequential(functions, 2, x, use_reentrant=False).backward()
    z = leaf(0.5)
    z.sin().exp().sin().exp().backward()
    assert x.grad.tolist() == z.grad.tolist()


def test_words():
    x = leaf(1)
    with pytest.warns(UserWarning) as caught:
        checkpoint(torch.sin, x)
    assert [str(w.message) for w in caught] == [
        "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. In a "
        "future release, calling checkpoint without use_reentrant will raise an exception. "
        "use_reentrant=False is recommended, but if you need to preserve the current default "
        "behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
        "differences between the two variants."
    ]
    assert words(
        ValueError, lambda: checkpoint(torch.sin, x, use_reentrant=False, determinism_check="x")
    ) == "determinism_check should be one of ['default', 'none'], but got x"
    assert words(ValueError, lambda: checkpoint(torch.sin, x, use_reentrant=True, foo=3)) == (
        "Unexpected keyword arguments: foo"
    )


def test_exceptions_are_the_same_object():
    problem = KeyError("boom")
    fails = [False]

    def function(x):
        if fails[0]:
            raise problem
        return x.exp()

    y = checkpoint(function, leaf(1), use_reentrant=False)
    fails[0] = True
    with pytest.raises(KeyError) as caught:
        y.backward()
    assert caught.value is problem
    with pytest.raises(KeyError) as caught:
        checkpoint(function, leaf(1), use_reentrant=False)
    assert caught.value is problem


def test_nothing_is_left():
    def function(x):
        return x.exp()

    alive = weakref.ref(function)
    y = checkpoint(function, leaf(1), use_reentrant=False)
    y.backward()
    del function, y
    gc.collect()
    torch.zeros(1)
    assert alive() is None
