"""Values, first and second gradients of operators, against what PyTorch gave for the same inputs."""

import base64
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

import apus as torch
from apus import autograd
from apus.nn import functional as F

CASES = json.loads(lzma.decompress((Path(__file__).parent / "data" / "golden.json.xz").read_bytes()))[
    "cases"
]
EXACT = {"bool", "uint8", "int8", "int16", "int32", "int64"}


def array(case, name):
    dtype, shape, data = case["arrays"][name]
    return np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()


def build(case, tree, leaves):
    """Arguments from their description; tensors that require a gradient are noted in `leaves`."""
    if isinstance(tree, list):
        return [build(case, value, leaves) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if "t" in tree:
        values = torch.from_numpy(array(case, tree["t"]))
        if "stride" in tree:
            storage = torch.zeros(tree["storage_numel"], dtype=values.dtype)
            tensor = storage.as_strided(tree["shape"], tree["stride"], tree["offset"])
            tensor.copy_(values)
        else:
            tensor = values
        if tree["rg"]:
            tensor.requires_grad_()
            leaves[tree["t"]] = tensor
        return tensor
    if "f" in tree:
        return float(tree["f"])
    if "slice" in tree:
        return slice(*tree["slice"])
    if "ellipsis" in tree:
        return ...
    if "tuple" in tree:
        return tuple(build(case, value, leaves) for value in tree["tuple"])
    raise AssertionError(tree)


def run(case, arguments, named):
    op = case["op"]
    first, *rest = arguments
    if op in ("T", "mT"):
        return getattr(first, op)
    if op == "__getitem__":
        return first[rest[0]]
    if op == "zero_":
        return first.clone().zero_()
    if op == "fill":
        return first.clone().fill_(*rest, **named)
    if op == "where":
        condition, other = rest
        return torch.where(condition, first, other)
    if op.startswith("nn.functional."):
        return getattr(F, op[14:])(*arguments, **named)
    if hasattr(torch.Tensor, op) and case.get("called_as") or not callable(getattr(torch, op, None)):
        return getattr(first, op)(*rest, **named)
    return getattr(torch, op)(*arguments, **named)


def check(actual, expected, what):
    assert list(actual.shape) == list(expected.shape), what
    values = actual.detach().numpy()
    assert values.dtype == expected.dtype, what
    if expected.dtype.name in EXACT:
        assert (values == expected).all(), what
    else:
        tolerance = 1e-5 if expected.dtype == np.float32 else 1e-10
        np.testing.assert_allclose(values, expected, tolerance, tolerance, err_msg=what)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: "-".join((case["op"], case.get("variant", ""), str(case["i"])))
)
def test_as_pytorch(case):
    leaves = {}
    arguments = build(case, case["args"], leaves)
    named = {name: build(case, value, leaves) for name, value in case["kwargs"].items()}
    results = run(case, arguments, named)
    results = [results] if isinstance(results, torch.Tensor) else list(results)
    assert len(results) == len(case["outs"])
    for result, out in zip(results, case["outs"]):
        check(result, array(case, out["t"]), out["t"])
        assert result.requires_grad == out["rg"]
        if out["rg"] and case["op"] != "fill":
            name = type(result.grad_fn).__name__ if result.grad_fn else None
            assert name == out["grad_fn"]

    if not case.get("grads"):
        return
    loss = sum(
        (results[k] * torch.from_numpy(array(case, "w%d" % k))).sum() for k in case["loss_outs"]
    )
    names = list(case["grads"])
    second = bool(case.get("grads2"))
    grads = autograd.grad(
        loss, [leaves[name] for name in names], create_graph=second, allow_unused=True
    )
    for name, grad in zip(names, grads):
        expected = case["grads"][name]
        if expected is None:
            assert grad is None
        else:
            check(grad, array(case, expected), "gradient of " + name)
    if not second:
        return
    present = [grad for grad in grads if grad is not None]
    loss = sum(
        (grad * torch.from_numpy(array(case, "ww%d" % k))).sum()
        for k, grad in enumerate(present)
        if "ww%d" % k in case["arrays"]
    )
    names = list(case["grads2"])
    seconds = autograd.grad(loss, [leaves[name] for name in names], allow_unused=True)
    for name, grad in zip(names, seconds):
        expected = case["grads2"][name]
        if expected is None:
            assert grad is None or not grad.numpy().any()
        else:
            check(grad, array(case, expected), "second gradient of " + name)
