"""The charts' window as CSV: the runs that are drawn, with what their lines are smoothed to."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import anyio.to_thread

from trackio_view.headless.csv_lines import CsvColumn, RunLines, heading
from trackio_view.model.project_id import ProjectId, have_several_origins
from trackio_view.model.run import Run
from trackio_view.model.windows import rows_of
from trackio_view.model.x_axis import XAxis
from trackio_view.series.series import Series
from trackio_view.series.smoothed import SmoothedSeries
from trackio_view.series.smoothing import Smoothing
from trackio_view.series.window import Window
from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_choice import ALL
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.seen_screens import is_on_charts


class _WrittenLine(NamedTuple):
    series: Series
    stretches: Sequence[range]
    """The positions of its values in the window."""
    smoothed: array[float] | None


class _RunWindow(NamedTuple):
    project: ProjectId
    run: Run
    window: Window
    lines: dict[str, _WrittenLine]


async def window_csv(dashboard: Dashboard) -> Callable[[], Iterable[bytes]] | str:
    """Return what makes the lines in a thread, or why there are none.

    The rows are chosen now, so rows that come meanwhile are not among them. An enlarged chart gives
    its own metric, else all pages give theirs.
    """
    view, framing = dashboard.view, dashboard.view.charts.framing
    below = [place.mode for place in view.places if place.mode is not Mode.EXPORT]
    if not is_on_charts(view):
        return "only charts can be written as CSV: go back to them first"
    metrics = list(dashboard.metrics)
    if dashboard.charts.tab == ALL and not view.choice.filter:
        # Metrics with a single value are listed apart on screen, but belong to all metrics.
        metrics = [one for one in dashboard.every_metric if one not in framing.dropped]
    if below[-1] is Mode.ENLARGED:
        metrics = list(dashboard.metrics[dashboard.focus : dashboard.focus + 1])
    tables: list[_RunWindow] = []
    for project, run in _runs(dashboard):
        window, lines = rows_of(run, framing.window), dict[str, _WrittenLine]()
        for metric in metrics:
            if metric in run.series:
                series = run.series[metric]
                smoothed = None
                stretches = series.stretches(window)
                if framing.smoothing is not None:
                    smoothed = await _smoothed(run, framing.axis, metric, framing.smoothing)
                lines[metric] = _WrittenLine(series, stretches, smoothed)
        tables.append(_RunWindow(project, run, window, lines))
    if not any(line.stretches for one in tables for line in one.lines.values()):
        return "no value is in this window"
    return lambda: _pieces(tables, is_smoothed=framing.smoothing is not None)


def _runs(dashboard: Dashboard) -> Iterator[tuple[ProjectId, Run]]:
    """Yield the runs that are drawn with their projects, the one in front first."""
    if dashboard.compared:
        for one in reversed(dashboard.compared):
            yield one.key.project, one.run
    elif dashboard.run is not None and dashboard.project is not None:
        yield dashboard.project.id, dashboard.run


async def _smoothed(run: Run, axis: XAxis, metric: str, smoothing: Smoothing) -> array[float]:
    """Return a copy of a metric's smoothed values; those of no chart so far, by a thread.

    A thread must not read arrays that grow, so it gets copies.
    """
    if not run.unsmoothed(axis, metric, smoothing):
        return array("d", run.smoothed(axis, metric, smoothing).values)
    logged = run.series[metric]
    source = Series(array(logged.rows.typecode, logged.rows), array("d", logged.values))
    xs, restarts = array("d", run.x(axis).values), array("Q", run.order.restarts)
    return await anyio.to_thread.run_sync(
        lambda: SmoothedSeries(source, smoothing).update(xs, restarts).values,
        abandon_on_cancel=True,
    )


def _pieces(tables: Sequence[_RunWindow], *, is_smoothed: bool) -> Iterator[bytes]:
    several = have_several_origins(one.project for one in tables)
    yield heading(smoothed=is_smoothed, origins=several).encode("utf-8")
    for project, run, window, lines in tables:
        columns = {}
        for metric, (series, stretches, smoothed) in lines.items():
            one = stretches[0] if len(stretches) == 1 else list(chain.from_iterable(stretches))
            columns[metric] = CsvColumn(series, one, smoothed)
        origin = project.origin if several else None
        table = RunLines(project.name, run.name, run.run_id, origin)
        for piece in table.lines(run.steps, run.times, columns, window):
            yield "".join(piece).encode("utf-8", "replace")
