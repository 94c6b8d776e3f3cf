"""Projects to read: written in TrackIO's current schema, or left behind by a killed writer."""

from __future__ import annotations

import json
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
    Coroutine,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest

from trackio_view.model.events import (
    DataEvent,
    LoadStarted,
    ProjectsListed,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.opened_traces import (
    TraceContent,
    TraceList,
    TraceListRequest,
    TraceRequest,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey
from trackio_view.sources.source import Interest, Source
from trackio_view.sources.trackio.project_watch import watch_project

FolderState = dict[str, tuple[bytes, int]]


@dataclass
class ProjectWriter:
    """Writes a project as a trainer would, with plain SQLite."""

    path: Path
    journal_mode: str = "wal"
    _count: int = field(default=0)

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, timeout=5)

    def _connect_without_waiting(self) -> sqlite3.Connection:
        """Open the database for whole transactions; each is written without a wait for the disk."""
        database = self.connect()
        database.execute("PRAGMA synchronous = OFF")
        return database

    def create(self) -> ProjectWriter:
        database = self._connect_without_waiting()
        database.execute(f"PRAGMA journal_mode = {self.journal_mode}")
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
            " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
        )
        database.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
        database.execute(
            "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT, UNIQUE(run_id))"
        )
        database.close()
        return self

    def log(self, documents: Iterable[Any], run: str = "run", steps: Sequence[Any] = ()) -> None:
        """Add a row for each document, in one transaction. A value that is no dict is stored as it
        is."""
        rows = []
        for number, document in enumerate(documents):
            step = steps[number] if steps else self._count
            encoded = json.dumps(document).encode() if isinstance(document, dict) else document
            stamp = f"2026-03-01T10:00:{self._count % 60:02d}.500000+00:00"
            rows.append((f"id-{run}", stamp, run, step, encoded))
            self._count += 1
        self.execute(
            "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )

    def configure(self, config: Any, run: str = "run") -> None:
        encoded = json.dumps(config).encode()
        self.execute(
            "INSERT OR REPLACE INTO configs (run_id, run_name, config) VALUES (?, ?, ?)",
            [(f"id-{run}", run, encoded)],
        )

    def execute(self, statement: str, rows: Sequence[Sequence[Any]] = ((),)) -> None:
        database = self._connect_without_waiting()
        try:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(statement, rows)
            database.execute("COMMIT")
        finally:
            database.close()


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


INTERVAL = 0.01
"""Seconds between the looks of a watch in tests."""
Event = TypeVar("Event")
Producer = Callable[[Any], Coroutine[Any, Any, None]]


class Received:
    """What a producer sent, and the runs that a fold makes of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.events: list[DataEvent] = []
        self.runs: dict[str, Run] = {}

    async def until(self, kind: type[Event], *, where: Callable[[Event], bool] = bool) -> Event:
        """Return the next event of a kind; the events before it are folded, too."""
        with anyio.fail_after(60):
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

    @property
    def losses(self) -> list[float]:
        """The losses of the run that a project of these tests has."""
        return list(self.runs["id-run"].series["loss"].values)


@pytest.fixture
def receiving() -> type[Received]:
    """Return the class that collects and folds the events of a stream."""
    return Received


class Produced(Received):
    """The events of producers that share a stream."""

    def __init__(self, stream: Any, begin: Callable[[Producer], None]) -> None:
        super().__init__(stream)
        self.begin = begin
        """Begins another producer, which sends to the same stream."""


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


_INBOX_TABLES = """
CREATE TABLE IF NOT EXISTS metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL,
  log_id TEXT, space_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS a ON metrics(log_id) WHERE log_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS system_metrics(id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL, timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL,
  log_id TEXT, space_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS b ON system_metrics(log_id) WHERE log_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS alerts(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  timestamp TEXT NOT NULL, run_name TEXT NOT NULL, title TEXT NOT NULL, text TEXT,
  level TEXT NOT NULL DEFAULT 'warn', step INTEGER, alert_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS c ON alerts(alert_id) WHERE alert_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS configs(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT, UNIQUE(run_id));
"""


@dataclass
class InboxWriter:
    """A run that logs to an inbox, a file for each flush."""

    directory: Path
    writer: str = "00000000000000aa"
    project: str = "my proj!"
    run: str = "run"
    _files: int = field(default=0)
    _steps: int = field(default=0)

    def log(self, documents: Iterable[dict[str, Any]], **others: Any) -> Path:
        """Write a file with a row of metrics for each document."""
        records = []
        for document in documents:
            config = {"lr": 0.1, "_Group": "g"} if not self._steps else None
            key = f"{self.run}-{self._steps}"
            records.append(
                self.record("metric", metrics=document, step=self._steps, log_id=key, config=config)
            )
            self._steps += 1
        return self.write([{**record, **others} for record in records])

    def record(self, kind: str, **fields: Any) -> dict[str, Any]:
        stamp = f"2026-03-01T10:{self._files // 60:02d}:{self._files % 60:02d}.500000+00:00"
        run = {"run": self.run, "run_id": f"id-{self.run}", "timestamp": stamp}
        return {"v": 1, "kind": kind, "project": self.project, **run, **fields}

    def write(self, records: Sequence[dict[str, Any]], tail: bytes = b"") -> Path:
        folder = self.directory / "inbox" / self.writer
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._files:08d}.jsonl"
        self._files += 1
        data = b"".join(json.dumps(record).encode() + b"\n" for record in records) + tail
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(data)
        return temporary.replace(path)


def import_inbox(directory: Path, files: Iterable[Path], *, delete: bool = True) -> None:
    """Import an inbox's files of one project into its database, as TrackIO's server does."""
    paths = sorted(files)
    database = sqlite3.connect(directory / "myproj.db", isolation_level=None, timeout=5)
    database.execute("PRAGMA journal_mode = wal")
    database.executescript(_INBOX_TABLES)
    database.execute("BEGIN IMMEDIATE")
    for path in paths:
        for line in path.read_bytes().splitlines():
            row = json.loads(line)
            run = (row["run_id"], row["timestamp"], row["run"])
            if row["kind"] == "metric":
                database.execute(
                    "INSERT OR IGNORE INTO metrics(run_id, timestamp, run_name, step, metrics,"
                    " log_id) VALUES (?, ?, ?, ?, ?, ?)",
                    (*run, row["step"], json.dumps(row["metrics"]).encode(), row["log_id"]),
                )
            elif row["kind"] == "system_metric":
                database.execute(
                    "INSERT OR IGNORE INTO system_metrics(run_id, timestamp, run_name, metrics,"
                    " log_id) VALUES (?, ?, ?, ?, ?)",
                    (*run, json.dumps(row["metrics"]).encode(), row["log_id"]),
                )
            else:
                database.execute(
                    "INSERT OR IGNORE INTO alerts(run_id, timestamp, run_name, title, text, level,"
                    " step, alert_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*run, *map(row.get, ("title", "text", "level", "step", "alert_id"))),
                )
            if row.get("config"):
                database.execute(
                    "INSERT OR REPLACE INTO configs(run_id, run_name, config) VALUES (?, ?, ?)",
                    (row["run_id"], row["run"], json.dumps(row["config"]).encode()),
                )
    database.execute("COMMIT")
    database.close()
    if delete:
        for path in paths:
            path.unlink()


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
        assert contents[2].fault == "It is there no more."
        return [*lists, *contents]

    return ask
