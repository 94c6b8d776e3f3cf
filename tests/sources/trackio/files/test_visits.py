from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import Locks, ProjectConnection, fetch
from trackio_view.sources.trackio.files.visits import Visits

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def open_files() -> set[str]:
    """Return what this process has open, by name."""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("what a process has open cannot be listed here")
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            continue
    return found


def count(connection: ProjectConnection) -> int:
    found: int = fetch(connection, "SELECT count(*) FROM metrics")[0][0]
    return found


async def test_cancelling_in_mid_query_closes_at_once(project: Any, age: Any) -> None:
    project.log([{"loss": 1}] * 100)
    age(project.path)
    visits = Visits(str(project.path))
    with anyio.move_on_after(0.2) as scope:
        await visits.visit(lambda connection: fetch(connection, ENDLESS))
    assert scope.cancelled_caught
    assert str(project.path) not in open_files()
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_nothing_is_open_between_two_visits(project: Any, age: Any) -> None:
    project.log([{"loss": 1}] * 3)
    age(project.path)
    visits = Visits(str(project.path))
    for _ in range(2):
        assert await visits.visit(count) == 3
        assert str(project.path) not in open_files()


async def test_a_database_in_use_is_not_opened_where_locks_are_not_allowed(project: Any) -> None:
    writer = project.connect()
    writer.execute("CREATE TABLE later (x)")
    try:
        with pytest.raises(DatabaseFault) as caught:
            await Visits(str(project.path)).visit(count)
        assert caught.value.kind is FaultKind.TRANSIENT
        visits = Visits(str(project.path), locks=Locks.IN_USE)
        assert await visits.visit(count) == 0
        await visits.close()
    finally:
        writer.close()
    assert [file.name for file in project.path.parent.iterdir()] == ["project.db"]


async def test_a_copy_lasts_from_one_visit_to_the_next(project: Any, kill_writer: Any) -> None:
    project.log([{"loss": 1}])
    kill_writer(project.path, "wal")
    visits = Visits(str(project.path), locks=Locks.IN_USE)
    seen: list[ProjectConnection] = []

    def look(connection: ProjectConnection) -> int:
        seen.append(connection)
        return count(connection)

    assert [await visits.visit(look) for _ in range(2)] == [4, 4]
    assert seen[0] is seen[1]
    assert seen[0].access is Access.COPY
    scratch = Path(fetch(seen[0], "PRAGMA database_list")[0][2]).parent
    await visits.close()
    assert not scratch.exists()


async def test_a_salvaged_copy_may_be_closed_by_another_thread(project: Any, age: Any) -> None:
    project.log([{"loss": 1}] * 3)
    age(project.path)
    visits = Visits(str(project.path), salvage=True)
    assert await visits.visit(count) == 3
    # The worker that opened it is busy: closing takes another one.
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(to_thread.run_sync, time.sleep, 0.2)
        await anyio.sleep(0.05)
        await visits.close()


async def test_a_fault_of_the_work_comes_out_as_it_is(project: Any, age: Any) -> None:
    age(project.path)

    def fail(connection: ProjectConnection) -> None:
        raise sqlite3.OperationalError("no such thing")

    with pytest.raises(sqlite3.OperationalError, match="no such thing"):
        await Visits(str(project.path)).visit(fail)


async def test_who_is_cancelled_while_a_database_is_copied_to_be_read_stops_the_copying(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    copying, stopped = threading.Event(), threading.Event()

    def open_database(
        path: str, *, locks: Locks, should_stop: Callable[[], bool] = lambda: False
    ) -> object:
        copying.set()
        for _ in range(2_000):
            if should_stop():
                stopped.set()
                break
            time.sleep(0.005)
        raise DatabaseFault("the copy was not made")

    monkeypatch.setattr("trackio_view.sources.trackio.files.visits.open_database", open_database)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Visits(str(project.path)).visit, count)
        await to_thread.run_sync(copying.wait, 10)
        tasks.cancel_scope.cancel()
    assert stopped.is_set()
