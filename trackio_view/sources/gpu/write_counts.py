"""How much processes have written, and which of them wrote since a moment.

The kernel's counters also show a write of some milliseconds that is over when they are read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.light_typing import NamedTuple

FLUSH_BYTES = 4096
"""The least that a process writes when it adds rows: a page of the database."""
_STILL_SECONDS = 5.0
"""After so long without a write a process is still. A training writes every half second, and takes
a lock before it writes: to write nothing between two looks says nothing of it."""


class Count(NamedTuple):
    """What tells whether a process writes."""

    number: int
    """How many bytes it wrote, or how many pages of memory it was given where that is hidden."""
    is_hidden: bool = False


_NOTHING = Count(0)


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


def page_faults(proc: Path, pid: int) -> int | None:
    """Return how often a process was given a page of memory; `None` where it does not exist.

    Every user may read it. To write rows, SQLite maps a file into memory, which adds to it. Source:
    proc(5), `/proc/PID/stat`: `minflt` and `majflt`.
    """
    try:
        with open(f"{proc}/{pid}/stat", "rb", buffering=0) as file:
            # The command stands in brackets and may hold anything.
            fields = file.read().rpartition(b")")[2].split(maxsplit=10)
        return int(fields[7]) + int(fields[9])
    except (OSError, ValueError, IndexError):
        return None


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """What processes had written at a moment."""

    counts: Mapping[int, Count]
    """Nothing written where there was no such process."""
    of_everybody: bool
    """Whether these are all processes."""

    @classmethod
    def read(
        cls,
        proc: Path,
        pids: Iterable[int] | None,
        between: Callable[[], object] = lambda: None,
    ) -> WriteCounts:
        """Return what these processes have written by now; `None` for all processes.

        `between` is called after each one, for a machine may have thousands.
        """
        counts = {}
        for pid in all_processes(proc) if pids is None else pids:
            counts[pid] = _count(proc, pid)
            between()
        return cls(counts, of_everybody=pids is None)

    def updated(self, later: WriteCounts) -> WriteCounts:
        """Return the newer counts where there are such, else these."""
        if later.of_everybody:
            return later
        return WriteCounts({**self.counts, **later.counts}, self.of_everybody)

    def written(self, pid: int) -> int | None:
        """Return how many bytes a process had written; `None` where that is unknown."""
        count = self.counts.get(pid)
        return None if count is None or count.is_hidden else count.number

    def tells_of(self, pid: int) -> bool:
        """Return whether there was such a process, and it was asked for."""
        return self.counts.get(pid, _NOTHING) != _NOTHING

    def is_hidden(self, pid: int) -> bool:
        """Return whether only its pages of memory tell whether a process writes."""
        return self.counts.get(pid, _NOTHING).is_hidden

    def may_have_written(self, pid: int, later: WriteCounts) -> bool:
        """Return whether a process may have added rows between these counts and later ones.

        It may where that is unknown: it was not asked for, or it ended meanwhile.
        """
        before = self.counts.get(pid, _NOTHING if self.of_everybody else None)
        after = later.counts.get(pid, _NOTHING if later.of_everybody else None)
        if before is None or after is None or before.is_hidden != after.is_hidden:
            return True
        grown = after.number - before.number
        return not 0 <= grown < (1 if before.is_hidden else FLUSH_BYTES)

    def writers(self, later: WriteCounts) -> set[int]:
        """Return the processes of the later counts that may have added rows before them."""
        return {pid for pid in later.counts if self.may_have_written(pid, later)}


def _count(proc: Path, pid: int) -> Count:
    written = bytes_written(proc, pid)
    if written is not None:
        return Count(written)
    faults = page_faults(proc, pid)
    return _NOTHING if faults is None else Count(faults, is_hidden=True)


@dataclass(slots=True, eq=False, repr=False)
class Stillness:
    """Since when each process wrote nothing."""

    _unchanged: dict[int, tuple[int, float]] = field(default_factory=dict)
    """What each process had written, and since when, in seconds of a monotonic clock."""

    def see(self, pids: Iterable[int], counts: WriteCounts) -> None:
        """Compare what these processes have written by now with the last call.

        A process that the last call was not told of is not known to be still, nor is one whose
        counters are hidden.
        """
        now = time.monotonic()
        before, self._unchanged = self._unchanged, {}
        for pid in pids:
            count = counts.written(pid)
            if count is not None:
                known = before.get(pid)
                is_same = known is not None and known[0] == count
                self._unchanged[pid] = known if known and is_same else (count, now)

    def still(self) -> set[int]:
        """Return who is known to have written nothing for some seconds."""
        now = time.monotonic()
        return {pid for pid, (_, since) in self._unchanged.items() if now - since >= _STILL_SECONDS}
