"""The table as Markdown."""

import statistics

COLUMNS = ("apus", "torch", "jax", "numpy", "yardstick")
UNITS = {
    "s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "B": ((1 << 20, "MB"), (1 << 10, "KB"), (1, "B")),
}
HEAD = f"| workload | {' | '.join(COLUMNS)} | target |\n|---|{'---|' * len(COLUMNS)}---|"


def digits(x):
    return f"{x:.0f}" if x >= 99.95 else f"{x:.3g}"


def scale(value, unit):
    return next((s for s in UNITS[unit] if value >= s[0]), UNITS[unit][-1])


def quantity(value, unit):
    factor, name = scale(value, unit)
    return f"{digits(value / factor)} {name}"


def figure(values, unit):
    """The median, and in parentheses the smallest and the largest."""
    median = statistics.median(values)
    factor, name = scale(median, unit)
    low, high = digits(min(values) / factor), digits(max(values) / factor)
    text = f"{digits(median / factor)} {name}"
    return text if low == high else f"{text} ({low}–{high})"


def ratio(figures, column):
    """The peer's median over that of apus; None when one is absent, or apus's is nothing."""
    peer, apus = figures.get(column), figures.get("apus")
    if not peer or not apus or statistics.median(apus) <= 0:
        return None
    return statistics.median(peer) / statistics.median(apus)


def cell(row, figures, column):
    if column not in figures:
        return ""
    if not figures[column]:
        return "absent"
    text = figure(figures[column], row.unit)
    if column == "apus":
        return text
    if column == "yardstick":
        text += f" {row.yardstick}"
    found = ratio(figures, column)
    return text if found is None else f"{text} **{digits(found)}×**"


def target(row, figures):
    """What the row should reach, and whether it does."""
    parts = []
    if row.at_most is not None and figures["apus"]:
        met = statistics.median(figures["apus"]) <= row.at_most
        parts.append((f"≤ {quantity(row.at_most, row.unit)}", met))
    for column, least in row.ratios.items():
        found = ratio(figures, column)
        if found is not None:
            name = row.yardstick if column == "yardstick" else column
            parts.append((f"≥ {least:g}× {name}", found >= least))
    return "; ".join(text if met else f"{text} **missed**" for text, met in parts)


def line(row, figures):
    cells = [row.name, *(cell(row, figures, column) for column in COLUMNS), target(row, figures)]
    return f"| {' | '.join(cells)} |"


def headlines(measured):
    """The README's table: apus and torch alone."""
    lines = ["| workload | apus | torch | |", "|---|---|---|---|"]
    for row, figures in measured:
        if row.headline:
            medians = [
                quantity(statistics.median(values), row.unit) if values else ""
                for values in (figures.get("apus"), figures.get("torch"))
            ]
            found = ratio(figures, "torch")
            lines.append(
                f"| {row.name} | {' | '.join(medians)} | {f'{found:.1f}×' if found else ''} |"
            )
    return "\n".join(lines)
