"""`make bench`: one table of what Apus costs, beside PyTorch where it is installed.

Name a Python that has torch with APUS_BENCH_TORCH=/path/to/python; it is optional. Every figure is the median of
seven runs, with the smallest and the largest; figures of one table come from one run on one machine.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "build/lib/libapus.so"
PROGRAM = ROOT / "build/bench/small"
TORCH = os.environ.get("APUS_BENCH_TORCH")


def rows(command, **environment):
    """The tab-separated rows that a command prints."""
    text = subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True, env={**os.environ, **environment}
    ).stdout
    return [line.split("\t") for line in text.splitlines()]


def python_rows(python, module, *arguments):
    return rows(
        [python, ROOT / "Benchmarks/small.py", module, *arguments],
        PYTHONPATH=str(ROOT / "bindings/python") if module == "apus" else "",
        APUS_LIBRARY=str(LIBRARY),
    )


def wall(command):
    """Milliseconds that a process takes, the median of eleven."""
    times = []
    for _ in range(11):
        start = time.perf_counter()
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def nanoseconds(row):
    median, low, high = (float(x) for x in row[1:])
    unit, scale = ("µs", 1e3) if median >= 1e4 else ("ns", 1)
    return f"{median / scale:.0f} {unit} ({low / scale:.0f}–{high / scale:.0f})"


def main():
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["gcc", "-O2", "-std=c11", f"-I{ROOT}/include", f"{ROOT}/Benchmarks/small.c", "-o", PROGRAM,
         f"-L{LIBRARY.parent}", f"-Wl,-rpath,{LIBRARY.parent}", "-lapus"],
        check=True,
    )
    table = []
    table.append(("size of the library", f"{LIBRARY.stat().st_size / 2**20:.1f} MB", "", ""))
    table.append(("C program: load, one add, end", f"{wall([PROGRAM, 'first']):.1f} ms", "", ""))
    table.append(("C program: resident after one add", f"{int(rows([PROGRAM, 'first'])[0][1]) / 1024:.1f} MB", "", ""))
    for row in rows([PROGRAM]):
        table.append(("C: " + row[0], nanoseconds(row), "", ""))

    ours = dict((row[0], row[1:]) for row in python_rows(sys.executable, "apus", "first"))
    theirs = dict((row[0], row[1:]) for row in python_rows(TORCH, "torch", "first")) if TORCH else {}
    for key, name, unit, scale in (
        ("first", "Python: import and one add", "ms", 1),
        ("resident", "Python: resident after one add", "MB", 1024),
    ):
        mine = float(ours[key][0]) / scale
        peer = float(theirs[key][0]) / scale if theirs else None
        table.append((name, f"{mine:.1f} {unit}", f"{peer:.1f} {unit}" if peer else "absent",
                      f"{peer / mine:.1f}×" if peer else ""))
    peers = dict((row[0], row) for row in python_rows(TORCH, "torch")) if TORCH else {}
    for row in python_rows(sys.executable, "apus"):
        peer = peers.get(row[0])
        table.append((row[0], nanoseconds(row), nanoseconds(peer) if peer else "absent",
                      f"{float(peer[1]) / float(row[1]):.1f}×" if peer else ""))

    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}; torch {'installed' if TORCH else 'absent'}\n")
    print("| workload | apus | torch | torch / apus |\n|---|---|---|---|")
    for line in table:
        print("| " + " | ".join(line) + " |")


main()
