"""Projects as each release of TrackIO made them, and tables that lack columns or have odd
values."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.tables.alerts import read_alerts
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA, Schema
from trackio_view.sources.trackio.tables.summaries import summarize

OLD = Path(__file__).parents[3] / "data" / "trackio"
OLD_VERSIONS = ["0.2.9", "0.4.0", "0.9.1", "0.16.1", "0.20.2", "0.26.0", "0.36.0", "0.43.0"]

TakeState = Callable[[Path], dict[str, tuple[bytes, int]]]


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_projects_of_older_releases(version: str, tmp_path: Path, folder_state: TakeState) -> None:
    path = Path(shutil.copy(OLD / f"schema-of-{version}.db", tmp_path))
    before = folder_state(tmp_path)
    with ProjectReader(str(path)) as reader:
        batches = {batch.run_name: batch for batch in reader.rows()}
        runs, details, newest = reader.runs(), reader.details(), reader.newest_run()
        machines = reader.system_runs()
    assert folder_state(tmp_path) == before
    assert list(batches) == ["run-0", "run-1", "odd"]
    assert list(batches["run-1"].columns["loss"].values) == [1 / (n + 1) for n in range(5)]
    odd = batches["odd"]
    assert str(list(odd.columns["loss"].values)[:3]) == "[nan, inf, -inf]"
    assert newest == (odd.run_id, "odd")
    assert [run.run_name for run in runs] == ["odd", "run-1", "run-0"]
    assert runs[1].row_count == 5
    new_ids = version >= "0.24" and version not in ("0.4.0", "0.9.1")
    assert odd.run_id == ("id of odd" if new_ids else "odd")
    if version == "0.2.9":
        assert details == []
    else:
        assert [(run.run_name, run.group) for run in details] == [
            ("run-0", "first"), ("run-1", "first"),
        ]  # fmt: skip
        assert odd.columns["big"].exact == {0: 2**60 + 1}
    if version not in ("0.2.9", "0.4.0"):
        assert list(odd.steps)[-2:] == [40.0, 41.5]
        assert odd.last_step == 41.5
    summary = summarize(ProjectFile(ProjectId("", "p"), str(path)))
    assert summary is not None
    assert summary.run_count == 3 + ("machine only" in machines.values())
    assert summary.row_count == sum(run.row_count for run in runs)
    assert summary.newest_time is not None


def test_runs_of_one_name_are_two_where_the_first_releases_kept_all_projects_in_one_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trackio.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT"
            " CURRENT_TIMESTAMP, project_name TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER,"
            " metrics TEXT NOT NULL)"
        )
        database.execute(
            "CREATE TABLE configs (project_name TEXT NOT NULL, run_name TEXT NOT NULL, config TEXT"
            " NOT NULL, created_at DATETIME DEFAULT CURRENT_TIMESTAMP,"
            " PRIMARY KEY (project_name, run_name))"
        )
        for step in range(3):
            for project, loss in (("cats", 1.0 + step), ("dogs", 10.0 + step)):
                database.execute(
                    "INSERT INTO metrics (project_name, run_name, step, metrics)"
                    " VALUES (?, 'base', ?, json_object('loss', ?))",
                    (project, step, loss),
                )
        database.execute(
            "INSERT INTO configs (project_name, run_name, config)"
            " VALUES ('dogs', 'base', json_object('lr', 2))"
        )
    with ProjectReader(str(path)) as reader:
        losses = {batch.run_name: list(batch.columns["loss"].values) for batch in reader.rows()}
        runs, details = reader.runs(), reader.details()
    assert losses == {"cats/base": [1.0, 2.0, 3.0], "dogs/base": [10.0, 11.0, 12.0]}
    assert [(run.run_name, run.row_count) for run in runs] == [("dogs/base", 3), ("cats/base", 3)]
    assert [run.run_name for run in details] == ["dogs/base"]
    summary = summarize(ProjectFile(ProjectId("", "trackio"), str(path)))
    assert summary is not None
    assert summary.run_count == 2


@pytest.mark.parametrize("version", ["0.2.9", "0.9.1", "0.16.1", "0.26.0", "0.36.0"])
def test_projects_that_those_releases_wrote(
    version: str, captures: Path, tmp_path: Path, folder_state: TakeState
) -> None:
    path = Path(shutil.copy(captures / "trackio" / f"written-by-{version}.db", tmp_path))
    path.chmod(0o644)
    before = folder_state(tmp_path)
    with ProjectReader(str(path)) as reader:
        schema = reader.schema
        batches = list(reader.rows())
        assert [batch.run_name for batch in batches] == ["run-0", "run-1"]
        for batch in batches:
            assert list(batch.columns["loss"].values)[:5] == [1 / (n + 1) for n in range(5)]
            assert batch.times[0] == batch.times[0]
    assert folder_state(tmp_path) == before
    with ProjectReader(str(OLD / f"schema-of-{version}.db")) as ours:
        assert ours.schema.metrics == schema.metrics
        assert ours.schema.configs == schema.configs


def test_the_schema_of_a_database_without_metrics_is_none(tmp_path: Path) -> None:
    database = sqlite3.connect(":memory:")
    assert Schema.from_rows(database.execute(READ_SCHEMA)) is None
    database.execute("CREATE TABLE metrics (metrics TEXT)")
    assert Schema.from_rows(database.execute(READ_SCHEMA)) is None
    database.execute("ALTER TABLE metrics ADD COLUMN run_name TEXT")
    found = Schema.from_rows(database.execute(READ_SCHEMA))
    assert found is not None
    assert database.execute(found.rows_after, (0, 10)).fetchall() == []
    assert database.execute(found.run_identities).fetchall() == []
    database.close()


@pytest.mark.parametrize("column", ["id", "id TEXT", "id INTEGER", "id REAL PRIMARY KEY"])
@pytest.mark.parametrize("value", [None, "x", 2.5, 7])
def test_an_id_that_is_no_key_may_hold_anything(tmp_path: Path, column: str, value: object) -> None:
    path = tmp_path / "copied.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        for table in ("metrics", "alerts", "system_metrics"):
            database.execute(
                f"CREATE TABLE {table}({column}, run_name TEXT, timestamp TEXT, step INTEGER,"
                " metrics TEXT, title TEXT)"
            )
            for step in range(3):
                database.execute(
                    f"INSERT INTO {table} VALUES (?, 'r', '2026-03-01', ?, '{{\"loss\": 1}}', 't')",
                    (value if step == 1 else None, step),
                )
        alerts = read_alerts(lambda *query: database.execute(*query).fetchall(), "run_name")
    assert alerts is not None
    assert [alert.step for alert in alerts] == [0, 1, 2]
    with ProjectReader(str(path)) as reader:
        assert [list(batch.steps) for batch in reader.rows()] == [[0.0, 1.0, 2.0]]
    summary = summarize(ProjectFile(ProjectId("", "copied"), str(path)))
    assert summary is not None
    assert (summary.row_count, summary.fault) == (3, None)
