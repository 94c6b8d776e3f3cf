"""The list of all charts: letters search it, and its keys change the charts."""

from __future__ import annotations

import pytest

from tests.pressing import press
from tests.view.conftest import GROUPED, P
from trackio_view.model.events import LoadFinished, LoadStarted
from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_list import ChartListView, listed_charts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, KeysPressed
from trackio_view.view.responses import respond


@pytest.fixture
def dashboard(grouped: Dashboard) -> Dashboard:
    return grouped


def view_of(dashboard: Dashboard) -> ChartListView:
    view = dashboard.view.state(ChartListView)
    assert view is not None
    return view


def listed(dashboard: Dashboard) -> list[str]:
    return list(listed_charts(dashboard, view_of(dashboard)))


def line(dashboard: Dashboard) -> str:
    """Return the chart of the current line, or the name of the group and a slash."""
    listed(dashboard)
    found = view_of(dashboard).line()
    assert found is not None
    return f"{found.group}/" if found.metric is None else found.metric


def test_it_lists_all_charts_from_the_one_with_the_focus(dashboard: Dashboard) -> None:
    everything = list(dashboard.metrics)
    dashboard.view.focus = 4
    press(dashboard, "c")
    assert listed(dashboard) == everything
    assert line(dashboard) == everything[4]
    press(dashboard, "down", "down", "up")
    assert line(dashboard) == "critic/"
    press(dashboard, "down")
    assert line(dashboard) == everything[5]
    press(dashboard, "home", "down")
    assert line(dashboard) == everything[0]
    press(dashboard, "end", "down", "page_down")
    assert line(dashboard) == everything[-1]
    press(dashboard, "page_up")
    assert line(dashboard) == "charts/"
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS


def test_letters_find_names_and_the_line_stays_on_its_chart(dashboard: Dashboard) -> None:
    press(dashboard, "c", "home")
    while line(dashboard) != "critic/c":
        press(dashboard, "down")
    respond(dashboard, KeysPressed(tuple("critic")))
    assert listed(dashboard) == [f"critic/{name}" for name in "abcd"]
    assert line(dashboard) == "critic/c"
    respond(dashboard, KeysPressed(("backspace",) * 6))
    assert len(listed(dashboard)) == len(GROUPED)
    assert line(dashboard) == "critic/c"
    respond(dashboard, KeysPressed(tuple("-critic")))
    assert not any(name.startswith("critic") for name in listed(dashboard))


def test_a_wrong_filter_says_so_and_lists_all(dashboard: Dashboard) -> None:
    assert press(dashboard, "c", "(")
    assert len(listed(dashboard)) == len(GROUPED)
    press(dashboard, "backspace", *"nothing")
    assert listed(dashboard) == []
    for key in ("space", "tab", "F", "enter"):
        assert press(dashboard, key) == "no chart is named like that"


def test_space_takes_a_chart_off_the_screen_and_back(dashboard: Dashboard) -> None:
    assert press(dashboard, "c", "home", "down", "space") == "loss is off the screen"
    assert "loss" in listed(dashboard)
    assert "loss" not in dashboard.metrics
    assert press(dashboard, "space") == "loss is on the screen again"
    assert "loss" in dashboard.metrics
    respond(dashboard, KeysPressed(tuple("actor")))
    assert press(dashboard, "down", "space", "tab") == "4 charts are off the screen"
    assert [name for name in dashboard.metrics if name.startswith("actor")] == []
    assert press(dashboard, "tab") == "4 charts are on the screen again"
    # Each of these changes can be undone, like other changes of the screen.
    press(dashboard, "escape", "u")
    assert [name for name in dashboard.metrics if name.startswith("actor")] == []


def test_a_group_takes_all_its_own_off_the_screen_and_to_the_front(dashboard: Dashboard) -> None:
    press(dashboard, "c", "home", "down", "down")
    assert line(dashboard) == "actor/"
    assert press(dashboard, "space") == "4 charts are off the screen"
    assert not any(name.startswith("actor/") for name in dashboard.metrics)
    press(dashboard, "down", "space", "up")
    assert press(dashboard, "space") == "4 charts are off the screen", "one of them was on it"
    assert press(dashboard, "space") == "4 charts are on the screen again"
    assert press(dashboard, "F") == "4 charts are at the front"
    assert dashboard.metrics[:4] == [f"actor/{name}" for name in "abcd"]
    assert press(dashboard, "F") == "4 charts are in their own places again"
    assert dashboard.metrics[0] == "loss"
    # The keys act on the charts that were found and are listed.
    respond(dashboard, KeysPressed(tuple("/[ab]$/")))
    press(dashboard, "home")
    assert press(dashboard, "space") == "2 charts are off the screen"


