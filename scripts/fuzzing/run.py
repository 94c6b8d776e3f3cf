"""Feeds the program random input of every kind, and prints the input on which it fails.

A case depends on its kind and its seed alone. A failure is an exception, a warning, a case that
does not end, an exit code without a meaning, or data that could move a terminal's cursor.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripts.fuzzing.kinds import KINDS, Kind

_MOST_SECONDS = 20
"""Seconds of processor time, because a case may take much longer by the clock on a busy machine."""
_WAITING_FACTOR = 15
"""The limit by the clock is so many times as long, for cases that wait and use no processor
time."""
_MOST_MEMORY = 4 << 30
_MOST_TOLD = 40


class TookTooLong(BaseException):
    """A case does not end. This is no `Exception`, so that the tested program does not catch it."""


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    """A context that raises TookTooLong in code that runs for longer."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        kind = "of processor time" if number == signal.SIGPROF else "by the clock"
        raise TookTooLong(f"it takes too long {kind}")

    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(seconds * _WAITING_FACTOR)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def finding(kind: Kind, seed: int) -> tuple[str, str] | None:
    """Run one case; return the place of its failure and the traceback, or `None`."""
    with tempfile.TemporaryDirectory(prefix="trackio-view-fuzz-") as folder:
        os.environ |= {"TRACKIO_DIR": folder, "XDG_CONFIG_HOME": folder, "TZ": "UTC"}
        os.environ["XDG_STATE_HOME"] = folder
        try:
            with limited(_MOST_SECONDS), warnings.catch_warnings():
                warnings.simplefilter("error")
                kind.check(Random(f"{kind.name} {seed}"), Path(folder))
        except (Exception, TookTooLong) as error:
            found = _innermost(error)
            frames = traceback.extract_tb(found.__traceback__)
            own = [frame for frame in frames if "trackio_view" in frame.filename] or list(frames)
            place = f"{type(found).__name__} at {own[-1].filename}:{own[-1].lineno}"
            return place, "".join(traceback.format_exception(error))
    return None


def _innermost(error: BaseException) -> BaseException:
    """Return the first error of a group of errors, which is the cause."""
    while inner := getattr(error, "exceptions", None):
        error = inner[0]
    return error


def cases(only: str | None, seed: int) -> Iterator[tuple[Kind, int]]:
    """Yield kinds in turn, with growing seeds, for ever."""
    kinds = [kind for kind in KINDS if only in (None, kind.name)]
    while True:
        for kind in kinds:
            yield kind, seed
        seed += 1


def main() -> int:
    names = [kind.name for kind in KINDS]
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument(
        "minutes",
        nargs="?",
        type=float,
        help="how long (default: 1; with both --only and --seed, that one case)",
    )
    parser.add_argument("--seed", type=int, help="the first seed (default: that of the moment)")
    parser.add_argument("--only", choices=names, metavar="KIND", help=f"of {', '.join(names)}")
    parser.add_argument(
        "--cases", type=int, metavar="N", help="so many cases, however long they take"
    )
    arguments = parser.parse_args()
    single = arguments.minutes is None and arguments.only and arguments.seed is not None
    most = arguments.cases if arguments.cases is not None else 1 if single else sys.maxsize
    timed = arguments.cases is None and not single
    end = time.monotonic() + 60 * (arguments.minutes or 1.0) if timed else float("inf")
    seed = arguments.seed if arguments.seed is not None else time.time_ns() // 1000 % 10**9
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, resource.RLIM_INFINITY))
    done, places = 0, dict[str, int]()
    for kind, number in cases(arguments.only, seed):
        if done >= most or time.monotonic() >= end or len(places) >= _MOST_TOLD:
            break
        done += 1
        found = finding(kind, number)
        if found is None:
            continue
        place, told = found
        places[place] = places.get(place, 0) + 1
        if places[place] == 1:
            print(f"== {kind.name}, seed {number}: {place}\n{told}", flush=True)
            print(f"repeat it with: scripts/fuzz --only {kind.name} --seed {number}\n", flush=True)
    again = sum(places.values())
    count = "1 case" if done == 1 else f"{done:,} cases"
    print(f"{count} from seed {seed} on: {len(places)} findings, met {again:,} times")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
