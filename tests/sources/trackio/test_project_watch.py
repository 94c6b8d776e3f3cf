from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectVanished,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio import project_watch
from trackio_view.sources.trackio.faults import damaged
from trackio_view.sources.trackio.files import access, visits
from trackio_view.sources.trackio.project_watch import watch_project
from trackio_view.sources.trackio.tables.following import Follower

P = ProjectId("", "p")

INTERVAL = 0.01


async def test_a_project_may_not_be_there_yet(
    new_project: Any, tmp_path: Path, watching: Any
) -> None:
    async with watching(tmp_path / "projects" / "late.db") as received:
        notice = await received.until(Notice)
        assert notice.text == "There is no such project yet; waiting for it."
        new_project("late")
        await received.until(LoadFinished)
        assert (await received.until(Notice)).text is None


async def test_an_empty_file_and_a_database_without_tables_are_waited_for(
    tmp_path: Path, watching: Any
) -> None:
    path = tmp_path / "early.db"
    path.touch()
    async with watching(path) as received:
        assert (await received.until(Notice)).text == "Waiting for the first row."
        await received.quiet()


async def test_a_project_that_vanishes_and_returns(
    project: Any, new_project: Any, watching: Any
) -> None:
    project.log([{"loss": 1}] * 4)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.path.unlink()
        for left in project.path.parent.iterdir():
            left.unlink()
        assert (await received.until(ProjectVanished)).project.name == "project"
        await received.until(Notice)
        again = new_project("project")
        again.log([{"loss": 2}] * 2)
        await received.rows(2)
        assert received.of(ProjectVanished) == [ProjectVanished(ProjectId("", "project"))]


@pytest.mark.parametrize("content", [b"no database, only text\n" * 9, b"SQLite format 3\0" * 300])
async def test_a_file_that_is_no_database_makes_one_notice(
    tmp_path: Path, content: bytes, watching: Any
) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    async with watching(path) as received:
        notice = await received.until(Notice)
        assert notice.text
        assert notice.text.endswith(".")
        await received.quiet()


async def test_a_folder_named_like_a_database(tmp_path: Path, watching: Any) -> None:
    (tmp_path / "x.db").mkdir()
    async with watching(tmp_path / "x.db") as received:
        assert (await received.until(Notice)).text == "This is not a file."
        await received.quiet()


async def test_damage_makes_a_notice_and_repair_takes_it_back(project: Any, watching: Any) -> None:
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
    """Return the content with the page overwritten that holds a mark."""
    start = content.index(mark) // 4096 * 4096
    return content[:start] + bytes(4096) + content[start + 4096 :]


async def test_rows_on_both_sides_of_damage_come_once_and_the_load_ends(
    new_project: Any, watching: Any
) -> None:
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
        # Nothing changes, so no notice comes and nothing is read again.
        await received.quiet()
        # New rows are still followed, and known rows are not read again.
        project.log([{"loss": 1000}])
        await received.rows(len(values) + 1)
        assert len(received.of(LoadStarted)) == 1
        assert received.of(Notice)[-1].text == notice.text
        # After the repair, the whole database is read.
        project.path.write_bytes(intact)
        await received.rows(600)
        await received.until(Notice, where=lambda it: it.text is None)
        project.log([{"loss": 7}])
        await received.rows(601)


async def test_damage_later_on_takes_nothing_off_the_screen(
    new_project: Any, watching: Any
) -> None:
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
    project: Any, monkeypatch: pytest.MonkeyPatch, watching: Any
) -> None:
    project.log([{"loss": n, "text": "x" * 200} for n in range(600)])
    project.path.write_bytes(overwritten(project.path.read_bytes(), b'"loss": 500,'))

    def nothing(*_: Any, **__: Any) -> None:
        raise damaged()

    monkeypatch.setattr(visits, "open_salvaged", nothing)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        assert received.runs["id-run"].row_count > 200
        assert received.of(Notice)[-1].text == str(damaged())


