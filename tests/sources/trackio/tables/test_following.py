from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    PreviewLoaded,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.project_watch import watch_project
from trackio_view.sources.trackio.tables import following
from trackio_view.sources.trackio.tables.previews import PREVIEW_SEEKS, PREVIEW_TAIL
from trackio_view.sources.trackio.tables.rows import bounded, decode

INTERVAL = 0.01


async def test_a_project_is_loaded_whole_and_then_followed(
    project: Any, folder_state: Any, monkeypatch: pytest.MonkeyPatch, watching: Any
) -> None:
    project.log([{"loss": n, "odd": 1} if n % 2 else {"loss": n} for n in range(700)])
    project.configure({"lr": 0.1, "_Group": "g"})
    before = folder_state(project.path.parent)
    decoded: list[int] = []
    monkeypatch.setattr(
        following, "decode", lambda rows: (decoded.append(len(rows)), decode(rows))[1]
    )
    async with watching(project.path) as received:
        started = await received.until(LoadStarted, where=lambda _: True)
        assert (started.project.name, started.total_rows) == ("project", 700)
        await received.until(LoadFinished)
        (details,) = received.of(DetailsLoaded)
        assert [(run.run_id, run.group) for run in details.runs] == [("id-run", "g")]
        run = received.runs["id-run"]
        assert list(run.series["loss"].values) == [float(n) for n in range(700)]
        assert list(run.series["odd"].rows) == list(range(1, 700, 2))
        assert received.of(RowsLoaded)[-1].loaded_rows == 700
        await received.quiet()
        decoded.clear()
        project.log([{"loss": -1}] * 3)
        await received.rows(703)
        assert decoded == [3]
        project.configure({"lr": 0.2})
        changed = await received.until(DetailsLoaded)
        assert changed.runs[0].config == {"lr": 0.2}
        assert len(received.of(LoadStarted)) == 1
        assert received.of(Notice) == []
    assert set(folder_state(project.path.parent)) == set(before)


async def test_a_preview_samples_all_rows_once_before_they_are_read(
    project: Any, watching: Any
) -> None:
    total = 30_000
    project.log([{"loss": n} for n in range(total)])
    async with watching(project.path, interval=30) as received:
        preview = await received.until(PreviewLoaded)
        assert received.of(RowsLoaded) == []
        (batch,) = preview.batches
        steps = list(batch.steps)
        assert steps == sorted(set(steps))
        assert steps[0] == 0
        assert steps[-PREVIEW_TAIL:] == list(range(total - PREVIEW_TAIL, total))
        assert len(steps) < 2 * (PREVIEW_SEEKS + PREVIEW_TAIL)
        assert max(b - a for a, b in pairwise(steps)) < 40
        await received.until(LoadFinished)
        assert list(received.runs["id-run"].steps) == list(range(total))


async def test_rows_written_while_a_load_runs_show_in_a_fresh_preview(
    project: Any, watching: Any
) -> None:
    # One visit of a fast machine reads some 20,000 rows, and the row must come while others wait.
    total = 80_000
    project.log([{"loss": n} for n in range(total)])
    async with watching(project.path, interval=0) as received:
        await received.until(RowsLoaded)
        project.log([{"loss": -5}])
        fresh = await received.until(PreviewLoaded, where=lambda it: it.batches[0].last_id > total)
        assert fresh.batches[0].columns["loss"].values[-1] == -5
        await received.rows(total + 1)


async def test_a_small_project_needs_no_preview(project: Any, watching: Any) -> None:
    project.log([{"loss": 1}] * 10)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        assert received.of(PreviewLoaded) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM metrics WHERE run_id = 'id-a'",
        "DELETE FROM metrics WHERE run_id = 'id-b'",
        "DELETE FROM metrics WHERE id = 2",
        "DELETE FROM metrics",
        # To rename a run, TrackIO gives its rows new ids.
        "UPDATE metrics SET run_name = 'new', id = id + 100 WHERE run_id = 'id-a'",
        # A migration keeps the ids of rows and gives runs new ids.
        "UPDATE metrics SET run_id = 'id of ' || run_name",
    ],
)
async def test_rows_that_go_make_a_new_generation(
    project: Any, statement: str, watching: Any
) -> None:
    project.log([{"loss": n} for n in range(10)], run="a")
    project.log([{"loss": n} for n in range(5)], run="b")
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.execute(statement)
        again = await received.until(LoadFinished)
        assert again.generation == 2
        database = project.connect()
        expected = dict(
            database.execute("SELECT run_id, count(*) FROM metrics GROUP BY run_id").fetchall()
        )
        database.close()
        assert {run.run_id: run.row_count for run in received.runs.values()} == expected


