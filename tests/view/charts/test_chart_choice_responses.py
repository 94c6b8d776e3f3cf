"""Keys that choose charts and lay them out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pressing import press
from tests.view.conftest import GROUPED, P
from trackio_view.model.events import Notice, ProgramOrigin, RowsLoaded
from trackio_view.model.run import RunRows
from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_choice import ChartChoice, ChosenCharts, choose
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeysPressed, Resized
from trackio_view.view.layout import SideBox
from trackio_view.view.responses import respond


@pytest.fixture
def dashboard(grouped: Dashboard) -> Dashboard:
    return grouped


def focused(dashboard: Dashboard) -> str:
    return dashboard.metrics[dashboard.focus]


def test_tab_goes_through_the_groups_and_keeps_the_focus(dashboard: Dashboard) -> None:
    everything = list(dashboard.metrics)
    dashboard.view.focus = everything.index("critic/c")
    groups = []
    for _ in range(4):
        press(dashboard, "tab")
        groups.append(dashboard.charts.tab)
    assert sorted(groups) == ["", "actor", "charts", "critic"]
    assert dashboard.metrics == everything
    press(dashboard, "shift_tab")
    assert dashboard.charts.tab == groups[-2]
    while dashboard.charts.tab != "critic":
        press(dashboard, "tab")
    dashboard.view.focus = list(dashboard.metrics).index("critic/b")
    while dashboard.charts.tab:
        press(dashboard, "tab")
    # The next group may have lacked the chart, so its first chart had the focus.
    assert focused(dashboard) in everything


def test_before_the_first_row_tab_tells_of_no_groups() -> None:
    waiting = Dashboard()
    respond(waiting, Resized(120, 40))
    waiting.watch(P)
    press(waiting, "tab")
    assert waiting.view.said == "there are no values yet"


def test_the_focus_stays_on_its_metric_where_it_can(dashboard: Dashboard) -> None:
    dashboard.view.focus = list(dashboard.metrics).index("critic/c")
    respond(dashboard, KeysPressed([*"/critic", "enter"]))
    assert focused(dashboard) == "critic/c"
    assert len(dashboard.metrics) == 4
    respond(dashboard, KeysPressed(["/", "escape"]))
    assert focused(dashboard) == "critic/c"
    assert len(dashboard.metrics) == len(GROUPED)


@pytest.mark.parametrize("name", ["critic", "nothing-is-named-so"])
def test_escape_drops_the_filter_once_nothing_is_said(dashboard: Dashboard, name: str) -> None:
    press(dashboard, "/", *name, "enter")
    dashboard.apply(Notice(ProgramOrigin.SETTINGS, "Unknown setting: charts.smoth."))
    filtered = list(dashboard.metrics)
    press(dashboard, "escape")
    assert not dashboard.known.notices
    assert dashboard.metrics == filtered
    press(dashboard, "escape")
    assert len(dashboard.metrics) == len(GROUPED)
    assert dashboard.view.said == "no filter: / types one"
    press(dashboard, "escape")
    assert dashboard.view.said == "there is nothing to dismiss"


def test_a_filter_chooses_while_it_is_typed(dashboard: Dashboard) -> None:
    press(dashboard, "/")
    assert dashboard.view.mode is Mode.CHART_FILTER
    press(dashboard, *"actor")
    assert all(metric.startswith("actor") for metric in dashboard.metrics)
    press(dashboard, *["backspace"] * 5, *"loss", "enter")
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.metrics == ["loss"]
    # Typing can go on.
    press(dashboard, "/")
    assert dashboard.view.choice.typing.text == "loss"
    press(dashboard, "escape")
    assert len(dashboard.metrics) == len(GROUPED)


def test_a_filter_looks_beyond_a_group_that_has_nothing_of_it(dashboard: Dashboard) -> None:
    while dashboard.charts.tab != "critic":
        press(dashboard, "tab")
    press(dashboard, "/", *"actor/a", "enter")
    assert dashboard.metrics == ["actor/a"]


def test_a_filter_with_a_fault_is_not_kept(dashboard: Dashboard) -> None:
    assert press(dashboard, "/", *"/(/", "enter")
    assert dashboard.view.mode is Mode.CHART_FILTER
    assert len(dashboard.metrics) == len(GROUPED)
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.view.said == ""


def test_a_chart_comes_to_the_front_and_goes_back(dashboard: Dashboard) -> None:
    before = list(dashboard.metrics)
    dashboard.view.focus = before.index("critic/d")
    assert press(dashboard, "F") == "critic/d is at the front"
    assert dashboard.metrics[0] == focused(dashboard) == "critic/d"
    assert press(dashboard, "F") == "critic/d is in its own place again"
    assert dashboard.metrics == before
    press(dashboard, "u")
    assert dashboard.metrics[0] == focused(dashboard) == "critic/d"
    press(dashboard, "u")
    assert dashboard.metrics == before
    assert focused(dashboard) == "critic/d"


def test_a_dropped_chart_comes_back_by_undo(dashboard: Dashboard) -> None:
    before = list(dashboard.metrics)
    dashboard.view.focus = len(before) - 1
    assert press(dashboard, "D") == f"{before[-1]} is off the screen: u brings it back"
    press(dashboard, "D")
    assert list(dashboard.metrics) == before[:-2]
    assert dashboard.focus == len(before) - 3
    press(dashboard, "u", "u")
    assert list(dashboard.metrics) == before
    assert focused(dashboard) == before[-1]
    press(dashboard, "U")
    assert list(dashboard.metrics) == before[:-1]


def test_all_charts_may_be_dropped(dashboard: Dashboard) -> None:
    press(dashboard, *["D"] * len(GROUPED))
    assert list(dashboard.metrics) == []
    assert press(dashboard, "D") == press(dashboard, "F") == "no chart has the focus"
    press(dashboard, "u")
    assert len(dashboard.metrics) == 1


def test_an_enlarged_chart_that_is_dropped_gives_way_to_the_others(dashboard: Dashboard) -> None:
    press(dashboard, "enter", "D")
    assert not dashboard.view.enlarged
    assert len(dashboard.metrics) == len(GROUPED) - 1


def test_columns_are_the_person_s_as_far_as_there_is_room(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(200, 40))
    best = dashboard.layout.columns
    press(dashboard, ">")
    assert dashboard.layout.columns == best + 1
    while not press(dashboard, ">"):
        pass
    assert dashboard.view.said == "no narrower charts have room"
    most = dashboard.layout.columns
    press(dashboard, "<")
    assert dashboard.layout.columns == most - 1
    while not press(dashboard, "<"):
        pass
    assert dashboard.layout.columns == 1
    assert dashboard.view.said == "one column is the least"
    press(dashboard, ";")
    assert dashboard.layout.columns == best
    assert press(dashboard, ";")


def test_the_box_beside_the_charts_is_narrow_wide_or_off(dashboard: Dashboard) -> None:
    widths = []
    for _ in range(3):
        widths.append(dashboard.layout.panel_width)
        press(dashboard, "b")
    assert widths == [0, 28, 44]
    assert dashboard.view.charts.framing.side_box is SideBox.OFF
    respond(dashboard, Resized(80, 24))
    assert press(dashboard, "b") == "a box beside the charts needs 100 columns"


def test_the_box_comes_with_the_second_run_and_goes_where_it_was_put_away(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    assert dashboard.layout.panel_width == 0
    second = batch({"loss": [3.0]}, run_id="b", first_id=10)
    dashboard.apply(RowsLoaded(P, 0, [second], 3))
    assert dashboard.layout.panel_width == 28
    assert press(dashboard, "b") == "the box beside the charts: wide"
    press(dashboard, "b")
    assert dashboard.layout.panel_width == 0


def test_charts_are_chosen_once_however_often_they_are_asked_for(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def counted(
        metrics: list[str],
        choice: ChartChoice,
        dropped: frozenset[str],
        single: frozenset[str],
        front: tuple[str, ...],
        own: tuple[str, ...],
    ) -> ChosenCharts:
        calls.append(1)
        return choose(metrics, choice, dropped, single, front, own)

    monkeypatch.setattr("trackio_view.view.charts.derived_charts.choose", counted)
    for _ in range(20):
        assert dashboard.metrics
    assert len(calls) <= 1
    press(dashboard, "tab")
    assert dashboard.metrics
    assert len(calls) <= 3


def test_after_the_last_chart_the_one_before_has_the_focus(dashboard: Dashboard) -> None:
    press(dashboard, "end", "D")
    assert dashboard.view.focus == len(GROUPED) - 2
    for _ in GROUPED:
        press(dashboard, "D")
    assert (list(dashboard.metrics), dashboard.view.focus) == ([], 0)


def test_columns_are_asked_for_within_what_has_room(dashboard: Dashboard) -> None:
    while not press(dashboard, ">"):
        pass
    assert dashboard.view.said == "no narrower charts have room"
    most = dashboard.layout.columns
    assert most > 1
    assert not dashboard.view.charts.undo(), "nothing changed where nothing had room"
    assert [press(dashboard, "<") for _ in range(most - 1)] == [""] * (most - 1)
    assert (dashboard.layout.columns, press(dashboard, "<")) == (1, "one column is the least")
    assert press(dashboard, ";") == ""
    assert dashboard.view.charts.framing.columns is None
    assert press(dashboard, ";") == "as many columns as look best"


def test_the_box_beside_the_charts_needs_room(dashboard: Dashboard) -> None:
    assert (
        press(dashboard, "b")
        == f"the box beside the charts: {dashboard.view.charts.framing.side_box.name.lower()}"
    )
    respond(dashboard, Resized(60, 20))
    before = dashboard.view.charts.framing
    assert press(dashboard, "b").startswith("a box beside the charts needs ")
    assert dashboard.view.charts.framing == before, "u takes back nothing that nobody saw"


def test_columns_and_the_box_beside_the_charts_go_back_by_undo(dashboard: Dashboard) -> None:
    begun = dashboard.view.charts.framing
    for key in "<<>b":
        press(dashboard, key)
    assert dashboard.view.charts.framing != begun
    layouts = []
    for _ in range(4):
        layouts.append(dashboard.layout)
        press(dashboard, "u")
    assert dashboard.view.charts.framing == begun
    assert layouts[0] != layouts[1]
    for layout in reversed(layouts):
        press(dashboard, "U")
        assert dashboard.layout == layout
