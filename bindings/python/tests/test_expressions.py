"""Expressions against what PyTorch gave for them: see expressions.py."""

import json
import lzma
import re

import pytest

import apus
import expressions

RECORDING = (expressions.FOLDER.parent / "expressions.json.xz").read_bytes()
RECORDED = {
    record["name"]: record for record in map(json.loads, lzma.decompress(RECORDING).splitlines())
}
CASES = {case.name: case for case in expressions.cases()}


#: Where apus and PyTorch are known to differ, and why.
KNOWN = {
    r"torch\.polar\(": "the slope for a negative length: PyTorch's has the other sign",
    r"y=2 :: torch\.polar\(": "which of two faults is named first",
    r"12/[sp].*torch\.(rsub|add|sub)\(|6/s :: torch\.(add|sub)\(": (
        "infinite complex numbers: PyTorch multiplies by an alpha of 1, which makes nan of a part"
    ),
    r"12/s.*torch\.pow\((x, y|0, x)\)": "complex 0 to the power of 0 is 1, as it is for others",
    r"\.(floor_divide|heaviside)_\(": "the message about the derivative lacks an underscore",
    r"unique": "the message about the derivative is of another kind",
    r"torch\.[cp]dist\(|_margin_loss\(|local_response_norm|det\(x\)$": (
        "16-bit floats are taken where PyTorch takes none, or the other way round if empty"
    ),
    r"pow\(x, y.detach\(\).real.to\(torch.complex64": "complex 0 to the power of 0 is 1",
    r"logaddexp\(x, .*complex64|ldexp\(x, torch.tensor.*complex64": (
        "PyTorch's gradient is an error of its own"
    ),
    r"ldexp_?\(.*(complex64|float\(\))": "powers of two in float32 differ in the last place",
    r"'amax'": "the message names another loop",
    r"grid_sample.*bicubic.*reflection": "PyTorch rounds places to bfloat16",
    r"q=2,4,3,5 k=2,4,6,5 v=2,4,5,5": "PyTorch reads values that are not there",
    r"q=2,4,3,5.*attention\(q, k, v\)$": "the message names another of two faults",
    r"(square|logical_not|bitwise_not)\(x, out": (
        "which comes first, that out has no derivative or another fault"
    ),
    r"torch\.dist\(x, y, 0\)": "PyTorch's gradient is an error of its own",
    r"take_along_dim|isin\(1|torch\.kron": "PyTorch does not take every layout",
    r"bilinear|mvlgamma|amax', incl|amin'|reduce\(.*'mean'|trace|cosine_emb|cross_entropy": (
        "the message names another loop, or another of two faults"
    ),
    r"matrix_exp": "PyTorch's overflows in bfloat16",
    r"x=1? :: torch\.(std|var)(_mean)?\(": "of one complex number, PyTorch's gradient is half nan",
    r"(mode|cummax|cummin|median|kthvalue)\(x": (
        "of one or no number PyTorch also takes dtypes that it otherwise refuses"
    ),
    r"12/s :: torch\.mean": "PyTorch divides complex numbers by a complex number",
    r"12/s :: torch\.prod": "two zeros: PyTorch's slope is nan beside nan, where it is zero",
    r"(std|var)(_mean)?\(x, dim=\[\]\)": "PyTorch's gradient for no dimensions is infinite",
    r"logsumexp\(x, dim=None|meshgrid\(x, y, indexing='ij'": "words of the message",
    r"(prod|cumprod)\(x.*dtype=torch\.(float32|float64|bfloat16|complex64)": (
        "rounded before the gradient or behind it; PyTorch's of complex numbers made real is wrong"
    ),
    r"(sum|mean)\(x.*dtype=torch\.complex64": "PyTorch's gradient is an error of its own",
    r"nanquantile": "which of two zeros is taken",
    r"bincount\(x, w\)": "counts want no gradient, as there is none",
    r"trapezoid\(": "bool is taken for numbers",
    r"histc": "rounding of a border in bfloat16; the message for uint8",
    r"vander": "PyTorch changes what its derivative needs",
    r"sort\(x, 0, ": "PyTorch does not take all of its arguments by position",
    r"12/s :: torch\.(lgamma|digamma|polygamma)": "at poles PyTorch's is very large, not infinite",
    r"12/s :: torch\.(sgn|angle)": "of infinite complex numbers it depends on PyTorch's layout",
    r"12/s :: F\.(relu6|hardtanh|softshrink|hardshrink)": (
        "the slope at nan depends on PyTorch's layout"
    ),
    r"12/s :: F\.tanhshrink": "PyTorch's complex tanh overflows",
    r"silu\(x \* 1": "PyTorch's derivative is that of real numbers",
    r"x\.int\(\)": "infinity has no number",
}


def reason(name):
    """Why a case differs, or None where it should not."""
    return next((why for pattern, why in KNOWN.items() if re.search(pattern, name)), None)


def test_all_are_recorded():
    assert RECORDED.keys() == CASES.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_as_pytorch(name):
    record = RECORDED[name]
    faults = []
    for run, index in zip(CASES[name].runs(), record["runs"], strict=True):
        found = expressions.outcome(apus, apus.nn.functional, CASES[name], *run)
        if fault := expressions.differences(record["outcomes"][index], found):
            faults.append("%s: %s" % (run, fault))
    if faults and reason(name):
        pytest.xfail(reason(name))
    assert not faults, "\n".join(faults)
