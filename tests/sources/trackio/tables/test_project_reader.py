"""A project that is read once: whole, by run, or from its end; no more is read than was asked
for."""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.files import database
from trackio_view.sources.trackio.files.database import fetch
from trackio_view.sources.trackio.tables import project_reader
from trackio_view.sources.trackio.tables.patient_reader import PatientReader
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.rows import decode_run


def test_the_tail_reads_no_more_than_it_must(project: Any, monkeypatch: Any) -> None:
    project.log([{"loss": n} for n in range(3000)], run="early")
    project.log([{"loss": n} for n in range(500)], run="late")
    decoded: list[int] = []
    monkeypatch.setattr(
        project_reader,
        "decode_run",
        lambda rows, run: (decoded.append(len(rows)), decode_run(rows, run))[1],
    )
    with ProjectReader(str(project.path)) as reader:
        batches = reader.tail("id-late", 50)
        assert 50 <= sum(decoded) < 100
        assert batches[-1].last_id == 3500
        decoded.clear()
        early = reader.tail("id-early", 100)
        assert early[-1].last_id == 3000
        assert sum(decoded) < 1500
        whole = [step for batch in reader.run_rows("id-late", times=True) for step in batch.steps]
        assert whole == [float(step) for step in range(3000, 3500)]
        assert reader.tail("id-none", 5) == []
        assert list(reader.run_rows("id-none", times=True)) == []


def test_rows_with_ids_far_apart_are_asked_for_together(project: Any, monkeypatch: Any) -> None:
    project.log([{"loss": n} for n in range(3000)])
    project.execute("UPDATE metrics SET id = -id * id * 1000000")
    asked: list[str] = []
    monkeypatch.setattr(
        database, "fetch", lambda *values: (asked.append(values[1]), fetch(*values))[1]
    )
    with ProjectReader(str(project.path)) as reader:
        whole = [step for batch in reader.run_rows("id-run", times=True) for step in batch.steps]
        newest = [step for batch in reader.tail("id-run", None) for step in batch.steps]
    assert whole == newest == [float(step) for step in reversed(range(3000))]
    assert len(asked) < 60


