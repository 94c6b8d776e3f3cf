"""Alerts of every schema that had them are read, each row once."""

from __future__ import annotations

import contextlib
import math

import pytest

from trackio_view.model.alerts import known_level
from trackio_view.sources.trackio.tables.alert_rows import AlertRows
from trackio_view.sources.trackio.tables.alerts import (
    alerts_query,
    decode_alerts,
    newest_alert,
    read_alerts,
)
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.rows import MOST_TEXT
from trackio_view.terminal.text import MOST_ON_A_PAGE

ALL = ["id", "run_id", "timestamp", "run_name", "title", "text", "level", "step", "alert_id"]

TABLE = (
    "CREATE TABLE alerts(id INTEGER PRIMARY KEY AUTOINCREMENT, {run} timestamp TEXT,"
    " run_name TEXT, title TEXT, text TEXT, level TEXT, step INTEGER)"
)


def test_without_the_table_there_are_none_to_tell(project) -> None:
    project.log([{"loss": 1}])
    with ProjectReader(str(project.path)) as reader:
        assert reader.alerts() is None


def test_alerts_with_and_without_run_ids(project, new_project) -> None:
    for writer, columns in ((project, "run_id TEXT,"), (new_project("old"), "")):
        writer.log([{"loss": 1}])
        writer.execute(TABLE.format(run=columns))
        names = f"{'run_id, ' if columns else ''}timestamp, run_name, title, text, level, step"
        values = [*(["id-1"] if columns else []), "2026-03-01T10:00:00+00:00", "run", "t", None]
        marks = ", ".join("?" * (len(values) + 2))
        insert = f"INSERT INTO alerts({names}) VALUES ({marks})"
        writer.execute(insert, [[*values, "WARN", 7], [*values, None, b"\x02\x00\x00\x00"]])
        writer.execute(insert, [[*values[:-4], "no time", b"\xff", "u", "x", "error", "none"]])
        with ProjectReader(str(writer.path)) as reader:
            alerts = reader.alerts()
        assert alerts is not None
        first, second, third = alerts
        assert first.run_id == ("id-1" if columns else "run")
        assert (first.level, first.title, first.text, first.step) == ("warn", "t", None, 7)
        assert first.time == 1_772_359_200
        assert (second.level, second.step) == ("warn", 2)
        assert (third.text, third.level, third.step) == ("x", "error", None)
        assert math.isnan(third.time)


@pytest.mark.parametrize(
    ("raw", "level"),
    [("info", "info"), ("WARN", "warn"), ("Warning", "warn"), ("ERROR ", "error"), ("x", "warn")],
)
def test_levels(raw, level) -> None:
    assert known_level(raw) == level


def test_no_table_no_query() -> None:
    assert alerts_query([], "run_id") is None
    assert alerts_query(["a", "b"], "run_id") is None
    assert alerts_query(["id", "title"], "run_id") is None


def test_the_run_is_known_as_the_metric_rows_know_it() -> None:
    assert "coalesce(run_id, run_name)" in (alerts_query(ALL, "run_id") or "")
    assert "SELECT id, run_name, run_name, " in (alerts_query(ALL, "run_name") or "")
    before_run_ids = [name for name in ALL if name not in ("run_id", "alert_id")]
    assert "SELECT id, run_name, run_name, " in (alerts_query(before_run_ids, "run_id") or "")


def test_odd_values_are_read_and_none_raises() -> None:
    step = (5).to_bytes(8, "little")
    rows = [
        (1, "id", "name", "Title", None, "text", None, "error", step, "2026-03-01T10:00:00+00:00"),
        (2, None, b"\xff", None, None, None, None, None, "no step", None),
        (3, 7, 8, 9, None, 10, None, 11, 1.5, 12),
    ]
    first, second, third = decode_alerts(rows)
    assert (first.step, first.level, first.title) == (5, "error", "Title")
    assert first.time == 1772359200.0
    assert (second.run_id, second.title, second.text, second.level) == ("", "", None, "warn")
    assert second.step is None
    assert math.isnan(second.time)
    assert (third.run_id, third.step) == ("7", 1.5)


