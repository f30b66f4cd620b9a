"""Expressions against what PyTorch gave for them: see expressions.py."""

import json
import lzma

import pytest

import apus
import expressions

RECORDING = (expressions.FOLDER.parent / "expressions.json.xz").read_bytes()
RECORDED = {
    record["name"]: record for record in map(json.loads, lzma.decompress(RECORDING).splitlines())
}
CASES = {case.name: case for case in expressions.cases()}


def known_differences():
    """Why, by the name of each case that is known to differ."""
    found, why = {}, ""
    for line in (expressions.FOLDER.parent / "expressions.known.txt").read_text().splitlines()[1:]:
        if line.startswith("# "):
            why = line[2:]
        elif line:
            found[line] = why
    return found


KNOWN = known_differences()


def test_all_are_recorded():
    assert RECORDED.keys() == CASES.keys()
    assert KNOWN.keys() <= CASES.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_as_pytorch(name):
    record = RECORDED[name]
    faults = []
    for run, index in zip(CASES[name].runs(), record["runs"], strict=True):
        found = expressions.outcome(apus, apus.nn.functional, CASES[name], *run)
        if fault := expressions.differences(record["outcomes"][index], found):
            faults.append("%s: %s" % (run, fault))
    if faults and name in KNOWN:
        pytest.xfail(KNOWN[name])
    assert not faults, "\n".join(faults)
    assert name not in KNOWN, "differs no longer"
