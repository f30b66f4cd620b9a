"""A process that repeats workloads. Usage: worker.py apus|torch|jax|numpy THREADS

Reads lines `count JSON` and answers each with the seconds that `count` times the statement "run"
takes, or with "absent" and a reason. "setup" runs once before; "each", when it is not empty, runs
before every time and is not counted.
"""

import json
import os
import sys
import timeit

PRELUDES = {
    "apus": "import apus as torch\nfrom apus.nn import functional as F",
    "torch": "import torch\nfrom torch.nn import functional as F",
    "jax": "import jax\nfrom jax import numpy as jnp",
    "numpy": "import numpy",
}


def seconds(code, names, count):
    if code["each"]:
        timer = timeit.Timer(code["run"], code["each"], globals=names)
        return sum(timer.timeit(1) for _ in range(count))
    return timeit.Timer(code["run"], globals=names).timeit(count)


def main():
    module, threads = sys.argv[1], int(sys.argv[2])
    if module == "jax":  # its number of threads is that of the cores it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    known, names = None, {}
    for line in sys.stdin:
        count, request = line.split(" ", 1)
        code = json.loads(request)
        try:
            if request != known:
                known, names = request, {}
                exec(PRELUDES[module] + "\n" + code["setup"], names)
            answer = f"{seconds(code, names, int(count)):.9g}"
        except Exception as error:
            known = None
            answer = f"absent {type(error).__name__}: {error}".replace("\n", " ")
        print(answer, flush=True)


main()
