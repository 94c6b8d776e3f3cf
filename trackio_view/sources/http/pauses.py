"""When a server is asked: one question at a time, ever more rarely while it does not answer."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from trackio_view.model.clock import local_text
from trackio_view.sources.http.faults import HttpFault

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_JITTER = 0.25


class Pauses:
    """The turns and pauses that all questions to one server share."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        """`chance` returns a number from 0 to 1: so many viewers do not return at once."""
        self.turns = anyio.CapacityLimiter(1)
        self._chance = chance
        self._failures = 0
        self._since: float | None = None
        self._heard_at: float | None = None
        self._ready = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until the server may be asked; during this turn no other question is asked."""
        async with self.turns:
            wait = self._ready - anyio.current_time()
            if wait > 0:
                await anyio.sleep(wait)
            yield

    @property
    def is_failing(self) -> bool:
        """Whether the newest question was not answered."""
        return self._since is not None

    @property
    def heard_at(self) -> float | None:
        """When the server answered last, in seconds since the epoch. Where it never did, when it
        failed first; `None` where it was not asked yet.

        A server that hangs is found to fail only some time after its last answer.
        """
        return self._since if self._heard_at is None else self._heard_at

    def answered(self) -> None:
        """Note that the server answered, and forget earlier failures."""
        self._failures, self._since, self._ready = 0, None, 0.0
        self._heard_at = time.time()

    def failed(self, fault: Exception) -> float:
        """Note that the server did not answer; return the seconds until it is asked again."""
        if self._since is None:
            self._since = time.time()
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * float(2**self._failures))
        self._failures = min(self._failures + 1, 10)
        if isinstance(fault, HttpFault) and fault.wait is not None:
            pause = max(pause, fault.wait)
        pause *= 1 + _JITTER * self._chance()
        self._ready = anyio.current_time() + pause
        return pause

    def sentence(self, fault: Exception) -> str:
        """Return the sentence of a fault, with its beginning and the next try."""
        since = None if self._since is None else local_text(self._since, "%H:%M:%S")
        when = "" if since is None else f" (since {since})"
        return f"{str(fault).rstrip('.')}{when}; trying again."
