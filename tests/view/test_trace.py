"""An open trace: which one, the part that is asked for, and its keys."""

from __future__ import annotations

import pytest

from tests.view.conftest import TRACED, log_traces, trace_summary
from trackio_view.model.objects import LoggedMedia
from trackio_view.model.opened_traces import (
    MessagePart,
    PartKind,
    TraceContent,
    TraceList,
    TraceListLoaded,
    TraceLoaded,
    TraceMessage,
)
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold, FoldLine, PageSeen
from trackio_view.view.media import shown_medium
from trackio_view.view.places import Seen
from trackio_view.view.responses import act
from trackio_view.view.run_page import TRACE
from trackio_view.view.trace import (
    MEDIUM,
    MESSAGE,
    TraceView,
    listed_by,
    open_trace,
    shown_trace,
    trace_content,
    trace_is_ahead,
    trace_key,
    trace_request,
    type_trace_search,
)
from trackio_view.view.traces import TracesView, open_traces, search_traces, traces_request


@pytest.fixture
def dashboard(traced: Dashboard) -> Dashboard:
    log_traces(traced, 9, known=3)
    return traced


def list_of(dashboard: Dashboard) -> TracesView:
    view = dashboard.view.state(TracesView)
    assert view is not None
    return view


def row_of(dashboard: Dashboard) -> int:
    request = trace_request(dashboard)
    assert request is not None
    return request.row


def load(dashboard: Dashboard, content: TraceContent) -> None:
    request = trace_request(dashboard)
    assert request is not None
    dashboard.apply(TraceLoaded(request, content))


def medium_of(dashboard: Dashboard) -> LoggedMedia:
    shown = shown_medium(dashboard)
    assert shown is not None
    return shown.one


def view_of(dashboard: Dashboard) -> TraceView:
    view = dashboard.view.state(TraceView)
    assert view is not None
    return view


def test_it_stays_the_same_one_while_others_come(dashboard) -> None:
    assert trace_request(dashboard) is None
    assert shown_trace(dashboard) is None
    open_traces(dashboard)
    open_trace(dashboard)
    log_traces(dashboard, 10, known=3)
    request = trace_request(dashboard)
    assert request is not None
    assert (request.page, request.row) == (TRACED, 109)
    assert listed_by(dashboard) is view_of(dashboard).traces
    load(dashboard, TraceContent(time=5.0))
    assert trace_content(dashboard) == TraceContent(time=5.0)
    assert act(dashboard, Action.RIGHT)
    assert row_of(dashboard) == 110
    assert trace_content(dashboard) is None, "that of another is not shown in its place"


def test_to_its_neighbours_and_back_to_the_line_of_the_last_one(dashboard) -> None:
    open_trace(dashboard, 8)
    view = view_of(dashboard)
    view.offset, view.chosen, view.found = 5, Fold(MESSAGE), 7
    view.switched.add(Fold(MESSAGE))
    act(dashboard, Action.LEFT)
    assert row_of(dashboard) == 107
    assert (view.offset, view.chosen, view.switched) == (0, None, set())
    assert view.found is None, "the next search begins with what is on screen"
    act(dashboard, Action.LEFT)
    assert shown_trace(dashboard) is None, "its summary is still to come"
    act(dashboard, Action.RIGHT)
    act(dashboard, Action.BACK)
    assert dashboard.view.mode is Mode.RUN_PAGE
    assert dashboard.view.page.chosen == Fold(TRACE, row=7)
    assert dashboard.known.trace is None
    open_traces(dashboard)
    open_trace(dashboard)
    act(dashboard, Action.LEFT)
    act(dashboard, Action.BACK)
    assert dashboard.view.mode is Mode.TRACES
    assert list_of(dashboard).number == 8


def test_without_any_nothing_opens(dashboard) -> None:
    log_traces(dashboard, 0, known=3)
    open_trace(dashboard, 5)
    assert dashboard.view.mode is Mode.RUN_PAGE


