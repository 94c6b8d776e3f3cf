"""Tells many watches, at one cost, when the files of their databases have changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio
from anyio import to_thread

from trackio_view.sources.trackio.files.access import Signature, signature

_READERS_AT_ONCE = 2


@dataclass(slots=True, eq=False)
class _Waiter:
    path: str
    seen: Signature | None
    found: Signature | OSError | None = None
    woken: anyio.Event = field(default_factory=anyio.Event)


class FileWatch:
    """Looks at the files of all databases that are waited for, each interval, in one thread.

    Needs no task of its own: the first who waits looks for all. Only those are woken whose files
    changed, so a project at rest costs three calls of stat an interval and nothing else.
    """

    def __init__(
        self, interval: float, signature_of: Callable[[str], Signature] = signature
    ) -> None:
        """`interval` is the time between looks, each of which `signature_of` every path is."""
        self._signature = signature_of
        self.looks = 0
        """How often files were looked at, for tests that count work."""
        self.turns = anyio.CapacityLimiter(_READERS_AT_ONCE)
        """Taken by those who read what is new: many are woken by one look."""
        self._interval = interval
        self._waiters: dict[_Waiter, None] = {}
        self._somebody_looks = False
        self._looked: float | None = None

    async def change(self, path: str, seen: Signature | None) -> Signature:
        """Return the state of a database's files at the next look at which it is not `seen`.

        `None` is never seen: then it is the next look. OSError where it cannot be told.
        """
        waiter = _Waiter(path, seen)
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
                # The task that looked for all has ended, so another one looks.
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
        paths = list({waiter.path for waiter in waiting})
        # On a network file system even a stat may take seconds.
        states = dict(
            zip(paths, await to_thread.run_sync(_states, paths, self._signature), strict=True)
        )
        self.looks += 1
        for waiter in waiting:
            state = states[waiter.path]
            if state != waiter.seen:
                waiter.found = state
                waiter.woken.set()


def _states(
    paths: Sequence[str], signature_of: Callable[[str], Signature]
) -> list[Signature | OSError]:
    return [_state(path, signature_of) for path in paths]


def _state(path: str, signature_of: Callable[[str], Signature]) -> Signature | OSError:
    try:
        return signature_of(path)
    except OSError as error:
        return error
