"""Transforms of functions."""

from row import Row, eager, python

NUMBERS = """
x = torch.arange(16.0) / 16
t = torch.ones(16)
def f(x):
    return (x.sin() * x.exp()).sum() * x.tanh().sum()
"""
# The gradient of the loss of each of 32 examples for each weight.
NETWORK = """
w = [torch.rand(16, 4) - 0.5, torch.rand(16), torch.rand(3, 16) - 0.5, torch.rand(3)]
inputs, targets = torch.rand(32, 4), torch.rand(32, 3)
def loss(w, x, y):
    hidden = (w[0] @ x + w[1]).tanh()
    return ((w[2] @ hidden + w[3] - y) ** 2).sum()
"""
JAX_NUMBERS = """
x = jnp.arange(16.0) / 16
t = jnp.ones(16)
def f(x):
    return (jnp.sin(x) * jnp.exp(x)).sum() * jnp.tanh(x).sum()
"""


def beside_jax(run, jax):
    return eager(run, NUMBERS) | {
        "jax": python("jax", "g(x).block_until_ready()", f"{JAX_NUMBERS}g = jax.jit({jax})")
    }


def rows():
    yield Row(
        "Python: func.grad of 16 numbers",
        beside_jax("torch.func.grad(f)(x)", "jax.grad(f)"),
        ratios={"torch": 1},
    )
    yield Row(
        "Python: func.jvp of 16 numbers",
        eager("torch.func.jvp(f, (x,), (t,))", NUMBERS),
        ratios={"torch": 1},
    )
    yield Row(
        "Python: func.hessian of 16 numbers",
        beside_jax("torch.func.hessian(f)(x)", "jax.hessian(f)"),
        ratios={"torch": 1},
        headline=True,
    )
    yield Row(
        "Python: gradients of 32 examples, MLP 4-16-3, by vmap of grad",
        eager(
            "torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(w, inputs, targets)",
            NETWORK,
        ),
        ratios={"torch": 1},
        headline=True,
    )