def test_the_search_of_the_list_goes_on_in_the_trace(dashboard) -> None:
    open_traces(dashboard)
    act(dashboard, Action.SEARCH)
    assert dashboard.view.mode is Mode.TRACE_SEARCH
    type_trace_search(dashboard, None, ["a", "b"], Seen())
    assert list_of(dashboard).search == "ab"
    type_trace_search(dashboard, Action.CHOOSE, (), Seen())
    assert dashboard.view.mode is Mode.TRACES
    assert list_of(dashboard).search == "ab"
    dashboard.view.open(Mode.TRACE_SEARCH, dashboard.view.state(TracesView))
    type_trace_search(dashboard, Action.BACK, (), Seen())
    assert list_of(dashboard).search == ""
    open_trace(dashboard)
    act(dashboard, Action.SEARCH)
    type_trace_search(dashboard, None, ["x"], Seen())
    assert view_of(dashboard).search == "x"
    assert view_of(dashboard).traces.search == ""
    type_trace_search(dashboard, Action.CHOOSE, (), Seen())
    assert dashboard.view.mode is Mode.TRACE
    assert view_of(dashboard).search == "x"


def test_from_one_line_found_to_the_next_and_round(dashboard) -> None:
    open_trace(dashboard, 9)
    view = view_of(dashboard)
    page = PageSeen(lines=200, room=12, hits=(3, 50, 120))
    offsets = []
    for _ in range(4):
        act(dashboard, Action.NEXT_EVENT, Seen(page=page))
        offsets.append((view.found, view.offset))
    assert offsets == [(3, 0), (50, 46), (120, 116), (3, 0)]
    act(dashboard, Action.EVENT_BEFORE, Seen(page=page))
    assert (view.found, view.offset) == (120, 116)
    act(dashboard, Action.EVENT_BEFORE, Seen(page=page))
    assert view.found == 50
    # The search begins where the page was scrolled to.
    view.offset = 100
    act(dashboard, Action.NEXT_EVENT, Seen(page=page))
    assert view.found == 120
    act(dashboard, Action.NEXT_EVENT, Seen(page=page._replace(hits=())))
    assert view.found == 120


def test_a_medium_of_it_opens_and_back_again(dashboard) -> None:
    open_trace(dashboard, 9)
    media = [LoggedMedia("k", 1, "image", "/m/a", "", f"{n}.png", n) for n in (1, 2)]
    parts = [MessagePart(PartKind.MEDIUM, "", medium=one) for one in media]
    content = TraceContent(messages=[TraceMessage("user", parts)])
    load(dashboard, content)
    folds = [
        FoldLine(0, Fold(MESSAGE, row=0)),
        *(FoldLine(1 + n, Fold(MEDIUM, row=n)) for n in (0, 1)),
    ]
    seen = Seen(page=PageSeen(trace_key(dashboard), view_of(dashboard).opened, folds, 9, 9))
    view_of(dashboard).chosen = Fold(MEDIUM, row=1)
    act(dashboard, Action.UNFOLD, seen)
    assert dashboard.view.mode is Mode.MEDIA
    assert medium_of(dashboard) == media[1]
    act(dashboard, Action.LEFT)
    assert medium_of(dashboard) == media[0]
    act(dashboard, Action.BACK)
    assert dashboard.view.mode is Mode.TRACE
    assert view_of(dashboard).chosen == Fold(MEDIUM, row=0)
    view_of(dashboard).chosen = None
    act(dashboard, Action.UNFOLD, seen)
    assert view_of(dashboard).switched == {Fold(MESSAGE, row=0)}


def test_a_key_about_lines_that_no_frame_has_shown_is_ahead(dashboard) -> None:
    assert not trace_is_ahead(dashboard, Action.UNFOLD, Seen())
    open_trace(dashboard, 9)
    assert trace_is_ahead(dashboard, Action.UNFOLD, Seen(page=PageSeen("another")))
    seen = Seen(page=PageSeen(trace_key(dashboard)))
    assert not trace_is_ahead(dashboard, Action.UNFOLD, seen)
    load(dashboard, TraceContent())
    assert trace_is_ahead(dashboard, Action.UNFOLD, seen)


def test_a_trace_can_be_copied_once_it_has_come(dashboard) -> None:
    open_trace(dashboard, 9)
    act(dashboard, Action.COPY)
    assert not dashboard.view.to_copy
    load(dashboard, TraceContent())
    act(dashboard, Action.COPY)
    assert dashboard.view.to_copy


def test_a_trace_is_searched_from_the_start_for_what_the_list_was(dashboard) -> None:
    open_traces(dashboard)
    search_traces(list_of(dashboard), "rome")
    request = traces_request(dashboard, list_of(dashboard))
    assert request is not None
    dashboard.apply(TraceListLoaded(request, TraceList(1, [trace_summary(4)])))
    open_trace(dashboard)
    assert view_of(dashboard).search == "rome"
