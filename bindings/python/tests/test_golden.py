"""Operators against what PyTorch gave for the same inputs: see golden.py."""

import pytest

import apus as torch
import golden

RECORDING = golden.Recording()
SAMPLES = list(golden.samples(RECORDING))
ROUNDED = [
    (name, sample, dtype)
    for name, sample, _ in SAMPLES
    for dtype in (torch.float32, torch.bfloat16)
    # LAPACK has no 16-bit floats; PyTorch's samples without elements never come to it.
    if dtype.name in sample.record and not (
        dtype is torch.bfloat16 and sample.op["op"].startswith("linalg.")
    )
]
#: An array of no elements has no address by which its memory could be told to be another's.
KNOWN = {"cat error 3"}


@pytest.mark.parametrize("name, sample, check", SAMPLES, ids=[name for name, _, _ in SAMPLES])
def test_as_pytorch(name, sample, check):
    faults = check(sample)
    if faults and name in KNOWN:
        pytest.xfail(faults[0])
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "name, sample, dtype", ROUNDED, ids=["%s %s" % (name, dtype.name) for name, _, dtype in ROUNDED]
)
def test_rounds_as_well_as_pytorch(name, sample, dtype):
    faults = sample.rounding_faults(dtype)
    assert not faults, "\n".join(faults)
