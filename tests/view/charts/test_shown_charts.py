"""Which charts are on screen, how they are laid out, and which of them has the focus."""

from __future__ import annotations

import pytest

from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_choice import VALUES, ChosenCharts, Tab
from trackio_view.view.charts.shown_charts import show_charts
from trackio_view.view.places import View

CHOSEN = ChosenCharts(
    [f"metric {number}" for number in range(12)], [], "", beginning="", filtered_of=None, dropped=0
)


def test_the_focus_is_on_a_chart_whichever_run_is_on_screen() -> None:
    view = View(focus=11)
    assert show_charts(CHOSEN, view, 120, 40, run_count=2).focus == 11
    assert show_charts(CHOSEN._replace(metrics=["a", "b"]), view, 120, 40, run_count=2).focus == 1
    assert show_charts(CHOSEN._replace(metrics=[]), view, 120, 40, run_count=2).focus == 0


def test_one_that_is_enlarged_is_a_page_of_its_own() -> None:
    view = View()
    assert show_charts(CHOSEN, view, 120, 40, run_count=2).layout.page_size > 1
    view.open(Mode.ENLARGED)
    assert show_charts(CHOSEN, view, 120, 40, run_count=2).layout.page_size == 1


@pytest.mark.parametrize("height", [12, 24, 40])
def test_values_are_a_list_with_a_box_and_a_line_of_titles(height: int) -> None:
    chosen, view = CHOSEN._replace(tab=VALUES, tabs=[Tab(VALUES, 12)]), View()
    shown = show_charts(chosen, view, 80, height, run_count=2)
    assert shown.lists_values
    assert shown.layout.columns == 1
    assert shown.layout.page_size == max(1, shown.layout.grid_height - 3)
    view.open(Mode.ENLARGED)
    assert not show_charts(chosen, view, 80, height, run_count=2).lists_values
