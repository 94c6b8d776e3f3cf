"""Asks a server, or another place, in a worker thread that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trackio_view.sources.trackio.distant import DistantPlace
from trackio_view.sources.trackio.files.connection import Stop, in_thread

Result = TypeVar("Result")


async def asking(place: DistantPlace, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns in a worker thread; raises DatabaseFault.

    Once the answer is no longer wanted, a network that hangs does not hold up the caller: the next
    question waits in its own thread until this one has ended.
    """

    def work(stop: Stop) -> Result:
        place.begin()
        stop.hold(place)
        try:
            return ask()
        except Exception as error:
            fault = place.fault(error)
            if fault is None:
                raise
            raise fault from None
        finally:
            stop.let_go()

    return await in_thread(work, is_left_behind=True)
