"""A fleet that is watched: its events, its faults as notices, and no question more than needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream

from trackio_view.model.events import DataEvent, Notice, ProgramOrigin, Severity
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusRemembered, GpusSampled
from trackio_view.sources.http import pauses
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.prometheus import watch
from trackio_view.sources.prometheus.faults import PrometheusFault
from trackio_view.sources.prometheus.fleet import Fleet
from trackio_view.sources.prometheus.watch import FleetWatch, fleet_interval, fleet_once

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: Any) -> None:
    monkeypatch.setattr(pauses, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(pauses, "_LONGEST_PAUSE", 0.1)


async def until(
    events: MemoryObjectReceiveStream[DataEvent], holds: Callable[[DataEvent], bool]
) -> list[DataEvent]:
    """Return the events up to the first for which something holds."""
    seen: list[DataEvent] = []
    with anyio.fail_after(20):
        async for event in events:
            seen.append(event)
            if holds(event):
                return seen
    raise AssertionError("the watch ended")


async def test_a_fleet_comes_each_tick_with_the_host_on_screen_before_it(served: Any) -> None:
    opened: list[str | None] = [None]
    send, receive = anyio.create_memory_object_stream[DataEvent](16)
    fleet = FleetWatch(parse_address(served.address), 0.02)
    with send, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.watch, send, lambda: opened[0])
            await until(receive, lambda event: isinstance(event, FleetSampled))
            opened[0] = "node-2"
            seen = await until(receive, lambda event: isinstance(event, GpusSampled))
            sampled = seen[-1]
            assert isinstance(sampled, GpusSampled)
            assert sampled.source == "node-2"
            tasks.cancel_scope.cancel()


async def test_the_last_hour_comes_once(served: Any) -> None:
    send, receive = anyio.create_memory_object_stream[DataEvent](16)
    fleet = FleetWatch(parse_address(served.address), 60)
    with send, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.watch, send, lambda: None)
            await until(receive, lambda event: isinstance(event, FleetSampled))
            await fleet.open_host("node-1", send)
            seen = await until(receive, lambda event: isinstance(event, GpusRemembered))
            remembered = seen[-1]
            assert isinstance(remembered, GpusRemembered)
            assert (remembered.source, len(remembered.moments)) == ("node-1", 121)
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("mode", ["page", "wants a token", "cut", "bomb", "odd", "redirect"])
async def test_a_fault_is_one_notice_and_ends_with_an_answer(served: Any, mode: str) -> None:
    send, receive = anyio.create_memory_object_stream[DataEvent](64)
    fleet = FleetWatch(parse_address(served.address), 0.02)
    served.location = "http://other.example/"
    with send, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.watch, send, lambda: None)
            await until(receive, lambda event: isinstance(event, FleetSampled))
            # It is told again where it comes again.
            for _ in range(2):
                served.mode = mode
                seen = await until(receive, lambda event: isinstance(event, Notice))
                notice = seen[-1]
                assert isinstance(notice, Notice)
                assert notice.origin is ProgramOrigin.FLEET
                assert notice.text is not None
                assert notice.text.startswith(served.address)
                assert notice.text.endswith("; trying again.")
                asked = len(served.requests)
                while len(served.requests) < asked + 2:
                    await anyio.sleep(0.01)
                # The sentence is not said twice.
                assert receive.statistics().current_buffer_used == 0
                served.mode = "right"
                seen = await until(receive, lambda event: isinstance(event, FleetSampled))
                assert [event.text for event in seen if isinstance(event, Notice)] == []
                seen = await until(receive, lambda event: isinstance(event, Notice))
                assert isinstance(seen[-1], Notice)
                assert seen[-1].text is None
            tasks.cancel_scope.cancel()


async def test_a_server_that_hangs_does_not_hold_up_the_end(served: Any) -> None:
    served.mode = "hang"
    send, receive = anyio.create_memory_object_stream[DataEvent](16)
    fleet = FleetWatch(parse_address(served.address), 60)
    with send, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.watch, send, lambda: None)
            while not served.requests:
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
    assert fleet._prometheus.client._interrupted


async def test_a_part_of_an_answer_is_said_to_be_one(served: Any, monkeypatch: Any) -> None:
    right = served.prometheus.answer
    monkeypatch.setattr(
        served.prometheus, "answer", lambda query: {**right(query), "warnings": ["a store is gone"]}
    )
    send, receive = anyio.create_memory_object_stream[DataEvent](16)
    fleet = FleetWatch(parse_address(served.address), 60)
    with send, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.watch, send, lambda: None)
            seen = await until(receive, lambda event: isinstance(event, Notice))
            notice = seen[-1]
            assert isinstance(notice, Notice)
            assert notice.text == (
                f"{served.address} answers in part: look whether a store behind it is down; it says"
                ' "a store is gone".'
            )
            tasks.cancel_scope.cancel()


async def test_a_remark_of_the_server_is_told_once_and_taken_back(
    served: Any, monkeypatch: Any
) -> None:
    right, infos = served.prometheus.answer, [["metric might not be a counter"]]
    monkeypatch.setattr(
        served.prometheus, "answer", lambda query: {**right(query), "infos": infos[0]}
    )
    send, receive = anyio.create_memory_object_stream[DataEvent](64)
    fleet = FleetWatch(parse_address(served.address), 0.02)
    with send, receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fleet.watch, send, lambda: None)
            seen = await until(receive, lambda event: isinstance(event, Notice))
            notice = seen[-1]
            assert isinstance(notice, Notice)
            assert notice.severity is Severity.INFO
            assert notice.text == (
                f"{served.address} says of its answer: metric might not be a counter"
            )
            for _ in range(3):
                seen = await until(receive, lambda event: isinstance(event, FleetSampled))
                assert not [event for event in seen if isinstance(event, Notice)]
            infos[0] = []
            seen = await until(receive, lambda event: isinstance(event, Notice))
            assert (notice.subject, None) == (seen[-1].subject, seen[-1].text)  # type: ignore[union-attr]
            tasks.cancel_scope.cancel()


def test_once(served: Any) -> None:
    assert len(fleet_once(parse_address(served.address), match="").hosts) == 2
    served.mode = "page"
    with pytest.raises(PrometheusFault, match="is no Prometheus"):
        fleet_once(parse_address(served.address), match="")


def test_an_answer_that_no_prometheus_gives_is_a_fault_and_no_bug(
    served: Any, monkeypatch: Any
) -> None:
    def broken(*_: object) -> Any:
        raise RecursionError

    monkeypatch.setattr(Fleet, "look", broken)
    with pytest.raises(PrometheusFault, match="is no Prometheus"):
        fleet_once(parse_address(served.address), match="")


def test_a_fleet_is_looked_at_as_often_as_was_asked_or_each_15_seconds() -> None:
    assert [fleet_interval(asked, 2.0) for asked in (2.0, 0.5, 7.0, 60.0)] == [15, 5, 7, 60]
    assert math.isclose(watch.USUAL_SECONDS, 15)
