"""What the mouse does: a click chooses, or opens what is chosen; the wheel zooms or scrolls."""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.view.bindings import Action, Mode
from trackio_view.view.chart_responses import point_to, zoom
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.input_events import Pointed, PointerAction
from trackio_view.view.key_table import DEFAULT_KEYS
from trackio_view.view.places import CHARTS, Seen
from trackio_view.view.screen_responses import move_in_text
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.shown_machine import system_charts, system_layout
from trackio_view.view.wall import focus_wall, wall_charts, wall_focus, wall_layout

_LINES_A_TURN = 3
_FOLLOWS_FROM = 0.9
"""In the last tenth of a chart whose window follows, the wheel leaves its end where it is."""

Act = Callable[[Dashboard, Action, Seen], bool]


def point(dashboard: Dashboard, event: Pointed, seen: Seen, act: Act) -> None:
    """Do what a press or a turn means; `act` does what a key's action does."""
    view = dashboard.view
    if view.mode is not seen.mode:
        # It is about another screen than the one that is there by now.
        return
    view.said, view.copies = "", 0
    if event.action is PointerAction.CLICK:
        _click(dashboard, event, seen, act)
    else:
        _turn(dashboard, event, seen, act, closer=event.action is PointerAction.WHEEL_UP)


def _click(dashboard: Dashboard, event: Pointed, seen: Seen, act: Act) -> None:
    view, mode = dashboard.view, dashboard.view.mode
    if event.lines is not None:
        if SCREENS[mode].move not in (None, move_in_text):
            _click_line(dashboard, event.lines, seen, act)
    elif event.chart is None:
        return
    elif mode in (Mode.CURSOR, Mode.ENLARGED):
        number = _number(dashboard.focus, dashboard.layout.page_size, event.chart)
        view.focus = min(number, len(dashboard.metrics) - 1)
        if event.x is not None:
            view.said = point_to(dashboard, event.x) or ""
    elif mode is Mode.METRICS:
        number = _number(dashboard.focus, dashboard.layout.page_size, event.chart)
        if number == dashboard.focus:
            _open(dashboard, seen, act)
        elif number < len(dashboard.metrics):
            view.focus = number
    elif mode is Mode.SYSTEM and not view.system.enlarged:
        count = len(system_charts(dashboard))
        number = _number(view.system.focus, system_layout(dashboard, count).page_size, event.chart)
        if number == view.system.focus:
            _open(dashboard, seen, act)
        elif number < count:
            view.system.focus = number
    elif mode is Mode.WALL:
        charts = wall_charts(dashboard, seen.now)
        focus, layout = wall_focus(dashboard, charts), wall_layout(dashboard, len(charts))
        number = _number(focus, layout.page_size, event.chart)
        if number == focus:
            _open(dashboard, seen, act)
        else:
            focus_wall(dashboard, charts, number)


def _number(focus: int, page_size: int, place: int) -> int:
    """Return the number of a chart over all pages, from its place on the focused one's."""
    return focus - focus % page_size + place


def _click_line(dashboard: Dashboard, lines: int, seen: Seen, act: Act) -> None:
    if lines:
        _move(dashboard, lines, seen)
    else:
        _open(dashboard, seen, act)


def _open(dashboard: Dashboard, seen: Seen, act: Act) -> None:
    """Do with what is chosen as Enter does."""
    mode = dashboard.view.mode
    action, take_text = DEFAULT_KEYS.action(mode, "enter"), SCREENS[mode].take_text
    if action is None:
        return
    if take_text is not None:
        take_text(dashboard, action, (), seen)
    else:
        act(dashboard, action, seen)


def _move(dashboard: Dashboard, lines: int, seen: Seen) -> None:
    move = SCREENS[dashboard.view.mode].move
    for _ in range(abs(lines)):
        if move is not None:
            move(dashboard, Action.DOWN if lines > 0 else Action.UP, seen)


def _turn(dashboard: Dashboard, event: Pointed, seen: Seen, act: Act, *, closer: bool) -> None:
    view, mode = dashboard.view, dashboard.view.mode
    if event.chart is None:
        _move(dashboard, -_LINES_A_TURN if closer else _LINES_A_TURN, seen)
    elif mode in (Mode.WALL, Mode.SYSTEM):
        act(dashboard, Action.ZOOM_IN if closer else Action.ZOOM_OUT, seen)
    elif mode in CHARTS:
        about = event.x if event.share < _FOLLOWS_FROM or view.charts.is_held else None
        view.said = zoom(dashboard, closer=closer, about=about) or ""
