"""The list of a run's traces: the ones that are asked for, and the line of the cursor."""

from __future__ import annotations

import pytest

from tests.view.conftest import log_traces, trace_summary
from trackio_view.model.opened_traces import TraceList, TraceListLoaded, TraceListRequest
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import UNSEEN
from trackio_view.view.traces import (
    TracesView,
    has_no_traces,
    move_over_traces,
    number_of,
    on_traces,
    open_traces,
    search_traces,
    shown_traces,
    traces_request,
)


@pytest.fixture
def dashboard(traced: Dashboard) -> Dashboard:
    log_traces(traced, 1_000)
    open_traces(traced)
    return traced


def view_of(dashboard: Dashboard) -> TracesView:
    view = dashboard.view.state(TracesView)
    assert view is not None
    return view


def requested(dashboard: Dashboard) -> TraceListRequest:
    request = traces_request(dashboard, view_of(dashboard))
    assert request is not None
    return request


def asked(dashboard: Dashboard) -> tuple[int | None, int]:
    return requested(dashboard).first, requested(dashboard).most


def test_nothing_is_asked_for_without_a_list() -> None:
    dashboard = Dashboard()
    assert traces_request(dashboard, None) is None
    assert traces_request(dashboard, TracesView()) is None
    assert has_no_traces(dashboard)


def test_the_newest_are_asked_for_then_those_about_the_line(dashboard) -> None:
    assert asked(dashboard) == (None, 75)
    move_over_traces(dashboard, Action.DOWN, UNSEEN)
    view = view_of(dashboard)
    assert view.number == 999
    first, most = asked(dashboard)
    assert first is not None
    assert first <= 999 - 25
    assert first + most > 999
    # The same for the next lines.
    view.number = 980
    assert asked(dashboard) == (first, most)
    view.number = 5
    assert asked(dashboard) == (1, 75)


def test_on_a_high_screen_more_are_asked_for_and_never_all(dashboard) -> None:
    dashboard.height = 60
    assert asked(dashboard)[1] > 150
    dashboard.height = 2_000
    assert asked(dashboard)[1] == 300


def test_the_line_stays_on_its_trace_while_others_come(dashboard) -> None:
    view = view_of(dashboard)
    assert number_of(view, 1_000) == 1_000
    log_traces(dashboard, 1_005)
    assert number_of(view, shown_traces(dashboard, view).total) == 1_005, "the newest is followed"
    move_over_traces(dashboard, Action.DOWN, UNSEEN)
    before = requested(dashboard)
    assert before.first is not None
    log_traces(dashboard, 2_000)
    assert number_of(view, shown_traces(dashboard, view).total) == 1_004
    assert requested(dashboard) == before._replace(known=before.first + 74)
    log_traces(dashboard, 3_000)
    assert requested(dashboard).known == before.first + 74, "they are far away"
    move_over_traces(dashboard, Action.FIRST, UNSEEN)
    assert view.number is None
    move_over_traces(dashboard, Action.LAST, UNSEEN)
    assert view.number == 1
    log_traces(dashboard, 3)
    view.number = 900
    assert number_of(view, shown_traces(dashboard, view).total) == 3, "some were deleted"


def test_traces_that_came_for_another_search_are_not_shown(dashboard) -> None:
    view = view_of(dashboard)
    request = requested(dashboard)
    dashboard.apply(TraceListLoaded(request, TraceList(1_000, [trace_summary(930)])))
    assert set(shown_traces(dashboard, view).known) == {930, *range(991, 1_001)}
    search_traces(view, "rome")
    shown = shown_traces(dashboard, view)
    assert (shown.total, dict(shown.known), shown.is_loading) == (0, {}, True)
    request = requested(dashboard)
    assert (request.search, request.first) == ("rome", None)
    dashboard.apply(TraceListLoaded(request, TraceList(2, [trace_summary(1), trace_summary(2)])))
    shown = shown_traces(dashboard, view)
    assert (shown.total, set(shown.known), shown.is_loading) == (2, {1, 2}, False)
    view.number = 1
    search_traces(view, "rome")
    assert view.number == 1
    search_traces(view, "")
    assert view.number is None
    assert shown_traces(dashboard, view).total == 1_000


def test_why_they_are_not_known_is_told(dashboard) -> None:
    view = view_of(dashboard)
    request = requested(dashboard)
    dashboard.apply(TraceListLoaded(request, TraceList(fault="The disk is gone.")))
    assert shown_traces(dashboard, view).fault == "The disk is gone."
    assert shown_traces(dashboard, view).total == 1_000


def test_back_lets_go_of_what_was_listed(dashboard) -> None:
    request = requested(dashboard)
    dashboard.apply(TraceListLoaded(request, TraceList(1_000, [])))
    assert on_traces(dashboard, Action.BACK, UNSEEN)
    assert dashboard.view.mode is Mode.RUN_PAGE
    assert dashboard.known.traces is None
    assert not on_traces(dashboard, Action.LEFT, UNSEEN)
