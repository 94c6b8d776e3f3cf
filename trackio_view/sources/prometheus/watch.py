"""Watches a fleet: a look at each tick, one question at a time, and notices of faults."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TypeVar

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, Notice, ProgramOrigin, Severity
from trackio_view.model.fleet import FleetSampled
from trackio_view.sources.http.addresses import ServerAddress
from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.prometheus.api import Prometheus
from trackio_view.sources.prometheus.faults import PrometheusFault, another_program, in_part
from trackio_view.sources.prometheus.fleet import Fleet
from trackio_view.sources.server_json import IMPOSSIBLE
from trackio_view.sources.worker_thread import answer_of

Reply = TypeVar("Reply")
Sender = MemoryObjectSendStream[DataEvent]

USUAL_SECONDS = 15.0
"""Exporters are read each 10 to 30 seconds: a more frequent question has the same answer."""
LEAST_SECONDS = 5.0
_PARTIAL, _INFO = "partial", "info"


class FleetWatch:
    """A fleet, and the turns and pauses in which its Prometheus is asked."""

    def __init__(self, address: ServerAddress, interval: float, match: str = "") -> None:
        """`match` are PromQL's matchers that select the fleet's series; empty for all."""
        self.pauses = Pauses()
        self._interval = interval
        self._prometheus = Prometheus(address)
        self._fleet = Fleet(self._prometheus, match=match)
        self._said: dict[str, str | None] = {}

    async def watch(self, send: Sender, opened: Callable[[], str | None]) -> None:
        """Send the fleet each interval, until cancelled; `opened` returns the host on screen."""
        with closing(self._prometheus.client):
            await self._look_again_and_again(send, opened)

    async def _look_again_and_again(self, send: Sender, opened: Callable[[], str | None]) -> None:
        while True:
            started = anyio.current_time()
            try:
                host = opened()
                if host is not None:
                    # It is sent before the fleet, whose readings of that host are the same or
                    # newer.
                    sampled = await self._asked(partial(self._fleet.look_at, host))
                    if sampled is not None:
                        await send.send(sampled)
                fleet = await self._asked(lambda: self._fleet.look(time.monotonic()))
                self.pauses.answered()
                await send.send(fleet)
                await self._say(send, "", None)
                await self._say_of_answer(send, fleet)
                pause = max(0.0, started + self._interval - anyio.current_time())
            except PrometheusFault as fault:
                pause = self.pauses.failed(fault)
                await self._say(send, "", self.pauses.sentence(fault))
            await anyio.sleep(pause)

    async def open_host(self, host: str, send: Sender) -> None:
        """Send the history of a host's GPUs, then end; a fault makes a notice and another try."""
        while True:
            try:
                remembered = await self._asked(partial(self._fleet.history, host))
                self.pauses.answered()
                if remembered is not None:
                    await send.send(remembered)
                await self._say(send, host, None)
                return
            except PrometheusFault as fault:
                pause = self.pauses.failed(fault)
                text = f"The last hour of the host is not read: {self.pauses.sentence(fault)}"
                await self._say(send, host, text)
            await anyio.sleep(pause)

    async def _say_of_answer(self, send: Sender, fleet: FleetSampled) -> None:
        """Say what the server itself says of its answer."""
        warning = in_part(fleet.source, fleet.warning) if fleet.warning else None
        await self._say(send, _PARTIAL, warning)
        info = f"{fleet.source} says of its answer: {fleet.info}" if fleet.info else None
        await self._say(send, _INFO, info, Severity.INFO)

    async def _say(
        self, send: Sender, subject: str, text: str | None, severity: Severity = Severity.WARNING
    ) -> None:
        if self._said.get(subject) != text:
            self._said[subject] = text
            await send.send(Notice(ProgramOrigin.FLEET, text, severity, subject))

    async def _asked(self, ask: Callable[[], Reply]) -> Reply:
        """Return what `ask` returns; it runs in a worker thread, in its turn."""
        async with self.pauses.turn():
            return await answer_of(self._prometheus.client, partial(self._guarded, ask))

    def _guarded(self, ask: Callable[[], Reply]) -> Reply:
        try:
            return ask()
        except IMPOSSIBLE:
            pass
        # A server may send anything: no answer ends the program.
        raise another_program(self._prometheus.address)


def fleet_interval(asked: float, usual: float) -> float:
    """Return the seconds between looks at a fleet; `usual` means that nobody chose others."""
    return USUAL_SECONDS if asked == usual else max(asked, LEAST_SECONDS)


def fleet_once(address: ServerAddress, match: str) -> FleetSampled:
    """Return a fleet as it is now. Raises PrometheusFault."""
    prometheus = Prometheus(address)
    with closing(prometheus.client):
        try:
            return Fleet(prometheus, match=match).look(time.monotonic())
        except IMPOSSIBLE:
            pass
        raise another_program(address)
