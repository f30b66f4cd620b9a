"""Reductions along dimensions, functions of rows, broadcasting and copies."""

from row import Row, everywhere, on_threads

CUBE = {"x": (256, 256, 64)}
SQUARE = {"x": (1024, 1024)}
AFFINE = {"x": (1024, 1024), "w": (1024,), "b": (1024,)}
NORM = """lambda x, w, b: (x - x.mean(1, keepdims=True)) * jax.lax.rsqrt(
    x.var(1, keepdims=True) + 1e-5) * w + b"""

# Tensors, and the function of them in torch, in jax and in numpy.
WORKLOADS = {
    "sum of (256, 256, 64) over the last dim": (
        CUBE, "torch.sum(x, 2)", "lambda x: x.sum(2)", "x.sum(2)"
    ),
    "sum of (256, 256, 64) over the first dim": (
        CUBE, "torch.sum(x, 0)", "lambda x: x.sum(0)", "x.sum(0)"
    ),
    "sum of (256, 256, 64) over the middle dim": (
        CUBE, "torch.sum(x, 1)", "lambda x: x.sum(1)", "x.sum(1)"
    ),
    "softmax of 1,024 rows of 1,024": (SQUARE, "torch.softmax(x, 1)", "jax.nn.softmax"),
    "layer_norm of 1,024 rows of 1,024": (AFFINE, "torch.layer_norm(x, (1024,), w, b)", NORM),
    "(1024, 1024) plus a bias of 1,024": (
        {"x": (1024, 1024), "b": (1024,)}, "x + b", "jnp.add", "x + b"
    ),
    "transposed copy of (1024, 1024)": (
        SQUARE, "x.t().contiguous()", "jnp.transpose", "numpy.ascontiguousarray(x.T)"
    ),
}  # fmt: skip


def rows():
    for threads in (1, 2):
        for name, workload in WORKLOADS.items():
            yield Row(
                f"{name}, {on_threads(threads)}",
                everywhere(*workload),
                threads=threads,
                ratios={"torch": 1.5},
                headline=threads == 1 and workload[0] != AFFINE,
            )
