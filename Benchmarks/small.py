"""Small operations, where the arithmetic costs nothing; torch always from Python."""

from row import Row, c, eager, python

FOUR = "x = torch.arange(4.0)"
RECORDED = FOUR + ".requires_grad_(True)"
CHAIN = """
def chain(size):
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(size):
        y = y * 1.0001
    return y
"""
NOTEBOOK = "(2 * torch.dot(x, x)).backward(); x.grad = None"


def torch_beside(request, run, setup="", each=""):
    return {"apus": c("small", request), "torch": python("torch", run, setup, each)}


def rows():
    yield Row(
        "C: add of 4 floats, released",
        torch_beside("add_released 4", "x + x", FOUR),
        at_most=80e-9,
        headline=True,
    )
    for name, size in (("4 floats", 4), ("1 KB", 256), ("4 KB", 1024), ("16 KB", 4096),
                       ("64 KB", 16384)):  # fmt: skip
        yield Row(
            f"C: add of {name}, collected",
            {
                "apus": c("small", f"add_collected {size}"),
                "torch": python("torch", "x + x", f"x = torch.arange({size}.0)"),
                "yardstick": c("small", f"add_released {size}"),
            },
            yardstick="released",
            ratios={"yardstick": 0.67},
            headline=size == 4,
        )
    yield Row(
        "C: mul of 4 floats, recorded, released",
        torch_beside("mul_recorded 4", "x * x", RECORDED),
        at_most=120e-9,
        headline=True,
    )
    yield Row(
        "C: notebook step (dot, times 2, backward)",
        torch_beside("notebook_step 4", NOTEBOOK, RECORDED),
        at_most=1.3e-6,
        headline=True,
    )
    yield Row(
        "C: chain of 2,000 nodes, forward and backward",
        torch_beside("chain_backward 2000", "chain(2000).backward()", CHAIN),
        at_most=0.7e-3,
        headline=True,
    )
    yield Row(
        "C: chain of 100,000 nodes released",
        torch_beside("chain_released 100000", "del y", CHAIN, "y = chain(100000)")
        | {"yardstick": c("small", "ten_chains_released 10000")},
        yardstick="ten of 10,000",
        ratios={"yardstick": 0.67},
    )
    yield Row(
        "Python: `a + b` of 4 floats",
        eager("x + x", FOUR)
        | {
            "jax": python("jax", "(x + x).block_until_ready()", "x = jnp.arange(4.0)"),
            "numpy": python("numpy", "x + x", "x = numpy.arange(4.0, dtype='f')"),
        },
        ratios={"torch": 1},
        headline=True,
    )
    yield Row(
        "Python: `a + b` of 4 floats, recorded",
        eager("x + x", RECORDED),
        ratios={"torch": 1},
        headline=True,
    )
    yield Row("Python: notebook step", eager(NOTEBOOK, RECORDED), headline=True)