async def test_a_project_that_is_replaced_is_read_anew(
    project: Any, new_project: Any, watching: Any
) -> None:
    project.log([{"loss": 1}] * 4)
    other = new_project("other")
    other.log([{"loss": 9}] * 6, run="other")
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        os.replace(other.path, project.path)
        await received.until(LoadFinished)
        assert [run.name for run in received.runs.values()] == ["other"]


async def test_a_link_that_leads_elsewhere_is_read_anew(
    new_project: Any, tmp_path: Path, folder_state: Any, kill_writer: Any, watching: Any
) -> None:
    one, other = new_project("one"), new_project("other")
    one.log([{"loss": 1}] * 4)
    other.log([{"loss": 9}] * 6, run="other")
    kill_writer(one.path, "wal")
    before = folder_state(one.path.parent)
    link = tmp_path / "linked.db"
    link.symlink_to(one.path)
    async with watching(link) as received:
        await received.until(LoadFinished)
        assert received.runs["id-run"].row_count == 7
        link.unlink()
        link.symlink_to(other.path)
        await received.until(LoadFinished)
        assert [run.name for run in received.runs.values()] == ["other"]
    assert folder_state(one.path.parent) == before


async def test_broken_rows_make_one_notice_that_counts(project: Any, watching: Any) -> None:
    project.log([{"loss": 1}, b"{", {"loss": 2}, "nonsense"])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        assert [notice.text for notice in received.of(Notice)] == [
            "2 rows are left out: their metrics are not readable JSON."
        ]
        assert list(received.runs["id-run"].series["loss"].values) == [1.0, 2.0]
        await received.quiet()
        project.log([b"{"])
        notice = await received.until(Notice)
        assert notice.text is not None
        assert notice.text.startswith("3 rows")


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
async def test_an_id_far_away_holds_up_nothing(
    new_project: Any, journal_mode: str, watching: Any
) -> None:
    project = new_project("p", journal_mode)
    project.log([{"loss": n} for n in range(50)])
    project.execute("UPDATE metrics SET id = 1 << 60 WHERE id = 50")
    async with watching(project.path) as received:
        await received.rows(50)
        project.log([{"loss": 7}])
        await received.rows(51)
        assert len(received.of(LoadStarted)) == 1


@pytest.mark.parametrize("garbled", [-(2**63), -1, 0])
@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
async def test_an_id_from_before_the_first_is_read_once(
    new_project: Any, journal_mode: str, garbled: int, watching: Any
) -> None:
    project = new_project("p", journal_mode)
    project.log([{"loss": n} for n in range(50)])
    project.execute("UPDATE metrics SET id = ? WHERE id = 50", [(garbled,)])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.log([{"loss": 7}])
        await received.rows(51)
        await received.quiet()
        assert len(received.of(LoadStarted)) == 1


async def test_system_metrics_are_signs_of_life(project: Any, watching: Any) -> None:
    project.log([{"loss": 1}])
    project.execute(
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
        " run_name TEXT, metrics TEXT)"
    )
    beat = "INSERT INTO system_metrics (run_id, timestamp, metrics) VALUES ('id-run', ?, '{}')"
    project.execute(beat, [("2026-03-01T10:00:20+00:00",), ("2026-03-01T10:00:10+00:00",), ("?",)])
    async with watching(project.path) as received:
        found = await received.until(HeartbeatsLoaded)
        assert found.times == {"id-run": 1772359220.0}


_TRAINING = """
import trackio
run = trackio.init(project="real project!", name="run \\x1b[31m", config={"lr": 0.1})
for step in range(40):
    trackio.log({"loss": 1 / (step + 1), "nan": float("nan"), "step": 1, "big": 2**60 + 1})
trackio.finish()
"""


async def test_a_real_training_is_followed(tmp_path: Path, watching: Any) -> None:
    path = tmp_path / "realproject.db"
    async with watching(path, interval=0.05) as received:
        training = subprocess.Popen(
            [sys.executable, "-c", _TRAINING],
            env={**os.environ, "TRACKIO_DIR": str(tmp_path), "HF_HUB_OFFLINE": "1"},
            stdout=subprocess.DEVNULL,
        )
        with anyio.fail_after(30):
            while sum(run.row_count for run in received.runs.values()) < 40:
                received.events.append(await received.until(RowsLoaded))
        while training.poll() is None:
            with anyio.move_on_after(0.05):
                await received.until(Notice)
        (run,) = received.runs.values()
        assert run.name == "run \x1b[31m"
        assert run.series["loss"].values[3] == 0.25
        assert run.series["big"].number(-1) == 2**60 + 1
        assert run.series["nan"].values[0] != run.series["nan"].values[0]
        assert run.series["__step"].values[0] == 1
        assert abs(run.last_time - time.time()) < 60
    assert not (tmp_path / "realproject.db-wal").exists()


ALERTS = (
    "CREATE TABLE alerts (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT, timestamp TEXT,"
    " run_name TEXT, title TEXT NOT NULL, text TEXT, level TEXT DEFAULT 'warn', step INTEGER)"
)


