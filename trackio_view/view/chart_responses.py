"""What keys do that ask the charts: which stretch of them is on screen, and along what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from trackio_view.model.run import Run
from trackio_view.model.windows import EVERYTHING, Between, is_held, rows_of, window_of
from trackio_view.view.bindings import Action
from trackio_view.view.charts import Extent, Framing, panned, zoomed
from trackio_view.view.dashboard import Dashboard

_NOTHING = "nothing is logged yet"


def answer(dashboard: Dashboard, action: Action) -> bool:
    """Do what an action asks of the charts; return whether it asks anything of them."""
    if action not in _ANSWERS:
        return False
    said = _ANSWERS[action](dashboard)
    dashboard.view.said = said or ""
    return True


def runs_shown(dashboard: Dashboard) -> list[Run]:
    """Return the runs whose charts are on screen, the one in front last."""
    compared = dashboard.compared
    if compared:
        return [one.run for one in compared]
    return [] if dashboard.run is None else [dashboard.run]


def extent_of(dashboard: Dashboard) -> Extent | None:
    """Return what is on the x axis of the charts; `None` where nothing is."""
    framing = dashboard.view.charts.framing
    shown, whole = [], []
    for run in runs_shown(dashboard):
        bounds = run.x(framing.axis).bounds
        if bounds is not None:
            whole.append(bounds)
        x_range = window_of(run, framing.window, framing.axis).x_range
        if x_range is not None:
            shown.append(x_range)
    if not whole:
        return None
    low, high = min(low for low, _ in whole), max(high for _, high in whole)
    left, right = (
        min((at for at, _ in shown), default=low),
        max((at for _, at in shown), default=high),
    )
    return Extent((left, right), (low, high))


def newest_x(dashboard: Dashboard) -> float:
    """Return the highest x along the axis of a window that is held; NaN where none is."""
    window = dashboard.view.charts.window
    if not isinstance(window, Between) or window.right is None:
        return math.nan
    found = [run.x(window.axis).high for run in runs_shown(dashboard)]
    return max((x for x in found if math.isfinite(x)), default=math.nan)


def _change(dashboard: Dashboard, framing: Framing | str) -> str | None:
    if isinstance(framing, str):
        return framing
    dashboard.view.charts.change(framing)
    return None


def zoom(dashboard: Dashboard, *, closer: bool) -> str | None:
    """Show half as much, or twice as much; return why not."""
    charts, extent = dashboard.view.charts, extent_of(dashboard)
    if extent is None:
        # Before anything is there, the level can be chosen.
        extent = Extent((0.0, 0.0), (0.0, 0.0))
    framing = zoomed(charts.framing, extent, closer=closer)
    if closer and not isinstance(framing, str) and is_held(framing.window):
        rows = max(
            (rows_of(run, framing.window).row_count for run in runs_shown(dashboard)), default=0
        )
        if rows < 2:
            return "no closer: too few steps are on screen"
    return _change(dashboard, framing)


def _pan(dashboard: Dashboard, direction: int) -> str | None:
    extent = extent_of(dashboard)
    if extent is None:
        return _NOTHING
    return _change(dashboard, panned(dashboard.view.charts.framing, extent, direction))


def _show_all(dashboard: Dashboard) -> str | None:
    charts = dashboard.view.charts
    if charts.window == EVERYTHING:
        return "all data is on screen"
    return _change(dashboard, charts.framing._replace(window=EVERYTHING))


def _undo(dashboard: Dashboard) -> str | None:
    return None if dashboard.view.charts.undo() else "no change to undo"


def _redo(dashboard: Dashboard) -> str | None:
    return None if dashboard.view.charts.redo() else "no change was undone"


_ANSWERS: Mapping[Action, Callable[[Dashboard], str | None]] = {
    Action.ZOOM_IN: lambda dashboard: zoom(dashboard, closer=True),
    Action.ZOOM_OUT: lambda dashboard: zoom(dashboard, closer=False),
    Action.PAN_BACK: lambda dashboard: _pan(dashboard, -1),
    Action.PAN_FORTH: lambda dashboard: _pan(dashboard, 1),
    Action.ALL_DATA: _show_all,
    Action.UNDO: _undo,
    Action.REDO: _redo,
}
"""What each key does to the charts; what it returns is said, as why it could do nothing."""
