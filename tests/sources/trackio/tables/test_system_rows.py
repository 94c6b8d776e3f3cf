"""The rows about a run's machine, read once and followed, in every schema that has them."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from trackio_view.model.events import DataEvent, LoadFinished, Notice, SystemRowsLoaded
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.project_watch import watch_project
from trackio_view.sources.trackio.tables import system_rows
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.rows import decode_system

OLD = Path(__file__).parents[3] / "data" / "trackio"
TABLE = (
    "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
    " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL)"
)
UTILIZATION = "gpu/0/utilization"


def log_system(project: Any, values: list[Any], run: str = "run") -> None:
    rows = []
    for number, value in enumerate(values):
        text = value if isinstance(value, str) else json.dumps({UTILIZATION: value})
        stamp = f"2026-03-01T10:00:{number % 60:02d}.250000+00:00"
        rows.append((f"id-{run}", stamp, run, text))
    project.execute(
        "INSERT INTO system_metrics (run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        rows,
    )


class Watched:
    """A project as the fold knows it, and the events it was made of."""

    def __init__(self, name: str, stream: Any) -> None:
        self.project = Project(ProjectId("", name))
        self.events: list[DataEvent] = []
        self._stream = stream

    async def take(self) -> DataEvent:
        with anyio.fail_after(60):
            event: DataEvent = await self._stream.receive()
        self.events.append(event)
        if hasattr(event, "project"):
            self.project.apply(event)  # type: ignore[arg-type]
        return event

    async def values(self, expected: list[float], run: str = "id-run") -> None:
        """Wait until a run's machine has exactly these readings."""
        while self.known(run) != expected:
            await self.take()

    def known(self, run: str = "id-run") -> list[float]:
        log = self.project.system.get(run)
        return [] if log is None else list(log.rows.series[UTILIZATION].values)


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Watched]:
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(watch_project, path, ProjectId("", path.stem), 0.01, send)
        yield Watched(path.stem, receive)
        tasks.cancel_scope.cancel()


