"""Projects for scripts, and the command run within the tests' own process."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trackio_view.cli import main
from trackio_view.headless.newest_values import Watch
from trackio_view.headless.waiting import Waiting
from trackio_view.model.selection import Selection
from trackio_view.options.condition import parse_condition
from trackio_view.sources.newest_rows import WaitingClock
from trackio_view.sources.trackio.source import TrackioFiles

START = 1_772_359_200.0
"""2026-03-01 10:00 UTC."""


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")


@dataclass
class Project:
    """A project in TrackIO's current schema, written with plain SQLite."""

    path: Path
    _runs: dict[str, int] = field(default_factory=dict)

    def connect(self) -> sqlite3.Connection:
        """Open the database for whole transactions; each is written without a wait for the disk."""
        database = sqlite3.connect(self.path, timeout=5)
        database.execute("PRAGMA synchronous = OFF")
        return database

    def create(self) -> Project:
        with self.connect() as database:
            database.executescript(
                "CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
                " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
                " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT);"
                "CREATE INDEX idx_metrics_run_step ON metrics(run_id, step);"
                "CREATE INDEX idx_metrics_run_timestamp ON metrics(run_id, timestamp);"
                "CREATE TABLE configs(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
                " run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT, UNIQUE(run_id));"
                "CREATE TABLE alerts(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
                " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, title TEXT NOT NULL, text TEXT,"
                " level TEXT NOT NULL DEFAULT 'warn', step INTEGER, alert_id TEXT);"
            )
        database.close()
        return self

    def execute(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        database = self.connect()
        with database:
            database.executemany(statement, rows)
        database.close()
        # A reader of a file that was written just now waits until nobody writes.
        written = time.time() - 1
        os.utime(self.path, (written, written))

    def log(
        self,
        documents: Iterable[Mapping[str, Any]],
        run: str = "run",
        *,
        run_id: str | None = None,
        start: float = START,
        gap: float = 1.0,
        steps: Sequence[int] | None = None,
    ) -> Project:
        """Add a row for each document, `gap` seconds apart, beginning at `start`.

        Without `steps`, steps are counted from 0, as TrackIO does.
        """
        identity = f"id-of-{run}" if run_id is None else run_id
        rows = []
        for number, document in enumerate(documents):
            step = self._runs.get(identity, 0) if steps is None else steps[number]
            self._runs[identity] = step + 1
            moment = stamp(start + number * gap)
            rows.append((identity, moment, run, step, json.dumps(document).encode()))
        self.execute(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        return self

    def configure(self, config: Mapping[str, Any], run: str = "run") -> Project:
        self.execute(
            "INSERT INTO configs(run_id, run_name, config) VALUES (?, ?, ?)",
            [(f"id-of-{run}", run, json.dumps(config))],
        )
        return self

    def rename(self, run: str, name: str) -> Project:
        """Rename a run as TrackIO does, which deletes its rows and inserts them again."""
        identity = f"id-of-{run}"
        self.execute(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) SELECT run_id,"
            " timestamp, ?, step, metrics FROM metrics WHERE run_id = ?",
            [(name, identity)],
        )
        delete = "DELETE FROM metrics WHERE run_id = ? AND run_name <> ?"
        self.execute(delete, [(identity, name)])
        self.execute("UPDATE configs SET run_name = ? WHERE run_id = ?", [(name, identity)])
        return self

    def alert(self, title: str, level: str = "warn", run: str = "run", **columns: Any) -> Project:
        moment = stamp(columns.pop("time", START))
        self.execute(
            "INSERT INTO alerts(run_id, timestamp, run_name, title, level, text, step)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    f"id-of-{run}",
                    moment,
                    run,
                    title,
                    level,
                    columns.pop("text", None),
                    columns.pop("step", None),
                )
            ],
        )
        return self


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory in which the command looks for projects."""
    place = tmp_path / "projects"
    place.mkdir()
    monkeypatch.setenv("TRACKIO_DIR", str(place))
    return place


@pytest.fixture
def new_project(folder: Path) -> Callable[..., Project]:
    return lambda name="project": Project(folder / f"{name}.db").create()


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ended]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `trackio-view` with arguments."""

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as ending:
            code = int(str(ending.code))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def varied(new_project: Callable[..., Project]) -> Project:
    """Return a project of several runs: NaN, infinities, rare metrics, huge integers."""
    project = new_project("varied")
    project.configure({"lr": 0.1, "_Group": "sweep", "seeds": [1, "NaN"]}, "first")
    project.log(({"loss": 4.0 / (row + 1)} for row in range(30)), "first")
    rows: list[dict[str, Any]] = []
    for row in range(700):
        document: dict[str, Any] = {
            "train/loss": round(3.0 - row / 300, 6),
            "learning_rate": 0.001,
            "sparsity": row / 1000,
        }
        if row % 100 == 0:
            document["val/accuracy"] = row / 1000
        if row == 350:
            document["train/loss"] = "NaN"
        if row == 690:
            document["train/loss"] = "Infinity"
        if row > 695:
            document["tokens"] = 2**60 + row
        document["text"] = "left out"
        rows.append(document)
    project.log(rows, "second", start=START + 100)
    project.alert("loss is NaN", "error", "second", text="at 350", step=350, time=START + 450)
    project.alert("done", "info", "first")
    return project


@dataclass
class FakeClock:
    """A clock that moves only while the program sleeps, and calls functions at their moments."""

    time: float = START
    happenings: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self.happenings.append((START + seconds, act))

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds
        for happening in list(self.happenings):
            if happening[0] <= self.time:
                self.happenings.remove(happening)
                happening[1]()

    @property
    def passed(self) -> float:
        return self.time - START

    def clock(self) -> WaitingClock:
        return WaitingClock(lambda: self.time, lambda: self.time, self.sleep)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def waiting(folder, clock) -> Callable[..., Waiting]:
    def make(
        condition: str = "loss < 1", project: str | None = "p", run: str | None = None, **rest
    ) -> Waiting:
        parsed = parse_condition(condition)
        selection = Selection(run=run)
        following = TrackioFiles(str(folder), 1.0).follow(project, parsed.metric, selection)
        watch = Watch(following, parsed.metric, selection)
        given = {"timeout": None, "silence": None, "fail_on_nan": False, **rest}
        return Waiting(watch, parsed, 2.0, clock=clock.clock(), **given)

    return make
