"""What a row of the table is: a workload, who runs it, and what it should reach."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Loop:
    """A workload that a worker process repeats: a C program or `worker.py`, see workers.py.

    `request` is "name size" for a C program, and for Python the JSON of what worker.py documents.
    """

    worker: str
    request: str


@dataclass(frozen=True)
class Once:
    """A command that runs anew for every figure and prints it, or takes the time that it does."""

    command: tuple
    module: str = ""  # what it imports, if that may be absent
    wall: bool = False


@dataclass(frozen=True)
class Row:
    """`sides` maps the columns apus, torch, jax, numpy and yardstick to a Loop or a Once."""

    name: str
    sides: dict
    threads: int = 1
    unit: str = "s"
    yardstick: str = ""  # what that column holds
    at_most: float = None  # the target: apus's figure in `unit`,
    ratios: dict = field(default_factory=dict)  # and for some columns the least ratio to apus
    headline: bool = False  # shown in the README too


def c(program, request):
    return Loop(program, request)


def python(module, run, setup="", each=""):
    """A statement, a setup before all of them, one that is not timed before each."""
    return Loop(module, json.dumps({"run": run, "setup": setup, "each": each}))


def eager(run, setup="", each=""):
    """The same code for apus and torch."""
    return {module: python(module, run, setup, each) for module in ("apus", "torch")}


def both_ways(name, setup, call, leaves, backward, **options):
    """Rows for a call without a record, and for the backward pass from what `leaves` sets up."""
    for way, run, before in (("forward", call, setup), ("backward", backward, leaves)):
        yield Row(f"Python: {name}, {way}, {on_threads(2)}", eager(run, before), 2, **options)


UNIFORM = {
    "apus": "torch.rand({}, dtype=torch.{})",
    "torch": "torch.rand({}, dtype=torch.{})",
    "jax": "jax.random.uniform(jax.random.key(0), {}, jnp.{})",
    "numpy": "numpy.random.random_sample({}).astype(numpy.{})",
}


def everywhere(shapes, run, jax=None, numpy=None, dtype="float32"):
    """A function of random tensors, given by name and shape: a statement for apus and torch, for
    jax the function to jit, for numpy another statement."""

    def setup(module):
        return "\n".join(
            f"{name} = {UNIFORM[module].format(shape, dtype)}" for name, shape in shapes.items()
        )

    sides = {module: python(module, run, setup(module)) for module in ("apus", "torch")}
    if jax:
        call = f"f({', '.join(shapes)}).block_until_ready()"
        sides["jax"] = python("jax", call, f"{setup('jax')}\nf = jax.jit({jax})")
    if numpy:
        sides["numpy"] = python("numpy", numpy, setup("numpy"))
    return sides


def on_threads(count):
    return f"{count} thread" + "s" * (count > 1)
