"""Projects to read: written in TrackIO's current schema, or left behind by a killed writer."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.sources.trackio.inbox_writing import InboxWriter, import_inbox
from tests.sources.trackio.project_writing import ProjectWriter
from tests.sources.trackio.received_events import INTERVAL, Produced, Producer, Received
from trackio_view.model.events import (
    DataEvent,
    ProjectsListed,
    RunObjectsLoaded,
)
from trackio_view.model.opened_traces import (
    TraceContent,
    TraceList,
    TraceListRequest,
    TraceRequest,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.source import Interest, Source
from trackio_view.sources.trackio.project_watch import watch_project

FolderState = dict[str, tuple[bytes, int]]


@pytest.fixture
def project(tmp_path: Path) -> ProjectWriter:
    """Return an empty project `project.db` in a folder of its own."""
    folder = tmp_path / "projects"
    folder.mkdir()
    return ProjectWriter(folder / "project.db").create()


@pytest.fixture
def open_project() -> Iterator[ProjectWriter]:
    """Yield an empty project in a folder that every user can enter.

    The folder is outside of pytest's, which each new session makes private.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if any(not parent.stat().st_mode & 0o001 for parent in folder.parents):
            pytest.skip("temporary files lie where another user cannot go")
        yield ProjectWriter(folder / "project.db").create()


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[..., ProjectWriter]:
    """Return a maker of projects by name and journal mode."""

    def make(name: str = "other", journal_mode: str = "wal") -> ProjectWriter:
        folder = tmp_path / "projects"
        folder.mkdir(exist_ok=True)
        return ProjectWriter(folder / f"{name}.db", journal_mode).create()

    return make


@pytest.fixture
def folder_state() -> Callable[[Path], FolderState]:
    """Return a function that takes a folder's state: each file's bytes and modification time."""

    def take(folder: Path) -> FolderState:
        return {
            file.name: (file.read_bytes(), file.stat().st_mtime_ns)
            for file in sorted(folder.iterdir())
            if file.is_file()
        }

    return take


_KILLED_WRITER = """
import os, signal, sqlite3, sys
path, kind = sys.argv[1:]
database = sqlite3.connect(path, isolation_level=None)
row = "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)"
if kind == "journal":
    database.execute("PRAGMA cache_size = 5")
    database.execute("PRAGMA cache_spill = 5")
    database.execute("BEGIN IMMEDIATE")
for step in range(200 if kind == "journal" else 3):
    text = '{"loss": 1, "text": "%s"}' % ("x" * 900)
    database.execute(row, ("id-run", "", "run", 1000 + step, text))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def kill_writer() -> Callable[[Path, str], None]:
    """Return a function that kills a writer: with `wal` it leaves a log, with `journal` a hot
    journal."""

    def run(path: Path, kind: str) -> None:
        ended = subprocess.run([sys.executable, "-c", _KILLED_WRITER, str(path), kind])
        assert ended.returncode == -signal.SIGKILL
        leftover = path.with_name(f"{path.name}-{kind}")
        assert leftover.stat().st_size > 0

    return run


@pytest.fixture
def age() -> Callable[[Path], None]:
    """Return a function that makes a file so old that stat tells whether it changes."""

    def run(path: Path) -> None:
        moment = time.time() - 60
        os.utime(path, (moment, moment))

    return run


@pytest.fixture
def receiving() -> type[Received]:
    """Return the class that collects and folds the events of a stream."""
    return Received


@pytest.fixture
def producing() -> Callable[..., AbstractAsyncContextManager[Produced]]:
    """Return a context in which producers run, and which collects their events.

    A producer is called with the stream to which it sends, such as `partial(source.watch,
    project)`.
    """

    @asynccontextmanager
    async def produce(*producers: Producer, held: int = 0) -> AsyncIterator[Produced]:
        send, receive = anyio.create_memory_object_stream[DataEvent](held)
        async with send, receive, anyio.create_task_group() as tasks:

            def begin(producer: Producer) -> None:
                tasks.start_soon(producer, send)

            for producer in producers:
                begin(producer)
            try:
                yield Produced(receive, begin)
            finally:
                tasks.cancel_scope.cancel()

    return produce


@pytest.fixture
def listing(producing: Any) -> Callable[..., AbstractAsyncContextManager[Produced]]:
    """Return a context in which a source lists its projects."""

    def list_projects(source: Source, *, held: int = 0) -> Any:
        return producing(lambda send: source.list(send, Interest), held=held)

    return list_projects


@pytest.fixture
def listed_and_opened(listing: Any) -> Callable[..., Awaitable[Produced]]:
    """Return a check: a project is listed, its run's page has a note, and a further row is
    listed."""

    async def check(source: Source, project: str, log: Callable[[], object]) -> Produced:
        def rows(listed: ProjectsListed) -> list[int | None]:
            return [one.row_count for one in listed.projects if one.name == project]

        async with listing(source) as received:
            assert rows(await received.until(ProjectsListed)) == [1]
            page = RunKey(source.named(project), "id-run")
            received.begin(partial(source.page, page))
            opened = await received.until(RunObjectsLoaded)
            assert [text.text for text in opened.objects.texts] == ["a note"]
            log()
            assert rows(await received.until(ProjectsListed)) == [2]
        found: Produced = received
        return found

    return check


@pytest.fixture
def watching() -> Callable[..., AbstractAsyncContextManager[Received]]:
    """Return a context in which a project's file is watched, and which collects the events."""

    @asynccontextmanager
    async def watch(path: Path, interval: float = INTERVAL) -> AsyncIterator[Received]:
        send, receive = anyio.create_memory_object_stream[DataEvent](0)
        async with send, receive, anyio.create_task_group() as tasks:
            tasks.start_soon(watch_project, path, ProjectId("", path.stem), interval, send)
            try:
                yield Received(receive)
            finally:
                tasks.cancel_scope.cancel()

    return watch


