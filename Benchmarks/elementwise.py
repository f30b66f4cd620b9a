"""Functions of a million float32 numbers, beside a plain copy that moves as many bytes."""

from row import Row, c, everywhere, on_threads

N = 1_000_000
ONE = {"x": (N,)}
TWO = {"x": (N,), "y": (N,)}

# What each is in torch, in jax and in numpy; numpy has no erf.
UNARY = {
    "exp": ("torch.exp(x)", "jnp.exp", "numpy.exp(x)"),
    "log": ("torch.log(x)", "jnp.log", "numpy.log(x)"),
    "tanh": ("torch.tanh(x)", "jnp.tanh", "numpy.tanh(x)"),
    "sigmoid": ("torch.sigmoid(x)", "jax.nn.sigmoid", "1 / (1 + numpy.exp(-x))"),
    "sin": ("torch.sin(x)", "jnp.sin", "numpy.sin(x)"),
    "erf": ("torch.erf(x)", "jax.scipy.special.erf", None),
}
BINARY = {
    "add": ("torch.add(x, y)", "jnp.add", "numpy.add(x, y)"),
    "mul": ("torch.mul(x, y)", "jnp.multiply", "numpy.multiply(x, y)"),
}
REDUCTIONS = {
    "sum": ("torch.sum(x)", "jnp.sum", "numpy.sum(x)"),
    "mean": ("torch.mean(x)", "jnp.mean", "numpy.mean(x)"),
}


def row(name, shapes, code, moved, threads, ratios, headline=False):
    return Row(
        f"{name} of 1 M float32, {on_threads(threads)}",
        everywhere(shapes, *code) | {"yardstick": c("copy", f"copy {moved * N}")},
        threads=threads,
        yardstick="copy",
        ratios=ratios,
        headline=headline,
    )


def rows():
    for threads in (1, 2):
        alone = threads == 1
        for name, code in UNARY.items():
            yield row(name, ONE, code, 8, threads, {"torch": 3} if alone else {}, alone)
        least = {} if alone else {"torch": 1, "yardstick": 0.9}
        for name, code in BINARY.items():
            yield row(name, TWO, code, 12, threads, least, name == "add" and not alone)
        for name, code in REDUCTIONS.items():
            yield row(name, ONE, code, 4, threads, least, name == "sum" and not alone)
