"""When a watched project is read, by which thread, and for which other projects it waits."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio import project_watch
from trackio_view.sources.trackio.faults import damaged
from trackio_view.sources.trackio.files.access import Signature, signature
from trackio_view.sources.trackio.files.file_watch import FileWatch, ReadOn
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.files.visits import Visits
from trackio_view.sources.trackio.project_watch import watch_project
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.tables.rows_read import RowsRead

P = ProjectId("", "p")

INTERVAL = 0.01


async def test_projects_wait_for_their_turn_to_be_read(
    project: Any, tmp_path: Path, receiving: Any
) -> None:
    project.log([{"loss": 1}] * 3)
    loads = anyio.CapacityLimiter(1)
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        async with loads:
            call = partial(watch_project, project.path, P, INTERVAL, send, loads=loads)
            tasks.start_soon(call)
            await receiving(receive).quiet()
        await receiving(receive).rows(3)
        tasks.cancel_scope.cancel()


async def test_projects_that_grow_together_are_read_two_at_a_time(
    new_project: Any, receiving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = [new_project(f"p{number}") for number in range(6)]
    for project in growing:
        project.log([{"loss": 1}] * 3)
    readers: set[Follower] = set()
    together: list[int] = []
    read = Follower.read

    def counted_read(self: Follower, *arguments: Any) -> bool:
        readers.add(self)
        together.append(len(readers))
        try:
            return read(self, *arguments)
        finally:
            readers.remove(self)

    monkeypatch.setattr(Follower, "read", counted_read)
    files, loads = FileWatch(INTERVAL), anyio.CapacityLimiter(6)
    send, receive = anyio.create_memory_object_stream[DataEvent](1000)
    async with send, receive, anyio.create_task_group() as tasks:
        for project in growing:
            call = partial(
                watch_project, project.path, ProjectId("", project.path.stem), INTERVAL, send
            )
            tasks.start_soon(partial(call, files=files, loads=loads))
        received = receiving(receive)
        for _ in growing:
            await received.until(LoadFinished)
        while readers:
            await anyio.sleep(0)
        together.clear()
        for project in growing:
            project.log([{"loss": 2}])
        for _ in growing:
            await received.until(RowsLoaded)
        tasks.cancel_scope.cancel()
    assert max(together) <= 2


async def test_new_rows_are_read_although_other_projects_wait_for_their_turn(
    project: Any, receiving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_watch, "_TURN_SECONDS", 3600)
    project.log([{"loss": 1}] * 3)
    files = FileWatch(INTERVAL)
    send, receive = anyio.create_memory_object_stream[DataEvent](0)

    async def hold_a_turn() -> None:
        async with files.turns:
            await anyio.sleep_forever()

    async with send, receive, anyio.create_task_group() as tasks:
        call = partial(watch_project, project.path, P, INTERVAL, send, files=files)
        tasks.start_soon(call)
        received = receiving(receive)
        await received.until(LoadFinished)
        for _ in range(int(files.turns.total_tokens)):
            tasks.start_soon(hold_a_turn)
        await received.quiet()
        project.log([{"loss": 2}])
        await received.rows(4)
        assert files.turns.available_tokens == 0
        tasks.cancel_scope.cancel()


async def test_a_file_that_grows_is_read_by_the_thread_that_saw_it(
    project: Any, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits: list[str] = []
    visit = Visits.visit

    async def counted(self: Visits, *arguments: Any) -> Any:
        visits.append("visit")
        return await visit(self, *arguments)

    monkeypatch.setattr(Visits, "visit", counted)
    project.log([{"loss": 1}] * 5)
    async with watching(project.path, interval=0.1) as received:
        await received.until(LoadFinished)
        await received.quiet()
        assert visits
        visits.clear()
        # A project that is being written to during the look is visited a moment later.
        rounds = 0
        while rounds == len(visits):
            rounds += 1
            project.log([{"loss": 2}])
            await received.rows(5 + rounds)
            assert rounds < 100, "each round had a visit of its own"
        assert received.of(LoadStarted)[-1].generation == 1, "it was not read anew"


async def test_nobody_else_reads_where_a_look_of_our_own_is_due(project: Any) -> None:
    reads: list[object] = []
    waited_for: list[object] = []

    class Files(FileWatch):
        async def change(
            self, path: str, seen: Signature | None, read: ReadOn | None = None
        ) -> Signature:
            reads.append(read)
            waited_for.append(seen)
            return signature(path)

    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    with send, receive:
        path, files, loads = str(project.path), Files(INTERVAL), anyio.CapacityLimiter(1)
        file = ProjectFile(P, path)
        looks = project_watch._Looks(file, INTERVAL, send, files, loads, None)
        looks._seen = seen = signature(path)
        for retry_in in (math.inf, 3600.0, 0.9, -1.0):
            looks._retry_at = anyio.current_time() + retry_in
            await looks._wait_for_change()
    assert [read is not None for read in reads] == [True, False, False, False]
    assert waited_for == [seen, seen, seen, None], "a look that is due waits for no change"


async def test_a_file_that_cannot_be_read_at_once_is_visited(
    project: Any, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: str, **_: Any) -> Any:
        raise damaged()

    project.log([{"loss": 1}] * 5)
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        # Visits use a name of their own for the function that opens a file.
        monkeypatch.setattr(project_watch, "open_database", fails)
        project.log([{"loss": 2}])
        await received.rows(6)
        await received.quiet()
        assert [notice.text for notice in received.of(Notice)] == []


async def test_rows_are_counted_once_that_is_due_although_nothing_changes(
    project: Any, watching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[float] = []
    differ = RowsRead.differ

    def second_not_due(self: RowsRead, *arguments: Any) -> bool:
        counts.append(time.monotonic())
        if len(counts) == 2:
            self._count_due = counts[-1] + 0.3
        return differ(self, *arguments)

    monkeypatch.setattr(RowsRead, "differ", second_not_due)
    project.log([{"loss": n} for n in range(5)])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        project.execute("DELETE FROM metrics WHERE id = 2")
        again = await received.until(LoadFinished)
        assert again.generation == 2


class Turn:
    """A single turn, which the first task that asks gets, and no other."""

    def __init__(self) -> None:
        self.is_taken = False

    async def acquire(self) -> None:
        if self.is_taken:
            await anyio.sleep_forever()
        self.is_taken = True

    def release(self) -> None:
        self.is_taken = False


@pytest.mark.parametrize(("generation", "patience"), [(0, 5.0), (1, 0.05), (2, 0.05)])
async def test_reading_from_the_beginning_waits_longer_and_for_others_that_do(
    monkeypatch: pytest.MonkeyPatch, generation: int, patience: float
) -> None:
    loads, turns, waited = Turn(), Turn(), list[float]()
    follower, files = SimpleNamespace(generation=generation), SimpleNamespace(turns=turns)
    looks: Any = SimpleNamespace(_loads=loads, _files=files, _follower=follower)

    def move_on_after(seconds: float) -> anyio.CancelScope:
        waited.append(seconds)
        return anyio.move_on_after(0.0 if len(waited) > 1 else 60.0)

    monkeypatch.setattr(project_watch, "anyio", SimpleNamespace(move_on_after=move_on_after))
    own, other = (turns, loads) if generation else (loads, turns)
    async with project_watch._Looks._turn(looks):
        assert (own.is_taken, other.is_taken) == (True, False)
        # Without a turn in time, the project is read all the same, and the turn stays with the
        # other.
        async with project_watch._Looks._turn(looks):
            assert own.is_taken
        assert own.is_taken
    assert not own.is_taken
    assert waited == [patience, patience]
