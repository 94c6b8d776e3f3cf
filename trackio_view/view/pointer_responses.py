"""What the mouse does: a click chooses, or opens what is chosen; a drag shows a stretch; the wheel
zooms or scrolls. On a chart a click puts the cursor where it is, and once more on the same cell
enlarges the chart.

A click is about the frame that was on screen, also where another click has moved what it shows.
"""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice_responses import show_tab
from trackio_view.view.charts.chart_responses import zoom
from trackio_view.view.charts.cursor_responses import drag, end_drag, point_to
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding_responses import bring_to_front
from trackio_view.view.folding import FoldedText
from trackio_view.view.keys.input_events import (
    OnColumn,
    OnKey,
    OnRun,
    OnTab,
    Pointed,
    PointerAction,
)
from trackio_view.view.places import CHARTS, PointerView, Seen
from trackio_view.view.screen_responses import move_in_text
from trackio_view.view.screen_table import SCREENS, action_of_enter
from trackio_view.view.shown_machine import system_charts, system_layout
from trackio_view.view.wall import (
    focus_wall,
    point_to_on_wall,
    wall_charts,
    wall_focus,
    wall_layout,
)

_LINES_A_TURN = 3
_FOLLOWS_FROM = 0.9
"""Where a window follows, the wheel keeps its end if the pointer is in the last tenth
of the chart.
"""

Act = Callable[[Dashboard, Action, Seen], bool]


def point(dashboard: Dashboard, event: Pointed, seen: Seen, act: Act) -> None:
    """Do what a press or a turn means; `act` does what a key's action does."""
    view, pointer = dashboard.view, dashboard.view.pointer
    if event.action is PointerAction.DRAG:
        _drag(dashboard, event)
        return
    if event.action is PointerAction.RELEASE:
        _release(dashboard, seen, act)
        return
    if event.frame != pointer.frame:
        pointer.frame, pointer.moved = event.frame, 0
    pointer.start, pointer.opens, pointer.drags = None, False, False
    if view.mode is not (event.mode or seen.mode):
        # The report is about a screen that is no longer on top.
        return
    is_click = event.action is PointerAction.CLICK
    is_named = event.on is not None and not isinstance(event.on, OnColumn)
    if is_click and not is_named and event.frame <= pointer.outdated:
        # A key has since moved what stood there.
        return
    view.said, view.copies = "", 0
    if not is_click or event.on is not None:
        pointer.clicked = None
    if not is_click:
        _turn(dashboard, event, seen, act, closer=event.action is PointerAction.WHEEL_UP)
    elif event.on is not None:
        _click_word(dashboard, event.on, seen, act)
    else:
        _click(dashboard, event, seen, act)


def _click_word(
    dashboard: Dashboard, on: OnKey | OnTab | OnRun | OnColumn, seen: Seen, act: Act
) -> None:
    view = dashboard.view
    if isinstance(on, OnKey):
        view.to_press = (on.key,)
        if view.keys.action(view.mode, on.key) is Action.GO_TO:
            # The place to go to is typed, beginning with a digit, and the mouse chose no digit.
            view.to_press = (on.key, "ctrl_u")
    elif isinstance(on, OnTab) and view.mode in CHARTS:
        show_tab(dashboard, on.tab)
    elif isinstance(on, OnRun) and view.mode in CHARTS:
        bring_to_front(dashboard, on.run)
    elif isinstance(on, OnColumn) and view.mode is Mode.RUNS:
        columns = dashboard.runs_table(seen.now).columns
        if 0 <= on.column < len(columns):
            view.runs.column = columns[on.column].key
            act(dashboard, Action.SORT, seen)


def _drag(dashboard: Dashboard, event: Pointed) -> None:
    view, pointer = dashboard.view, dashboard.view.pointer
    pointer.opens = False
    if view.mode in (Mode.WALL, Mode.SYSTEM):
        view.said = "a drag shows a stretch in a run's charts alone"
    if pointer.start is None or event.x is None or view.mode not in CHARTS:
        return
    view.copies = 0
    if not pointer.drags:
        pointer.drags, pointer.puts_away = True, view.mode is Mode.METRICS
        if pointer.puts_away:
            view.open(Mode.CURSOR)
        view.charts.anchor = None
    view.said = drag(dashboard, pointer.start, event.x) or ""


def _release(dashboard: Dashboard, seen: Seen, act: Act) -> None:
    view, pointer = dashboard.view, dashboard.view.pointer
    start, drags, opens = pointer.start, pointer.drags, pointer.opens
    pointer.start, pointer.drags, pointer.opens = None, False, False
    if opens:
        _open(dashboard, seen, act)
    elif start is not None and not drags and view.mode is Mode.METRICS:
        # Until now the press could have become a drag, which takes its cursor away again.
        view.charts.anchor = None
        view.open(Mode.CURSOR)
        view.said = point_to(dashboard, start) or ""
    elif drags and view.mode in (Mode.CURSOR, Mode.ENLARGED):
        view.said = end_drag(dashboard) or ""
        if pointer.puts_away and view.mode is Mode.CURSOR:
            view.back()


