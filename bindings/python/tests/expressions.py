"""Expressions that are evaluated in PyTorch and in apus on the same tensors.

`data/expressions/*.txt` has a line for each: inputs, and what is done with them.

    x=2,3/m y=3 | x= y=4 @f :: torch.add(x, y)

Inputs are shapes, `/` and a kind (see `_element`); alternatives stand between bars; `@` and a word
choose the dtypes. `$NAME = a b c` makes a line that has `$NAME` one for each of the words.

Each line runs for several dtypes and layouts, with and without gradients (`runs`). What came out
is plain data (`outcome`), so that `record_expressions.py` can store PyTorch's.
"""

import itertools
import math
import random
import re
import zlib
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "expressions"
FLOATS = ("float64", "float32", "bfloat16")
DTYPES = {
    "@a": FLOATS + ("int64", "uint8", "bool", "complex128"),
    "@f": FLOATS,
    "@fc": FLOATS + ("complex128",),
    "@c": ("float64", "complex128"),
    "@d": ("float64",),
    "@i": ("int64", "uint8", "bool"),
}
#: Relative to the largest element; what is computed in 16 bits is rounded twice.
TOLERANCES = {"float64": 1e-8, "complex128": 1e-8, "bfloat16": 4e-2, "float16": 5e-3}
#: What PyTorch refuses, for want of a derivative, a dtype or a layout, and apus does.
FURTHER = re.compile(
    r"derivative for '?(aten::\w+_backward|inplace version of \w+)'? is not implemented"
    "|does not support automatic differentiation for outputs with complex dtype"
    "|BComplex32|ComplexHalf|grad_input must be contiguous|returned an invalid gradient"
)
#: Complex numbers of 16-bit floats, of which PyTorch knows little more than the name.
NARROW = re.compile("BComplex32|ComplexHalf")
SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 0.5, 2.5, -2.5, 1e-30, 30.0)
DENSE, TURNED, SPREAD, FAR = "dense", "turned", "spread", "far"
#: Elements between two neighbours of a tensor that is laid out `FAR`.
STRIDE = 5000


class Case:
    """A line with one choice of inputs and words."""

    def __init__(self, inputs, dtypes, expression):
        self.inputs, self.dtypes, self.expression = inputs, dtypes, expression
        self.name = " ".join("%s=%s" % pair for pair in inputs.items()) + " :: " + expression

    def runs(self):
        """Dtype, layout, and whether gradients are wanted: of the widest types, first and second."""
        for dtype in self.dtypes:
            layouts = (DENSE,)
            if self.inputs and dtype in ("float64", "complex128", "int64"):
                layouts = (DENSE, TURNED, SPREAD) + ((FAR,) if dtype == "float64" else ())
            for layout in layouts:
                yield dtype, layout, False
                if self.inputs and dtype in ("float64", "complex128") and layout != FAR:
                    yield dtype, layout, True


def cases():
    """Every case of every file."""
    for path in sorted(FOLDER.glob("*.txt")):
        words = {}
        for line in path.read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            if line.startswith("$"):
                name, _, values = line[1:].partition(" = ")
                words[name] = values.split()
                continue
            yield from _expanded(line, words)


def _expanded(line, words):
    head, _, expression = line.partition("::")
    dtypes = next((word for word in head.split() if word.startswith("@")), "@a")
    names = sorted(set(re.findall(r"\$([A-Z_]+[A-Z])", expression)))
    for inputs in head.replace(dtypes, "").split("|"):
        shapes = dict(word.split("=") for word in inputs.split())
        for chosen in itertools.product(*(words[name] for name in names)):
            text = expression.strip()
            # Longer names first: one may begin as another does.
            for name, word in sorted(zip(names, chosen), key=lambda pair: -len(pair[0])):
                text = text.replace("$" + name, word)
            yield Case(shapes, DTYPES[dtypes], text)


def _element(kind, i, numbers):
    """An element by its number: normal, positive, between 0 and 1, a special value, or a small
    whole number, of which many are equal."""
    if kind == "s" and i < len(SPECIAL):
        return SPECIAL[i]
    if kind == "p":
        return abs(_normal(numbers)) + 0.1
    if kind == "u":
        return numbers.random() * 0.8 + 0.1
    if kind == "m":
        return float(int(numbers.random() * 7) - 3)
    return 1.5 * _normal(numbers)


