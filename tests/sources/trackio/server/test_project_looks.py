"""One project of a server is followed through all that may happen to it."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    OriginUnheard,
    PreviewLoaded,
    ProjectVanished,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.http import http_client, timed_socket
from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.trackio.server import project_looks

INTERVAL = 0.02
_OF_THE_PROJECT = ("falling", "denied")
pytestmark = pytest.mark.usefixtures("short_pauses")


async def test_a_project_is_loaded_whole_and_then_followed(
    faulty_server: Any, project: Any, asking: Any
) -> None:
    project.log([{"loss": float(n)} for n in range(7_000)])
    project.configure({"lr": 0.1, "_Group": "g"})
    async with asking(faulty_server) as received:
        started = await received.until(LoadStarted, where=lambda _: True)
        assert (started.project.origin, started.total_rows) == (faulty_server.address, 7_000)
        preview = await received.until(PreviewLoaded)
        assert sum(len(batch.steps) for batch in preview.batches) > 1_500
        await received.until(LoadFinished)
        assert received.losses == [float(n) for n in range(7_000)]
        assert received.of(DetailsLoaded)[0].runs[0].group == "g"
        project.log([{"loss": -1.0}])
        await received.rows(7_001)
        with anyio.move_on_after(INTERVAL * 10):
            await received.until(RowsLoaded)
    assert received.losses[-1] == -1.0
    assert len(received.of(LoadStarted)) == 1


async def test_numbers_are_those_that_were_logged(
    faulty_server: Any, project: Any, asking: Any
) -> None:
    odd = [{"loss": "NaN", "big": 2**60 + 1}, {"loss": "-Infinity"}, {"loss": 0.1 + 0.2}]
    project.log(odd, steps=[1, (7).to_bytes(8, "little"), 2**62 + 1])
    async with asking(faulty_server) as received:
        await received.until(LoadFinished)
        run = received.runs["id-run"]
    nan, *others = received.losses
    assert math.isnan(nan)
    assert others == [-math.inf, 0.1 + 0.2]
    assert run.series["big"].exact == {0: 2**60 + 1}
    assert list(run.logged_steps)[:2] == [1.0, 7.0]
    assert run.last_logged_step == 2**62 + 1


async def test_alerts_and_what_was_logged_of_the_machine(
    faulty_server: Any, project: Any, asking: Any
) -> None:
    project.log([{"loss": 1.0}])
    project.execute(
        "CREATE TABLE alerts (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, title TEXT,"
        " text TEXT, level TEXT, step INTEGER, timestamp TEXT)"
    )
    project.execute(
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT,"
        " timestamp TEXT, metrics TEXT)"
    )
    alert = ("id-run", "run", "hot", "too hot", "error", (9).to_bytes(8, "little"), "")
    project.execute("INSERT INTO alerts VALUES (1, ?, ?, ?, ?, ?, ?, ?)", [alert])
    machine = ("id-run", "run", "2026-03-01T10:00:00+00:00", b'{"cpu": 4.5}')
    project.execute("INSERT INTO system_metrics VALUES (1, ?, ?, ?, ?)", [machine])
    async with asking(faulty_server) as received:
        told = await received.until(AlertsLoaded, where=lambda event: bool(event.alerts))
        rows = await received.until(SystemRowsLoaded)
    assert [(alert.title, alert.step) for alert in told.alerts] == [("hot", 9)]
    assert list(rows.batches[0].columns["cpu"].values) == [4.5]


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("html", "is no TrackIO server"),
        ("cut", "broke off its answer"),
        ("banner", "no HTTP"),
        ("endless", "more than can be read"),
        ("rows", "more than can be read"),
        ("types", "what no TrackIO server says"),
        ("falling", "damaged"),
        ("denied", "not authorized"),
        ("starting", "too busy"),
    ],
)
async def test_a_fault_is_one_notice_and_what_was_read_goes_on_behind_it(
    faulty_server: Any, project: Any, asking: Any, mode: str, sentence: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("trackio_view.sources.http.faults._BUSY_SECONDS", 0.02)
    project.log([{"loss": 0.0}])
    async with asking(faulty_server) as received:
        await received.until(LoadFinished)
        faulty_server.mode = mode
        project.log([{"loss": 1.0}])
        told = await received.until(Notice, where=lambda event: event.text)
        assert sentence in told.text
        assert told.text.endswith("; trying again.")
        faulty_server.mode = "right"
        await received.until(Notice, where=lambda event: event.text is None)
        await received.rows(2)
        heard = [event.since is None for event in received.of(OriginUnheard)]
        # A project that cannot be read does not mean that its server is away.
        assert heard == ([] if mode in _OF_THE_PROJECT else [False, True])
    assert received.losses == [0.0, 1.0]
    assert len({event.text for event in received.of(Notice) if event.text}) == 1
    assert received.of(ProjectVanished) == []


async def test_a_server_that_answers_too_slowly_is_asked_for_less(
    faulty_server: Any, project: Any, asking: Any
) -> None:
    project.log([{"loss": 0.0}])
    async with asking(faulty_server) as received:
        await received.until(LoadFinished)
        faulty_server.mode = "small"
        project.log([{"loss": 1.0}] * 9)
        await received.until(Notice, where=lambda event: event.text)
        faulty_server.mode = "right"
        await received.rows(10)
    limits = [
        json.loads(asked.body)["query"].rpartition("LIMIT ")[2].partition(")")[0]
        for asked in faulty_server.asked
        if b"CAST(metrics AS TEXT)" in asked.body
    ]
    assert int(limits[-1]) <= int(limits[0])


class Enough(Exception):
    """Ends looks that would go on for ever."""


@pytest.mark.parametrize(("needs_rest", "rest"), [(True, 2.0), (False, 0.0)])
async def test_while_much_is_read_a_server_rests_for_as_long_as_it_worked_at_the_look_before(
    monkeypatch: pytest.MonkeyPatch, needs_rest: bool, rest: float
) -> None:
    """It works 3 seconds for each look; for one of them it rests already while we decode."""
    now, pauses, is_all = [100.0], [], iter((False, False, True))
    reader = SimpleNamespace(waited=0.0, is_certain=True, end_look=bool)

    def look(_: object) -> bool:
        reader.waited += 3.0
        now[0] += 3.0
        return True

    def read(_: object) -> bool:
        now[0] += 1.0
        return next(is_all)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise Enough

    async def tell_nothing(_: object) -> None:
        pass

    reader.look = look
    follower = SimpleNamespace(witnesses=list, take=list, read=read)
    monkeypatch.setattr(project_looks, "ServerReader", lambda *_: reader)
    monkeypatch.setattr(project_looks, "Follower", lambda *_: follower)
    clock = SimpleNamespace(current_time=lambda: now[0], sleep=sleep)
    monkeypatch.setattr(project_looks, "anyio", clock)
    place: Any = SimpleNamespace(inbox=None, begin=bool, damage=lambda _: None)
    place.needs_rest = needs_rest
    send, received = anyio.create_memory_object_stream[Any](0)
    with send, received, pytest.raises(Enough):
        await project_looks.ProjectLooks(
            place,
            ProjectId("https://somewhere", "p"),
            INTERVAL,
            send,
            pauses=Pauses(),
            tell_whether_heard=tell_nothing,
        ).run()
    assert pauses == [rest, rest, INTERVAL]


async def test_a_project_that_vanishes_and_returns(
    faulty_server: Any, project: Any, asking: Any
) -> None:
    project.log([{"loss": 0.0}])
    async with asking(faulty_server) as received:
        await received.until(LoadFinished)
        moved = project.path.with_suffix(".moved")
        project.path.rename(moved)
        await received.until(ProjectVanished)
        told = await received.until(Notice)
        assert "gone from" in told.text
        moved.rename(project.path)
        again = await received.until(LoadStarted)
        assert again.generation == 2
        await received.until(LoadFinished)
    assert received.losses == [0.0]


async def test_a_project_that_is_not_there_yet_is_waited_for(
    faulty_server: Any, asking: Any, new_project: Any
) -> None:
    async with asking(faulty_server, "other") as received:
        told = await received.until(Notice)
        assert "no such project" in told.text
        new_project("other").log([{"loss": 3.0}])
        await received.rows(1)
    assert received.losses == [3.0]


def fill(directory: Any, first: int, count: int) -> None:
    """Add rows to a project as TrackIO's server has it."""
    with closing(sqlite3.connect(directory / "real.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = wal")
        database.execute(
            "CREATE TABLE IF NOT EXISTS metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT"
            " NOT NULL, timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
            " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
        )
        database.executemany(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
            " VALUES ('id-run', '2026-03-01T10:00:00+00:00', 'run', ?, ?)",
            [(step, b'{"loss": %d}' % step) for step in range(first, first + count)],
        )


async def test_rows_that_come_out_of_order_after_an_outage_are_there_once(
    faulty_server: Any, project: Any, asking: Any
) -> None:
    """A trainer sends its queue before the rows that it kept on disk: ids grow, but steps do
    not."""
    project.log([{"loss": float(n)} for n in range(50)])
    async with asking(faulty_server) as received:
        await received.rows(50)
        await anyio.to_thread.run_sync(faulty_server.stop)
        await received.until(Notice, where=lambda event: event.text)
        late = [*range(93, 133), *range(51, 93), *range(133, 140)]
        project.log([{"loss": float(n)} for n in late], steps=late)
        faulty_server.start()
        await received.until(Notice, where=lambda event: event.text is None)
        await received.rows(139)
        with anyio.move_on_after(INTERVAL * 10):
            await received.until(RowsLoaded)
    assert received.losses == [float(n) for n in (*range(50), *late)]
    assert len(received.of(LoadStarted)) == 1


@pytest.mark.parametrize("seconds", [0.0, 3_600.0])
async def test_a_connection_that_died_in_a_laptops_sleep_is_made_anew(
    faulty_server: Any, project: Any, asking: Any, monkeypatch: Any, seconds: float
) -> None:
    """Nobody resets the connection, and on some systems the monotonic clock stood still, too."""
    project.log([{"loss": float(n)} for n in range(50)])
    async with asking(faulty_server) as received:
        await received.until(LoadFinished)
        received.server.client._whole_seconds = 1.0
        project.log([{"loss": 50.0}])
        await received.rows(51)
        faulty_server.sleeps += 1
        slept = SimpleNamespace(monotonic=lambda: time.monotonic() + seconds)
        for room in (http_client, timed_socket):
            monkeypatch.setattr(room, "time", slept)
        project.log([{"loss": 51.0}, {"loss": 52.0}])
        told = await received.until(Notice, where=lambda event: event.text)
        assert "too slow" in told.text
        await received.rows(53)
    assert received.losses == [float(n) for n in range(53)]
    assert len(received.of(LoadStarted)) == 1


async def test_every_row_of_trackios_own_server_once_across_its_death(
    real_server: Any, asking: Any
) -> None:
    fill(real_server.directory, 0, 300)
    async with asking(real_server, "real") as received:
        with anyio.fail_after(60):
            await received.rows(300)
            await anyio.to_thread.run_sync(real_server.kill)
            told = await received.until(Notice, where=lambda event: event.text)
            assert "refuses connections" in told.text
            fill(real_server.directory, 300, 50)
            # The start may take longer than `rows` waits.
            await anyio.to_thread.run_sync(real_server.start)
            await received.rows(350)
            client = received.server.client
            asked = client.requests
            while client.requests < asked + 3:
                # The next looks bring no row.
                with anyio.move_on_after(INTERVAL):
                    await received.until(RowsLoaded)
    assert received.losses == [float(step) for step in range(350)]
    assert len(received.of(LoadStarted)) == 1
    assert received.source.named("real") == ProjectId(real_server.address, "real")
