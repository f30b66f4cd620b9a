"""Full steps of stochastic gradient descent: networks with relu and cross entropy.

A step clears the gradients, runs the network forward and backward, and updates the parameters in
place. Of jax it is one jitted function.
"""

from row import Row, c, on_threads, python

RATE = 0.01
NETWORKS = (
    # layers, batch, targets from Python and from C: apus's seconds, least ratios
    ((784, 256, 128, 10), 64, None, {"torch": 2, "jax": 1}, None),
    ((4, 16, 16, 3), 32, 60e-6, {}, 12e-6),
    ((1024, 1024, 1024, 10), 256, None, {"torch": 2.4, "jax": 1}, None),
)


def eager_step(torch, F, sizes, batch):
    """A function that does one step, for torch and what has its names."""
    torch.manual_seed(0)
    images = torch.randn(batch, sizes[0])
    labels = torch.randint(0, sizes[-1], (batch,))
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        weight = torch.randn(outputs, inputs) / inputs**0.5
        layers.append((weight.requires_grad_(), torch.zeros(outputs).requires_grad_()))
    parameters = [parameter for layer in layers for parameter in layer]

    def step():
        for parameter in parameters:
            parameter.grad = None
        x = images
        for layer in layers[:-1]:
            x = F.relu(F.linear(x, *layer))
        F.cross_entropy(F.linear(x, *layers[-1]), labels).backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter.add_(parameter.grad, alpha=-RATE)

    return step


def jitted_step(jax, jnp, sizes, batch):
    """The same for jax."""
    keys = iter(jax.random.split(jax.random.key(0), len(sizes) + 1))
    images = jax.random.normal(next(keys), (batch, sizes[0]))
    labels = jax.random.randint(next(keys), (batch,), 0, sizes[-1])
    layers = [
        (jax.random.normal(next(keys), (inputs, outputs)) / inputs**0.5, jnp.zeros(outputs))
        for inputs, outputs in zip(sizes, sizes[1:])
    ]

    def loss(layers, images, labels):
        x = images
        for weight, bias in layers[:-1]:
            x = jax.nn.relu(x @ weight + bias)
        weight, bias = layers[-1]
        scores = jax.nn.log_softmax(x @ weight + bias)
        return -jnp.mean(scores[jnp.arange(batch), labels])

    def update(layers, images, labels):
        gradients = jax.grad(loss)(layers, images, labels)
        return jax.tree.map(lambda p, g: p - RATE * g, layers, gradients)

    # The memory of the old parameters becomes that of the new ones.
    jitted = jax.jit(update, donate_argnums=0)

    def step():
        nonlocal layers
        layers = jax.block_until_ready(jitted(layers, images, labels))

    return step


def rows():
    for threads in (1, 2):
        for sizes, batch, from_python, ratios, from_c in NETWORKS:
            name = "-".join(map(str, sizes))
            setup = "import mlp; step = mlp.{}({}, {}, {})"
            eager = setup.format("eager_step", "torch, F", sizes, batch)
            jitted = setup.format("jitted_step", "jax, jnp", sizes, batch)
            peers = {
                "torch": python("torch", "step()", eager),
                "jax": python("jax", "step()", jitted),
            }
            yield Row(
                f"Python: SGD step of MLP {name}, batch {batch}, {on_threads(threads)}",
                {"apus": python("apus", "step()", eager)} | peers,
                threads=threads,
                at_most=from_python,
                ratios=ratios,
                headline=threads == 1,
            )
            yield Row(
                f"C: SGD step of MLP {name}, batch {batch}, {on_threads(threads)}",
                {"apus": c("mlp", f"{name} {batch}")} | peers,
                threads=threads,
                at_most=from_c,
                headline=threads == 1,
            )
