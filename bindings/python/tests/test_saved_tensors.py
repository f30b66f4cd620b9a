"""Hooks for saved tensors."""

import gc
import os
import uuid

import pytest

import apus as torch
from apus import autograd
from apus.autograd.graph import (
    allow_mutation_on_saved_tensors, disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks,
)

from support import leaf, words


def test_every_saved_tensor_is_packed_and_unpacked_once_per_use():
    x, y = leaf(1, 2), leaf(3, 4)
    packed, unpacked = [], []
    with saved_tensors_hooks(
        lambda t: packed.append(t.tolist()) or len(packed) - 1,
        lambda i: unpacked.append(i) or torch.tensor(packed[i]),
    ):
        z = x * y
    assert sorted(packed) == [[1, 2], [3, 4]] and unpacked == []
    z.sum().backward()
    assert sorted(unpacked) == [0, 1]
    assert x.grad.tolist() == [3, 4] and y.grad.tolist() == [1, 2]


def test_a_leaf_is_packed_as_itself():
    x = leaf(1, 2)
    seen = []
    with saved_tensors_hooks(lambda t: seen.append(t is x) or t, lambda t: t):
        x.log()
    assert seen == [True]


def test_the_innermost_pair():
    x = leaf(1, 2)
    seen = []
    with saved_tensors_hooks(lambda t: seen.append("outer") or t, lambda t: t):
        with saved_tensors_hooks(lambda t: seen.append("inner") or t, lambda t: t):
            x.log()
        x.log()
    x.log()
    assert seen == ["inner", "outer"]


def test_to_disk(tmp_path):
    class File:
        def __init__(self):
            self.name = str(tmp_path / str(uuid.uuid4()))

        def __del__(self):
            os.remove(self.name)

    def pack(tensor):
        file = File()
        tensor.detach().numpy().tofile(file.name)
        return file, tensor.shape

    def unpack(packed):
        import numpy

        return torch.from_numpy(numpy.fromfile(packed[0].name, "float32")).reshape(packed[1])

    x = leaf(1, 2)
    with saved_tensors_hooks(pack, unpack):
        y = (x * x).exp().sum()
    assert list(tmp_path.iterdir())
    y.backward()
    expected = [2 * 2.7182817, 4 * 54.59815]
    assert x.grad.tolist() == pytest.approx(expected, rel=1e-6)
    del y
    gc.collect()
    torch.zeros(1)
    assert list(tmp_path.iterdir()) == []


def test_lower_precision():
    x = leaf(1.001, 2)
    with saved_tensors_hooks(lambda t: t.bfloat16(), lambda t: t.float()):
        y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [2, 4]


def test_save_on_cpu():
    x = leaf(1, 2)
    with save_on_cpu():
        y = x * x
    y.sum().backward()
    assert x.grad.tolist() == [2, 4]


def test_disabling():
    with disable_saved_tensors_hooks("no hooks here"):
        assert words(RuntimeError, saved_tensors_hooks(id, id).__enter__) == "no hooks here"
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        pass
    assert (leaf(1) * 2).requires_grad


def test_messages():
    x = leaf(1, 2)
    with saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = x.log()
    assert words(TypeError, lambda: y.sum().backward()) == (
        "Output of saved tensor unpack_hook expected to be a Tensor but got result of type int"
    )
    message = (
        "A saved tensor pack hook is modifying its input in place. Tensors provided as input to "
        "pack hook cannot be modified by in-place operations as this can lead to unexpected "
        "side-effects. Please open an issue if you need to perform in-place operations on the input"
        " to a pack hook."
    )
    with saved_tensors_hooks(lambda t: t.add_(1), lambda t: t):
        assert words(RuntimeError, lambda: (x * 1).log()) == message


def test_exceptions_are_the_same_object():
    problem = ValueError("boom")

    def fails(value):
        raise problem

    x = leaf(1, 2)
    with saved_tensors_hooks(fails, lambda t: t):
        with pytest.raises(ValueError) as caught:
            x.log()
    assert caught.value is problem
    with saved_tensors_hooks(lambda t: t, fails):
        y = x.log()
    with pytest.raises(ValueError) as caught:
        y.sum().backward()
    assert caught.value is problem


def test_double_backward():
    x = leaf(2, 3)
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        (g,) = autograd.grad((x * x * x).sum(), x, create_graph=True)
    assert autograd.grad(g.sum(), x)[0].tolist() == [12, 18]


def test_mutation():
    with allow_mutation_on_saved_tensors() as context:
        x = torch.ones(2, requires_grad=True)
        y = x.clone()
        out = y.sin()
        y.mul_(3)
        out.sum().backward()
        assert x.grad.tolist() == pytest.approx([0.5403023] * 2)
        context.clear()
    with allow_mutation_on_saved_tensors():
        out = x.sin().sum()
    with pytest.raises(AssertionError):
        out.backward()
