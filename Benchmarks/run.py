"""`make bench`: what Apus costs, beside the peers that are installed. Usage: run.py [--record]

The environment variable ROWS, a regular expression, chooses rows by name. --record writes the table
into docs/performance.md and its headlines into the README. APUS_BENCH_PEERS names a Python that has
torch, jax or numpy.
"""

import os
import re
import sys
from itertools import chain

import attention
import convolution
import elementwise
import folds
import leaks
import matmul
import mlp
import small
import startup
import table
import transforms
import workers

FAMILIES = (startup, leaks, small, elementwise, folds, matmul, convolution, attention, mlp, transforms)


def machine(installed):
    with open("/proc/cpuinfo") as lines:
        model = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
            "unknown processor",
        )
    cores = len(os.sched_getaffinity(0))
    found = ", ".join(f"{peer} {installed.get(peer, 'absent')}" for peer in workers.PEERS)
    return f"{model}, {cores} cores, load {os.getloadavg()[0]:.1f} at the start; {found}."


def replace(path, text):
    """Puts a text between the marker lines of a page."""
    page = (workers.ROOT / path).read_text()
    before, start, rest = page.partition("<!-- make bench-record -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not end:
        raise SystemExit(f"{path} lacks the marker lines")
    (workers.ROOT / path).write_text(f"{before}{start}\n{text}\n\n{end}{after}")


def main():
    record = sys.argv[1:] == ["--record"]
    wanted = re.compile(os.environ.get("ROWS", ""))
    rows = [row for row in chain(*(f.rows() for f in FAMILIES)) if wanted.search(row.name)]
    rows = [row for row in rows if row.threads <= len(os.sched_getaffinity(0))]

    workers.compile_programs()
    installed = workers.versions()
    team = workers.Team(installed)
    lines = [machine(installed), "", f"The library: {workers.build_info()}.", "", table.HEAD]
    print(*lines, sep="\n", flush=True)
    measured = []
    for row in rows:
        figures = team.measure(row)
        measured.append((row, figures))
        lines.append(table.line(row, figures))
        print(lines[-1], flush=True)
    if record:
        replace("docs/performance.md", "\n".join(lines))
        replace("README.md", f"{lines[0]}\n\n{table.headlines(measured)}")


main()
