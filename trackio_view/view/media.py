"""A medium of a run that was opened from the run's page: which one it is, and what keys do there.

The media are those of a key, step by step, those in a column of a table, or those of a trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.model.opened_media import MediaContent, MediaRequest
from trackio_view.model.opened_traces import TraceRequest
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold, FoldedText
from trackio_view.view.places import Seen
from trackio_view.view.run_page import TABLE_ROW

if TYPE_CHECKING:
    from trackio_view.model.objects import LoggedMedia, LoggedTable

LINES_BELOW = 3
"""How many rows a picture leaves for the text about it."""
_MANY_STEPS = 10
_STEPS = {
    Action.LEFT: -1,
    Action.RIGHT: 1,
    Action.PREVIOUS_PAGE: -_MANY_STEPS,
    Action.NEXT_PAGE: _MANY_STEPS,
}
_KEYS = {Action.UP: -1, Action.DOWN: 1}


class TableStep(NamedTuple):
    """A table as it was logged at one step, whose cells hold media."""

    key: str
    number: int


@dataclass(slots=True, eq=False, repr=False)
class MediaView:
    """The key whose media are on screen, and the step."""

    key: str = ""
    number: int | None = None
    """The number of the step among all of its key; `None` follows the newest."""
    within: TableStep | TraceRequest | None = None
    """The table or the trace that they are in: then keys are its columns, steps its rows."""


class ShownMedium(NamedTuple):
    """The medium on screen."""

    one: LoggedMedia
    steps: Sequence[LoggedMedia]
    """All media that are kept of this medium's key. It is one of them."""


def open_medium(dashboard: Dashboard, key: str) -> None:
    """Open the media of a key, at the step that the run's page shows."""
    steps = [one for one in _media_of(dashboard, None) if one.key == key]
    back = min(dashboard.view.page.back.get(key, 0), len(steps) - 1)
    number = steps[-1 - back].number if back > 0 else None
    dashboard.view.open(Mode.MEDIA, MediaView(key, number))


def open_cell(dashboard: Dashboard, fold: Fold) -> None:
    """Open the medium in a cell of a table, at the step that the run's page shows."""
    objects = dashboard.page_objects
    tables = () if objects is None else objects.tables
    step = next((one for one in tables if (one.key, str(one.step)) == (fold.name, fold.step)), None)
    if step is not None:
        open_within(dashboard, TableStep(step.key, step.number), fold.row)


def open_within(dashboard: Dashboard, within: TableStep | TraceRequest, place: int) -> None:
    """Open the medium of a place among those of a table or a trace."""
    media = _media_of(dashboard, within)
    if 0 <= place < len(media):
        one = media[place]
        dashboard.view.open(Mode.MEDIA, MediaView(one.key, one.number, within))


def shown_medium(dashboard: Dashboard) -> ShownMedium | None:
    """Return the medium that is open, `None` where it is no longer there."""
    view = dashboard.view.state(MediaView)
    steps = [] if view is None else _steps_of(dashboard, view)
    if view is None or not steps:
        return None
    return ShownMedium(steps[_place(view, steps)], steps)


def media_keys(dashboard: Dashboard) -> Sequence[str]:
    """Return the keys among which one can go: those with media, or columns of a table."""
    view = dashboard.view.state(MediaView)
    media = [] if view is None else _media_of(dashboard, view.within)
    return list(dict.fromkeys(one.key for one in media))


def media_request(dashboard: Dashboard) -> MediaRequest | None:
    """Return which file is wanted for the screen, `None` where none is looked at."""
    shown, page = shown_medium(dashboard), dashboard.view.page.key
    if shown is None or page is None:
        return None
    request = MediaRequest(page, shown.one.file, shown.one.kind)
    if not dashboard.draws_pictures:
        return request
    columns, rows = dashboard.width - 2, dashboard.layout.grid_height - 2 - LINES_BELOW
    return request._replace(columns=max(0, columns), rows=2 * max(0, rows))