async def test_system_rows_are_loaded_and_followed(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.execute(TABLE)
    project.log([{"loss": 1.0}])
    log_system(project, [float(number) for number in range(600)])
    decoded: list[int] = []
    monkeypatch.setattr(
        system_rows,
        "decode_system",
        lambda rows: (decoded.append(len(rows)), decode_system(rows))[1],
    )
    async with watching(project.path) as watched:
        await watched.values([float(number) for number in range(600)])
        log_system(project, [1.5])
        await watched.values([*map(float, range(600)), 1.5])
        assert sum(decoded) == 601, "what was read is not read again"
    (log,) = watched.project.system.values()
    assert log.rows.steps == log.rows.times
    assert log.rows.name == "run"


async def test_a_table_that_comes_later_is_read(project: Any) -> None:
    project.log([{"loss": 1.0}])
    async with watching(project.path) as watched:
        while not isinstance(await watched.take(), LoadFinished):
            pass
        assert not any(isinstance(event, SystemRowsLoaded) for event in watched.events)
        project.execute(TABLE)
        log_system(project, [7])
        await watched.values([7.0])


async def test_rows_that_are_gone_are_gone_on_screen(project: Any) -> None:
    project.execute(TABLE)
    project.log([{"loss": 1.0}])
    log_system(project, [1, 2])
    log_system(project, [3], run="other")
    async with watching(project.path) as watched:
        await watched.values([3.0], run="id-other")
        project.execute("DELETE FROM system_metrics WHERE run_id = 'id-other'")
        while "id-other" in watched.project.system:
            await watched.take()
        assert watched.known() == [1.0, 2.0]
        project.execute("DELETE FROM system_metrics")
        while watched.project.system:
            await watched.take()


async def test_a_project_written_anew_is_read_anew(project: Any) -> None:
    project.execute(TABLE)
    project.log([{"loss": 1.0}])
    log_system(project, [1])
    async with watching(project.path) as watched:
        await watched.values([1.0])
        project.execute("DELETE FROM metrics")
        project.log([{"loss": 2.0}], run="next")
        log_system(project, [2])
        while watched.project.generation < 2:
            await watched.take()
        await watched.values([1.0, 2.0])


async def test_broken_rows_are_left_out_with_a_notice(project: Any) -> None:
    project.execute(TABLE)
    project.log([{"loss": 1.0}])
    log_system(project, [1, '{"cut', "[]", 4])
    async with watching(project.path) as watched:
        await watched.values([1.0, 4.0])
        while not isinstance(watched.events[-1], Notice):
            await watched.take()
    notice = watched.events[-1]
    assert isinstance(notice, Notice)
    assert notice.text is not None
    assert "2 system rows" in notice.text


@pytest.mark.parametrize("version", ["0.16.1", "0.20.2", "0.26.0", "0.36.0", "0.43.0"])
def test_system_rows_of_older_releases(version: str, tmp_path: Path) -> None:
    path = Path(shutil.copy(OLD / f"schema-of-{version}.db", tmp_path))
    new_ids = version >= "0.24"
    run, alone = ("id of run-1", "id of machine only") if new_ids else ("run-1", "machine only")
    with ProjectReader(str(path)) as reader:
        assert reader.system_runs() == {alone: "machine only", run: "run-1"}
        (batch,) = reader.system_rows(run)
        assert len(list(reader.system_rows())) == 2
        # The reader counts a broken row each time that it meets it.
        assert reader.broken_rows == 2
    assert list(batch.columns[UTILIZATION].values) == [90.0, 91.0, 92.0]
    assert list(batch.columns["gpu/0/memory_usage"].values) == [0.5, 0.625, 0.75]
    assert str(list(batch.columns["temp/own"].values)) == "[nan, nan, nan]"
    assert [time % 60 for time in batch.times] == [0.25, 0.25, 1.25, 1.25, 2.25, 2.25]
    assert batch.steps == batch.times


@pytest.mark.parametrize("version", ["0.2.9", "0.4.0", "0.9.1"])
def test_releases_before_the_table_have_no_system_rows(version: str) -> None:
    with ProjectReader(str(OLD / f"schema-of-{version}.db")) as reader:
        assert reader.system_runs() == {}
        assert list(reader.system_rows()) == []
        assert list(reader.system_rows("run-1")) == []


@pytest.mark.parametrize("version", ["0.16.1", "0.26.0", "0.36.0"])
def test_system_rows_that_those_releases_wrote(
    version: str, captures: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(captures / "trackio" / f"written-by-{version}.db", tmp_path))
    path.chmod(0o644)
    with ProjectReader(str(path)) as reader:
        runs = reader.system_runs()
        assert runs
        for run_id in runs:
            for batch in reader.system_rows(run_id):
                assert batch.columns
                assert all(time == time for time in batch.times)


def test_a_table_younger_than_its_project_goes_by_run_names(project: Any) -> None:
    project.execute("ALTER TABLE metrics DROP COLUMN log_id")
    project.execute("DROP INDEX idx_metrics_run_step")
    project.execute("ALTER TABLE metrics DROP COLUMN run_id")
    project.execute(
        "INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES ('','a',0,'{}')"
    )
    project.execute(TABLE)
    project.execute(
        "INSERT INTO system_metrics (run_id, timestamp, run_name, metrics)"
        " VALUES ('0f3c', '2026-03-01T10:00:00+00:00', 'a', '{\"memory/percent\": 4}')"
    )
    with ProjectReader(str(project.path)) as reader:
        assert reader.system_runs() == {"a": "a"}
        (batch,) = reader.system_rows("a")
        assert batch.run_id == "a"


LOGGING = """
import trackio
trackio.init(project="p", name="r", embed=False, auto_log_gpu=False, auto_log_cpu=False)
trackio.log({"loss": 1.0})
for row in range(3):
    trackio.log_system({"gpu/0/utilization": 90 + row, "gpu/0/memory_usage": float("nan")})
trackio.finish()
"""


def test_system_rows_that_trackio_itself_logs_are_read(tmp_path: Path) -> None:
    pytest.importorskip("trackio")
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOGGING],
        env={
            **os.environ,
            "TRACKIO_DIR": str(tmp_path),
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_OFFLINE": "1",
            "GRADIO_ANALYTICS_ENABLED": "False",
        },
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    with ProjectReader(str(tmp_path / "p.db")) as reader:
        (run_id,) = reader.system_runs()
        batches = list(reader.system_rows(run_id))
    assert reader.broken_rows == 0
    values = [value for batch in batches for value in batch.columns[UTILIZATION].values]
    assert values == [90.0, 91.0, 92.0]
    shares = [value for batch in batches for value in batch.columns["gpu/0/memory_usage"].values]
    assert all(value != value for value in shares)


async def test_a_row_of_the_lowest_id_that_there_is_is_read(project: Any) -> None:
    project.execute(TABLE)
    project.log([{"loss": 1.0}])
    log_system(project, [1, 2])
    project.execute("UPDATE system_metrics SET id = ? WHERE id = 1", [(-(2**63),)])
    async with watching(project.path) as watched:
        await watched.values([1.0, 2.0])


def test_a_run_gave_its_newest_sign_of_life_in_whichever_batch(batch: Any) -> None:
    def rows(run: str, *times: float) -> Any:
        return batch({"cpu": [1.0] * len(times)}, times=times, run_id=run)

    batches = [rows("a", 5.0, 9.0), rows("b", math.nan), rows("a", 7.0), rows("c", math.nan, 3.0)]
    assert system_rows.signs_of_life(batches) == {"a": 9.0, "c": 3.0}
