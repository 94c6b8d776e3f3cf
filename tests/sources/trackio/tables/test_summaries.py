"""The summary of a project, and configs that are not valid."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails
from trackio_view.model.summary import ProjectSummary, newest_first
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import Locks, ProjectConnection, open_database
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.tables import summaries
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import (
    _pace,
    decode_details,
    list_projects,
    summarize,
)


def glance(path: Path, *, may_hold_up: bool = False) -> ProjectSummary | None:
    return summarize(ProjectFile(ProjectId("", path.stem), str(path)), may_hold_up=may_hold_up)


def test_a_glance_tells_rows_runs_and_the_newest_time(project: Any) -> None:
    project.log([{"loss": 1.0}] * 5, run="a")
    project.log([{"loss": 1.0}] * 2, run="b")
    told = glance(project.path)
    assert told is not None
    assert (told.name, told.run_count, told.row_count, told.fault) == ("project", 2, 7, None)
    assert told.newest_time is not None
    assert told.size >= project.path.stat().st_size


def test_runs_that_logged_only_their_machine_or_alerts_are_counted(project: Any) -> None:
    project.log([{"loss": 1.0}] * 5, run="a")
    project.execute(
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT,"
        " run_id TEXT, run_name TEXT, metrics TEXT)"
    )
    project.execute(
        "INSERT INTO system_metrics (run_id, run_name, metrics) VALUES (?, ?, '{}')",
        [("id-a", "a"), ("id-warm", "warm"), ("id-warm", "warm"), (None, None)],
    )
    project.execute(
        "CREATE TABLE alerts (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, run_id TEXT,"
        " run_name TEXT, title TEXT, text TEXT, level TEXT, step INTEGER)"
    )
    project.execute(
        "INSERT INTO alerts (run_id, run_name, title) VALUES (?, ?, 'spike')",
        [("id-a", "a"), ("id-warm", "warm"), ("id-dead", "dead")],
    )
    told = glance(project.path)
    assert told is not None
    assert (told.run_count, told.row_count) == (3, 5)


def test_a_project_without_rows_has_no_time_and_no_pace(project: Any) -> None:
    told = glance(project.path)
    assert told is not None
    assert (told.run_count, told.row_count) == (0, 0)
    assert told.newest_time is told.rows_per_second is None


def test_a_time_that_is_none_is_unknown(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute("UPDATE metrics SET timestamp = 'no time'")
    told = glance(project.path)
    assert told is not None
    assert told.newest_time is None
    assert told.row_count == 1


@pytest.mark.parametrize("content", [b"", b"no database " * 100, None])
def test_an_unreadable_project_is_listed_with_its_fault_or_left_out(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    told = glance(path)
    if content:
        assert told is not None
        assert told.fault is not None
        assert told.run_count is told.row_count is told.newest_time is None
        assert told.size == len(content)
    else:
        assert told is None


def test_a_project_that_is_being_written_just_now_is_looked_at_once_more(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{"loss": 1.0}])
    look, looks = summaries._summarize, list[str]()

    def busy(found: ProjectFile, **how: bool) -> ProjectSummary | None:
        looks.append(found.path)
        if len(looks) == 1:
            raise DatabaseFault("It is locked.", FaultKind.TRANSIENT)
        return look(found, **how)

    monkeypatch.setattr(summaries, "_summarize", busy)
    told = glance(project.path)
    assert told is not None
    assert (told.fault, told.row_count, len(looks)) == (None, 1, 2)


@pytest.mark.parametrize(
    ("journal_mode", "may_hold_up", "told"),
    [
        ("wal", False, (5, None)),
        ("wal", True, (5, None)),
        ("delete", True, (5, None)),
        ("delete", False, (None, "The database changed while it was read.")),
    ],
)
def test_a_project_that_is_written_to_during_each_glance_is_told_unless_its_writer_is_held_up(
    new_project: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    journal_mode: str,
    may_hold_up: bool,
    told: tuple[int | None, str | None],
) -> None:
    project = new_project("busy", journal_mode)
    project.log([{"loss": 1.0}] * 5)

    def written_to(path: str, locks: Locks = Locks.IN_USE) -> ProjectConnection:
        os.utime(path, (1, 1))
        connection = open_database(path, locks=locks)
        assert connection.access is Access.IMMUTABLE or locks is not Locks.IN_USE
        os.utime(path, (2, 2))
        return connection

    monkeypatch.setattr(summaries, "open_at_rest", written_to)
    monkeypatch.setattr(summaries, "open_database", written_to)
    summary = glance(project.path, may_hold_up=may_hold_up)
    assert summary is not None
    assert (summary.row_count, summary.fault) == told


def test_projects_are_listed_with_the_newest_data_first(
    new_project: Callable[..., Any], tmp_path: Path
) -> None:
    for name, moment in (("old", "2025-01-01"), ("new", "2026-01-01"), ("empty", None)):
        made = new_project(name)
        if moment is not None:
            made.log([{"loss": 1.0}])
            made.execute(f"UPDATE metrics SET timestamp = '{moment}T00:00:00+00:00'")
    folder = new_project("another").path.parent
    listed = [summary.name for summary in list_projects(folder)]
    assert listed == ["new", "old", "another", "empty"]


def test_projects_of_one_moment_are_in_the_order_of_their_names() -> None:
    summaries = [
        ProjectSummary(ProjectId("", name), 1, 1, time, 0)
        for name, time in (("b", 5.0), ("z", None), ("a", 5.0), ("c", 6.0), ("y", None))
    ]
    assert [one.name for one in newest_first(summaries)] == ["c", "a", "b", "y", "z"]


@pytest.mark.parametrize(
    ("rows", "pace"),
    [
        ([(9, "2026-01-01T10:00:00")], None),
        ([(9, "2026-01-01T10:00:10"), (5, "2026-01-01T10:00:06")], 1.0),
        ([(9, "2026-01-01T10:00:01"), (5, "2026-01-01T10:00:00")], None),
        (
            [(99, "2026-01-01T10:00:40"), (79, "2026-01-01T10:00:30"), (9, "2026-01-01T10:00:10")],
            3.0,
        ),
        # A sign older than a minute counts only where there is no newer one.
        (
            [(99, "2026-01-01T10:09:00"), (79, "2026-01-01T10:08:50"), (9, "2026-01-01T10:00:00")],
            2.0,
        ),
        ([(99, "2026-01-01T10:10:00"), (39, "2026-01-01T10:00:00")], 0.1),
        ([(99, "2026-01-01T10:00:00"), (39, "no time")], None),
        ([(99, "no time"), (39, "2026-01-01T10:00:00")], None),
        ([(99, "2026-01-01T10:00:00"), (39, "2026-01-01T10:05:00")], None),
    ],
)
def test_the_pace_is_that_of_at_most_the_last_minute(
    rows: list[tuple[int, str]], pace: float | None
) -> None:
    found = _pace(rows)
    assert found == (None if pace is None else pytest.approx(pace))


@pytest.mark.parametrize(
    ("config", "known"),
    [
        (b'{"lr": 0.1}', {"lr": 0.1}),
        ('{"lr": 0.1}', {"lr": 0.1}),
        ("[1, 2]", None),
        ('{"cut', None),
        ("[" * 100_000, None),
        (None, None),
        (7, None),
    ],
)
def test_a_config_that_is_none_is_absent_and_its_run_is_there(config: object, known: Any) -> None:
    assert decode_details([("r", "name", config)], for_screen=False) == [
        RunDetails("r", "name", known, None)
    ]


def test_a_config_nested_beyond_all_is_absent_or_whole() -> None:
    for depth in (500, 900, 980, 3_000, 100_000):
        config = '{"a":' * depth + "1" + "}" * depth
        [found] = decode_details([("r", "name", config)], for_screen=True)
        assert found.run_id == "r"


def test_groups_and_names_are_text_whatever_was_stored() -> None:
    rows = [("r", "n", '{"_Group": 7}'), (None, "only-name", '{"_Group": null}'), ("s", None, "{}")]
    found = decode_details(rows, for_screen=False)
    assert [one.run_id for one in found] == ["r", "only-name", "s"]
    assert [one.group for one in found] == ["7", None, None]
    assert all(isinstance(one.run_name, str) for one in found)


def test_of_a_run_that_is_told_twice_the_later_holds() -> None:
    (found,) = decode_details([("r", "n", '{"a": 1}'), ("r", "m", '{"a": 2}')], for_screen=False)
    assert (found.run_name, found.config) == ("m", {"a": 2})


def test_a_newest_row_that_no_seek_finds_tells_no_pace() -> None:
    assert summaries._pace([]) is None


def test_a_script_gets_a_config_whole_and_a_screen_what_it_can_show(project: Any) -> None:
    text = "x" * 300_000
    config = json.dumps({"prompt": text})
    (whole,) = decode_details([("r", text, config)], for_screen=False)
    assert (whole.run_name, whole.config) == (text, {"prompt": text})
    (shown,) = decode_details([("r", text, config)], for_screen=True)
    assert shown.config is not None
    assert len(shown.config["prompt"]) < 10_000
    assert len(shown.run_name) < 10_000
    project.log([{"loss": 1.0}])
    project.configure({"prompt": text})
    with ProjectReader(str(project.path)) as reader:
        (read,) = reader.details()
    assert read.config is not None
    assert read.config["prompt"] == text