def _click(dashboard: Dashboard, event: Pointed, seen: Seen, act: Act) -> None:
    view, mode = dashboard.view, dashboard.view.mode
    if event.lines is not None:
        if SCREENS[mode].move is move_in_text:
            _click_fold(dashboard, event.lines, seen, act)
        elif SCREENS[mode].move is not None:
            _click_line(dashboard, event.lines, seen, act)
    elif event.chart is None:
        return
    elif mode in CHARTS:
        _click_chart(dashboard, event)
    elif mode is Mode.SYSTEM and not view.system.enlarged:
        count = len(system_charts(dashboard))
        number = _number(view.system.focus, system_layout(dashboard, count).page_size, event.chart)
        view.pointer.opens = number == view.system.focus
        if number < count:
            view.system.focus = number
    elif mode is Mode.WALL:
        charts = wall_charts(dashboard, seen.now)
        focus, layout = wall_focus(dashboard, charts), wall_layout(dashboard, len(charts))
        number = _number(focus, layout.page_size, event.chart)
        view.pointer.opens = _is_again(view.pointer, number, event, is_focused=number == focus)
        focus_wall(dashboard, charts, number)
        if event.x is not None and not view.pointer.opens:
            view.said = point_to_on_wall(dashboard, charts, event.x) or ""


def _click_chart(dashboard: Dashboard, event: Pointed) -> None:
    """Focus a chart, and let the cursor be where its lines were clicked."""
    view, metrics = dashboard.view, dashboard.metrics
    if event.chart is None or not metrics:
        return
    before = dashboard.focus
    number = _number(before, dashboard.layout.page_size, event.chart)
    view.focus = min(number, len(metrics) - 1)
    is_again = _is_again(view.pointer, number, event, is_focused=number == before)
    view.pointer.start = event.x
    if view.mode is Mode.METRICS:
        view.pointer.opens = is_again
    elif event.x is not None:
        view.pointer.opens = is_again and view.mode is Mode.CURSOR
        view.charts.anchor = None
        view.said = point_to(dashboard, event.x) or ""


def _is_again(pointer: PointerView, number: int, event: Pointed, *, is_focused: bool) -> bool:
    """Return whether a chart is clicked for a second time. On its lines, that is a click on the
    same cell as before. Elsewhere on the chart, any click counts as soon as the chart has the
    focus.
    """
    clicked, pointer.clicked = pointer.clicked, None
    if event.x is None:
        return is_focused
    place = (number, event.share)
    pointer.clicked = place if clicked != place else None
    return clicked == place


def _number(focus: int, page_size: int, place: int) -> int:
    """Return the number of a chart over all pages, from its place on the focused one's."""
    return focus - focus % page_size + place


def _click_line(dashboard: Dashboard, lines: int, seen: Seen, act: Act) -> None:
    pointer = dashboard.view.pointer
    lines -= pointer.moved
    if lines:
        _move(dashboard, lines, seen)
        pointer.moved += lines
    else:
        _open(dashboard, seen, act)


def _click_fold(dashboard: Dashboard, lines: int, seen: Seen, act: Act) -> None:
    """Choose the line of a text that opens, or open it where it is chosen."""
    text, page, pointer = dashboard.view.places[-1].state, seen.page, dashboard.view.pointer
    if not isinstance(text, FoldedText) or page is None or page.opened != text.opened:
        return
    current = text.current(page)
    if current is None:
        return
    lines -= pointer.moved
    clicked = page.folds[current].line + lines
    fold = next((fold for line, fold in page.folds if line == clicked), None)
    if fold is not None and lines:
        text.chosen = fold
        pointer.moved += lines
    elif fold is not None:
        _open(dashboard, seen, act)


def _open(dashboard: Dashboard, seen: Seen, act: Act) -> None:
    """Do what Enter does with the chosen line."""
    mode = dashboard.view.mode
    action, take_text = action_of_enter(mode), SCREENS[mode].take_text
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
    zooms = Action.ZOOM_IN if closer else Action.ZOOM_OUT
    if mode is Mode.GPUS and event.lines is None:
        # The charts of GPUs are not pointed at, but the wheel is not about the lines above them.
        act(dashboard, zooms, seen)
    elif event.chart is None:
        lines = -_LINES_A_TURN if closer else _LINES_A_TURN
        _move(dashboard, lines, seen)
        view.pointer.outdated = max(view.pointer.outdated, event.frame)
    elif mode in (Mode.WALL, Mode.SYSTEM):
        act(dashboard, zooms, seen)
    elif mode in CHARTS:
        about = event.x if event.share < _FOLLOWS_FROM or view.charts.is_held else None
        view.said = zoom(dashboard, closer=closer, about=about) or ""