def test_a_tail_of_repeated_steps_goes_back_far_enough(project: Any) -> None:
    project.log([{"loss": n} for n in range(900)], steps=[n // 300 for n in range(900)])
    with ProjectReader(str(project.path)) as reader:
        steps_read = [step for batch in reader.tail("id-run", 2) for step in batch.steps]
    assert steps_read.count(1.0) == 300
    assert steps_read.count(2.0) == 300


def test_text_that_is_not_utf8_is_read_all_the_same(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
        " VALUES ('r', '', CAST(x'ff41' AS TEXT), 1, '{\"loss\": 2}')"
    )
    with ProjectReader(str(project.path)) as reader:
        assert [batch.run_name for batch in reader.rows()] == ["run", "\ufffdA"]


def test_rows_whose_ids_do_not_go_on_are_read_from_a_copy_of_what_is_readable(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def row(row_id: int) -> tuple[Any, ...]:
        return (row_id, "id-run", "run", row_id, "", '{"loss": 1}')

    answers = iter([[row(1), row(2)], [row(9), row(2)], [row(3), row(9)], []])
    salvaged: list[str] = []
    project.log([{"loss": 1.0}])
    with ProjectReader(str(project.path)) as reader:
        monkeypatch.setattr(reader._reader, "salvage", lambda fault: salvaged.append(str(fault)))
        monkeypatch.setattr(reader, "_fetch", lambda *_: next(answers))
        steps = [step for batch in reader.rows() for step in batch.steps]
    assert steps == [1, 2, 3, 9]
    assert len(salvaged) == 1


def test_runs_are_told_by_their_ends(project: Any) -> None:
    project.log([{"loss": 1.0}] * 3, run="a")
    project.log([{"loss": 1.0}] * 2, run="b")
    project.log([{"loss": 1.0}], run="a")
    with ProjectReader(str(project.path)) as reader:
        assert reader.newest_run() == ("id-a", "a")
        found = [(run.run_name, run.row_count, run.first_id, run.last_id) for run in reader.runs()]
        assert found == [("a", 4, 1, 6), ("b", 2, 4, 5)]
        assert (reader.row_count(), reader.id_range()) == (6, (1, 6))
        assert [reader.first_id(run) for run in ("id-a", "id-b", "id-none")] == [1, 4, None]
        assert [reader.has_row(row) for row in (1, 6, 7)] == [True, True, False]


ALERTS = "CREATE TABLE alerts (id INTEGER PRIMARY KEY, run_id, timestamp, run_name, title, level)"
SYSTEM = (
    "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id, timestamp, run_name, metrics)"
)


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ([("alerts", "silent", 2)], "silent"),
        ([("system_metrics", "silent", 2)], "silent"),
        ([("alerts", "first", 1), ("system_metrics", "last", 2)], "last"),
        ([("alerts", "last", 2), ("system_metrics", "first", 1)], "last"),
        # What was heard of before the newest row, and who has rows, is no newer run without any.
        ([("alerts", "silent", -2), ("system_metrics", "silent", -1)], None),
        ([("alerts", "run", 2), ("system_metrics", "other", 2)], None),
        ([], None),
    ],
)
def test_a_run_without_rows_is_newer_if_it_was_heard_of_after_the_newest_row(
    project: Any, heard: list[tuple[str, str, int]], found: str | None
) -> None:
    def moment(minutes: int) -> str:
        return f"2026-03-05T10:{30 + minutes}:00+00:00"

    project.log([{"loss": 1.0}], run="other")
    project.log([{"loss": 1.0}], run="run")
    project.execute("UPDATE metrics SET timestamp = ?", [(moment(0),)])
    project.execute(ALERTS)
    project.execute(SYSTEM)
    for table, run, minutes in heard:
        project.execute(
            f"INSERT INTO {table} (run_id, timestamp, run_name) VALUES (?, ?, ?)",
            [(f"id-{run}", moment(minutes), run)],
        )
    with ProjectReader(str(project.path)) as reader:
        assert reader.newest_rowless() == (None if found is None else (f"id-{found}", found))


def test_a_run_has_the_times_of_its_first_and_of_its_newest_row(project: Any) -> None:
    project.log([{"loss": 1.0}] * 3, run="a")
    project.log([{"loss": 1.0}] * 2, run="b")
    stamps = [(f"2026-03-05T10:00:0{number}", number) for number in range(1, 6)]
    project.execute("UPDATE metrics SET timestamp = ? WHERE id = ?", stamps)
    with ProjectReader(str(project.path)) as reader:
        found = {run.run_name: (run.first_time, run.newest_time) for run in reader.runs()}
    ends = [stamp for stamp, number in stamps if number != 2]
    assert found == {"a": tuple(ends[:2]), "b": tuple(ends[2:])}


def test_a_project_without_rows_has_nothing_and_no_fault(project: Any) -> None:
    with ProjectReader(str(project.path)) as reader:
        assert reader.newest_run() is None
        assert (reader.runs(), list(reader.rows()), reader.details()) == ([], [], [])
        assert (reader.row_count(), reader.id_range(), reader.damage) == (0, None, None)
        assert reader.tail("id-run", 5) == []
        assert reader.alerts() is None
        assert list(reader.system_rows()) == []


@pytest.mark.parametrize(
    ("first", "last", "ids"),
    [
        (None, None, range(1, 8)),
        (3, 5, range(3, 6)),
        (6, 99, range(6, 8)),
        (5, 4, []),
        (9, None, []),
    ],
)
def test_a_stretch_of_a_run_is_what_lies_between_two_ids(
    project: Any, first: int | None, last: int | None, ids: Sequence[int]
) -> None:
    project.log([{"loss": float(number)} for number in range(1, 8)])
    with ProjectReader(str(project.path)) as reader:
        batches = list(reader.run_rows("id-run", first_id=first, last_id=last, times=True))
    values = [value for batch in batches for value in batch.columns["loss"].values]
    assert values == [float(row_id) for row_id in ids]


def test_without_times_all_else_is_the_same(project: Any) -> None:
    project.log([{"loss": 1.0, "acc": 2.0}] * 5)
    with ProjectReader(str(project.path)) as reader:
        (timed,), (bare,) = (list(reader.run_rows("id-run", times=both)) for both in (True, False))
    assert bare.columns == timed.columns
    assert bare.steps == timed.steps
    assert not any(map(math.isnan, timed.times))
    assert all(map(math.isnan, bare.times))


def test_broken_rows_are_counted_and_left_out(project: Any) -> None:
    project.log([{"loss": 1.0}, '{"cut', "[]", {"loss": 2.0}])
    with ProjectReader(str(project.path)) as reader:
        values = [value for batch in reader.rows() for value in batch.columns["loss"].values]
        assert values == [1.0, 2.0]
        assert reader.broken_rows == 2


def test_a_reader_that_is_closed_twice_holds_nothing(project: Any, folder_state: Any) -> None:
    project.log([{"loss": 1.0}])
    before = folder_state(project.path.parent)
    with ProjectReader(str(project.path)) as reader:
        assert reader.row_count() == 1
    reader.close()
    assert folder_state(project.path.parent) == before


@pytest.mark.parametrize("held_up", [True, False])
def test_where_a_writer_would_wait_no_index_is_walked(
    project: Any, monkeypatch: Any, held_up: bool
) -> None:
    project.log([{"loss": n} for n in range(300)], run="early")
    project.log([{"loss": n} for n in range(300)], run="late")
    asked: list[str] = []
    monkeypatch.setattr(
        database, "fetch", lambda *values: (asked.append(values[1]), fetch(*values))[1]
    )
    monkeypatch.setattr(PatientReader, "holds_up_writers", property(lambda _: held_up))
    with ProjectReader(str(project.path)) as reader:
        for run in ("id-early", "id-late"):
            assert sum(len(batch.steps) for batch in reader.tail(run, None)) == 300
            assert sum(len(batch.steps) for batch in reader.run_rows(run, times=True)) == 300
        walks = {reader.schema.run_size, reader.schema.first_of_run}
    assert walks & {*asked} == (set() if held_up else walks)


@pytest.mark.parametrize("indexed", [True, False])
def test_rows_without_a_run_id_are_those_of_their_name(tmp_path: Path, indexed: bool) -> None:
    path = tmp_path / "p.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT,"
            " timestamp TEXT, step INTEGER, metrics TEXT)"
        )
        if indexed:
            database.execute("CREATE INDEX by_run ON metrics (run_id, step)")
        for step, (run_id, name) in enumerate(
            [("id-a", "a"), (None, "b"), (None, "c"), (None, "b")]
        ):
            database.execute(
                "INSERT INTO metrics (run_id, run_name, step, metrics) VALUES (?, ?, ?, ?)",
                (run_id, name, step, '{"loss": 1}'),
            )
    with ProjectReader(str(path)) as reader:
        assert {run.run_id: run.row_count for run in reader.runs()} == {"id-a": 1, "b": 2, "c": 1}
        assert reader.newest_run() == ("b", "b")
        for run_id, steps in (("id-a", [0]), ("b", [1, 3]), ("c", [2])):
            assert [
                step for batch in reader.run_rows(run_id, times=True) for step in batch.steps
            ] == steps
            assert [step for batch in reader.tail(run_id, 9) for step in batch.steps] == steps


def test_reading_once_needs_no_event_loop_and_no_numpy() -> None:
    code = (
        "import sys, trackio_view.sources.trackio.tables.project_reader\n"
        "heavy = {'asyncio', 'anyio', 'aiosqlite', 'numpy', 'trackio', 'blessed'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    package = str(Path(__file__).parents[4])
    environment = {**os.environ, "PYTHONPATH": package}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert ended.stdout == "[]\n"
