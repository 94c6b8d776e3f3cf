"""A server is watched: its projects are listed, and pages of runs read, a question at a time."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    LoadFinished,
    Notice,
    OriginUnheard,
    ProjectsListed,
)
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.http.http_client import HttpClient
from trackio_view.sources.source import Interest
from trackio_view.sources.trackio.server import watch
from trackio_view.sources.trackio.server.server import Server
from trackio_view.sources.trackio.server.source import DistantProjects

INTERVAL = 0.02
NOTE = {"_type": "trackio.markdown", "_value": "a note"}
pytestmark = pytest.mark.usefixtures("short_pauses")


async def test_projects_are_listed_and_pages_read(
    faulty_server: Any, project: Any, listed_and_opened: Any
) -> None:
    project.log([{"loss": 1.0, "note": NOTE}])
    source = DistantProjects(Server(parse_address(faulty_server.address)), INTERVAL)
    await listed_and_opened(source, "project", lambda: project.log([{"loss": 1.0}]))
    source.close()


async def test_a_server_that_answers_wrongly_is_told_of_and_since_when(
    faulty_server: Any, project: Any, listing: Any
) -> None:
    project.log([{"loss": 1.0}])
    begun_at = time.time()
    source = DistantProjects(Server(parse_address(faulty_server.address)), INTERVAL)
    place = faulty_server.address
    async with listing(source) as received:
        await received.until(ProjectsListed)
        faulty_server.mode, asked_wrongly_at = "html", time.time() + INTERVAL
        await received.until(Notice, where=lambda event: event.text and event.subject == place)
        faulty_server.mode = "right"
        await received.until(Notice, where=lambda event: event[1:4:2] == (None, place))
        await received.until(OriginUnheard, where=lambda event: event.since is None)
    first, last = (event.since for event in received.of(OriginUnheard))
    assert asked_wrongly_at > first > begun_at
    assert last is None
    source.close()


class Enough(Exception):
    """Ends what would go on for ever."""


async def test_a_server_rests_between_two_lists_and_who_opens_the_list_hardly_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, asked_at = [1000.0], list[float]()
    interest = Interest(on_screen=False)

    def projects() -> list[str]:
        asked_at.append(now[0])
        if len(asked_at) == 6:
            raise Enough
        now[0] += 0.5
        return []

    async def sleep(seconds: float) -> None:
        nonlocal interest
        now[0] += seconds
        # A person opens the list 4 seconds after the third one was asked for.
        interest = Interest(len(asked_at) > 3 or (len(asked_at) == 3 and now[0] > asked_at[2] + 4))

    async def say_nothing(_: object) -> None:
        pass

    place: Any = SimpleNamespace(
        origin="https://somewhere",
        least_interval=0.0,
        inbox=None,
        begin=bool,
        projects=projects,
        tell_silence=say_nothing,
        fault=lambda _: None,
    )
    clock = SimpleNamespace(
        current_time=lambda: now[0], sleep=sleep, create_task_group=anyio.create_task_group
    )
    monkeypatch.setattr(watch, "anyio", clock)
    send, received = anyio.create_memory_object_stream[Any](9)
    with send, received, pytest.RaisesGroup(Enough):
        await watch.ServerWatch(place, 1.0).list(send, lambda: interest)
    *calm, opened, looked, looked_on = (after - before for before, after in pairwise(asked_at))
    assert min(calm) >= 30.0
    assert 4.0 <= opened <= 5.5
    # The list takes the server half a second.
    assert 10.0 <= looked == looked_on < 30.0


async def test_one_question_at_a_time_and_no_token(
    faulty_server: Any, project: Any, listing: Any
) -> None:
    project.log([{"loss": 0.0}])
    server = Server(parse_address(faulty_server.address))
    source = DistantProjects(server, INTERVAL)
    at_once = 0
    most = 0
    ask = HttpClient._ask

    def counted(*arguments: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return ask(*arguments)
        finally:
            at_once -= 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpClient, "_ask", counted)
        async with listing(source) as received:
            for _ in range(3):
                received.begin(partial(source.watch, source.named("project")))
            for _ in range(3):
                await received.until(LoadFinished)
    source.close()
    assert most == 1
    assert all("authorization" not in asked.headers for asked in faulty_server.asked)
