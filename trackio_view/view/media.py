"""A medium of a run that was opened from the run's page: which one it is, and what keys
do there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trackio_view.model.objects import LoggedMedia
from trackio_view.model.opened_media import MediaContent, MediaRequest
from trackio_view.view.bindings import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen

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


@dataclass(slots=True)
class MediaView:
    """The key whose media are on screen, and the step."""

    key: str = ""
    number: int | None = None
    """The number of the step among all of its key; `None` follows the newest."""


class ShownMedium(NamedTuple):
    """The medium on screen."""

    one: LoggedMedia
    steps: Sequence[LoggedMedia]
    """All media that are kept of this medium's key. It is one of them."""


def open_medium(dashboard: Dashboard, key: str) -> None:
    """Open the media of a key, at the step that the run's page shows."""
    steps = _steps_of(dashboard, key)
    back = min(dashboard.view.page.back.get(key, 0), len(steps) - 1)
    number = steps[-1 - back].number if back > 0 else None
    dashboard.view.open(Mode.MEDIA, MediaView(key, number))


def shown_medium(dashboard: Dashboard) -> ShownMedium | None:
    """Return the medium that is open, `None` where it is there no more."""
    view = dashboard.view.state(MediaView)
    steps = [] if view is None else _steps_of(dashboard, view.key)
    if view is None or not steps:
        return None
    return ShownMedium(steps[_place(view, steps)], steps)


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
    request, loaded = media_request(dashboard), dashboard.media
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
        keys = list(_keys(dashboard))
        place = keys.index(view.key) + _KEYS[action]
        if 0 <= place < len(keys):
            view.key, view.number = keys[place], None
    else:
        _go(view, shown.steps, action)


def _go(view: MediaView, steps: Sequence[LoggedMedia], action: Action) -> None:
    last = len(steps) - 1
    ends = {Action.FIRST: 0, Action.LAST: last}
    place = ends.get(action, _place(view, steps) + _STEPS.get(action, 0))
    view.number = None if place >= last else steps[max(0, place)].number


def _leave(dashboard: Dashboard, view: MediaView | None, shown: ShownMedium | None) -> None:
    """Go back to the page, which is to be about what was looked at last."""
    dashboard.view.back()
    dashboard.media = None
    if view is not None and shown is not None:
        page = dashboard.view.page
        page.choose_medium(view.key, len(shown.steps) - 1 - _place(view, shown.steps))


def _place(view: MediaView, steps: Sequence[LoggedMedia]) -> int:
    """Return the place of the step that is looked at; of the one after it where it is not kept."""
    last = len(steps) - 1
    if view.number is None:
        return last
    places = (place for place, one in enumerate(steps) if one.number >= view.number)
    return next(places, last)


def _steps_of(dashboard: Dashboard, key: str) -> list[LoggedMedia]:
    objects = dashboard.page_objects
    return [] if objects is None else [one for one in objects.media if one.key == key]


def _keys(dashboard: Dashboard) -> dict[str, None]:
    objects = dashboard.page_objects
    return {} if objects is None else dict.fromkeys(one.key for one in objects.media)
