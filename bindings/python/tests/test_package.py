"""The package itself: quick to import, explicit about its library, complete."""

import os
import subprocess
import sys
from pathlib import Path

import apus as torch
from apus import _library, _operators

PACKAGE = str(Path(torch.__file__).parent.parent)


def run(code, **environment):
    given = dict(os.environ, PYTHONPATH=PACKAGE, **environment)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=given)


def test_import_brings_nothing_heavy():
    done = run("import sys, apus; print([m for m in ('numpy', 'typing', 'inspect') if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stderr


def test_a_library_that_is_not_there():
    done = run("import apus", APUS_LIBRARY="/nowhere/libapus.so")
    assert done.returncode == 1
    assert "ImportError: the apus library was not found" in done.stderr
    assert "/nowhere/libapus.so" in done.stderr


def test_version():
    assert torch.__version__ == _library.version and torch.__version__.count(".") == 2


def test_every_name_is_there():
    for name in _operators.FUNCTIONS:
        assert getattr(torch, name) is getattr(_operators, name)
    for name in _operators.METHODS:
        assert getattr(torch.Tensor, name) is getattr(_operators, name)
    for name in _operators.FUNCTIONS:
        assert getattr(torch, name).__doc__


def test_signatures():
    import inspect

    assert str(inspect.signature(torch.sum)) == (
        "(input, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=None)"
    )
    assert str(inspect.signature(torch.add)) == "(input, other, *, alpha=1)"
    assert str(inspect.signature(torch.zeros)) == (
        "(*sizes, size=None, dtype=None, requires_grad=False)"
    )
