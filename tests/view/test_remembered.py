"""A view is restored from its file, and no content of a file breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.model.events import RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.windows import Between, Last, LastSeconds
from trackio_view.model.x_axis import CLOCK, STEPS, XAxis, XKind
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.y_limits import Limits
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.layout import SideBox
from trackio_view.view.places import View
from trackio_view.view.remembered import MOST_NAMES, changed, remembered, restore, words

P, OTHER = ProjectId("/data", "p"), ProjectId("/data", "other")
KEYS = sorted({key for binding in BINDINGS for key in binding.keys} - {"q", "ctrl_c", "ctrl_l"})


@pytest.fixture
def rows(batch) -> list[RowsLoaded]:
    metrics = {"train/loss": [2.0, 1.0, 0.5], "val/loss": [2.1, 1.2, 0.7], "lr": [1.0, 0.5, 0.1]}
    return [RowsLoaded(P, 0, [batch(metrics, run_id=run)], 3) for run in ("a", "b")]


def begun(rows: list[RowsLoaded] | tuple[RowsLoaded, ...] = ()) -> Dashboard:
    dashboard = Dashboard(width=120, height=40)
    dashboard.watch(P)
    for event in rows:
        dashboard.apply(event)
    return dashboard


def brought_back(values: dict[str, Any]) -> View:
    view = begun().view
    restore(view, values, remembered(view))
    return view


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(st.sampled_from(KEYS), max_size=40))
def test_whatever_keys_did_is_found_again(rows, keys) -> None:
    dashboard = begun(rows)
    press(dashboard, *keys)
    left = remembered(dashboard.view)
    view = brought_back(json.loads(json.dumps(left)))
    assert remembered(view) == left
    framing = dashboard.view.charts.framing
    assert view.charts.framing == framing
    assert view.marks.appearances.keys() == dashboard.view.marks.appearances.keys()
    assert view.runs.arrangement.query == dashboard.view.runs.arrangement.query


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = sorted(remembered(View()))


@settings(max_examples=100)
@given(values=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=8))
def test_nonsense_costs_itself_alone(values) -> None:
    values["limits"] = "zero"
    view = brought_back(values)
    assert view.charts.framing.limits is Limits.ZERO
    again = remembered(view)
    assert remembered(brought_back(json.loads(json.dumps(again)))) == again


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("window", {"newest": 99}),
        ("window", {"seconds": -5}),
        ("window", {"axis": "step", "from": 5, "to": 3}),
        ("window", {"axis": "weather", "from": 5, "to": 7}),
        ("window", {"axis": "step", "from": float("nan"), "to": None}),
        ("axis", "weather"),
        ("smoothing", "much"),
        ("columns", 1e400),
        ("columns", True),
        ("dropped", ["a", 3]),
        ("runs sort", ["nothing:there", True]),
        ("runs filter", "lr >="),
        ("chart filter", "/(/"),
        ("runs columns", ["step"]),
        ("side box", "huge"),
        ("tab", "x" * 9999),
    ],
)
def test_a_remembered_value_without_sense_leaves_the_default(name, wrong) -> None:
    assert remembered(brought_back({name: wrong})) == remembered(begun().view)


@pytest.mark.parametrize(
    "window",
    [
        Last(3),
        LastSeconds(7200.0),
        Between(STEPS, 500.0, 700.0),
        Between(CLOCK, 1.7e9, None),
        Between(XAxis(XKind.METRIC, "a:b/epoch"), -1.5, 2.25),
    ],
)
def test_every_kind_of_window(window) -> None:
    view = begun().view
    view.charts.framing = view.charts.framing._replace(window=window)
    assert brought_back(remembered(view)).charts.window == window


def test_the_columns_of_the_table_are_those_that_a_person_chose() -> None:
    columns = ["name", "step", "last:loss"]
    view = brought_back({"runs columns": columns})
    assert view.runs.arrangement.columns == tuple(columns)
    assert remembered(view)["runs columns"] == columns


def test_all_that_is_brought_back_of_the_charts_is_one_change() -> None:
    view = brought_back({"window": {"newest": 2}, "smoothing": "time:0.9", "dropped": ["lr"]})
    assert view.charts.smoothing_way is Way.BY_DISTANCE
    assert view.charts.framing.smoothing == Smoothing(Way.BY_DISTANCE, 0.9)
    assert view.charts.undo()
    assert view.charts.framing == View().charts.framing
    assert not view.charts.undo()


def test_a_part_that_was_changed_meanwhile_stays() -> None:
    view = begun().view
    before = remembered(view)
    view.charts.change(view.charts.framing._replace(side_box=SideBox.OFF))
    restore(view, {"side box": "wide", "columns": 3}, before)
    assert (view.charts.framing.side_box, view.charts.framing.columns) == (SideBox.OFF, 3)


def test_marks_are_those_of_the_project_on_screen() -> None:
    view = begun().view
    view.marks.mark([RunKey(OTHER, "x"), RunKey(P, "b"), RunKey(P, "a")])
    view.marks.pin(RunKey(OTHER, "x"))
    found = remembered(view)
    assert (sorted(found["marked"]), found["pinned"]) == (["a", "b"], None)
    again = brought_back({"marked": ["a", "b"], "pinned": "b"})
    assert again.marks.runs[-1] == again.marks.pinned == RunKey(P, "b")
    restore(view, {"marked": ["c"], "pinned": "c"}, found)
    assert RunKey(P, "c") not in view.marks, "a comparison that is under way stays"


def test_so_many_names_and_no_more() -> None:
    view = begun().view
    view.marks.mark(RunKey(P, f"{number}") for number in range(MOST_NAMES + 5))
    assert len(remembered(view)["marked"]) == MOST_NAMES
    dropped = [f"{number}" for number in range(MOST_NAMES + 5)]
    assert len(brought_back({"dropped": dropped}).charts.framing.dropped) == MOST_NAMES


def test_a_few_words_tell_what_is_not_to_be_seen() -> None:
    values = {"dropped": ["lr", "x"], "marked": ["a"], "runs filter": "lr>1", "columns": 2}
    view = brought_back(values)
    assert words(view, values) == "as you left it · 2 hidden · 1 run marked · runs filtered"
    assert words(view, ["columns"]) == "as you left it"


def test_changed_parts_are_those_that_differ() -> None:
    assert changed({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"b": 2}


def test_a_filter_of_charts_that_is_none_any_more_is_dropped_with_its_fault() -> None:
    choice = brought_back({"chart filter": "/(/"}).choice
    assert (choice.filter, choice.fault) == ("", "")
    kept = brought_back({"chart filter": "loss -val"}).choice
    assert (kept.filter, kept.fault) == ("loss -val", "")


def test_a_chart_filter_that_means_nothing_leaves_all_charts(rows: list[RowsLoaded]) -> None:
    dashboard = begun(rows)
    before = remembered(dashboard.view)
    restore(dashboard.view, {"chart filter": "/(/"}, before)
    assert (dashboard.view.choice.filter, dashboard.view.choice.fault) == ("", "")
    assert len(dashboard.metrics) == 3
    restore(dashboard.view, {"chart filter": "loss"}, before)
    assert list(dashboard.metrics) == ["train/loss", "val/loss"]
