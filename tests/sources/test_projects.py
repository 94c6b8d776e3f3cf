from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

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
    ProjectRenamed,
    ProjectsListed,
    ProjectVanished,
    RowsLoaded,
    Severity,
)
from trackio_view.model.run import Run
from trackio_view.sources import project_list, projects
from trackio_view.sources.faults import damaged
from trackio_view.sources.projects import watch_project, watch_projects_list

INTERVAL = 0.01
Event = TypeVar("Event")


class Received:
    """What a producer sent, and the runs that a fold makes of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.events: list[DataEvent] = []
        self.runs: dict[str, Run] = {}

    async def until(self, kind: type[Event], *, where: Callable[[Event], bool] = bool) -> Event:
        """Return the next event of a kind, folding in whatever comes before."""
        with anyio.fail_after(10):
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


def anything(_: object) -> bool:
    return True


@asynccontextmanager
async def watching(path: Path, interval: float = INTERVAL) -> AsyncIterator[Received]:
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(watch_project, path, path.stem, interval, send)
        try:
            yield Received(receive)
        finally:
            tasks.cancel_scope.cancel()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    workers = [it for it in threading.enumerate() if "connection_worker" in it.name]
    for worker in workers:
        worker.join(5)
    assert not any(worker.is_alive() for worker in workers)


async def test_a_project_is_loaded_whole_and_then_followed(
    project: Any, folder_state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": n, "odd": 1} if n % 2 else {"loss": n} for n in range(700)])
    project.configure({"lr": 0.1, "_Group": "g"})
    before = folder_state(project.path.parent)
    decoded: list[int] = []
    real = projects.decode
    monkeypatch.setattr(projects, "decode", lambda rows: (decoded.append(len(rows)), real(rows))[1])
    async with watching(project.path) as received:
        started = await received.until(LoadStarted, where=anything)
        assert (started.project, started.total_rows) == ("project", 700)
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


async def test_a_preview_samples_all_rows_once_before_they_are_read(project: Any) -> None:
    total = 30_000
    project.log([{"loss": n} for n in range(total)])
    async with watching(project.path, interval=30) as received:
        preview = await received.until(PreviewLoaded)
        assert received.of(RowsLoaded) == []
        (batch,) = preview.batches
        steps = list(batch.steps)
        assert steps == sorted(set(steps))
        assert steps[0] == 0
        assert steps[-projects.PREVIEW_TAIL :] == list(range(total - projects.PREVIEW_TAIL, total))
        assert len(steps) < 2 * (projects.PREVIEW_SEEKS + projects.PREVIEW_TAIL)
        assert max(b - a for a, b in pairwise(steps)) < 40
        await received.until(LoadFinished)
        assert list(received.runs["id-run"].steps) == list(range(total))


async def test_rows_written_while_a_load_runs_show_in_a_fresh_preview(project: Any) -> None:
    project.log([{"loss": n} for n in range(20_000)])
    async with watching(project.path, interval=0) as received:
        await received.until(RowsLoaded)
        project.log([{"loss": -5}])
        fresh = await received.until(PreviewLoaded, where=lambda it: it.batches[0].last_id > 20_000)
        assert fresh.batches[0].columns["loss"].values[-1] == -5
        await received.rows(20_001)


async def test_a_small_project_needs_no_preview(project: Any) -> None:
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
        # What TrackIO does to rename a run: new ids for the same rows.
        "UPDATE metrics SET run_name = 'new', id = id + 100 WHERE run_id = 'id-a'",
        # What a migration does: the same ids, other identities.
        "UPDATE metrics SET run_id = 'id of ' || run_name",
    ],
)
async def test_rows_that_go_make_a_new_generation(project: Any, statement: str) -> None:
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


async def test_a_project_may_not_be_there_yet(new_project: Any, tmp_path: Path) -> None:
    async with watching(tmp_path / "projects" / "late.db") as received:
        notice = await received.until(Notice)
        assert notice.text == "Waiting for the first row."
        new_project("late")
        await received.until(LoadFinished)
        assert (await received.until(Notice)).text is None


async def test_an_empty_file_and_a_database_without_tables_are_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "early.db"
    path.touch()
    async with watching(path) as received:
        assert (await received.until(Notice)).text == "Waiting for the first row."
        await received.quiet()


async def test_a_project_that_vanishes_and_returns(project: Any, new_project: Any) -> None:
    project.log([{"loss": 1}] * 4)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.path.unlink()
        for left in project.path.parent.iterdir():
            left.unlink()
        assert (await received.until(ProjectVanished)).project == "project"
        await received.until(Notice)
        again = new_project("project")
        again.log([{"loss": 2}] * 2)
        await received.rows(2)
        assert received.of(ProjectVanished) == [ProjectVanished("project")]


async def test_a_project_that_is_replaced_is_read_anew(project: Any, new_project: Any) -> None:
    project.log([{"loss": 1}] * 4)
    other = new_project("other")
    other.log([{"loss": 9}] * 6, run="other")
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        os.replace(other.path, project.path)
        await received.until(LoadFinished)
        assert [run.name for run in received.runs.values()] == ["other"]


async def test_a_link_that_leads_elsewhere_is_read_anew(
    new_project: Any, tmp_path: Path, folder_state: Any, kill_writer: Any
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


async def test_broken_rows_make_one_notice_that_counts(project: Any) -> None:
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


@pytest.mark.parametrize("content", [b"no database, only text\n" * 9, b"SQLite format 3\0" * 300])
async def test_what_is_no_database_makes_one_notice(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    async with watching(path) as received:
        notice = await received.until(Notice)
        assert notice.text
        assert notice.text.endswith(".")
        await received.quiet()


async def test_a_folder_named_like_a_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").mkdir()
    async with watching(tmp_path / "x.db") as received:
        assert (await received.until(Notice)).text == "This is not a file."
        await received.quiet()


async def test_damage_makes_a_notice_and_repair_takes_it_back(project: Any) -> None:
    project.log([{"loss": n, "text": "x" * 200} for n in range(400)])
    intact = project.path.read_bytes()
    project.path.write_bytes(intact[: len(intact) // 2])
    async with watching(project.path) as received:
        notice = await received.until(Notice)
        assert notice.text == "The database is damaged: parts of it are unreadable."
        repaired = project.path.with_name("repaired")
        repaired.write_bytes(intact)
        os.replace(repaired, project.path)
        await received.rows(400)
        await received.until(Notice, where=lambda it: it.text is None)


def overwritten(content: bytes, mark: bytes) -> bytes:
    """Return the content without the page that holds a mark."""
    start = content.index(mark) // 4096 * 4096
    return content[:start] + bytes(4096) + content[start + 4096 :]


async def test_rows_on_both_sides_of_damage_come_once_and_the_load_ends(new_project: Any) -> None:
    project = new_project("p", "delete")
    project.log([{"loss": n, "text": "x" * 200} for n in range(600)])
    intact = project.path.read_bytes()
    project.path.write_bytes(overwritten(intact, b'"loss": 300,'))
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        notice = await received.until(
            Notice, where=lambda it: it.text is not None and "up to" in it.text
        )
        assert notice.severity is Severity.ERROR
        assert len(received.of(LoadStarted)) == 1
        values = list(received.runs["id-run"].series["loss"].values)
        assert values == sorted(set(values))
        assert {0.0, 599.0} <= set(values)
        assert 560 < len(values) < 600
        assert str(600 - len(values)) in (notice.text or "")
        # Nothing changes: nothing is said or read again.
        await received.quiet()
        # What is added to it is followed all the same, and what was read is not read again.
        project.log([{"loss": 1000}])
        await received.rows(len(values) + 1)
        assert len(received.of(LoadStarted)) == 1
        assert received.of(Notice)[-1].text == notice.text
        # In order again, it is read whole.
        project.path.write_bytes(intact)
        await received.rows(600)
        await received.until(Notice, where=lambda it: it.text is None)
        project.log([{"loss": 7}])
        await received.rows(601)


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
async def test_an_id_far_away_holds_up_nothing(new_project: Any, journal_mode: str) -> None:
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
    new_project: Any, journal_mode: str, garbled: int
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


async def test_damage_later_on_takes_nothing_off_the_screen(new_project: Any) -> None:
    project = new_project("p", "delete")
    project.log([{"loss": n, "text": "x" * 200} for n in range(600)])
    intact = project.path.read_bytes()
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        for size in (len(intact) // 2, 5000):
            spoiled = intact[:size]
            project.path.write_bytes(spoiled)
            await received.until(Notice, where=lambda it: it.text is not None)
            project.path.write_bytes(intact)
            await received.until(Notice, where=lambda it: it.text is None)
        assert len(received.of(LoadStarted)) == 1
        assert received.runs["id-run"].row_count == 600


async def test_a_load_of_which_nothing_more_is_readable_ends(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": n, "text": "x" * 200} for n in range(600)])
    project.path.write_bytes(overwritten(project.path.read_bytes(), b'"loss": 500,'))

    def nothing(*_: Any, **__: Any) -> None:
        raise damaged()

    monkeypatch.setattr(projects, "open_salvaged", nothing)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        assert received.runs["id-run"].row_count > 200
        assert received.of(Notice)[-1].text == str(damaged())


@pytest.mark.parametrize("share", range(0, 100, 9))
async def test_truncation_of_any_size_stops_nothing(project: Any, share: int) -> None:
    project.log([{"loss": n, "text": "x" * 100} for n in range(200)])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
    size = project.path.stat().st_size
    os.truncate(project.path, size * share // 100)
    async with watching(project.path) as received:
        event = await received.until(Notice)
        assert event.text


async def test_a_lock_is_worth_a_notice_only_when_it_lasts(
    new_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "PATIENCE", 0.3)
    project = new_project("p", "delete")
    project.log([{"loss": 1}])
    writer = project.connect()
    writer.execute("BEGIN EXCLUSIVE")
    async with watching(project.path) as received:
        notice = await received.until(Notice)
        assert notice.text == "The database is locked by another program; trying again."
        writer.execute("COMMIT")
        await received.until(LoadFinished)
        assert (await received.until(Notice)).text is None
    writer.close()


@pytest.mark.parametrize("kind", ["wal", "journal"])
async def test_what_a_killed_writer_left_stays_byte_for_byte(
    new_project: Any, folder_state: Any, kill_writer: Any, kind: str
) -> None:
    project = new_project("p", "wal" if kind == "wal" else "delete")
    project.log([{"loss": 1}] * 2)
    kill_writer(project.path, kind)
    before = folder_state(project.path.parent)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        assert received.runs["id-run"].row_count == (5 if kind == "wal" else 2)
        await received.quiet()
    assert folder_state(project.path.parent) == before


async def test_a_writer_who_returns_to_a_leftover_is_followed(
    project: Any, kill_writer: Any
) -> None:
    project.log([{"loss": 1}])
    kill_writer(project.path, "wal")
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.log([{"loss": 7}])
        await received.rows(5)
        assert len(received.of(LoadStarted)) == 1
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_a_rollback_journal_project_is_followed_into_another_mode(new_project: Any) -> None:
    project = new_project("p", "delete")
    project.log([{"loss": 1}] * 50)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.log([{"loss": 2}])
        await received.rows(51)
        writer = project.connect()
        writer.execute("PRAGMA journal_mode = wal")
        writer.close()
        project.log([{"loss": 3}])
        await received.rows(52)
        assert len(received.of(LoadStarted)) == 1
    assert [file.name for file in project.path.parent.iterdir()] == ["p.db"]


async def test_a_read_only_project_is_followed(project: Any, age: Any) -> None:
    project.log([{"loss": 1}] * 3)
    project.path.chmod(0o444)
    age(project.path)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        await received.quiet()
        project.log([{"loss": 2}])
        age(project.path)
        await received.rows(4)
        assert len(received.of(LoadStarted)) == 1


async def test_cancelling_in_mid_query_closes_at_once(project: Any) -> None:
    project.log([{"loss": 1}] * 100)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with anyio.move_on_after(0.2):
        async with projects._connected(str(project.path)) as reader:
            await reader.fetch(endless)
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_cancelling_at_any_moment_leaves_nothing(project: Any) -> None:
    project.log([{"loss": n} for n in range(8000)])
    for microseconds in range(0, 30_000, 1500):
        send, receive = anyio.create_memory_object_stream[DataEvent](1000)
        with anyio.move_on_after(microseconds / 1e6):
            await watch_project(project.path, "p", INTERVAL, send)
        send.close()
        receive.close()
        assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_the_watch_ends_when_nobody_listens(project: Any) -> None:
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    receive.close()
    with anyio.fail_after(5):
        await watch_project(project.path, "p", INTERVAL, send)
    send.close()


@asynccontextmanager
async def listing(folder: Path) -> AsyncIterator[Received]:
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(watch_projects_list, folder, INTERVAL, send)
        try:
            yield Received(receive)
        finally:
            tasks.cancel_scope.cancel()


async def test_the_list_follows_what_comes_grows_and_goes(
    new_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = project_list.summarize
    monkeypatch.setattr(
        project_list, "summarize", lambda found: (looked.append(found.name), real(found))[1]
    )
    folder = tmp_path / "projects"
    async with listing(folder) as received:
        assert (await received.until(ProjectsListed)).projects == []
        first = new_project("first")
        first.log([{"loss": 1}] * 2)
        (folder / "text.db").write_text("no database, and longer than a header is\n" * 5)
        await received.until(
            ProjectsListed,
            where=lambda it: [p.row_count for p in it.projects] == [2, None],
        )
        second = new_project("second")
        second.log([{"loss": 1}] * 5)
        second.execute("UPDATE metrics SET timestamp = '2027-01-01T00:00:00+00:00'")
        listed = await received.until(
            ProjectsListed,
            where=lambda it: [p.name for p in it.projects] == ["second", "first", "text"],
        )
        assert listed.projects[2].fault == "The file is not an SQLite database."
        first.path.unlink()
        await received.until(ProjectsListed, where=lambda it: len(it.projects) == 2)
        with anyio.move_on_after(0.3):
            await received.until(Notice)
        looked.clear()
        await received.quiet()
        assert looked == []


@pytest.mark.parametrize("becomes", ["moved", "deleted"])
async def test_nothing_is_left_of_a_project_that_goes_while_watched(
    project: Any, becomes: str
) -> None:
    project.log([{"loss": 1}])
    moved = project.path.with_name("moved.db")
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        if becomes == "moved":
            project.path.rename(moved)
        else:
            project.path.unlink()
        await received.until(ProjectVanished)
    assert [path.name for path in moved.parent.iterdir()] == ["moved.db"] * (becomes == "moved")


async def test_a_project_that_gets_another_name_is_told_of(
    new_project: Any, tmp_path: Path
) -> None:
    first = new_project("first")
    first.log([{"loss": 1}])
    async with listing(first.path.parent) as received:
        await received.until(ProjectsListed)
        # What the last look saw of a file is how it is known again.
        await received.quiet()
        first.path.rename(first.path.with_name("second.db"))
        renamed = await received.until(ProjectRenamed)
        assert (renamed.project, renamed.new_name) == ("first", "second")
        listed = await received.until(ProjectsListed)
        assert [project.name for project in listed.projects] == ["second"]
        first.path.with_name("second.db").unlink()
        new_project("third").log([{"loss": 1}])
        await received.until(
            ProjectsListed, where=lambda it: [p.name for p in it.projects] == ["third"]
        )
    assert len(received.of(ProjectRenamed)) == 1


async def test_of_a_watched_project_only_the_size_is_looked_at(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1}])
    looked: list[str] = []
    real = project_list.summarize
    monkeypatch.setattr(
        project_list, "summarize", lambda found: (looked.append(found.name), real(found))[1]
    )
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    interest = project_list.Interest(False, {project.path.stem})
    async with send, receive, anyio.create_task_group() as tasks:
        folder = project.path.parent
        tasks.start_soon(watch_projects_list, folder, INTERVAL, send, lambda: interest)
        received = Received(receive)
        before = (await received.until(ProjectsListed)).projects[0]
        looked.clear()
        project.log([{"loss": 1}] * 1000)
        after = (await received.until(ProjectsListed)).projects[0]
        assert after.size > before.size
        assert looked == []
        tasks.cancel_scope.cancel()


async def test_a_project_at_rest_is_let_go_and_taken_up_again(
    project: Any, folder_state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "_QUIET_SECONDS", INTERVAL * 8)
    project.log([{"loss": 1}] * 5)
    untouched = folder_state(project.path.parent)
    async with watching(project.path) as received:
        await received.rows(5)
        with anyio.fail_after(10):
            while any("connection_worker" in it.name for it in threading.enumerate()):
                with anyio.move_on_after(INTERVAL):
                    await received.until(Notice)
        assert folder_state(project.path.parent) == untouched
        await received.quiet()
        assert not any("connection_worker" in it.name for it in threading.enumerate())
        project.log([{"loss": 2}])
        await received.rows(6)
        assert received.of(LoadStarted)[-1].generation == 1, "it was not read anew"


async def test_system_metrics_are_signs_of_life(project: Any) -> None:
    project.log([{"loss": 1}])
    project.execute(
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
        " run_name TEXT, metrics TEXT)"
    )
    beat = "INSERT INTO system_metrics (run_id, timestamp) VALUES ('id-run', ?)"
    project.execute(beat, [("2026-03-01T10:00:20+00:00",), ("2026-03-01T10:00:10+00:00",), ("?",)])
    async with watching(project.path) as received:
        found = await received.until(HeartbeatsLoaded)
        assert found.times == {"id-run": 1772359220.0}


async def test_projects_wait_for_their_turn_to_be_read(project: Any, tmp_path: Path) -> None:
    project.log([{"loss": 1}] * 3)
    loads = anyio.CapacityLimiter(1)
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        async with loads:
            call = partial(watch_project, project.path, "p", INTERVAL, send, loads=loads)
            tasks.start_soon(call)
            await Received(receive).quiet()
        await Received(receive).rows(3)
        tasks.cancel_scope.cancel()


async def test_a_hundred_projects_at_rest_are_opened_once(
    project: Any, tmp_path: Path, age: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1}])
    for number in range(100):
        age(Path(shutil.copy(project.path, project.path.with_name(f"copy-{number}.db"))))
    age(project.path)
    opened: list[str] = []
    real = project_list.summarize
    monkeypatch.setattr(
        project_list, "summarize", lambda found: (opened.append(found.name), real(found))[1]
    )
    async with listing(project.path.parent) as received:
        listed = await received.until(ProjectsListed)
        assert len(listed.projects) == 101
        await received.quiet()
        assert len(opened) == 101


_TRAINING = """
import trackio
run = trackio.init(project="real project!", name="run \\x1b[31m", config={"lr": 0.1})
for step in range(40):
    trackio.log({"loss": 1 / (step + 1), "nan": float("nan"), "step": 1, "big": 2**60 + 1})
trackio.finish()
"""


async def test_a_real_training_is_followed(tmp_path: Path) -> None:
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
        tasks.start_soon(watch_project, project.path, "project", INTERVAL, send)
        with anyio.fail_after(10):
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