def test_a_group_folds_unless_something_is_looked_for(dashboard: Dashboard) -> None:
    press(dashboard, "c", "home", "down", "down", "left", "down")
    assert line(dashboard) == "critic/"
    assert press(dashboard, "up", "left")
    press(dashboard, "right", "down")
    assert line(dashboard) == "actor/a"
    press(dashboard, "up", "left")
    respond(dashboard, KeysPressed(tuple("actor/b")))
    assert [one.metric for one in view_of(dashboard).lines] == ["actor/b"]
    respond(dashboard, KeysPressed(("backspace",) * 2))
    assert press(dashboard, "home", "left") == "it is the first of its group"
    respond(dashboard, KeysPressed(("backspace",) * 5))
    assert "actor/a" not in [one.metric for one in view_of(dashboard).lines]


def test_a_chart_goes_to_another_place_of_its_group(dashboard: Dashboard) -> None:
    before = list(dashboard.metrics)
    press(dashboard, "c", *"actor/c", *["backspace"] * 7)
    assert line(dashboard) == "actor/c"
    press(dashboard, "left", "left")
    assert line(dashboard) == "actor/c"
    assert [name for name in listed(dashboard) if "actor" in name] == [
        *("actor/c", "actor/a", "actor/b", "actor/d")
    ]
    assert press(dashboard, "left") == "it is the first of its group"
    press(dashboard, "right", "right", "right")
    assert press(dashboard, "right") == "it is the last of its group"
    press(dashboard, "left", "left", "left", "escape")
    # All other charts keep their places.
    assert [name for name in dashboard.metrics if "actor" not in name] == [
        name for name in before if "actor" not in name
    ]
    assert dashboard.metrics.index("actor/c") == before.index("actor/a")
    press(dashboard, *"uuuuuuuu")
    assert list(dashboard.metrics) == before


def test_enter_shows_a_group(dashboard: Dashboard) -> None:
    press(dashboard, "/", *"loss", "enter", "c", "end")
    while line(dashboard) != "actor/":
        press(dashboard, "up")
    # A hidden chart is found, too.
    press(dashboard, "space", "enter")
    assert dashboard.view.mode is Mode.METRICS
    assert list(dashboard.metrics) == [f"actor/{name}" for name in "abcd"]


def test_one_comes_to_the_front(dashboard: Dashboard) -> None:
    respond(dashboard, KeyPressed("c"))
    respond(dashboard, KeysPressed(tuple("critic/d")))
    assert press(dashboard, "F") == "critic/d is at the front"
    assert dashboard.metrics[0] == "critic/d"
    assert press(dashboard, "F") == "critic/d is in its own place again"


def test_enter_enlarges_a_chart_whatever_kept_it_off_the_screen(dashboard: Dashboard) -> None:
    press(dashboard, "/", *"loss", "enter")
    while dashboard.charts.tab != "charts":
        press(dashboard, "tab")
    press(dashboard, "c", *"critic/b", "space", "enter")
    assert dashboard.view.mode is Mode.ENLARGED
    assert dashboard.metrics[dashboard.focus] == "critic/b"
    press(dashboard, "c", *"actor/a", "enter")
    assert dashboard.metrics[dashboard.focus] == "actor/a"
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS, "one chart is not laid upon another"


def test_without_charts_it_says_why() -> None:
    dashboard = Dashboard()
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 0, 0))
    dashboard.apply(LoadFinished(P, 0))
    press(dashboard, "c")
    assert dashboard.view.mode is Mode.METRICS


def test_names_are_asked_once_for_all_that_a_key_and_a_frame_ask() -> None:
    view, metrics = ChartListView(), [f"group/{number}" for number in range(5_000)]
    found = view.listed(metrics, ())
    assert view.listed(metrics, ()) is found
    view.type(tuple("p/499"))
    found = view.listed(metrics, ())
    assert list(found) == ["group/499", *(f"group/499{digit}" for digit in range(10))]
    assert view.listed(metrics, ()) is found
    assert [line.metric for line in view.lines] == list(found), "one group needs no line"
    assert view.listed([*metrics, "p/499"], ()) == [*found, "p/499"]


def test_the_key_that_filters_charts_filters_the_list_too(dashboard: Dashboard) -> None:
    press(dashboard, "c", "/")
    assert listed(dashboard) == list(dashboard.metrics)
    press(dashboard, *"loss")
    assert not dashboard.view.said
    assert listed(dashboard) == [metric for metric in dashboard.metrics if "loss" in metric]
