"""How much processes have written, and which of them wrote since a moment.

The kernel's counters also show a write of some milliseconds that is over when they are read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FLUSH_BYTES = 4096
"""The least that a process writes when it adds rows: a page of the database."""
_STILL_SECONDS = 5.0
"""After so long without a write a process is still. A training writes every half second, and takes
a lock before it writes: to write nothing between two looks says nothing of it."""


def bytes_written(proc: Path, pid: int) -> int | None:
    """Return how many bytes a process gave to write calls; `None` where that is hidden.

    Source: proc(5), `/proc/PID/io`: `wchar`.
    """
    try:
        with open(f"{proc}/{pid}/io", "rb", buffering=0) as file:
            text = file.read()
    except OSError:
        return None
    _, found, behind = text.partition(b"wchar: ")
    digits = behind.split(b"\n", 1)[0]
    return int(digits) if found and digits.isdigit() else None


def all_processes(proc: Path) -> list[int]:
    """Return the numbers of all processes but this one."""
    try:
        names = os.listdir(proc)
    except OSError:
        return []
    return [int(name) for name in names if name.isdecimal() and int(name) != os.getpid()]


def who_flushed(written: Mapping[int, int]) -> set[int]:
    """Return which processes wrote at least a flush, given how many bytes each wrote."""
    return {pid for pid, count in written.items() if count >= FLUSH_BYTES}


@dataclass(slots=True)
class WriteCounts:
    """What processes had written at a moment."""

    proc: Path
    _before: dict[int, int] = field(default_factory=dict)

    def written(self, pids: Iterable[int]) -> dict[int, int]:
        """Return how many bytes each process wrote since the last call, and count from now on.

        A process that the last call did not ask for is left out, as there is nothing to compare
        with.
        """
        later = self.again(pids)
        written = self.until(later)
        self._before = later._before
        return written

    def again(self, pids: Iterable[int]) -> WriteCounts:
        """Return what processes have written by now, to count from that later."""
        counts = ((pid, bytes_written(self.proc, pid)) for pid in pids)
        return WriteCounts(self.proc, {pid: count for pid, count in counts if count is not None})

    def until(self, later: WriteCounts) -> dict[int, int]:
        """Return how many bytes each process wrote from these counts to later ones."""
        before = self._before
        return {pid: n - before[pid] for pid, n in later._before.items() if pid in before}

    def adopt(self, pids: Iterable[int], other: WriteCounts) -> None:
        """Take the counts of processes that are new here from other counts."""
        for pid in pids:
            if pid in other._before:
                self._before.setdefault(pid, other._before[pid])

    def grown(self, pids: Iterable[int]) -> set[int]:
        """Return who wrote at least a flush since the last call, and count from now on."""
        return who_flushed(self.written(pids))

    def begin(self, pids: Iterable[int]) -> None:
        """Count from now on."""
        self.written(pids)


@dataclass(slots=True)
class Stillness:
    """Since when each process wrote nothing."""

    proc: Path
    _unchanged: dict[int, tuple[int, float]] = field(default_factory=dict)
    """What each process had written, and since when, in seconds of a monotonic clock."""

    def still(self, pids: Iterable[int]) -> set[int]:
        """Return who is known to have written nothing for some seconds.

        A process that the last call did not ask for is not known to be still, nor is one whose
        counters are hidden.
        """
        now = time.monotonic()
        before, self._unchanged = self._unchanged, {}
        for pid in pids:
            count = bytes_written(self.proc, pid)
            if count is not None:
                known = before.get(pid)
                is_same = known is not None and known[0] == count
                self._unchanged[pid] = known if known and is_same else (count, now)
        return {pid for pid, (_, since) in self._unchanged.items() if now - since >= _STILL_SECONDS}
