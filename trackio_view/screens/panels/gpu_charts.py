"""Charts of GPUs in their places: those of one GPU, or a line for each of several."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial

from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import IDLE_PERCENT
from trackio_view.model.gpu_fields import FieldKind
from trackio_view.model.gpu_history import GpuHistory, HistorySpan
from trackio_view.screens.chart_page import PlannedChart, draw_page, places_in
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.gpu_chart_content import (
    GPU_CHARTS,
    GpuChart,
    NamedLine,
    bounds_of_line,
    byte_unit,
    headings_of_one,
    lines_of,
    main_line,
    spec_of_one,
    spec_of_several,
    title_of_several,
)
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.layout import best_grid

LEAST_CHART_HEIGHT = 6
_AXIS_FROM_HEIGHT = 8
"""Rows inside a chart's box from which there is room for an axis of times."""
_LOWEST_AXIS_FROM_HEIGHT = 6
"""The same bound for the lowest charts of a grid, whose axis serves all charts above."""


class ChartGrid(NamedTuple):
    """How charts share a place."""

    width: int
    """Columns that a chart is given at least."""
    height: int
    """Rows that a chart is given at least, as long as that leaves one row of them."""
    columns: int
    """Charts side by side, at most."""


OF_ONE = (ChartGrid(30, 8, 3), ChartGrid(30, LEAST_CHART_HEIGHT, 3))
"""Low charts are used only where fewer than enough high ones have room."""
_ENOUGH_CHARTS = 6
OF_SEVERAL = ChartGrid(29, 10, 6)
"""A chart with a line for every GPU has to be tall to be read."""


def draw_comparison(
    frame: Frame, area: Rect, dashboard: Dashboard, repertoire: Repertoire, memo: Memo
) -> None:
    """Draw charts in which every GPU of the overview has a line, in the look of its number."""
    view, gpus = dashboard.view.gpus, dashboard.known.gpus
    listed = [(number, gpus.histories[sample.identity.id]) for number, sample in view.listed(gpus)]
    charts = [
        chart for chart in GPU_CHARTS if any(main_line(chart, history) for _, history in listed)
    ]
    planned = []
    for chart, place in zip(charts, _places(area, len(charts), OF_SEVERAL), strict=False):
        with_axis = _has_axis(place, area)
        drawn = [
            NamedLine(number, history, name)
            for number, history in listed
            if history.times and (name := main_line(chart, history)) is not None
        ]
        end = _told_until([one.history for one in drawn], view.history_span, place.width)
        version = tuple((one.number, *_version_until(one.history, end)) for one in drawn)
        planned.append(
            PlannedChart(
                ("gpus", chart.title),
                (view.history_span.seconds, with_axis, end, version),
                place,
                title_of_several(chart, drawn),
                partial(spec_of_several, chart, drawn, view.history_span, end, with_axis),
            )
        )
    draw_page(frame, planned, repertoire, memo)


_LONGEST_BEAT = 5.0
"""Seconds that a chart is behind at most."""


def _told_until(histories: Sequence[GpuHistory], span: HistorySpan, steps: int) -> float | None:
    """Return the moment up to which a chart tells of GPUs; `None` without a sample.

    It moves on in so many steps a span: of a cell with several GPUs, of a dot with one. So a tick
    that fills no further cell or dot draws nothing anew, and lines move on as they are: a screen of
    GPUs would cost twice as much.
    """
    newest = max((history.times[-1] for history in histories), default=None)
    if newest is None:
        return None
    beat = min(span.seconds / max(steps, 1), _LONGEST_BEAT)
    end = math.floor(newest / beat) * beat
    if min(history.times[0] for history in histories) >= end - beat:
        # The first samples are shown when they come.
        return newest
    return max([end, *(_after_pause(history.times, end, beat) for history in histories)])


def _after_pause(times: Sequence[float], end: float, pause: float) -> float:
    """Return when the first sample after `end` came, if it came after a pause: it is shown at once,
    as the next one may take as long. Without such a sample, return `end`.
    """
    place = bisect_right(times, end)
    if place == len(times) or (place and times[place] - times[place - 1] < pause):
        return end
    return times[place]


