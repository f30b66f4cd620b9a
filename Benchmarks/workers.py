"""The processes that measure: one for each program or Python module and number of threads."""

import os
import subprocess
import sys
import time
from pathlib import Path

from row import Loop

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LIBRARY = Path(os.environ["APUS_LIBRARY"]).resolve()
PROGRAMS = ROOT / "build/bench"
PEERS_PYTHON = os.environ.get("APUS_BENCH_PEERS", sys.executable)
PEERS = ("torch", "jax", "numpy")
ROUNDS = 9
STARTS = 5  # rounds of a row that starts a process for every figure
SAMPLE = 0.012  # seconds that one figure takes, unless a single call takes longer
PAUSE = 0.005  # seconds before a figure on several threads, while which those of others spin


class Absent(Exception):
    """There is no figure, and why."""


def compile_programs():
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    library = (f"-L{LIBRARY.parent}", f"-Wl,-rpath,{LIBRARY.parent}", "-lapus", "-lm", "-ldl")
    for source in HERE.glob("*.c"):
        program = PROGRAMS / source.stem
        flags = ("-O2", "-std=c11", "-Wall", "-Wextra", "-pthread", f"-I{ROOT}/include")
        subprocess.run(["gcc", *flags, source, "-o", program, *library], check=True)


def versions():
    """The installed peers' versions, by name."""
    code = (
        "import importlib.metadata as m, importlib.util as u\n"
        f"for p in {PEERS}: print(p, m.version(p) if u.find_spec(p) else '')"
    )
    lines = subprocess.run(
        [PEERS_PYTHON, "-c", code], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {
        name: version for name, _, version in (line.partition(" ") for line in lines) if version
    }


def build_info():
    """What the library says of itself, on one line."""
    text = subprocess.run(
        [PROGRAMS / "startup", "info"], check=True, capture_output=True, text=True
    )
    return "; ".join(text.stdout.split("\n")).strip("; ")


def interpreter(module):
    return PEERS_PYTHON if module in PEERS else sys.executable


def environment(threads):
    # TF_...: jax says nothing of the accelerators that it does not find.
    # Bytecode is kept, as pip keeps that of an installed package.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "OMP_NUM_THREADS": str(threads), "TF_CPP_MIN_LOG_LEVEL": "3"}


class Worker:
    """A process that answers each line `count request` with seconds."""

    def __init__(self, name, threads):
        program = PROGRAMS / name
        command = [program] if program.exists() else [interpreter(name), HERE / "worker.py", name]
        self.process = subprocess.Popen(
            [*command, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads),
        )

    def seconds(self, count, request):
        try:
            print(count, request, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer or answer.startswith("absent"):
            raise Absent(answer.removeprefix("absent").strip() or "the process ended")
        return float(answer)


class Team:
    """Measures sides of rows, keeping the workers that it started."""

    def __init__(self, installed):
        self.installed = installed
        self.workers = {}

    def worker(self, name, threads):
        if (name, threads) not in self.workers:
            self.workers[name, threads] = Worker(name, threads)
        return self.workers[name, threads]

    def prepare(self, side, threads):
        """A function that returns one figure in seconds or bytes; raises Absent."""
        module = side.worker if isinstance(side, Loop) else side.module
        if module in PEERS and module not in self.installed:
            raise Absent("")
        if not isinstance(side, Loop):
            return lambda: once(side, threads)
        worker = self.worker(side.worker, threads)
        worker.seconds(1, side.request)  # sets up, compiles, loads: not a figure
        count, taken = 1, worker.seconds(1, side.request)
        while taken < SAMPLE / 3:
            count = max(2 * count, int(count * SAMPLE / (taken + 1e-7) / 2))
            taken = worker.seconds(count, side.request)
        count = max(1, round(count * SAMPLE / taken))
        return lambda: worker.seconds(count, side.request) / count

    def measure(self, row):
        """For each column its figures, taken in turns; None where there are none."""
        figures = {column: [] for column in row.sides}
        ready = {}
        rounds = ROUNDS if isinstance(row.sides["apus"], Loop) else STARTS
        for turn in range(rounds + 1):
            for column, side in row.sides.items():
                if figures[column] is None:
                    continue
                try:
                    if turn == 0:
                        ready[column] = self.prepare(side, row.threads)
                    else:
                        time.sleep(PAUSE if row.threads > 1 else 0)
                        figures[column].append(ready[column]())
                except Absent as absent:
                    figures[column] = None
                    if str(absent):
                        print(f"{row.name}, {column}: {absent}", file=sys.stderr)
        return figures


def once(side, threads):
    command = [str(part) for part in side.command]
    start = time.perf_counter()
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment(threads)
    )
    return time.perf_counter() - start if side.wall else float(done.stdout)
