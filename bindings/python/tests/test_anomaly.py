"""Anomaly mode: where the node was made that failed."""

import warnings

import pytest

import apus as torch
from apus import autograd

from support import leaf


def makes_nan(x):
    return x / x  # the line to be found


def test_the_traceback_of_the_forward_call():
    x = leaf(0, 1)
    with pytest.warns(UserWarning) as first:
        context = autograd.detect_anomaly()
    assert [str(w.message) for w in first] == [
        "Anomaly Detection has been enabled. This mode will increase the runtime and should only "
        "be enabled for debugging."
    ]
    with context:
        y = makes_nan(x).sum()
        with pytest.warns(UserWarning) as caught, pytest.raises(RuntimeError) as problem:
            y.backward()
    assert str(problem.value) == "Function 'DivBackward0' returned nan values in its 1th output."
    (text,) = [str(w.message) for w in caught]
    head = "Error detected in DivBackward0. Traceback of forward call that caused the error:\n"
    assert text.startswith(head + "  File ")
    last = text.rstrip().splitlines()[-2:]
    assert last[0].endswith("in makes_nan") and "# the line to be found" in last[1]


def test_without_the_check_for_nan():
    x = leaf(0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with autograd.detect_anomaly(check_nan=False):
            makes_nan(x).sum().backward()
    assert x.grad[0].isnan().item()


def test_errors_of_hooks_are_explained_too():
    class Fails(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise problem

    problem = ValueError("boom")
    x = leaf(1)
    with autograd.set_detect_anomaly(True):
        y = Fails.apply(x)
        with pytest.warns(UserWarning) as caught, pytest.raises(ValueError) as raised:
            y.backward()
    assert raised.value is problem
    assert str(caught[0].message).startswith("Error detected in FailsBackward. Traceback of")


def test_the_switch():
    autograd.set_detect_anomaly(True)
    try:
        with pytest.warns(UserWarning):
            with pytest.raises(RuntimeError, match="returned nan values in its 0th output"):
                leaf(0).sqrt().mul(0).backward()
    finally:
        autograd.set_detect_anomaly(False)
    makes_nan(leaf(0)).backward()


def test_nodes_made_before():
    x = leaf(0)
    y = makes_nan(x)
    with autograd.set_detect_anomaly(True):
        with pytest.warns(UserWarning) as caught, pytest.raises(RuntimeError):
            y.backward()
    assert [str(w.message) for w in caught] == [
        "Error detected in DivBackward0. No forward pass information available. Enable detect "
        "anomaly during forward pass for more information."
    ]
