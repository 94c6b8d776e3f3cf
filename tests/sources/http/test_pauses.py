"""When a server that does not answer is asked again."""

from __future__ import annotations

import time

import anyio
import pytest

from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.trackio.server.faults import ServerFault


async def test_pauses_grow_are_spread_and_end_with_an_answer() -> None:
    fault = ServerFault("host refuses connections.")
    pauses = Pauses(lambda: 0.0)
    assert [pauses.failed(fault) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    said = pauses.sentence(fault)
    assert said.startswith("host refuses connections (since ")
    assert said.endswith("); trying again.")
    pauses.answered()
    assert pauses.failed(fault) == 1
    assert pauses.failed(ServerFault("busy", wait=40.0)) == 40
    assert Pauses(lambda: 1.0).failed(fault) == 1.25


async def test_an_hour_of_outage_is_a_question_every_half_minute() -> None:
    pauses = Pauses(lambda: 0.0)
    fault = ServerFault("host refuses connections.")
    left, asked = 3_600.0, 0
    first = pauses.sentence(fault)
    while left > 0:
        left -= pauses.failed(fault)
        asked += 1
    assert asked < 3_600 / 30 + 6
    # The sentence has a moment instead of a duration, so it stays the same.
    said = {pauses.sentence(fault) for _ in range(3)}
    assert len(said) == 1
    assert said != {first}


def test_a_server_was_heard_when_it_answered_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(anyio, "current_time", lambda: now)
    pauses = Pauses(lambda: 0.0)
    fault = ServerFault("host did not answer within 30 s.")
    assert (pauses.heard_at, pauses.is_failing) == (None, False)
    pauses.failed(fault)
    assert (pauses.heard_at, pauses.is_failing) == (100.0, True), "it never answered"
    pauses.answered()
    assert (pauses.heard_at, pauses.is_failing) == (100.0, False)
    now = 131.0
    pauses.failed(fault)
    now = 170.0
    pauses.failed(fault)
    assert (pauses.heard_at, pauses.is_failing) == (100.0, True)


async def test_nobody_asks_before_the_server_may_be_asked_nor_two_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trackio_view.sources.http.pauses._FIRST_PAUSE", 0.05)
    pauses = Pauses(lambda: 0.0)
    ready = anyio.current_time() + pauses.failed(ServerFault("x"))
    asking = most = 0

    async def ask() -> None:
        nonlocal asking, most
        async with pauses.turn():
            assert anyio.current_time() >= ready
            asking += 1
            most = max(most, asking)
            await anyio.sleep(0)
            asking -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask)
    assert most == 1
