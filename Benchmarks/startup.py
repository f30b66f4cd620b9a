"""What a new process costs, and a recorded step in memory."""

from row import Once, Row
from workers import LIBRARY, PEERS, PROGRAMS, interpreter

FIRST = {
    "apus": "import apus as torch; x = torch.arange(4.0); x + x",
    "torch": "import torch; x = torch.arange(4.0); x + x",
    "jax": "from jax import numpy as jnp; x = jnp.arange(4.0); (x + x).block_until_ready()",
    "numpy": "import numpy; x = numpy.arange(4.0); x + x",
}
RESIDENT = """
def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * 4096
"""
STEPS = """
x = y = torch.ones(1, requires_grad=True)
for i in range(20000): y = y * x
before = resident()
for i in range(200000): y = y * x
print((resident() - before) / 200000)
"""


def program(what, **options):
    return Once((PROGRAMS / "startup", what), **options)


def script(module, code):
    peer = module if module in PEERS else ""
    return Once((interpreter(module), "-c", code), module=peer)


def rows():
    yield Row(
        "size of the library",
        {"apus": Once(("stat", "-Lc", "%s", LIBRARY))},
        unit="B",
        at_most=15 << 20,
        headline=True,
    )
    yield Row(
        "C program: load, one add, end",
        {"apus": program("first", wall=True)},
        at_most=10e-3,
        headline=True,
    )
    yield Row(
        "C program: resident after one add",
        {"apus": program("resident")},
        unit="B",
        at_most=20 << 20,
        headline=True,
    )
    clock = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
    yield Row(
        "Python: import and one add",
        {module: script(module, clock.format(code)) for module, code in FIRST.items()},
        headline=True,
    )
    yield Row(
        "Python: resident after one add",
        {m: script(m, f"{code}\n{RESIDENT}\nprint(resident())") for m, code in FIRST.items()},
        unit="B",
        headline=True,
    )
    yield Row(
        "bytes of a recorded `y * x` of one element",
        {"apus": program("step"), "torch": script("torch", "import torch" + RESIDENT + STEPS)},
        unit="B",
        at_most=400,
        headline=True,
    )
