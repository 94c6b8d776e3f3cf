"""Copied values have all digits, and copied tables are valid Markdown."""

from __future__ import annotations

from typing import Any

from trackio_view.screens.panels.copied import copied_table, copied_value
from trackio_view.view.dashboard import Dashboard


def test_a_value_is_copied_with_where_it_is_from(show: Any, dashboard: Any) -> None:
    show(80, 24, "v", "home")
    value = dashboard.run.series["train/loss"].values[0]
    assert copied_value(dashboard) == [
        f"train/loss {value!r} at step 0 (brave-forest-2, my-experiment)"
    ]
    assert copied_value(Dashboard()) == copied_table(Dashboard()) == []


def test_without_a_cursor_the_newest_value_is_copied_which_the_title_tells(
    show: Any, dashboard: Any
) -> None:
    show(80, 24, "v", "home", "escape")
    values = dashboard.run.series["train/loss"].values
    step = f"{dashboard.run.steps[-1]:,.0f}"
    assert copied_value(dashboard)[0].startswith(f"train/loss {values[-1]!r} at step {step} ")
    assert copied_table(dashboard)[2].startswith(f"| train/loss | {values[-1]!r} |")


def test_a_table_has_the_charts_on_screen(show: Any, dashboard: Any) -> None:
    show(80, 24, "v", "home")
    lines = copied_table(dashboard)
    assert lines[:2] == ["| metric | value | step |", "| --- | ---: | ---: |"]
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        f"| {metric}" for metric in dashboard.metrics[: dashboard.layout.page_size]
    ]
    assert lines[-1].endswith(" | 0 |")


def test_a_table_of_runs_has_a_column_each(show: Any, dashboard: Any) -> None:
    dashboard.project.runs["id0"].name = "a|b"
    show(80, 24, *"t*tv", "enter", "home")
    lines = copied_table(dashboard)
    assert lines[0] == r"| metric | brave-forest-2 | a\|b | brave-forest-1 |"
    assert len(lines) == 3
    assert lines[2].count(" @0") == 3
