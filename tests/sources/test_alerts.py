"""Alerts, in the schemas that they had."""

from __future__ import annotations

import math

from trackio_view.sources.alerts import alerts_query
from trackio_view.sources.reading import ProjectReader

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
            first, second, third = reader.alerts()
        assert first.run_id == ("id-1" if columns else "run")
        assert (first.level, first.title, first.text, first.step) == ("warn", "t", None, 7)
        assert first.time == 1_772_359_200
        assert (second.level, second.step) == ("warn", 2)
        assert (third.text, third.level, third.step) == ("x", "error", None)
        assert math.isnan(third.time)


def test_another_table_of_that_name_is_none_of_ours() -> None:
    assert alerts_query(["a", "b"]) is None
    assert alerts_query([]) is None