def media_content(dashboard: Dashboard) -> MediaContent | None:
    """Return what is shown of the file of the medium on screen; `None` until it has come."""
    request, loaded = media_request(dashboard), dashboard.known.media
    if request is None or loaded is None:
        return None
    asked = loaded.request
    is_same = (asked.page, asked.file, asked.kind) == (request.page, request.file, request.kind)
    return loaded.content if is_same else None


def on_media(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of the media: to other steps and keys, and back."""
    view, shown = dashboard.view.state(MediaView), shown_medium(dashboard)
    if action is Action.BACK:
        _leave(dashboard, view, shown)
    elif action is Action.COPY:
        dashboard.view.copies, dashboard.view.to_copy = 1, shown is not None
    elif action in (Action.LEFT, Action.RIGHT):
        move_over_media(dashboard, action, seen)
    else:
        return False
    return True


def move_over_media(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Go to another step, or to the media of another key."""
    view, shown = dashboard.view.state(MediaView), shown_medium(dashboard)
    if view is None or shown is None:
        return
    if action in _KEYS:
        keys = media_keys(dashboard)
        place = keys.index(view.key) + _KEYS[action]
        if 0 <= place < len(keys):
            view.key = keys[place]
            # In a table, what stands in the same row or as near as can be.
            view.number = None if view.within is None else shown.one.number
    else:
        _go(view, shown.steps, action)


def _go(view: MediaView, steps: Sequence[LoggedMedia], action: Action) -> None:
    last = len(steps) - 1
    ends = {Action.FIRST: 0, Action.LAST: last}
    place = ends.get(action, _place(view, steps) + _STEPS.get(action, 0))
    place = max(0, min(place, last))
    view.number = None if place == last and view.within is None else steps[place].number


def _leave(dashboard: Dashboard, view: MediaView | None, shown: ShownMedium | None) -> None:
    """Go back to the page, which is to be about what was looked at last."""
    dashboard.view.back()
    dashboard.known.media = None
    if view is None or shown is None:
        return
    if view.within is None:
        back = len(shown.steps) - 1 - _place(view, shown.steps)
        dashboard.view.page.choose_medium(view.key, back)
        return
    below = dashboard.view.places[-1].state
    if isinstance(below, FoldedText) and below.chosen is not None:
        place = list(_media_of(dashboard, view.within)).index(shown.one)
        below.chosen = below.chosen._replace(row=place)
        table = None if isinstance(view.within, TraceRequest) else _table(dashboard, view.within)
        if table is not None:
            # Its line stands within its row.
            row = table.media[place].row
            below.switched.add(Fold(TABLE_ROW, table.key, str(table.step), row))


def _place(view: MediaView, steps: Sequence[LoggedMedia]) -> int:
    """Return the place of the step that is looked at; of the one after it where it is not kept."""
    last = len(steps) - 1
    if view.number is None:
        return last
    places = (place for place, one in enumerate(steps) if one.number >= view.number)
    return next(places, last)


def _steps_of(dashboard: Dashboard, view: MediaView) -> list[LoggedMedia]:
    return [one for one in _media_of(dashboard, view.within) if one.key == view.key]


def _media_of(
    dashboard: Dashboard, within: TableStep | TraceRequest | None
) -> Sequence[LoggedMedia]:
    """Return the media of the run, or of a table or a trace of it."""
    if isinstance(within, TraceRequest):
        loaded = dashboard.known.trace
        return [] if loaded is None or loaded.request != within else loaded.content.media
    objects = dashboard.page_objects
    if objects is None:
        return []
    if within is None:
        return objects.media
    table = _table(dashboard, within)
    return [] if table is None else [one.medium for one in table.media]


def _table(dashboard: Dashboard, within: TableStep) -> LoggedTable | None:
    objects = dashboard.page_objects
    tables = () if objects is None else objects.tables
    return next((one for one in tables if TableStep(one.key, one.number) == within), None)