def test_of_a_long_text_no_more_is_read_than_a_screen_shows(project) -> None:
    project.execute(TABLE.format(run="run_id TEXT,"))
    text = "\u00e9\u65e5x" * 1_000_000
    insert = "INSERT INTO alerts(run_id, run_name, title, text) VALUES ('r', 'r', ?, ?)"
    project.execute(insert, [[text, text], ["short", "text"], [b"\xff" * 20_000, None], [5, 7.5]])
    read: list[int] = []
    with contextlib.closing(project.connect()) as database:

        def fetch(query, values=()):
            rows = database.execute(query, values).fetchall()
            read.extend(len(cell) for row in rows for cell in row if isinstance(cell, str | bytes))
            return rows

        alerts = [alert for batch in AlertRows().read(fetch, "run_id") for alert in batch]
        whole = read_alerts(fetch, "run_id")
    assert alerts[0].text == f"{text[:MOST_TEXT]} ({3_000_000 - MOST_TEXT:,} more characters)"
    assert alerts[0].title == alerts[0].text
    assert (alerts[1].title, alerts[1].text) == ("short", "text")
    assert len(alerts[2].title) < MOST_ON_A_PAGE
    assert (alerts[3].title, alerts[3].text) == ("5", "7.5")
    assert whole is not None
    assert whole[0].text == text, "a script gets it whole"
    assert max(read[: read.index(3_000_000)]) <= MOST_TEXT


def test_where_nothing_is_new_a_short_question_is_asked(project) -> None:
    project.log([{"loss": 1}])
    project.execute(TABLE.format(run="run_id TEXT,"))
    add = "INSERT INTO alerts(run_id, timestamp, run_name, title) VALUES ('r', '', 'run', ?)"
    rows, asked = AlertRows(), list[str]()
    with contextlib.closing(project.connect()) as database:

        def fetch(query, values=()):
            asked.append(query)
            return database.execute(query, values).fetchall()

        def titles() -> list[str]:
            asked.clear()
            return [alert.title for part in rows.read(fetch, "run_id") for alert in part]

        assert titles() == []
        for title in ("first", "second"):
            assert titles() == []
            assert len(asked) == 1
            assert "title" not in asked[0]
            project.execute(add, [(title,)])
            assert titles() == [title]
        rows.begin()
        assert titles() == ["first", "second"]


@pytest.mark.parametrize("columns", ["run_id TEXT,", ""])
@pytest.mark.parametrize(
    ("change", "are_there"),
    [
        ("INSERT INTO alerts(run_name, title) VALUES ('other', 'new')", True),
        ("DELETE FROM alerts", False),
        ("UPDATE alerts SET run_name = 'renamed'", False),
        ("UPDATE alerts SET timestamp = 'later'", False),
        ("DROP TABLE alerts", False),
    ],
)
def test_alerts_that_go_are_missed(project, columns: str, change: str, are_there: bool) -> None:
    project.log([{"loss": 1}])
    project.execute(TABLE.format(run=columns))
    project.execute("INSERT INTO alerts(timestamp, run_name, title) VALUES ('now', 'run', 't')")
    rows = AlertRows()
    with contextlib.closing(project.connect()) as database:

        def fetch(query, values=()):
            return database.execute(query, values).fetchall()

        assert rows.witnesses("run_id") == []
        assert rows.are_there(fetch, "run_id")
        assert len([alert for part in rows.read(fetch, "run_id") for alert in part]) == 1
        assert rows.are_there(fetch, "run_id")
        project.execute(change)
        rows.forget_columns()
        assert rows.are_there(fetch, "run_id") is are_there
        rows.begin()
        assert rows.are_there(fetch, "run_id")


def test_texts_that_alerts_have_in_common_are_kept_once() -> None:
    def row(number: int) -> tuple[object, ...]:
        # Each text is another object, as rows of a database have them.
        run, title = (bytes(text).decode() for text in (b"run-1", b"the loss is high"))
        return number, run, run, title, None, None, None, "WARN", number, "2026-01-01T00:00:00"

    first, second = decode_alerts([row(1), row(2)])
    assert (first.level, first.title) == ("warn", "the loss is high")
    for name in ("run_id", "run_name", "title", "level"):
        assert getattr(first, name) is getattr(second, name)


def test_the_newest_alert_has_the_lowest_id_that_there_is(project) -> None:
    project.execute(TABLE.format(run="run_id TEXT,"))
    project.execute("INSERT INTO alerts(id, run_id, title) VALUES (?, 'id', 't')", [(-(2**63),)])
    with ProjectReader(str(project.path)) as reader:
        alert = newest_alert(reader._fetch, "run_id")
    assert alert is not None
    assert alert.title == "t"