def _normal(numbers):
    # Python promises that random() stays the same.
    return sum(numbers.random() for _ in range(12)) - 6


def _values(kind, count, dtype, numbers):
    if kind.startswith("i"):
        return [int(numbers.random() * int(kind[1:])) for _ in range(count)], "int64"
    if kind == "b":
        return [numbers.random() < 0.5 for _ in range(count)], "bool"
    values = [_element(kind, i, numbers) for i in range(count)]
    if dtype.startswith("complex"):
        if kind in ("n", "p", "m"):
            values = [complex(value, _normal(numbers)) for value in values]
        return values, dtype
    if dtype == "bool":
        return [value > 0 for value in values], dtype
    if dtype in ("int64", "uint8"):
        whole = [int(2 * value) if math.isfinite(value) else 9 for value in values]
        return [abs(value) for value in whole] if dtype == "uint8" else whole, dtype
    return values, dtype


def _tensor(torch, spec, dtype, layout, numbers):
    shape, _, kind = spec.partition("/")
    shape = [int(size) for size in shape.split(",") if size]
    is_definite, kind = kind == "q", kind if kind not in ("", "q") else "n"
    values, dtype = _values(kind, math.prod(shape), dtype, numbers)
    x = torch.tensor(values, dtype=getattr(torch, dtype)).reshape(shape)
    if is_definite and x.is_floating_point() | x.is_complex():
        wide = x.to(torch.complex128 if x.is_complex() else torch.float64)
        x = (wide @ wide.mH + shape[-1] * torch.eye(shape[-1])).to(x.dtype)
    if layout == TURNED and len(shape) > 1:
        x = x.transpose(0, -1).contiguous().transpose(0, -1)
    if layout == SPREAD and shape:
        larger = torch.zeros([2 * size + 1 for size in shape], dtype=x.dtype)
        view = larger[tuple(slice(1, None, 2) for _ in shape)]
        view.copy_(x)
        x = view
    if layout == FAR and x.numel():
        strides = [STRIDE * math.prod(shape[i + 1 :]) for i in range(len(shape))]
        memory = torch.zeros(STRIDE * (x.numel() - 1) + 1, dtype=x.dtype)
        view = memory.as_strided(shape, strides)
        view.copy_(x)
        x = view
    return x.detach()


def outcome(torch, F, case, dtype, layout, wants_gradients):
    """What an expression gives: `["error", kind, first line]`, or `["ok", results, gradients]`."""
    numbers = random.Random(zlib.crc32(case.name.encode()))
    leaves = {
        name: _tensor(torch, spec, dtype, layout, numbers) for name, spec in case.inputs.items()
    }
    for leaf in leaves.values():
        if wants_gradients and (leaf.is_floating_point() or leaf.is_complex()):
            leaf.requires_grad_()
    torch.manual_seed(3)
    names = {"torch": torch, "F": F, "inf": math.inf, **leaves}
    try:
        results = _flat(eval(case.expression, names))
    except Exception as error:
        return ["error", type(error).__name__, _first_line(error)]
    gradients = None
    if wants_gradients:
        watched = [leaf for leaf in leaves.values() if leaf.requires_grad]
        try:
            gradients = _gradients(torch, results, watched)
        except Exception as error:
            gradients = ["error", type(error).__name__, _first_line(error)]
    return ["ok", [_plain(torch, result) for result in results], gradients]


def _first_line(error):
    return str(error).split("\n")[0]


def _flat(result):
    if isinstance(result, (tuple, list)):
        return [part for value in result for part in _flat(value)]
    return [result]


def _plain(torch, value):
    """A result as data: dtype, shape, whether it wants a gradient, and elements."""
    if not isinstance(value, torch.Tensor):
        return str(value).replace("apus", "torch")
    name = str(value.dtype).removeprefix("torch.").removeprefix("apus.")
    return [name, list(value.shape), value.requires_grad, _elements(torch, value, name)]