ALERT = (
    "INSERT INTO alerts (run_id, timestamp, run_name, title, level, step)"
    " VALUES ('id-run', '2026-03-01T10:00:00+00:00', 'run', ?, 'error', 3)"
)


async def test_alerts_are_read_once_and_those_that_arrive_are_told_apart(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute(ALERTS)
    project.execute(ALERT, [("first",), ("second",)])
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    found: list[AlertsLoaded] = []
    async with anyio.create_task_group() as tasks, send, receive:
        tasks.start_soon(watch_project, project.path, ProjectId("", "project"), INTERVAL, send)
        with anyio.fail_after(60):
            async for event in receive:
                if isinstance(event, AlertsLoaded):
                    found.append(event)
                    if len(found) == 1:
                        project.execute(ALERT, [("third",)])
                    else:
                        break
        tasks.cancel_scope.cancel()
    told = [([alert.title for alert in event.alerts], event.arriving) for event in found]
    assert told == [(["first", "second"], False), (["third"], True)]
    assert found[1].alerts[0].run_id == "id-run"


async def test_alerts_of_a_project_that_is_replaced_are_read_anew(
    project: Any, new_project: Any, watching: Any
) -> None:
    other = new_project("other")
    for made, titles in ((project, ["first", "second", "third"]), (other, ["another"])):
        made.log([{"loss": 1.0}])
        made.execute(ALERTS)
        made.execute(ALERT, [(title,) for title in titles])
    async with watching(project.path) as received:
        await received.until(AlertsLoaded)
        os.replace(other.path, project.path)
        event = await received.until(AlertsLoaded)
        assert [alert.title for alert in event.alerts] == ["another"]


def fill(project: Any, *, alerts: int, system: int) -> None:
    project.execute(ALERTS)
    project.execute(ALERT, [(f"{number}",) for number in range(alerts)])
    project.execute(
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
        " run_name TEXT, metrics TEXT NOT NULL)"
    )
    beat = (
        "INSERT INTO system_metrics (run_id, timestamp, run_name, metrics)"
        " VALUES ('id-run', '2026-03-01T10:00:00+00:00', 'run', '{\"cpu\": 1.0}')"
    )
    project.execute(beat, [()] * system)


def test_a_visit_that_is_over_ends_after_the_piece_at_hand_whatever_that_is_of(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a program that waits to write does so between any two pieces."""
    project.log([{"loss": 1.0}] * 20_000)
    fill(project, alerts=1600, system=1600)
    monkeypatch.setattr(following, "visit_seconds", lambda _: 0.0)
    known = ProjectId("", "project")
    follower = following.Follower(known, INTERVAL, Notices(known))
    visits: list[Counter[type]] = []
    is_all = False
    while not is_all:
        with closing(open_at_rest(str(project.path))) as opened:
            is_all = follower.read(opened)
        pieces = (RowsLoaded, AlertsLoaded, SystemRowsLoaded)
        visits.append(Counter(type(one) for one in follower.take() if isinstance(one, pieces)))
    for kind in pieces:
        assert sum(visit[kind] for visit in visits) > 1
        assert max(visit[kind] for visit in visits) == 1


async def test_very_many_alerts_come_in_pieces_before_the_rows_of_the_machine(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1.0}])
    fill(project, alerts=1600, system=600)
    # A visit of a busy project ends after each piece.
    monkeypatch.setattr(following, "visit_seconds", lambda _: 0.0)
    send, receive = anyio.create_memory_object_stream[DataEvent](1)
    titles: list[str] = []
    system = 0
    async with anyio.create_task_group() as tasks, send, receive:
        tasks.start_soon(watch_project, project.path, ProjectId("", "project"), INTERVAL, send)
        with anyio.fail_after(60):
            while system < 600:
                event = await receive.receive()
                if isinstance(event, AlertsLoaded):
                    assert (event.arriving, system) == (False, 0)
                    titles += [alert.title for alert in event.alerts]
                elif isinstance(event, SystemRowsLoaded):
                    system += sum(len(rows.times) for rows in event.batches)
        tasks.cancel_scope.cancel()
    assert titles == [f"{number}" for number in range(1600)]


async def test_a_name_too_long_for_any_page_is_cut_and_an_identity_is_not(
    project: Any, watching: Any
) -> None:
    name = "n" * 1_000_000
    project.log([{"loss": 1}] * 3, run=name)
    project.configure({"lr": 1, "note": "x" * 1_000_000}, run=name)
    async with watching(project.path) as received:
        details = await received.until(DetailsLoaded)
        loaded = await received.until(RowsLoaded)
    (batch,), (run,) = loaded.batches, details.runs
    assert batch.run_id == run.run_id == f"id-{name}"
    assert batch.run_name == run.run_name == bounded(name)
    assert run.config == {"lr": 1, "note": bounded("x" * 1_000_000)}
