from __future__ import annotations

import math
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    DataEvent,
    Notice,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.source import Interest
from trackio_view.sources.trackio import project_list
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.project_list import watch_projects_list
from trackio_view.sources.trackio.tables.summaries import summarize

INTERVAL = 0.01


@asynccontextmanager
async def listing(receiving: Any, folder: Path) -> AsyncIterator[Any]:
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(watch_projects_list, folder, INTERVAL, send)
        try:
            yield receiving(receive)
        finally:
            tasks.cancel_scope.cancel()


async def test_the_list_follows_what_comes_grows_and_goes(
    new_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiving: Any
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(
        project_list, "summarize", lambda found: (looked.append(found.id.name), summarize(found))[1]
    )
    folder = tmp_path / "projects"
    async with listing(receiving, folder) as received:
        assert (await received.until(ProjectsListed))[1:] == ([], ("There is no such folder yet.",))
        folder.mkdir()
        assert (await received.until(ProjectsListed))[1:] == ([], ())
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


async def test_a_project_that_gets_another_name_is_told_of(
    new_project: Any, tmp_path: Path, receiving: Any
) -> None:
    first = new_project("first")
    first.log([{"loss": 1}])
    async with listing(receiving, first.path.parent) as received:
        await received.until(ProjectsListed)
        # A file is recognised by its state at the last look.
        await received.quiet()
        first.path.rename(first.path.with_name("second.db"))
        renamed = await received.until(ProjectRenamed)
        assert (renamed.project.name, renamed.new_name) == ("first", "second")
        listed = await received.until(ProjectsListed)
        origin = str(first.path.parent)
        assert renamed.project.origin == listed.origin == origin
        assert [project.id for project in listed.projects] == [ProjectId(origin, "second")]
        first.path.with_name("second.db").unlink()
        new_project("third").log([{"loss": 1}])
        await received.until(
            ProjectsListed, where=lambda it: [p.name for p in it.projects] == ["third"]
        )
    assert len(received.of(ProjectRenamed)) == 1


async def test_a_project_that_could_not_be_read_is_tried_again_though_it_is_as_it_was(
    project: Any, age: Any, monkeypatch: pytest.MonkeyPatch, receiving: Any
) -> None:
    project.log([{"loss": 1}])
    age(project.path)
    tries: list[str] = []

    def summary(found: ProjectFile) -> ProjectSummary | None:
        tries.append(found.id.name)
        if len(tries) == 1:
            return ProjectSummary(found.id, None, None, None, 1, "Another program has it locked.")
        return summarize(found)

    monkeypatch.setattr(project_list, "summarize", summary)
    monkeypatch.setattr(project_list, "_FAULT_RETRY", INTERVAL)
    async with listing(receiving, project.path.parent) as received:
        (first,) = (await received.until(ProjectsListed)).projects
        assert first.fault
        (second,) = (await received.until(ProjectsListed)).projects
        assert (second.fault, second.row_count) == (None, 1)
        await received.quiet()
    assert len(tries) == 2


async def test_of_a_watched_project_only_the_size_is_looked_at(
    project: Any, monkeypatch: pytest.MonkeyPatch, receiving: Any
) -> None:
    project.log([{"loss": 1}])
    looked: list[str] = []
    monkeypatch.setattr(
        project_list, "summarize", lambda found: (looked.append(found.id.name), summarize(found))[1]
    )
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    interest = Interest(False, {ProjectId(str(project.path.parent), "project")})
    async with send, receive, anyio.create_task_group() as tasks:
        folder = project.path.parent
        tasks.start_soon(watch_projects_list, folder, INTERVAL, send, lambda: interest)
        received = receiving(receive)
        before = (await received.until(ProjectsListed)).projects[0]
        looked.clear()
        project.log([{"loss": 1}] * 1000)
        after = (await received.until(ProjectsListed)).projects[0]
        assert after.size > before.size
        assert looked == []
        tasks.cancel_scope.cancel()


async def test_a_hundred_projects_at_rest_are_opened_once(
    project: Any, tmp_path: Path, age: Any, monkeypatch: pytest.MonkeyPatch, receiving: Any
) -> None:
    project.log([{"loss": 1}])
    for number in range(100):
        age(Path(shutil.copy(project.path, project.path.with_name(f"copy-{number}.db"))))
    age(project.path)
    opened: list[str] = []
    monkeypatch.setattr(
        project_list, "summarize", lambda found: (opened.append(found.id.name), summarize(found))[1]
    )
    async with listing(receiving, project.path.parent) as received:
        listed = await received.until(ProjectsListed)
        assert len(listed.projects) == 101
        await received.quiet()
        assert len(opened) == 101


@pytest.mark.parametrize(("on_screen", "share"), [(True, 0.1), (False, 0.005)])
async def test_a_share_of_the_time_goes_into_summaries_of_projects_that_grow(
    monkeypatch: pytest.MonkeyPatch, on_screen: bool, share: float
) -> None:
    """Each file changes all the time, and a look at it takes three seconds of a simulated clock."""
    now = busy = 0.0
    until = 20_000.0
    files = [
        ProjectFile(ProjectId("/data", f"p{number}"), f"/data/p{number}.db") for number in range(4)
    ]

    def look(found: ProjectFile) -> ProjectSummary:
        nonlocal now, busy
        now, busy = now + 3.0, busy + 3.0
        return ProjectSummary(found.id, 1, 1, None, 1)

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        if now > until:
            raise TimeoutError

    def states(*_: object) -> list[tuple[ProjectFile, SimpleNamespace]]:
        return [(file, SimpleNamespace(database=(file.path, now), size=1)) for file in files]

    monkeypatch.setattr(project_list, "_states", states)
    monkeypatch.setattr(project_list, "settled", lambda _: True)
    monkeypatch.setattr(project_list, "summarize", look)
    monkeypatch.setattr(project_list, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(anyio, "sleep", sleep)
    send, receive = anyio.create_memory_object_stream[DataEvent](math.inf)
    with send, receive, pytest.raises(TimeoutError):
        await watch_projects_list("/data", 10.0, send, lambda: Interest(on_screen))
    assert busy / until == pytest.approx(share, rel=0.2)
