"""What stays resident of each iteration, after a full collection, in three cases of cycles."""

from row import Once, Row
from startup import RESIDENT, script
from workers import PROGRAMS

LOOP = """
import gc
import warnings
import torch
warnings.simplefilter("ignore")
{resident}

def run():
    x = torch.rand(1024, requires_grad=True)
{body}

def times(count):
    for _ in range(count):
        run()
    gc.collect()
    return resident()

before = times(3000)
print((times(3000) - before) / 3000)
"""
CREATE_GRAPH = "(x ** 3).sum().backward(create_graph=True)"
HOOK = "y = x * 2; y.register_hook(lambda grad: None if y.numel() else grad); y.sum().backward()"
PACK = "with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t): x.exp()"


def rows():
    for name, case, body in (
        ("backward with create_graph", "create_graph", CREATE_GRAPH),
        ("a hook that refers to its tensor", "hook", HOOK),
        ("a pack hook that returns its tensor", "pack", PACK),
    ):
        code = LOOP.format(resident=RESIDENT, body="    " + body)
        yield Row(
            f"C: bytes left of {name}",
            {"apus": Once((PROGRAMS / "leaks", case)), "torch": script("torch", code)},
            unit="B",
            at_most=64,
            headline=True,
        )
        if case != "hook":
            yield Row(
                f"Python: bytes left of {name}",
                {
                    "apus": script("apus", code.replace("import torch", "import apus as torch")),
                    "torch": script("torch", code),
                },
                unit="B",
                at_most=64,
            )
