"""The sentence that compares two marked runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from trackio_view.charts.line_looks import marker_of, style_of
from trackio_view.charts.palette import LABEL, VALUE
from trackio_view.model.chart_events import best_of
from trackio_view.model.config import ConfigValue, config_text
from trackio_view.model.run import Run
from trackio_view.model.x_axis import XAxis
from trackio_view.screens.pieces import Piece
from trackio_view.screens.wrapping import wrapped
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import difference
from trackio_view.series.sums import as_float
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import StyledText
from trackio_view.view.charts.chart_points import newest_point, point_at
from trackio_view.view.charts.charted_runs import cursor_x
from trackio_view.view.charts.compared_runs import ComparedRun
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.names import cut_name
from trackio_view.wording.number_columns import column_writer
from trackio_view.wording.numbers import format_step, format_value

_MOST_KEYS = 3
_WIDEST_VALUE = 24


def two_runs(dashboard: Dashboard, metric: str) -> list[list[StyledText]]:
    """Return how two marked runs compare, in clauses; none where there are not two marked runs.

    Which is lower at the cursor, or at the last place that both have reached; what is the best of
    each; what differs in their configs. Nothing where one of them lacks the metric.
    """
    compared = dashboard.compared
    if len(compared) != 2 or dashboard.view.spread:
        return []
    other, front = compared
    axis = dashboard.view.charts.framing.axis
    x = cursor_x(dashboard) if dashboard.view.has_cursor else None
    return _clauses(front, other, metric, axis, x)


def two_runs_pieces(dashboard: Dashboard, shown: ShownCharts) -> list[Piece]:
    """Return the same of the focused metric for a line, where no panel has room for it."""
    if not shown.metrics or shown.layout.panel_width:
        return []
    pieces = []
    for place, clause in enumerate(two_runs(dashboard, shown.metrics[shown.focus])):
        # The window on screen matters more than all clauses but the first.
        rank = place + 3 if place else 0
        pieces += [Piece(text, style, rank) for text, style, *_ in clause]
    return pieces


def draw_two_runs(
    frame: Frame, place: Rect, legend: int, clauses: Sequence[Sequence[StyledText]]
) -> None:
    """Draw the sentence at the upper end of a place below a legend of so many rows, if it fits."""
    lines = wrapped([segment for clause in clauses for segment in clause], place.width - 2)
    if not clauses or legend + 1 + len(lines) > place.height:
        return
    for y, line in enumerate(lines, place.y + legend + 1):
        x = place.x + 1
        for text, style, *_ in line:
            x = frame.put(x, y, text, style)


def _clauses(
    front: ComparedRun, other: ComparedRun, metric: str, axis: XAxis, x: float | None
) -> list[list[StyledText]]:
    ends = [newest_point(one.run, metric, axis) for one in (front, other)]
    if ends[0] is None or ends[1] is None:
        return []
    x = min(ends[0].x, ends[1].x) if x is None else x
    points = [point_at(one.run, metric, axis, x) for one in (front, other)]
    if points[0] is None or points[1] is None:
        return []
    here, there = points[0].value, points[1].value
    steps = [format_step(point.step) for point in points if point is not None]
    write = column_writer((here, there), counts=_counts(front, other, metric))
    said = [_mark(front), StyledText(f" {write(here)} @{steps[0]} ", VALUE)]
    if math.isfinite(as_float(here)) and math.isfinite(as_float(there)):
        said.append(StyledText(f"is {_way(here, there)} ", LABEL))
    else:
        said.append(StyledText("beside ", LABEL))
    where = "" if steps[0] == steps[1] else f" @{steps[1]}"
    said += [_mark(other), StyledText(f" {write(there)}{where}", VALUE)]
    clauses = [said]
    bests = [best_of(one.run, metric, axis) for one in (front, other)]
    if bests[0] is not None and bests[1] is not None:
        told = [StyledText("; best ", LABEL)]
        values = (bests[0].value, bests[1].value)
        write = column_writer(values, counts=_counts(front, other, metric))
        for place, (one, best) in enumerate(zip((front, other), bests, strict=True)):
            if best is not None:
                text = f" {write(best.value)} @{format_step(best.step)}"
                joiner = [StyledText(", ", LABEL)] if place else []
                told += [*joiner, _mark(one), StyledText(text, VALUE)]
        clauses.append(told)
    return [*clauses, [StyledText(f"; {_config_text(front.run, other.run)}", LABEL)]]


def _counts(front: ComparedRun, other: ComparedRun, metric: str) -> bool:
    """Return whether a metric counts in both runs."""
    held = [(one.run.steps, one.run.series[metric]) for one in (front, other)]
    return all(holds_counts(steps, series, len(series)) for steps, series in held)


def _mark(one: ComparedRun) -> StyledText:
    return StyledText(marker_of(one.look), style_of(one.look, bold=True))


def _way(here: float, there: float) -> str:
    """Return by how much a value is lower or higher than another, and where it may be said in
    per cent.
    """
    change = difference(there, here)
    if not change:
        return "the same as"
    share = abs(as_float(change)) / abs(as_float(there)) if there else math.inf
    by = f" ({share:.1%})" if share < 10 else ""
    return f"{format_value(abs(change))}{by} {'lower' if change < 0 else 'higher'} than"


def _config_text(front: Run, other: Run) -> str:
    """Return the keys whose values differ, and those of the few first ones."""
    one, two = front.flat_config, other.flat_config
    keys = [key for key in dict.fromkeys((*one, *two)) if _written(one, key) != _written(two, key)]
    if not keys:
        return "their configs are the same" if one or two else "neither has a config"
    told = [f"{key} {_written(one, key)}, {_written(two, key)}" for key in keys[:_MOST_KEYS]]
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return f"differ in {'; '.join(told)}{more}"


def _written(config: Mapping[str, ConfigValue], key: str) -> str:
    return cut_name(config_text(config[key]), _WIDEST_VALUE) if key in config else "none"