@pytest.fixture
def inbox_writer() -> type[InboxWriter]:
    """Return the class that writes to an inbox as a run does."""
    return InboxWriter


@pytest.fixture
def import_files() -> Callable[..., None]:
    """Return the function that imports files of an inbox as a server does."""
    return import_inbox


_TRACER = """
import trackio
trackio.init(project="agents", name="rollouts")
for step in range(30):
    said = [{"role": "user", "content": f"question {step} of 100%"}]
    said.append({"role": "assistant", "content": "it's \\x1b[2J\\x00 \\u00e9 \\U0001f600 " * 200})
    spans = [{"id": "1", "name": "llm", "duration_ms": step, "usage": {"input_tokens": 5}}]
    several = [trackio.Trace(said, {"reward": step / 7}, spans), trackio.Trace([])]
    trackio.log({"loss": 1 / (step + 1), "rollout": several}, step=step)
trackio.finish()
"""


@pytest.fixture(scope="session")
def log_traces() -> Callable[[Path], str]:
    """Return a function by which TrackIO logs a run with 60 traces to a directory; it returns the
    run's id."""

    def log(directory: Path) -> str:
        environment = {**os.environ, "TRACKIO_DIR": str(directory), "HF_HUB_OFFLINE": "1"}
        subprocess.run(
            [sys.executable, "-c", _TRACER], env=environment, check=True, capture_output=True
        )
        database = sqlite3.connect(directory / "agents.db")
        ((run_id,),) = database.execute("SELECT DISTINCT run_id FROM traces").fetchall()
        database.close()
        return str(run_id)

    return log


Asked = Sequence[TraceList | TraceContent]


@pytest.fixture(scope="session")
def ask_for_traces() -> Callable[[Source, str], Awaitable[Asked]]:
    """Return a function that asks a source for traces, and returns its answers without paths of
    media."""

    async def ask(source: Source, run_id: str) -> Asked:
        page = RunKey(source.named("agents"), run_id)
        lists = [
            await source.traces(request)
            for request in (
                TraceListRequest(page, most=20),
                TraceListRequest(page, first=3, most=20),
                TraceListRequest(page, "7 OF 100%", most=20),
                TraceListRequest(page, "it's", most=20),
                TraceListRequest(RunKey(page.project, "none"), most=20),
            )
        ]
        assert [found.fault for found in lists] == [""] * 5
        assert [found.total for found in lists] == [60, 60, 3, 30, 0]
        assert [one.number for one in lists[0].traces] == [*range(41, 61)]
        rows = [one.row for one in lists[0].traces[-2:]]
        contents = [await source.trace(TraceRequest(page, row)) for row in (*rows, 10**9)]
        assert contents[0].messages[0].parts[0].text == "question 29 of 100%"
        assert contents[2].fault == "It is no longer there."
        return [*lists, *contents]

    return ask
