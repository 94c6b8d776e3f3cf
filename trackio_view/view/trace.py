"""One trace, opened from the list or from the run's page: what of it is open, and what keys do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trackio_view.model.opened_traces import TraceContent, TraceRequest
from trackio_view.model.traces import TraceSummary
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold, FoldedText, PageSeen
from trackio_view.view.media import open_within
from trackio_view.view.places import Seen
from trackio_view.view.run_page import TRACE
from trackio_view.view.text_entry import TypedLine
from trackio_view.view.traces import (
    TracesView,
    go_on,
    logged_traces,
    number_of,
    search_traces,
    shown_traces,
)

MESSAGE, PROMPT, SPAN, REST, MEDIUM = "message", "prompt", "span", "rest", "medium"
"""Kinds of folds: a message, a long one that is the same in most traces, what is told of a span,
the rest of a long text, and what opens media on a screen of their own.
"""


@dataclass(slots=True, eq=False, repr=False)
class TraceView(FoldedText):
    """How one trace is looked at."""

    traces: TracesView = field(default_factory=TracesView)
    """The list that it is of, whose line it is on."""
    search: str = ""
    """What is looked for in it."""
    found: int | None = None
    """The line that was gone to last of those that hold it."""
    typing: TypedLine = field(default_factory=TypedLine)

    @property
    def open_at_first(self) -> tuple[str, ...]:
        """Kinds of folds that are open until they are closed."""
        return (MESSAGE,)


def open_trace(dashboard: Dashboard, number: int | None = None) -> None:
    """Open the trace that the line of the list is on; without a list the one of a number."""
    listed = dashboard.view.state(TracesView)
    traces = TracesView(number) if listed is None else listed
    total = shown_traces(dashboard, traces).total
    if total:
        # The trace stays the same one while others come.
        traces.number = number_of(traces, total)
        dashboard.view.open(Mode.TRACE, TraceView(traces=traces, search=traces.search))


def listed_by(dashboard: Dashboard) -> TracesView | None:
    """Return the list that is looked at, or that the trace on screen is of."""
    trace = dashboard.view.state(TraceView)
    return dashboard.view.state(TracesView) if trace is None else trace.traces


def shown_trace(dashboard: Dashboard) -> TraceSummary | None:
    """Return what the list tells of the trace that is open, `None` while that is not known."""
    view = dashboard.view.state(TraceView)
    if view is None:
        return None
    shown = shown_traces(dashboard, view.traces)
    return shown.known.get(number_of(view.traces, shown.total))


def trace_request(dashboard: Dashboard) -> TraceRequest | None:
    """Return which trace is wanted for the screen, `None` where none is looked at."""
    shown, page = shown_trace(dashboard), dashboard.view.page.key
    if shown is None or page is None:
        return None
    return TraceRequest(page, shown.row, logged_traces(dashboard).within_rows)


def trace_content(dashboard: Dashboard) -> TraceContent | None:
    """Return what is shown of the trace on screen; `None` until it has come."""
    request, loaded = trace_request(dashboard), dashboard.known.trace
    if request is None or loaded is None or loaded.request != request:
        return None
    return loaded.content


def trace_key(dashboard: Dashboard) -> object:
    """Return what tells which lines a frame showed: of which trace, and whether it had come."""
    return trace_request(dashboard), trace_content(dashboard) is not None


def trace_is_ahead(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Return whether an action is about lines of the trace that no frame has shown yet."""
    view = dashboard.view.state(TraceView)
    shown = seen.page or PageSeen()
    return view is not None and view.is_ahead_of_folds(action, trace_key(dashboard), shown)


def on_trace(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of a trace."""
    view, shown = dashboard.view.state(TraceView) or TraceView(), seen.page or PageSeen()
    fold = view.fold(shown)
    if action is Action.BACK:
        _leave(dashboard, view)
    elif action is Action.SEARCH:
        view.typing.start(view.search)
        dashboard.view.open(Mode.TRACE_SEARCH, view)
    elif action in (Action.NEXT_EVENT, Action.EVENT_BEFORE):
        _go_to_hit(view, shown, 1 if action is Action.NEXT_EVENT else -1)
    elif action in (Action.LEFT, Action.RIGHT):
        _go_to_neighbour(dashboard, view, 1 if action is Action.LEFT else -1)
    elif action is Action.COPY:
        dashboard.view.copies, dashboard.view.to_copy = 1, trace_content(dashboard) is not None
    elif action is Action.UNFOLD and fold is not None and fold.kind == MEDIUM:
        view.chosen, request = fold, trace_request(dashboard)
        if request is not None:
            open_within(dashboard, request, fold.row)
    else:
        return view.act_on_folds(action, shown)
    return True


def type_trace_search(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen
) -> None:
    """Take in keys of what is searched for, in the list or in one trace."""
    view = dashboard.view.places[-1].state
    if not isinstance(view, TracesView | TraceView):
        return
    if action is None:
        view.typing.feed(keys)
        text = view.typing.text
    elif action is Action.CHOOSE:
        text = view.typing.finish()
    else:
        view.typing.drop()
        text = ""
    if isinstance(view, TracesView):
        search_traces(view, text)
    else:
        view.search, view.found = text, None
    if action is not None:
        dashboard.view.back()


def _leave(dashboard: Dashboard, view: TraceView) -> None:
    dashboard.view.back()
    dashboard.known.trace = None
    if dashboard.view.state(TracesView) is None:
        # The trace was opened from the page, which is to be about the trace that was looked at
        # last.
        dashboard.known.traces = None
        total = shown_traces(dashboard, view.traces).total
        dashboard.view.page.chosen = Fold(TRACE, row=number_of(view.traces, total))


def _go_to_neighbour(dashboard: Dashboard, view: TraceView, lines: int) -> None:
    total = shown_traces(dashboard, view.traces).total
    before = number_of(view.traces, total)
    go_on(dashboard, view.traces, lines)
    view.traces.number = number_of(view.traces, total)
    if view.traces.number != before:
        view.offset, view.chosen, view.found = 0, None, None
        view.switched.clear()


def _go_to_hit(view: TraceView, seen: PageSeen, way: int) -> None:
    """Go to the next line that was found or is an error (`way` 1), or to the one before (-1).

    The first follows the last.
    """
    if not seen.hits:
        return
    ordered = list(seen.hits) if way > 0 else list(reversed(seen.hits))
    top = view.first(seen)
    start = view.found
    if start is None or not top <= start < top + seen.room:
        # The person scrolled away from it, so the search begins at what is on screen.
        start = top - 1 if way > 0 else top + seen.room
    beyond = (line for line in ordered if (line - start) * way > 0)
    view.found = next(beyond, ordered[0])
    view.go_to_line(view.found, seen)
