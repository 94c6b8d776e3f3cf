"""Tells many watches when the files of their databases have changed, for the cost of one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio
from anyio import to_thread

from trackio_view.sources.trackio.files.access import Signature, signature

_READERS_AT_ONCE = 2
_READING_SECONDS = 0.05
"""How long the thread that looks at files may go on to read what changed."""

ReadOn = Callable[[Signature], None]
"""Reads on for a moment in the thread that saw the change."""


@dataclass(slots=True, eq=False, repr=False)
class _Waiter:
    path: str
    seen: Signature | None
    read: ReadOn | None
    found: Signature | OSError | None = None
    woken: anyio.Event = field(default_factory=anyio.Event)


class FileWatch:
    """Looks at the files of all databases that are waited for, each interval, in one thread.

    It needs no task of its own, because the first task that waits looks for all. Only those are
    woken whose files changed, so a project at rest costs three calls of stat an interval and
    nothing else.
    """

    def __init__(
        self, interval: float, signature_of: Callable[[str], Signature] = signature
    ) -> None:
        """`interval` is the time between looks; each looks at the `signature_of` every path."""
        self._signature = signature_of
        self.looks = 0
        """How often files were looked at, for tests that count work."""
        self.turns = anyio.CapacityLimiter(_READERS_AT_ONCE)
        """Taken by those who read what is new: many are woken by one look."""
        self._interval = interval
        self._waiters: dict[_Waiter, None] = {}
        self._somebody_looks = False
        self._looked: float | None = None

    async def change(
        self, path: str, seen: Signature | None, read: ReadOn | None = None
    ) -> Signature:
        """Return the state of a database's files at the next look at which it is not `seen`.

        With `None`, it is the state at the next look. OSError where it cannot be told. Before,
        `read` may have been called with the state, in the thread that looked: where many projects
        grow, a thread for each would cost more than the reading.
        """
        waiter = _Waiter(path, seen, read)
        self._waiters[waiter] = None
        try:
            while waiter.found is None:
                if self._somebody_looks:
                    await waiter.woken.wait()
                    waiter.woken = anyio.Event()
                else:
                    await self._look_for(waiter)
        finally:
            del self._waiters[waiter]
            if not self._somebody_looks:
                # The task that looked for all has ended, so another task looks.
                for other in self._waiters:
                    if other.found is None:
                        other.woken.set()
                        break
        if isinstance(waiter.found, OSError):
            raise waiter.found
        return waiter.found

    async def _look_for(self, waiter: _Waiter) -> None:
        self._somebody_looks = True
        try:
            while waiter.found is None:
                now = anyio.current_time()
                if self._looked is None:
                    self._looked = now
                await anyio.sleep(max(0.0, self._looked + self._interval - now))
                self._looked = anyio.current_time()
                await self._look()
        finally:
            self._somebody_looks = False

    async def _look(self) -> None:
        waiting = [waiter for waiter in self._waiters if waiter.found is None]
        seconds = _READING_SECONDS if self._takes_turn() else 0.0
        try:
            # On a network file system even a stat may take seconds.
            states = await to_thread.run_sync(_look_at, waiting, self._signature, seconds)
        finally:
            if seconds:
                self.turns.release_on_behalf_of(self)
        self.looks += 1
        for waiter, state in zip(waiting, states, strict=True):
            if state != waiter.seen:
                waiter.found = state
                waiter.woken.set()

    def _takes_turn(self) -> bool:
        """Take a turn to read if one is free. A look does not wait for a turn."""
        try:
            self.turns.acquire_on_behalf_of_nowait(self)
        except anyio.WouldBlock:
            return False
        return True


def _look_at(
    waiting: Sequence[_Waiter], signature_of: Callable[[str], Signature], reading_seconds: float
) -> list[Signature | OSError]:
    """Return the state of each one's files; for so long, those read on that see a change."""
    by_path: dict[str, Signature | OSError] = {}
    for waiter in waiting:
        if waiter.path not in by_path:
            by_path[waiter.path] = _state(waiter.path, signature_of)
    states = [by_path[waiter.path] for waiter in waiting]
    end = time.monotonic() + reading_seconds
    for waiter, state in zip(waiting, states, strict=True):
        if waiter.read is None or state == waiter.seen or isinstance(state, OSError):
            continue
        if time.monotonic() < end:
            waiter.read(state)
    return states


def _state(path: str, signature_of: Callable[[str], Signature]) -> Signature | OSError:
    try:
        return signature_of(path)
    except OSError as error:
        return error
