"""Takes the figures that are asked for and prints them beside their goals."""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys

from databases import scratch_directory
from figures import BENCHMARKS, Benchmark, Figure


def measure(benchmark: Benchmark, repeat: int) -> dict[str, float]:
    """Return the median of each figure of a benchmark."""
    taken: dict[str, list[float]] = {}
    for _ in range(repeat if benchmark.repeats else 1):
        for name, value in benchmark.take().items():
            taken.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in taken.items()}


def line(benchmark: Benchmark, figure: Figure, value: float) -> str:
    shown = "-" if math.isnan(value) else f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    name = f"{benchmark.name}: {figure.name}"
    return f"{name:<50} {shown:>10} {figure.unit:<6} {figure.goal:>10}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--repeat", type=int, default=5, help="takes per figure (default: 5)")
    parser.add_argument("--list", action="store_true", help="print the names and exit")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(names))
        return 0
    unknown = set(arguments.names) - set(names)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    # An installed program is compiled once, so the program must not be compiled again for every
    # figure.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(scratch_directory() / "bytecode")
    failed = False
    print(f"{'figure':<50} {'median':>10} {'unit':<6} {'goal':>10}")
    for benchmark in BENCHMARKS:
        if arguments.names and benchmark.name not in arguments.names:
            continue
        try:
            taken = measure(benchmark, max(1, arguments.repeat))
        except Exception as error:
            # The other benchmarks are run although one failed.
            failed = True
            print(f"{benchmark.name}: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        for figure in benchmark.figures:
            print(line(benchmark, figure, taken.get(figure.name, math.nan)), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