def _version_until(history: GpuHistory, end: float | None) -> tuple[object, ...]:
    """Return a key that changes whenever a GPU's lines do, those up to a moment if one is given."""
    count = bisect_right(history.times, math.inf if end is None else end)
    return history.dropped, count, history.times[count - 1] if count else None


def _places_of_one(grid: Rect, count: int) -> Sequence[Rect]:
    """Return places for the charts of one GPU."""
    high, low = (_places(grid, count, of) for of in OF_ONE)
    return high if len(high) >= min(count, _ENOUGH_CHARTS) else low


def _places(grid: Rect, count: int, of: ChartGrid) -> Sequence[Rect]:
    """Return places for as many charts as fit, which fill the grid."""
    if not count or grid.height < 3:
        return ()
    most_columns = max(1, min(grid.width // of.width, of.columns))
    most_rows = max(1, grid.height // of.height)
    columns, rows = best_grid((grid.width, grid.height), most_columns, most_rows, count)
    return places_in(grid, columns, min(count, columns * rows))


def _has_axis(place: Rect, grid: Rect) -> bool:
    """Return whether a chart at `place` has room for its axis of times."""
    lowest = place.y + place.height == grid.y + grid.height
    return place.height - 2 >= (_LOWEST_AXIS_FROM_HEIGHT if lowest else _AXIS_FROM_HEIGHT)


def charts_of(history: GpuHistory, span: HistorySpan) -> list[GpuChart]:
    """Return the charts that a GPU has a line for; while it idles, few of those that are flat."""
    charts = [chart for chart in GPU_CHARTS if main_line(chart, history) is not None]
    if not _is_idle(history, span):
        return charts
    rest = [chart for chart in charts[_OF_IDLE:] if _moves(chart, history, span)]
    return [*charts[:_OF_IDLE], *rest]


_OF_IDLE = 4
"""How many flat charts an idle GPU has, besides those in which something happens."""
_FLAT_SHARE = 0.02
"""How far the values of a flat line lie apart at most, as a share of the highest."""


def _is_idle(history: GpuHistory, span: HistorySpan) -> bool:
    bounds = bounds_of_line("utilization", history, span)
    return bounds is not None and bounds[1] < IDLE_PERCENT


def _moves(chart: GpuChart, history: GpuHistory, span: HistorySpan) -> bool:
    found = (bounds_of_line(name, history, span) for name in lines_of(chart, history))
    return any(
        bounds is not None and bounds[1] - bounds[0] > _FLAT_SHARE * abs(bounds[1])
        for bounds in found
    )


def draw_charts_of_one(
    frame: Frame,
    grid: Rect,
    charts: Sequence[GpuChart],
    history: GpuHistory,
    span: HistorySpan,
    repertoire: Repertoire,
    memo: Memo,
) -> None:
    """Draw charts of one GPU into a grid, as many as fit."""
    planned = []
    for chart, place in zip(charts, _places_of_one(grid, len(charts)), strict=False):
        with_axis = _has_axis(place, grid)
        # What a GPU did before it was lost is shown to its end.
        dots = place.width * DOT_GRIDS[repertoire].columns
        end = _told_until([history], span, dots) if history.latest.state is None else None
        key = ("gpu", history.latest.identity.id, chart.title)
        version = (span.seconds, with_axis, end, *_version_until(history, end))
        unit = chart.unit
        if chart.kind is FieldKind.BYTES_PER_SECOND:
            # The headings are of each frame, and the unit is as the lines are.
            unit = memo.get(("unit", *key, version), partial(byte_unit, chart, history, span, end))
        planned.append(
            PlannedChart(
                key,
                version,
                place,
                chart.title,
                partial(spec_of_one, chart, history, span, end, with_axis),
                headings=headings_of_one(chart, history, unit),
            )
        )
    draw_page(frame, planned, repertoire, memo)
