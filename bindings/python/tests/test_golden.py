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
    if dtype.name in sample.record
]


@pytest.mark.parametrize("name, sample, check", SAMPLES, ids=[name for name, _, _ in SAMPLES])
def test_as_pytorch(name, sample, check):
    faults = check(sample)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "name, sample, dtype", ROUNDED, ids=["%s %s" % (name, dtype.name) for name, _, dtype in ROUNDED]
)
def test_rounds_as_well_as_pytorch(name, sample, dtype):
    faults = sample.rounding_faults(dtype)
    assert not faults, "\n".join(faults)