def _elements(torch, x, dtype):
    x = x.detach() + 0 if x.is_floating_point() or x.is_complex() else x.detach()
    digits = "%.10g" if dtype in ("float64", "complex128") else "%.6g"
    if x.is_complex():
        parts = torch.view_as_real(x.resolve_conj()).reshape(-1).tolist()
    else:
        parts = x.reshape(-1).tolist()
    if not x.is_floating_point() and not x.is_complex():
        return [int(part) for part in parts]
    return [float(digits % part) if math.isfinite(part) else str(part) for part in parts]


def _weighted(torch, tensors, phase):
    """The sum of all elements times numbers that differ, real and imaginary parts apart."""
    total = 0
    for n, x in enumerate(tensors):
        weights = torch.arange(x.numel(), dtype=torch.float64).reshape(x.shape)
        weights = (weights * phase + n + 0.3).cos()
        if x.is_complex():
            total = total + (x.real * weights).sum() + (x.imag * (weights * 1.7).sin()).sum()
        else:
            total = total + (x.to(torch.float64) * weights).sum()
    return total


def _gradients(torch, results, leaves):
    """First gradients, then those of their sum; None where there is none."""
    ends = [x for x in results if isinstance(x, torch.Tensor) and x.requires_grad]
    if not ends or not leaves:
        return None
    first = torch.autograd.grad(
        _weighted(torch, ends, 1.0), leaves, allow_unused=True, create_graph=True
    )
    plain = [None if x is None else _plain(torch, x) for x in first]
    ends = [x for x in first if x is not None and x.requires_grad]
    if not ends:
        return plain
    try:
        second = torch.autograd.grad(_weighted(torch, ends, 1.3), leaves, allow_unused=True)
    except Exception as error:
        return plain + ["error", type(error).__name__, _first_line(error)]
    return plain + [None if x is None else _plain(torch, x) for x in second]


def differences(expected, found):
    """What differs between two outcomes, as a sentence; None where nothing does."""
    if expected[0] == "error" and expected != found:
        goes_further = found[0] == "ok" and FURTHER.search(expected[2])
        # Names of dtypes that there are none of here stand in a message for both kinds of refusal.
        refuses_other = found[0] == "error" and NARROW.search(expected[2])
        if goes_further or refuses_other:
            return None
        return "%s instead of %s" % (found, expected)
    if expected[0] != found[0]:
        return "%s instead of %s" % (found, expected)
    if expected[0] == "error":
        return None
    if len(expected[1]) != len(found[1]):
        return "%d results instead of %d" % (len(found[1]), len(expected[1]))
    for i, pair in enumerate(zip(expected[1], found[1])):
        if fault := _difference(*pair):
            return "result %d: %s" % (i, fault)
    expected, found = expected[2] or [], found[2] or []
    if "error" in expected and expected != found:
        # First gradients may be there, and an error for the second.
        end = expected.index("error")
        if "error" in found or not FURTHER.search(expected[end + 2]):
            return "gradients %s instead of %s" % (found, expected)
        expected, found = expected[:end], found[:end]
    for i, pair in enumerate(itertools.zip_longest(expected, found)):
        if fault := _difference(*pair, is_gradient=True):
            return "gradient %d: %s" % (i, fault)
    return None


def _difference(expected, found, is_gradient=False):
    # A gradient that is not there and one of zeros are the same to all that comes of them.
    if expected is None or found is None:
        there = expected or found
        return None if there is None or not any(there[3]) else "%s, not %s" % (found, expected)
    if isinstance(expected, str) or isinstance(found, str):
        return None if expected == found else "%s, not %s" % (found, expected)
    # PyTorch's gradients of piecewise linear functions want some, which are zero.
    count = 2 if is_gradient else 3
    if expected[:count] != found[:count]:
        return "%s, not %s" % (found[:count], expected[:count])
    finite = [abs(x) for x in expected[3] if not isinstance(x, str)]
    allowed = TOLERANCES.get(expected[0], 3e-5) * max([1.0, *finite])
    for i, (x, y) in enumerate(zip(expected[3], found[3])):
        if x != y and (isinstance(x, str) or isinstance(y, str) or abs(x - y) > allowed):
            return "element %d is %s, not %s" % (i, y, x)
    return None
