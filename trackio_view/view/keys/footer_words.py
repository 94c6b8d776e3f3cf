"""What the footer says about the data on screen: the window, and which part of it is shown."""

from __future__ import annotations

import math

from trackio_view.light_typing import NamedTuple
from trackio_view.model.windows import WindowChoice
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.view.actions import Action
from trackio_view.view.charts.charted_runs import newest_x
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.screen_responses import fleet_room
from trackio_view.view.shown_machine import system_charts, system_layout
from trackio_view.view.wall import wall_charts, wall_focus, wall_layout


class ShownPart(NamedTuple):
    """Which of many things are on screen, counted from one."""

    unit: str
    first: int
    last: int
    total: int
    short: bool = True
    """Whether the numbers are understood without the word, where room is short."""


class FooterWords(NamedTuple):
    """What the footer says about the data on screen."""

    window: WindowChoice | str = ""
    """The stretch that charts show; of GPUs, its label; of a fleet, its order."""
    since: float | None = None
    """The earliest time in any window, in seconds since the epoch; `None` where there is none."""
    part: ShownPart | None = None
    axis: XAxis = STEPS
    """What the charts are drawn along."""
    newest: float = math.nan
    """The newest x of the runs along the axis of a window that is held."""
    action: Action | None = None
    """What changes a label in place of the stretch, where one key does."""


def _chart_words(dashboard: Dashboard, count: int, page: int, focus: int) -> FooterWords:
    if not count:
        return FooterWords()
    first = focus - focus % page
    last = min(first + page, count)
    part = ShownPart("chart" if last == first + 1 else "charts", first + 1, last, count)
    return FooterWords(
        dashboard.view.charts.window,
        dashboard.view.selection.since,
        part if page < count else None,
        dashboard.view.charts.framing.axis,
        newest_x(dashboard),
    )


def words_of_charts(dashboard: Dashboard, _: float) -> FooterWords:
    """Return the window of the charts, and which of them are on screen."""
    shown = dashboard.shown_charts
    return _chart_words(dashboard, len(shown.metrics), shown.layout.page_size, shown.focus)


def words_of_machine(dashboard: Dashboard, _: float) -> FooterWords:
    """Return the window of the charts of a run's machine, and which of them are on screen."""
    count = len(system_charts(dashboard))
    focus = max(0, min(dashboard.view.system.focus, count - 1))
    return _chart_words(dashboard, count, system_layout(dashboard, count).page_size, focus)


def words_of_wall(dashboard: Dashboard, now: float) -> FooterWords:
    """Return the window of the wall's charts, and which of them are on screen."""
    charts = wall_charts(dashboard, now)
    page = wall_layout(dashboard, len(charts)).page_size
    return _chart_words(dashboard, len(charts), page, wall_focus(dashboard, charts))


def words_of_gpus(dashboard: Dashboard, _: float) -> FooterWords:
    """Return the stretch of time that the charts of GPUs show; nothing where there is no GPU."""
    if not dashboard.known.gpus.histories:
        return FooterWords()
    return FooterWords(dashboard.view.gpus.history_span.label)


def words_of_fleet(dashboard: Dashboard, _: float) -> FooterWords:
    """Return the order of a fleet's machines, and which of them the cursor is on."""
    fleet = dashboard.view.fleet
    count, room = len(dashboard.fleet_rows), fleet_room(dashboard)
    if count <= room:
        return FooterWords(fleet.order.value, action=Action.SORT)
    line = fleet.position(dashboard.fleet_rows) + 1
    part = ShownPart("host", line, line, count, short=False)
    return FooterWords(fleet.order.value, part=part, action=Action.SORT)


def words_of_runs(dashboard: Dashboard, now: float) -> FooterWords:
    """Return which line of the table of runs the cursor is on."""
    table = dashboard.runs_table(now)
    count = len(table.lines)
    if count <= dashboard.layout.grid_height - 1:
        return FooterWords()
    line = dashboard.view.runs.position(table) + 1
    return FooterWords(part=ShownPart("line", line, line, count, short=False))
