"""Asks a server, or another place, in a worker thread that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trackio_view.sources.trackio.distant import DistantPlace
from trackio_view.sources.worker_thread import answer_of

Result = TypeVar("Result")


async def asking(place: DistantPlace, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns in a worker thread; raises DatabaseFault."""

    def explained() -> Result:
        try:
            return ask()
        except Exception as error:
            fault = place.fault(error)
            if fault is None:
                raise
            raise fault from None

    return await answer_of(place, explained)
