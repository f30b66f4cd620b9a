"""Square matrix products: from Python beside the peers, from C beside a direct library call."""

from row import Row, c, everywhere, on_threads

LIBRARY = {"float32": "dnnl_sgemm", "float64": "cblas_dgemm"}
SIZES = (64, 256, 1024)


def transposed(flag, name, transpose="t()"):
    return f"{name}.{transpose}" if flag == "t" else name


def from_python(n, flags, threads):
    left, right = transposed(flags[0], "a"), transposed(flags[1], "b")
    plain = f"{transposed(flags[0], 'a', 'T')} @ {transposed(flags[1], 'b', 'T')}"
    return Row(
        f"Python: `{left} @ {right}` of {n}×{n} float32, {on_threads(threads)}",
        everywhere({"a": (n, n), "b": (n, n)}, f"{left} @ {right}", f"lambda a, b: {plain}", plain),
        threads=threads,
        ratios={"torch": 1.8},
        headline=threads == 1 and flags == "nn",
    )


def from_c(n, flags, threads, dtype):
    left, right = transposed(flags[0], "a"), transposed(flags[1], "b")
    return Row(
        f"C: `{left} @ {right}` of {n}×{n} {dtype}, {on_threads(threads)}",
        {
            "apus": c("matmul", f"apus_{dtype}_{flags} {n}"),
            "yardstick": c("matmul", f"direct_{dtype}_{flags} {n}"),
        },
        threads=threads,
        yardstick=LIBRARY[dtype],
        ratios={"yardstick": 0.95},
    )


def rows():
    cases = [
        (n, flags, threads) for threads in (1, 2) for n in SIZES for flags in ("nn", "tn", "nt")
    ]
    yield from (from_python(*case) for case in cases)
    for dtype in LIBRARY:
        yield from (from_c(*case, dtype) for case in cases)
