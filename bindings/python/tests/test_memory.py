"""Nothing is lost, and nothing is held for longer than Python holds it."""

import gc
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import apus as torch
from apus import _library, autograd

live_handles = _library.function("apus_live_handles", result=_library.I)
live_bytes = _library.function("apus_live_bytes", result=_library.I)


@pytest.fixture(autouse=True)
def nothing_is_left():
    gc.collect()
    before = live_handles()
    yield
    gc.collect()
    assert live_handles() == before


def fails(kind, call):
    with pytest.raises(kind):
        call()


def test_operators():
    x = torch.ones(3, requires_grad=True)
    for _ in range(100):
        y = (x * 2 + 1).sum()
        y.backward()
        x.grad.zero_()
        x[0], x[1:], x[[0, 1]], x[None], list(x), x.max(0), x.split(1), repr(x), x.tolist()


def test_errors():
    x = torch.ones(3)
    for _ in range(100):
        fails(RuntimeError, lambda: x + torch.ones(2))
        fails(IndexError, lambda: x.sum(3))
        fails(RuntimeError, lambda: torch.cat([x, torch.ones(2, 2)]))
        fails(TypeError, lambda: torch.cat([x, 1]))
        fails(ValueError, lambda: torch.tensor([[1], [1, 2]]))
        fails(TypeError, lambda: torch.exp(x, x))


def test_many_results():
    parts = torch.arange(1000).unbind()
    assert len(parts) == 1000 and parts[999].item() == 999


def test_gradients_that_are_differentiable():
    x = torch.ones(3, requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    y = x.grad
    y.sum().backward()


def test_a_gradient_is_one_object():
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    g = x.grad
    assert x.grad is g
    x.sum().backward()
    assert x.grad is g and g.tolist() == [2, 2]
    x.grad = None
    assert x.grad is None
    h = torch.zeros(2)
    x.grad = h
    assert x.grad is h


def test_lists_of_temporaries():
    for _ in range(200):
        a = torch.ones(2)
        assert torch.cat([a * 2, a * 3]).tolist() == [2, 2, 3, 3]
        assert torch.stack([a + i for i in range(50)]).shape == (50, 2)
        x = torch.ones(2, requires_grad=True)
        assert autograd.grad([(x * 2).sum(), (x * 3).sum()], [x])[0].tolist() == [5, 5]


def test_borrowed_memory():
    array = np.arange(6.0)
    alive = weakref.ref(array)
    tensor = torch.from_numpy(array)
    view = tensor[1:]
    del array, tensor
    gc.collect()
    torch.zeros(1)
    assert alive() is not None and view.tolist() == [1, 2, 3, 4, 5]
    del view
    gc.collect()
    torch.zeros(1)  # deleters run at the library's next entry
    assert alive() is None


def test_an_array_keeps_its_tensor():
    tensor = torch.arange(4.0)
    alive = weakref.ref(tensor)
    array = tensor.numpy()[1:]
    del tensor
    gc.collect()
    assert alive() is not None and array.tolist() == [1, 2, 3]
    del array
    gc.collect()
    assert alive() is None


def test_memory_is_given_back():
    start = live_bytes()
    big = torch.zeros(1 << 20)
    assert live_bytes() - start >= 4 << 20
    del big
    gc.collect()
    assert live_bytes() - start < 1 << 20


def test_gradcheck():
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    y = torch.ones(2, dtype=torch.float64, requires_grad=True)
    for _ in range(10):
        assert autograd.gradcheck(lambda a, b: (a * b).sum(), (x, y))
        assert autograd.gradgradcheck(lambda a: a * a * a, x)
        fails(ZeroDivisionError, lambda: autograd.gradcheck(lambda a: 1 / 0, x))


def test_threads():
    problems = []
    x = torch.ones(100, requires_grad=True)

    def work():
        try:
            torch.set_grad_enabled(True)
            for _ in range(200):
                (x * 2).sum().backward()
                with pytest.raises(RuntimeError, match="size of tensor a"):
                    torch.ones(2) + torch.ones(3)
                with torch.no_grad():
                    assert not (x * 2).requires_grad
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert x.grad.tolist() == [4 * 200 * 2] * 100


def test_grad_mode_is_each_threads_own():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not torch.is_grad_enabled()
    assert seen == [True]


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.ones(3)",
        "x = torch.ones(3); y = [x]; y.append(y)",
        "import numpy; keep = torch.from_numpy(numpy.ones(3)) * 1; other = torch.from_numpy(numpy.ones(3))",
        "x = torch.ones(3, requires_grad=True); x.sum().backward(); g = x.grad",
        "g = torch.Generator(); torch.rand(2, generator=g)",
    ],
)
def test_the_end_of_the_interpreter(code):
    done = subprocess.run(
        [sys.executable, "-c", "import apus as torch; " + code], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
