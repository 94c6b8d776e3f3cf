"""The levels of alerts, as TrackIO's releases store them."""

from __future__ import annotations

import pytest

from trackio_view.model.alerts import Alert, alerts_of, known_level


@pytest.mark.parametrize(
    ("stored", "level"),
    [
        *(("info", "info"), ("INFO", "info"), (" Error ", "error"), ("warn", "warn")),
        *(("WARNING", "warn"), ("fatal", "warn"), ("", "warn")),
    ],
)
def test_a_level_that_is_not_known_is_a_warning(stored: str, level: str) -> None:
    assert known_level(stored) == level


def test_a_table_from_before_run_ids_knows_a_run_by_its_name() -> None:
    def alert(run: str) -> Alert:
        return Alert(1, run, run, "title", None, "warn", None, 0.0)

    by_id, by_name, other = alert("id"), alert("name"), alert("other")
    assert alerts_of([by_name, other], "id", "name") == [by_name]
    assert alerts_of([by_name, by_id, other], "id", "name") == [by_id]
    assert alerts_of([other], "id", "name") == []
