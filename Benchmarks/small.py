"""What small things cost from Python. Usage: small.py apus|torch [first]; prints tab-separated rows."""

import importlib
import statistics
import sys
import time


def measure(name, run, n):
    """Prints the median, smallest and largest of seven runs, in nanoseconds a call."""
    run(n // 10 + 1)
    times = []
    for _ in range(7):
        start = time.perf_counter_ns()
        run(n)
        times.append((time.perf_counter_ns() - start) / n)
    print(f"{name}\t{statistics.median(times):.1f}\t{min(times):.1f}\t{max(times):.1f}")


def main():
    start = time.perf_counter()
    torch = importlib.import_module(sys.argv[1])
    x = torch.arange(4.0)
    x + x
    first = (time.perf_counter() - start) * 1e3
    if sys.argv[2:] == ["first"]:
        with open("/proc/self/status") as status:
            resident = next(line for line in status if line.startswith("VmRSS")).split()[1]
        print(f"first\t{first:.1f}\nresident\t{resident}")
        return
    if sys.argv[1] == "torch":
        torch.set_num_threads(1)
    g = torch.arange(4.0).requires_grad_(True)

    def add(n):
        for _ in range(n):
            x + x

    def add_recorded(n):
        for _ in range(n):
            g + g

    def step(n):
        for _ in range(n):
            y = 2 * torch.dot(g, g)
            y.backward()
            g.grad = None

    measure("Python: a + b of 4 floats", add, 50000)
    measure("Python: a + b of 4 floats, recorded", add_recorded, 50000)
    measure("Python: notebook step", step, 5000)


main()
