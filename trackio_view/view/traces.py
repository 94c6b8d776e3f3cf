"""The list of a run's traces: which of them are looked at, and what keys do there.

A trace is known by its number among those that are listed, the first that was logged is 1: so it
stays the same one while others come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.model.opened_traces import TraceListRequest
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen
from trackio_view.view.scrolling import lines_moved
from trackio_view.view.text_entry import TypedLine

_LEAST_ASKED, _MOST_ASKED = 25, 100
"""Traces that are asked for at once, and as many before and after those."""


@dataclass(slots=True, eq=False, repr=False)
class TracesView:
    """Which line of the list is looked at, and what is searched for."""

    number: int | None = None
    """The number of the trace that the line is on; `None` follows the newest."""
    search: str = ""
    typing: TypedLine = field(default_factory=TypedLine)


class ShownTraces(NamedTuple):
    """The traces that are listed, as far as they are known."""

    total: int
    known: Mapping[int, TraceSummary]
    """By number; those that are not on screen may be missing."""
    fault: str = ""
    is_loading: bool = False
    """Whether nothing is known yet of what is searched for."""


def open_traces(dashboard: Dashboard) -> None:
    """Open the list, at the newest trace."""
    dashboard.view.open(Mode.TRACES, TracesView())


def logged_traces(dashboard: Dashboard) -> LoggedTraces:
    """Return what is told of the traces of the run whose page is open."""
    objects = dashboard.page_objects
    return LoggedTraces() if objects is None else objects.traces


def shown_traces(dashboard: Dashboard, view: TracesView) -> ShownTraces:
    """Return the traces of a list."""
    logged, loaded = logged_traces(dashboard), dashboard.known.traces
    known = {} if view.search else {one.number: one for one in logged.newest}
    total = 0 if view.search else logged.total
    if loaded is None or not _is_of(dashboard, view, loaded.request):
        return ShownTraces(total, known, is_loading=bool(view.search))
    content = loaded.content
    known = {one.number: one for one in content.traces} | known
    # The page's count is as new as the answer or newer, also after traces were deleted.
    return ShownTraces(content.total if view.search else total, known, content.fault)


def _is_of(dashboard: Dashboard, view: TracesView, request: TraceListRequest) -> bool:
    return (request.page, request.search) == (dashboard.view.page.key, view.search)


def number_of(view: TracesView, total: int) -> int:
    """Return the number of the trace that the line is on."""
    return total if view.number is None else max(1, min(view.number, total))


def traces_request(dashboard: Dashboard, view: TracesView | None) -> TraceListRequest | None:
    """Return which traces are wanted for a list, `None` where none is looked at."""
    page = dashboard.view.page.key
    if view is None or page is None:
        return None
    logged = logged_traces(dashboard)
    rows = max(_LEAST_ASKED, min(dashboard.layout.grid_height, _MOST_ASKED))
    request = TraceListRequest(
        page,
        view.search,
        most=3 * rows,
        known=logged.total,
        within_rows=logged.within_rows,
    )
    if view.number is None:
        return request
    # The request is the same for many lines, so that not every key asks anew.
    first = max(1, ((view.number - 1) // rows - 1) * rows + 1)
    if not view.search:
        # Traces behind those that are wanted do not matter.
        request = request._replace(known=min(request.known, first + request.most - 1))
    return request._replace(first=first)


def move_over_traces(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the line of the list, at whose top the newest is."""
    view = dashboard.view.state(TracesView)
    if view is not None:
        go_on(dashboard, view, lines_moved(action, dashboard.height))


def go_on(dashboard: Dashboard, view: TracesView, lines: int) -> None:
    """Move the line by so many, downwards where they are more than none."""
    total = shown_traces(dashboard, view).total
    number = max(1, min(number_of(view, total) - lines, total))
    view.number = None if number >= total else number


def has_no_traces(dashboard: Dashboard) -> bool:
    """Return whether the list has none to show, and none was searched for."""
    view = dashboard.view.state(TracesView)
    return view is None or not (view.search or shown_traces(dashboard, view).total)


def on_traces(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the list, but for the one that opens a trace."""
    view = dashboard.view.state(TracesView)
    if action is Action.BACK:
        dashboard.view.back()
        dashboard.known.traces = None
    elif action is Action.SEARCH:
        if view is not None:
            view.typing.start(view.search)
            dashboard.view.open(Mode.TRACE_SEARCH, view)
    else:
        return False
    return True


def search_traces(view: TracesView, text: str) -> None:
    """List the traces that hold a text, the newest first."""
    if text != view.search:
        view.search, view.number = text, None
