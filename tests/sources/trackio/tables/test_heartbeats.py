"""Signs of life: when TrackIO last logged a run's machine."""

from __future__ import annotations

import sqlite3

import pytest

from trackio_view.sources.trackio.tables.heartbeats import decode_heartbeats, heartbeats_query


def test_the_newest_known_time_of_each_run() -> None:
    rows = [
        (5, "a", "2026-01-01T00:00:50+00:00"),
        (4, "b", ""),
        (3, "a", "2026-01-01T00:00:30+00:00"),
        (2, "b", "2026-01-01T00:00:20+00:00"),
        (1, None, "no time"),
    ]
    assert decode_heartbeats(rows) == {"a": 1_767_225_650.0, "b": 1_767_225_620.0}
    assert decode_heartbeats(rows[::-1]) == decode_heartbeats(rows)


@pytest.mark.parametrize(
    ("columns", "column"),
    [
        ("id, run_id, run_name, timestamp", "run_id"),
        ("id, run_name, timestamp", "run_name"),
        ("id, timestamp", None),
        ("run_id, timestamp", None),
        ("", None),
    ],
)
def test_runs_go_by_what_the_table_has(columns: str, column: str | None) -> None:
    query = heartbeats_query(filter(None, columns.split(", ")), "run_id")
    if column is None:
        assert query is None
        return
    assert query is not None
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE system_metrics({columns})")
    database.execute(f"INSERT INTO system_metrics(id, {column}, timestamp) VALUES (7, 'r', 't')")
    assert database.execute(query, (6,)).fetchall() == [(7, "r", "t")]
    assert database.execute(query, (7,)).fetchall() == []
    database.close()
