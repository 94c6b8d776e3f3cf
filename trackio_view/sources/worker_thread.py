"""Work in another thread, which is told to stop once nobody waits for it any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import anyio
from anyio import CancelScope, to_thread

Result = TypeVar("Result")


class NobodyWaits(Exception):
    """The task that wanted this work was cancelled; nobody sees this."""


class Interruptible(Protocol):
    """What another thread may let fail."""

    def interrupt(self) -> None:
        """Make the wait for an answer fail."""


class Answerer(Interruptible, Protocol):
    """What answers questions, one at a time, until it is interrupted."""

    def begin(self) -> None:
        """Answer again after an interruption, once the interrupted question has ended."""


class Stop:
    """Tells the work of another thread to end. The work asks it between pieces, and it stops a
    running query.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._connection: Interruptible | None = None

    def __call__(self) -> bool:
        """Return whether to end."""
        return self._set

    def hold(self, connection: Interruptible) -> None:
        """Interrupt this connection's queries when the work is to end; raises if it already is."""
        with self._lock:
            self._connection = connection
        if self._set:
            raise NobodyWaits

    def let_go(self) -> None:
        """Interrupt the connection no more: it is about to be closed."""
        with self._lock:
            self._connection = None

    def set(self) -> None:
        """Have the work end, and interrupt the query that it waits for."""
        with self._lock:
            self._set = True
            if self._connection is not None:
                self._connection.interrupt()


class _Errand(Generic[Result]):
    """Work for another thread that can be called off as long as it has not begun."""

    def __init__(self, work: Callable[[Stop], Result]) -> None:
        self.stop = Stop()
        self.ended = threading.Event()
        self._work = work
        self._lock = threading.Lock()
        self._called_off = self._begun = False

    def run(self) -> Result:
        with self._lock:
            if self._called_off:
                raise NobodyWaits
            self._begun = True
        try:
            return self._work(self.stop)
        finally:
            self.ended.set()

    def call_off(self) -> bool:
        """Stop the work, or let it never begin; return whether its end is to be waited for."""
        with self._lock:
            self._called_off = True
        self.stop.set()
        return self._begun


async def in_thread(work: Callable[[Stop], Result], *, is_left_behind: bool = False) -> Result:
    """Return what `work` returns in a worker thread, which is told to stop when we are cancelled.

    A thread cannot be cancelled, so this function ends only after it. A thread that waits for a
    network, and holds no file, may be left behind. No further task waits here for the cancellation,
    because each would leave a knot of frames that refer to each other: megabytes in an hour.
    """
    errand = _Errand(work)
    try:
        return await to_thread.run_sync(errand.run, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        if errand.call_off() and not is_left_behind:
            with CancelScope(shield=True):
                await to_thread.run_sync(errand.ended.wait)
        raise


async def answer_of(place: Answerer, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns in a worker thread, in which it asks `place`.

    Once the answer is no longer wanted, a network that hangs does not hold up the caller: the next
    question waits in its own thread until this one has ended.
    """

    def work(stop: Stop) -> Result:
        place.begin()
        stop.hold(place)
        try:
            return ask()
        finally:
            stop.let_go()

    return await in_thread(work, is_left_behind=True)
