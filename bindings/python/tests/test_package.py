"""The package itself: quick to import, explicit about its library, complete."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import apus as torch
from apus import _library, _operators

ROOT = Path(__file__).resolve().parents[3]
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
        "(input, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=None, out=None)"
    )
    assert str(inspect.signature(torch.add)) == "(input, other, *, alpha=1, out=None)"
    assert str(inspect.signature(torch.zeros)) == (
        "(*sizes, size=None, dtype=None, out=None, device=None, layout=None, pin_memory=False, "
        "requires_grad=False)"
    )


def test_readme():
    readme = str(Path(__file__).parents[1] / "README.md")
    failed, tried = doctest.testfile(readme, module_relative=False)
    assert tried >= 7 and not failed


def test_digits():
    done = subprocess.run(
        [
            sys.executable, str(ROOT / "bindings/python/examples/digits.py"),
            str(ROOT / "bindings/c/examples/data/digits.csv"),
        ],
        capture_output=True, text=True, check=True,
    )
    accuracies = [float(a) for a in re.findall(r"accuracy (\S+)%", done.stdout)]
    assert len(accuracies) == 15 and accuracies[-1] > 95
