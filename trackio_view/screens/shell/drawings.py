"""Where each screen's drawing is found: in the room that its row in `view.screen_table` names.

A start loads the charts of one run alone. Each other screen is imported when it is drawn for the
first time, and all of them by `import_ahead` once the first charts are on screen.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from trackio_view.screens.canvas import Canvas, Drawing, Drawn, FocusedChart
from trackio_view.screens.chart_page import PlannedPage
from trackio_view.screens.metrics import draw_metrics, focused_metric, planned_metrics
from trackio_view.screens.shell.header import draw_header
from trackio_view.view.screen_table import SCREENS


def _charts(canvas: Canvas) -> Drawn:
    draw = draw_metrics
    if canvas.dashboard.compared and canvas.shown.metrics:
        from trackio_view.screens.comparison import draw_comparison

        draw = draw_comparison
    return Drawn.of_charts(draw(canvas))


def _focused_chart(canvas: Canvas) -> FocusedChart | None:
    if not canvas.shown.metrics or canvas.shown.lists_values:
        return None
    if canvas.dashboard.compared:
        from trackio_view.screens.comparison import focused_comparison

        return focused_comparison(canvas)
    return focused_metric(canvas)


def _page_of_charts(canvas: Canvas) -> PlannedPage:
    if not canvas.shown.metrics or canvas.shown.lists_values:
        return PlannedPage(())
    if canvas.dashboard.compared:
        from trackio_view.screens.comparison import planned_comparison

        return planned_comparison(canvas)
    return planned_metrics(canvas)


def _charts_header(canvas: Canvas) -> None:
    compared = canvas.dashboard.compared if canvas.shown.metrics else []
    frame, dashboard, now, memo = canvas.frame, canvas.dashboard, canvas.now, canvas.memo
    has_box = bool(canvas.shown.layout.panel_width)
    draw_header(frame, dashboard, compared, now, memo, has_box=has_box)


CHARTS = Drawing(_charts, _charts_header, _focused_chart, _page_of_charts, has_strip=True)


@cache
def drawing_at(place: str) -> Drawing:
    """Return the drawing of that name below `screens`, as a row in the table of screens writes it:
    `traces.DRAWING`. An empty name is that of a screen of which nothing but the footer tells.
    """
    if not place:
        return Drawing()
    room, _, name = place.rpartition(".")
    drawing: Drawing = getattr(import_module(f"trackio_view.screens.{room}"), name)
    return drawing


def import_ahead() -> None:
    """Import what draws every screen, so that the first key that opens one need not wait for it,
    and so that a program that runs for days never loads a part of a later release.
    """
    from trackio_view.charts import log_axis  # noqa: F401
    from trackio_view.screens import comparison  # noqa: F401
    from trackio_view.screens.panels import copied, statistics, value_list  # noqa: F401
    from trackio_view.series import stretch_facts  # noqa: F401
    from trackio_view.view import pointer_responses  # noqa: F401
    from trackio_view.view.keys import pasting  # noqa: F401

    for screen in SCREENS.values():
        drawing_at(screen.drawing)
