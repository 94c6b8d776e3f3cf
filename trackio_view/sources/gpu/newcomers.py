"""When a process may have begun to use a GPU, by the memory that is in use.

That is read each second, and the processes, which cost the driver or thousands of files, each few
seconds. Until a process is seen, nobody can tell what it trains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trackio_view.model.gpu import GpuProcess

LEAST_OF_PROCESS = 50 << 20
"""Bytes of memory by which the use grows at least where a process begins to compute."""


@dataclass(slots=True, eq=False, repr=False)
class Newcomers:
    """The most memory that was in use since a process left, as of the newest list of processes."""

    _most: int | None = None
    _pids: frozenset[int] = frozenset()
    _was_in_vain: bool = False
    """Whether a look ahead found nobody new since the processes were due: a program that loads a
    model needs more memory each second.
    """

    def may_have_come(self, used: int | None) -> bool:
        """Return whether so much memory is in use that the processes are worth a look at once."""
        if used is None or self._most is None or self._was_in_vain:
            return False
        return used - self._most >= LEAST_OF_PROCESS

    def listed(
        self, used: int | None, processes: Iterable[GpuProcess] | None, *, due: bool
    ) -> None:
        """Take in the processes, which were just read, and the memory that is in use.

        `due` tells whether they were read because they were due, and not ahead of that.
        """
        pids = frozenset(process.pid for process in processes or ())
        self._was_in_vain = not due and pids <= self._pids
        if used is None:
            return
        # A program that gives memory back and takes it again is no newcomer.
        has_left = not self._pids <= pids
        self._most = used if has_left or self._most is None else max(used, self._most)
        self._pids = pids