@pytest.mark.parametrize("share", range(0, 100, 9))
async def test_truncation_of_any_size_stops_nothing(
    project: Any, share: int, watching: Any
) -> None:
    project.log([{"loss": n, "text": "x" * 100} for n in range(200)])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
    size = project.path.stat().st_size
    os.truncate(project.path, size * share // 100)
    async with watching(project.path) as received:
        event = await received.until(Notice)
        assert event.text


async def test_a_lock_is_worth_a_notice_only_when_it_lasts(
    new_project: Any, monkeypatch: pytest.MonkeyPatch, watching: Any
) -> None:
    monkeypatch.setattr(project_watch, "PATIENCE", 0.3)
    project = new_project("p", "delete")
    project.log([{"loss": 1}])
    writer = project.connect()
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("INSERT INTO configs (run_id, run_name, config) VALUES ('r', 'r', '')")
    async with watching(project.path) as received:
        notice = await received.until(Notice)
        assert notice.text == "The database is locked by another program; trying again."
        writer.execute("COMMIT")
        await received.until(LoadFinished)
        assert (await received.until(Notice)).text is None
    writer.close()


async def test_a_database_that_is_locked_now_and_then_while_rows_come_is_worth_none(
    project: Any, monkeypatch: pytest.MonkeyPatch, watching: Any
) -> None:
    monkeypatch.setattr(project_watch, "PATIENCE", 0.8)
    project.log([{"loss": 1.0}])
    visit = visits.Visits.visit

    async def interrupted(self: Any, read: Any) -> bool:
        await visit(self, read)
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(visits.Visits, "visit", interrupted)
    async with watching(project.path) as received:
        with anyio.move_on_after(1.6):
            while True:
                await received.until(RowsLoaded)
                project.log([{"loss": 1.0}])
        assert received.of(Notice) == []
        assert "locked" in (await received.until(Notice)).text


@pytest.mark.parametrize("kind", ["wal", "journal"])
async def test_files_that_a_killed_writer_left_stay_byte_for_byte(
    new_project: Any, folder_state: Any, kill_writer: Any, kind: str, watching: Any
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
    project: Any, kill_writer: Any, watching: Any
) -> None:
    project.log([{"loss": 1}])
    kill_writer(project.path, "wal")
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.log([{"loss": 7}])
        await received.rows(5)
        assert len(received.of(LoadStarted)) == 1
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_a_rollback_journal_project_is_followed_into_another_mode(
    new_project: Any, watching: Any
) -> None:
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


async def test_a_read_only_project_is_followed(project: Any, age: Any, watching: Any) -> None:
    project.log([{"loss": 1}] * 3)
    project.path.chmod(0o444)
    age(project.path)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        await received.quiet()
        # The superuser can still write, others cannot.
        project.path.chmod(0o644)
        project.log([{"loss": 2}])
        project.path.chmod(0o444)
        age(project.path)
        await received.rows(4)
        assert len(received.of(LoadStarted)) == 1


async def test_cancelling_at_any_moment_leaves_nothing(project: Any) -> None:
    project.log([{"loss": n} for n in range(8000)])
    for microseconds in range(0, 30_000, 1500):
        send, receive = anyio.create_memory_object_stream[DataEvent](1000)
        with anyio.move_on_after(microseconds / 1e6):
            await watch_project(project.path, P, INTERVAL, send)
        send.close()
        receive.close()
        assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_the_watch_ends_when_nobody_listens(project: Any) -> None:
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    receive.close()
    with anyio.fail_after(30):
        await watch_project(project.path, P, INTERVAL, send)
    send.close()


@pytest.mark.parametrize("becomes", ["moved", "deleted"])
async def test_nothing_is_left_of_a_project_that_goes_while_watched(
    project: Any, becomes: str, watching: Any
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


async def test_a_database_that_is_never_at_rest_is_read_all_the_same(
    project: Any, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_watch, "at_rest", lambda _: False)
    monkeypatch.setattr(project_watch, "may_rest_soon", lambda _: True)
    project.log([{"loss": 1.0}] * 3)
    async with watching(project.path) as received:
        await received.rows(3)
        project.log([{"loss": 1.0}])
        await received.rows(4)


async def test_a_project_is_let_go_of_between_two_looks(
    project: Any, folder_state: Any, watching: Any
) -> None:
    project.log([{"loss": 1}] * 5)
    untouched = folder_state(project.path.parent)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        await received.quiet()
        descriptors = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
        held = {os.path.realpath(name) for name in descriptors if os.path.exists(name)}
        assert str(project.path) not in held
        assert folder_state(project.path.parent) == untouched
        project.log([{"loss": 2}])
        await received.rows(6)
        assert received.of(LoadStarted)[-1].generation == 1, "it was not read anew"


async def test_rows_that_were_read_as_they_came_are_not_read_again(
    project: Any, age: Any, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1}] * 3)
    age(project.path)
    read, reads = Follower.read, list[object]()

    def count(self: Any, reader: Any) -> bool:
        reads.append(reader)
        return read(self, reader)

    monkeypatch.setattr(Follower, "read", count)
    # Whatever the clock says, no later change goes unseen.
    for room in (access, project_watch):
        monkeypatch.setattr(room, "settled", lambda _: True)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        await received.quiet()
        reads.clear()
        for count_of_rows in (4, 5):
            project.log([{"loss": 2}])
            await received.rows(count_of_rows)
            await received.quiet()
        assert len(reads) == 2
