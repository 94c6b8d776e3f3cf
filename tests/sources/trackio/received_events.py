"""What producers send, collected and folded."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Coroutine,
)
from typing import Any, TypeVar

import anyio

from trackio_view.model.events import (
    DataEvent,
    LoadStarted,
    RowsLoaded,
)
from trackio_view.model.run import Run

INTERVAL = 0.01
"""Seconds between the looks of a watch in tests."""


Event = TypeVar("Event")


Producer = Callable[[Any], Coroutine[Any, Any, None]]


class Received:
    """What a producer sent, and the runs that a fold makes of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.events: list[DataEvent] = []
        self.runs: dict[str, Run] = {}

    async def until(self, kind: type[Event], *, where: Callable[[Event], bool] = bool) -> Event:
        """Return the next event of a kind; the events before it are folded, too."""
        with anyio.fail_after(60):
            while True:
                event = await self._stream.receive()
                self.events.append(event)
                if isinstance(event, LoadStarted):
                    self.runs = {}
                if isinstance(event, RowsLoaded):
                    for batch in event.batches:
                        run = self.runs.setdefault(batch.run_id, Run(batch.run_id, batch.run_name))
                        run.append(batch)
                if isinstance(event, kind) and where(event):
                    return event

    async def rows(self, count: int) -> None:
        """Wait until that many rows are there."""
        while sum(run.row_count for run in self.runs.values()) != count:
            await self.until(RowsLoaded)

    async def quiet(self) -> None:
        """Expect nothing for some polls."""
        with anyio.move_on_after(INTERVAL * 10):
            raise AssertionError(await self._stream.receive())

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def losses(self) -> list[float]:
        """The losses of the run that a project of these tests has."""
        return list(self.runs["id-run"].series["loss"].values)


class Produced(Received):
    """The events of producers that share a stream."""

    def __init__(self, stream: Any, begin: Callable[[Producer], None]) -> None:
        super().__init__(stream)
        self.begin = begin
        """Begins another producer, which sends to the same stream."""
