"""The number of threads, and what the library says of itself."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

import apus as torch

PACKAGE = str(Path(torch.__file__).parent.parent)


@pytest.fixture(autouse=True)
def restore():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_set_and_get():
    torch.set_num_threads(3)
    assert torch.get_num_threads() == 3
    assert "threads: 3" in torch.__config__.show()


@pytest.mark.parametrize(
    "count, message",
    [
        (0, "set_num_threads expects a positive integer"),
        (-1, "set_num_threads expects a positive integer"),
        (1.5, "set_num_threads expects an int, but got float"),
        ("a", "set_num_threads expects an int, but got str"),
        (True, "set_num_threads expects an int, but got bool"),
    ],
)
def test_what_is_no_number_of_threads(count, message):
    with pytest.raises(RuntimeError) as caught:
        torch.set_num_threads(count)
    assert str(caught.value) == message


def run(code, **environment):
    given = dict(os.environ, PYTHONPATH=PACKAGE, **environment)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_environment_counts():
    code = "import apus; print(apus.get_num_threads())"
    assert run(code, OMP_NUM_THREADS="3") == "3"
    assert run(code, OMP_NUM_THREADS="nonsense") == run(code, OMP_NUM_THREADS="")


PRODUCTS = """
import apus as torch
x = torch.arange(300 * 200).reshape(300, 200) % 7 - 3
for dtype in (torch.float32, torch.float64, torch.bfloat16):
    for y in (x.to(dtype), x.t().to(dtype).t(), (x[::2] * 1).to(dtype), x[:, ::2].to(dtype)):
        for a, b in ((y, y.t()), (y.t(), y), (y[:40, :40], y[:40, :40].t())):
            exact = (a.to(torch.int64) @ b.to(torch.int64)).to(torch.float64)
            error = ((a @ b).to(torch.float64) - exact).abs()
            bound = exact.abs() * (2.0 ** -8 if dtype == torch.bfloat16 else 0)
            assert (error <= bound).all().item(), (dtype, a.shape, b.shape)
            c = torch.ones(b.shape[1]).to(dtype)
            error = (torch.addmm(c, a, b, beta=2, alpha=0.5).to(torch.float64) - exact / 2 - 2).abs()
            assert (error <= bound + 0.02 * (dtype == torch.bfloat16)).all().item(), dtype
print(torch.__config__.show().count("own kernels"))
"""


def test_own_kernels():
    assert run(PRODUCTS, APUS_MATMUL="own") == "3"


def test_libraries():
    """With oneDNN and OpenBLAS where they are installed, whatever the size."""
    own = int(run(PRODUCTS, APUS_MATMUL="library"))
    installed = 0
    for name in ("libdnnl.so.2", "libopenblas.so.0"):
        try:
            ctypes.CDLL(name)
            installed += 1
        except OSError:
            pass
    # bfloat16 is oneDNN's where the processor has instructions for it.
    assert 2 - installed <= own <= 3 - installed
