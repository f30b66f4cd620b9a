"""Printed text: recorded cases, and thousands of random tensors against the rules."""

import json
import math
import random
import re
from pathlib import Path

import pytest
from oracle import text_of

import apus as torch

# Without those of what is not there yet: complex numbers, sparse tensors, parameters.
ABSENT = re.compile(r"complex|[\d.]j\b|sparse|Parameter")
CASES = [
    case
    for case in json.loads((Path(__file__).parent / "data" / "print_cases.json").read_text())
    if not ABSENT.search(case["expr"] + case["repr"])
]
FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
INTEGERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]


@pytest.fixture(autouse=True)
def default_options():
    yield
    torch.set_printoptions(profile="default")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expr"])
def test_recorded(case):
    torch.set_printoptions(**case.get("printoptions", {}))
    value = eval(case["expr"], {"torch": torch})
    assert (value if isinstance(value, str) else repr(value)) == case["repr"]


def shapes(choose):
    rank = choose.randint(0, 5)
    sizes = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 13] if choose.random() < 0.5 else [1, 2, 3, 7, 8]
    shape = [choose.choice(sizes) for _ in range(rank)]
    if rank == 1 and choose.random() < 0.3:
        shape = [choose.choice([50, 333, 999, 1000, 1001, 5000])]
    if rank == 2 and choose.random() < 0.2:
        shape = choose.choice([[40, 40], [2, 600], [600, 2], [1001, 1], [1, 1001], [7, 200]])
    return shape


def floats(choose, count):
    kind = choose.random()
    scale = 10 ** choose.uniform(-6, 9)
    values = [choose.gauss(0, 1) * scale for _ in range(count)]
    if kind < 0.25:
        values = [float(round(value)) for value in values]
    elif kind < 0.4:
        scale = choose.choice([1, 3, 10, 100])
        values = [choose.gauss(0, 1) * scale for _ in range(count)]
    elif kind < 0.5:
        scale = choose.choice([1, 1e-3, 1e3])
        values = [math.exp(choose.gauss(0, 1)) * scale for _ in range(count)]
    elif kind < 0.55:
        values = [choose.choice([1, -1]) * 0.0] * count
    if count and choose.random() < 0.35:
        for _ in range(choose.randint(1, 3)):
            values[choose.randrange(count)] = choose.choice(
                [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-4, 1e8, 1000.0]
            )
    return values


def numbers(choose, count):
    """Random numbers, their dtype, and its kind."""
    kind = choose.random()
    if kind < 0.7:
        return floats(choose, count), choose.choice(FLOATS), "float"
    if kind < 0.9:
        dtype = choose.choice(INTEGERS)
        low, high = {torch.uint8: (0, 255), torch.int8: (-128, 127)}.get(dtype, (-9999, 9999))
        return [choose.randint(low, high) for _ in range(count)], dtype, "int"
    share = choose.choice([0, 0.5, 1])
    return [choose.random() < share for _ in range(count)], torch.bool, "bool"


def options(choose):
    if choose.random() > 0.3:
        return {}
    return dict(
        precision=choose.randint(0, 8), threshold=choose.choice([0, 5, 50, 1000]),
        edgeitems=choose.choice([1, 2, 3, 4]), linewidth=choose.choice([20, 40, 80, 120]),
        sci_mode=choose.choice([None, None, True, False]),
    )


@pytest.mark.parametrize("seed", range(20))
def test_by_the_rules(seed):
    choose = random.Random(seed)
    for _ in range(300):
        shape = shapes(choose)
        if math.prod(shape) > 20000:
            continue
        values, dtype, kind = numbers(choose, math.prod(shape))
        tensor = torch.tensor(values, dtype=dtype).reshape(shape)
        flat = tensor.reshape(-1).tolist()
        suffixes = []
        if kind == "float" and choose.random() < 0.4:
            tensor.requires_grad_()
            suffixes = ["requires_grad=True"]
            if choose.random() < 0.5:
                tensor = tensor * 1
                suffixes = ["grad_fn=<MulBackward0>"]
        given = options(choose)
        torch.set_printoptions(**dict(precision=4, threshold=1000, edgeitems=3, linewidth=80))
        torch.set_printoptions(**given)
        expected = text_of(shape, flat, kind, repr(dtype), suffixes, given)
        assert repr(tensor) == expected


def test_profiles():
    tensor = torch.arange(1001.0)
    torch.set_printoptions(profile="short")
    assert repr(torch.tensor([1.5])) == "tensor([1.50])"
    torch.set_printoptions(profile="full")
    assert "..." not in repr(tensor)
    torch.set_printoptions(profile="default")
    assert "..." in repr(tensor)


def test_format():
    assert f"{torch.tensor(2.0)}" == "2.0"
    assert f"{torch.tensor(2.0, requires_grad=True):.3f}" == "2.000"
    assert f"{torch.tensor(7)}" == "7"
    assert f"{torch.tensor([1])}" == "tensor([1])"
    with pytest.raises(TypeError, match="unsupported format string passed to Tensor.__format__"):
        f"{torch.tensor([1]):.2f}"
