"""A network of two layers learns to read handwritten digits.

    python digits.py ../../c/examples/data/digits.csv
"""

import sys

import apus as torch
from apus.nn import functional as F

EPOCHS, BATCH, RATE = 15, 32, 0.2

path = sys.argv[1] if len(sys.argv) > 1 else "../../c/examples/data/digits.csv"
with open(path, encoding="utf-8") as file:
    rows = torch.tensor([[int(value) for value in line.split(",")] for line in file])

torch.manual_seed(0)
rows = rows[torch.randperm(len(rows))]
images, digits = rows[:, :64] / 16, rows[:, 64]
held_back = len(rows) // 5
train, test = slice(held_back, None), slice(None, held_back)

weights = [torch.randn(64, 64) / 8, torch.zeros(64), torch.randn(64, 10) / 8, torch.zeros(10)]
for weight in weights:
    weight.requires_grad_()


def network(x):
    w1, b1, w2, b2 = weights
    return torch.relu(x @ w1 + b1) @ w2 + b2


for epoch in range(1, EPOCHS + 1):
    total = 0.0
    order = held_back + torch.randperm(len(rows) - held_back)
    for batch in order.split(BATCH):
        loss = F.cross_entropy(network(images[batch]), digits[batch])
        loss.backward()
        with torch.no_grad():
            for weight in weights:
                weight -= RATE * weight.grad
                weight.grad = None
        total += loss.item() * len(batch)
    with torch.no_grad():
        right = (network(images[test]).argmax(1) == digits[test]).float().mean()
    done = ("=" * (20 * epoch // EPOCHS)).ljust(20)
    print(f"[{done}] epoch {epoch:2}  loss {total / len(order):.4f}  accuracy {right:.1%}")
