"""Convolutions and pooling, forward and backward, and a step of LeNet, beside torch."""

from row import Row, both_ways, on_threads, python

# images, channels, filters, side, window, padding, groups, and what each is called
LAYERS = {
    "3×3 layer, 32×64×56×56": (32, 64, 64, 56, 3, 1, 1),
    "3×3 layer, 1×64×28×28": (1, 64, 64, 28, 3, 1, 1),
    "5×5 layer of LeNet, 64×6×14×14": (64, 6, 16, 14, 5, 0, 1),
    "depthwise 3×3 layer, 32×96×28×28": (32, 96, 96, 28, 3, 1, 96),
}
POOLS = {
    "max_pool2d, 2×2, 64×6×28×28": ((64, 6, 28, 28), "F.max_pool2d(x, 2)"),
    "max_pool2d, 3×3, 32×64×56×56": ((32, 64, 56, 56), "F.max_pool2d(x, 3, 2, 1)"),
    "avg_pool2d, 3×3, 32×64×56×56": ((32, 64, 56, 56), "F.avg_pool2d(x, 3, 2, 1)"),
    "adaptive_avg_pool2d to 7×7, 32×64×56×56": (
        (32, 64, 56, 56),
        "F.adaptive_avg_pool2d(x, 7)",
    ),
}
LENET = (
    (6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,),
    (120, 400), (120,), (84, 120), (84,), (10, 84), (10,),
)


def lenet(torch, F, batch):
    """LeNet forward without a record, and forward and backward, for torch and what has its names."""
    torch.manual_seed(0)
    images = torch.randn(batch, 1, 28, 28)
    labels = torch.randint(0, 10, (batch,))
    parameters = [(torch.randn(*shape) * 0.1).requires_grad_() for shape in LENET]

    def scores():
        w1, b1, w2, b2, *linear = parameters
        x = F.max_pool2d(F.relu(F.conv2d(images, w1, b1, padding=2)), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, w2, b2)), 2).flatten(1)
        x = F.relu(F.linear(x, *linear[:2]))
        x = F.relu(F.linear(x, *linear[2:4]))
        return F.linear(x, *linear[4:])

    def forward():
        with torch.no_grad():
            scores()

    def step():
        for parameter in parameters:
            parameter.grad = None
        F.cross_entropy(scores(), labels).backward()

    return forward, step


def layer(n, channels, filters, side, window, padding, groups):
    """What sets up a layer, its call, and its backward pass."""
    call = f"F.conv2d(x, w, b, padding={padding}, groups={groups})"
    setup = (
        f"x = torch.randn({n}, {channels}, {side}, {side}); "
        f"w = torch.randn({filters}, {channels // groups}, {window}, {window}); "
        f"b = torch.randn({filters})"
    )
    leaves = (
        f"{setup}\nx.requires_grad_(); w.requires_grad_(); b.requires_grad_()\n"
        f"y = {call}; g = torch.ones_like(y)"
    )
    return setup, call, leaves, "torch.autograd.grad(y, (x, w, b), g, retain_graph=True)"


def pool(shape, call):
    """The same for a pooling."""
    setup = f"x = torch.randn{shape}"
    leaves = f"{setup}.requires_grad_(); y = {call}; g = torch.ones_like(y)"
    return setup, call, leaves, "torch.autograd.grad(y, x, g, retain_graph=True)"


def rows():
    cases = [(name, layer(*numbers)) for name, numbers in LAYERS.items()]
    cases += [(name, pool(*numbers)) for name, numbers in POOLS.items()]
    for name, passes in cases:
        yield from both_ways(
            name, *passes, ratios={"torch": 1.5}, headline=name.startswith("3×3 layer, 32")
        )
    setup = "import convolution; forward, step = convolution.lenet(torch, F, 64)"
    for way, call in (("forward", "forward()"), ("forward and backward", "step()")):
        yield Row(
            f"Python: LeNet {way}, batch 64, {on_threads(2)}",
            {module: python(module, call, setup) for module in ("apus", "torch")},
            threads=2,
            ratios={"torch": 1.5},
            headline=True,
        )
