"""Attention, forward and backward, beside torch."""

from row import both_ways

# batch, heads, length, width, and what else the call says
CASES = {
    "8×8 heads of 512×64": ("8, 8, 512, 64", ""),
    "8×8 heads of 512×64, causal": ("8, 8, 512, 64", ", is_causal=True"),
    "1×4 heads of 4,096×64": ("1, 4, 4096, 64", ""),
}


def rows():
    for name, (sizes, options) in CASES.items():
        call = f"F.scaled_dot_product_attention(q, k, v{options})"
        setup = f"q, k, v = (torch.randn({sizes}) for _ in range(3))"
        leaves = (
            f"{setup}\nfor x in (q, k, v): x.requires_grad_()\ny = {call}; g = torch.ones_like(y)"
        )
        backward = "torch.autograd.grad(y, (q, k, v), g, retain_graph=True)"
        yield from both_ways(
            f"attention, {name}", setup, call, leaves, backward,
            ratios={"torch": 1}, headline=name == "8×8 heads of 512×64",
        )
