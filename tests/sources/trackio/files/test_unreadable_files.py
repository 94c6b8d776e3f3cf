"""Files that are no project, locked or damaged make one sentence each, but a bug makes none."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, explain
from trackio_view.sources.trackio.files.database import open_database
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import summarize

TakeState = Callable[[Path], dict[str, tuple[bytes, int]]]


@pytest.mark.parametrize("content", [b"plain text, no database\n" * 20, b"short", b"\0" * 4096])
def test_a_file_that_is_no_database_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseFault, match="not an SQLite database"):
        open_database(str(path))
    summary = summarize(ProjectFile(ProjectId("", "x"), str(path)))
    assert summary is not None
    assert summary.row_count is None
    assert summary.fault == "The file is not an SQLite database."


def test_a_folder_a_missing_file_and_an_empty_one_are_each_a_fault(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseFault, match="not a file"):
        open_database(str(tmp_path / "folder.db"))
    with pytest.raises(DatabaseFault) as missing:
        open_database(str(tmp_path / "missing.db"))
    assert missing.value.kind is FaultKind.MISSING
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseFault) as empty:
        open_database(str(tmp_path / "empty.db"))
    assert empty.value.kind is FaultKind.EMPTY
    assert os.listdir(tmp_path) in (["folder.db", "empty.db"], ["empty.db", "folder.db"])


def test_another_programs_database_is_no_project(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "x.db")
    database.execute("CREATE TABLE songs (title TEXT)")
    database.close()
    assert summarize(ProjectFile(ProjectId("", "x"), str(tmp_path / "x.db"))) is None
    with pytest.raises(DatabaseFault) as fault, ProjectReader(str(tmp_path / "x.db")):
        pass
    assert fault.value.kind is FaultKind.EMPTY


def test_a_locked_database_is_a_passing_fault(new_project: Any) -> None:
    project = new_project("p", "delete")
    writer = project.connect()
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("DELETE FROM metrics")
    with pytest.raises(sqlite3.OperationalError) as caught:
        open_database(str(project.path))
    writer.close()
    fault = explain(caught.value)
    assert fault is not None
    assert fault.kind is FaultKind.TRANSIENT
    assert "locked" in fault.text


def test_damage_anywhere_is_a_fault_and_never_more(
    project: Any, tmp_path: Path, age: Callable[[Path], None]
) -> None:
    project.log([{"loss": number / 7, "text": "x" * 50} for number in range(300)])
    intact = project.path.read_bytes()
    damaged = tmp_path / "damaged.db"
    outcomes: set[object] = set()
    variants = [intact[:size] for size in range(0, len(intact), 1777)]
    variants += [
        intact[:at] + b"\xa5" * 64 + intact[at + 64 :] for at in range(0, len(intact), 997)
    ]
    for variant in variants:
        damaged.write_bytes(variant)
        # A reader of a file that was written just now waits until nobody writes.
        age(damaged)
        try:
            with ProjectReader(str(damaged)) as reader:
                outcomes.add(sum(len(batch.steps) for batch in reader.rows()))
        except (DatabaseFault, sqlite3.Error) as error:
            fault = explain(error)
            assert fault is not None
            outcomes.add(fault.text)
    assert 300 in outcomes
    assert "The database is damaged: parts of it are unreadable." in outcomes


def test_bugs_are_no_faults() -> None:
    assert explain(ValueError("a bug")) is None
    assert explain(sqlite3.ProgrammingError("a bug")) is None


def test_a_damaged_name_that_is_no_text_is_damage(project: Any) -> None:
    project.log([{"loss": 1.0}])
    database = project.connect()
    database.execute("PRAGMA writable_schema = 1")
    database.execute(
        "UPDATE sqlite_master SET name = CAST(x'ffb4' AS TEXT), sql = 'garbled'"
        " WHERE name = 'idx_metrics_run_step'"
    )
    database.close()
    with pytest.raises(DatabaseFault) as caught:
        open_database(str(project.path))
    assert caught.value.kind is FaultKind.DAMAGED
    with ProjectReader(str(project.path)) as reader:
        assert [step for batch in reader.rows() for step in batch.steps] == [0.0]
        assert reader.damage is not None
