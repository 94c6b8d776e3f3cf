"""What the charts say at the cursor: in their titles, and in a line of plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trackio_view.charts.palette import BAD, LABEL, MUTED, VALUE
from trackio_view.light_typing import NamedTuple
from trackio_view.model.chart_events import Trend, best_of, trend_of
from trackio_view.model.run import Run
from trackio_view.model.x_axis import ELAPSED, XAxis, XKind
from trackio_view.screens.chart_page import Asked, Crossing
from trackio_view.screens.pieces import Piece
from trackio_view.screens.stretch import beside_smoothed
from trackio_view.series.sums import as_float
from trackio_view.series.window import held
from trackio_view.terminal.glyphs import APPROXIMATELY, DASH, SEPARATOR, SPREAD
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import fit, sanitize, signed
from trackio_view.view.charts.chart_points import (
    MOST_COUNTED,
    PlaceInRun,
    Point,
    count_in_a_row,
    place_in,
)
from trackio_view.view.charts.charted_runs import anchor_x, asked_run, cursor_x, point_at_cursor
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import cut_name
from trackio_view.wording.numbers import (
    as_counts,
    format_change,
    format_duration,
    format_exact,
    format_step,
    format_value,
)
from trackio_view.wording.windows import x_text


class AskedPlace(NamedTuple):
    """Where the charts of a frame tell their values: all at the same place."""

    x: float
    anchor: float | None
    """Where the stretch begins that is told of."""


def asked_place(dashboard: Dashboard) -> AskedPlace | None:
    """Return where the cursor is; `None` without one."""
    x = cursor_x(dashboard) if dashboard.view.has_cursor else None
    return None if x is None else AskedPlace(x, anchor_x(dashboard))


def places_in(
    place: AskedPlace | None, runs: Sequence[tuple[Run, Style]], framing: Framing
) -> list[tuple[PlaceInRun, Style]]:
    """Return the place of the cursor in each of some runs, for all charts of a frame; none without
    a cursor.
    """
    if place is None:
        return []
    return [(place_in(run, framing.axis, place.x), style) for run, style in runs]


def asked_of(
    framing: Framing,
    place: AskedPlace | None,
    runs: Sequence[tuple[PlaceInRun, Style]],
    metric: str,
) -> Asked | None:
    """Return what a chart tells at the cursor of runs, the foremost last; `None` without a cursor.

    A run without a point there tells the nearest earlier one with its own step, dimly.
    """
    if place is None:
        return None
    (x, anchor), front = place, None
    told, crossings = None, []
    for own, style in runs:
        if metric in own.run.series:
            front, told = own.point(metric), (own.run, style)
            if front is not None and front.x == x:
                crossings.append(Crossing(as_float(front.value)))
    if told is None:
        return Asked((), x)
    run, style = told
    # A shorter text is written only where the previous one has no room.
    texts = _front_texts(framing, run, metric, front)
    return Asked(texts, x, _style_at(front, x, style), crossings, anchor)


def told_at(point: Point | None, x: float, style: Style, *, counts: bool = False) -> StyledText:
    """Return what a run has at the cursor: its value there in a style, an earlier one dimly. With
    `counts` it is a count, which has no decimals.
    """
    if point is not None and counts:
        point = point._replace(value=as_counts(point.value)[0])
    return StyledText(_text(point), _style_at(point, x, style))


def _style_at(point: Point | None, x: float, style: Style) -> Style:
    if point is None or point.x != x:
        return MUTED
    return BAD if point.value - point.value != 0 and style == VALUE else style


MOST_SMOOTHED = 10_000
"""How many values are smoothed for a reading at most. More are smoothed with the chart's line,
which may follow in another frame.
"""


def _front_texts(framing: Framing, run: Run, metric: str, point: Point | None) -> Iterator[str]:
    """Yield the texts of the foremost run's point, from the longest to the shortest."""
    if point is None:
        yield _text(point)
        return
    step = format_step(point.step)
    smoothed = None
    if (
        framing.smoothing is not None
        and run.unsmoothed(framing.axis, metric, framing.smoothing) <= MOST_SMOOTHED
    ):
        smoothed = run.smoothed(framing.axis, metric, framing.smoothing)
    if smoothed is None:
        yield f"{format_exact(point.value)} @{step}"
    else:
        for write in (format_exact, format_value):
            yield f"{beside_smoothed(write(point.value), smoothed, point.position)} @{step}"
    # A whole number is shorter as it was logged than with the decimals of its neighbours.
    shortest = min(format_exact(point.value), format_value(point.value), key=len)
    yield f"{shortest} @{step}"


def _text(point: Point | None) -> str:
    """Return what a point had, rounded."""
    if point is None:
        return "nothing yet"
    return f"{format_value(point.value)} @{format_step(point.step)}"


_TREND_DIGITS = 2
_WIDEST_AXIS = 16
_WIDEST_RUN = 24


def _why_no_point(run: Run, axis: XAxis) -> str:
    if axis.kind is XKind.METRIC and axis.metric not in run.series:
        return f"the run logged no {fit(sanitize(axis.metric), _WIDEST_AXIS)}"
    return "nothing is logged up to here"


def reading_pieces(dashboard: Dashboard, now: float) -> list[Piece]:
    """Return what the focused chart says at the cursor, in plain words; nothing without one."""
    if not dashboard.view.has_cursor:
        return []
    found = point_at_cursor(dashboard)
    if found is None:
        asked = asked_run(dashboard)
        axis = dashboard.view.charts.framing.axis
        return [] if asked is None else [Piece(_why_no_point(asked.run, axis), MUTED)]
    run, metric, x, point = found
    axis, smoothing = dashboard.view.charts.framing.axis, dashboard.view.charts.framing.smoothing
    if point is None:
        return [Piece(_why_no_point(run, axis), MUTED)]
    # Among the lines of groups, whose number it is stands nowhere else.
    whose = _name_of(run) if dashboard.compared and dashboard.view.spread else None
    begin = anchor_x(dashboard)
    if begin is not None:
        return _stretch_pieces(run, metric, axis, begin, x, whose)
    pieces = [Piece(f"step {format_step(point.step)}", VALUE)]
    if axis.kind is XKind.METRIC:
        along = f" {SEPARATOR} {fit(sanitize(axis.metric), _WIDEST_AXIS)} {x_text(point.x, axis)}"
        pieces.append(Piece(along, VALUE, 3))
    elapsed = run.x(ELAPSED).values[point.row]
    if elapsed == elapsed:
        pieces.append(Piece(f" {SEPARATOR} {format_duration(elapsed)} in", LABEL, 5))
        pieces.append(Piece(f" {SEPARATOR} {clock_time(point.time, now)}", LABEL, 8))
    pieces.append(Piece("   logged ", LABEL, 1))
    pieces.append(Piece(format_exact(point.value), VALUE, 1))
    if whose is not None:
        pieces.append(Piece(f" by {whose}", LABEL, 1))
    if smoothing is not None:
        smoothed = run.smoothed(axis, metric, smoothing)
        value = smoothed.values[point.position]
        pieces.append(Piece(f"   smoothed {format_value(value)}", VALUE, 1))
    if point.x != x:
        pieces.append(Piece(f" {SEPARATOR} the last one before here", LABEL, 3))
    elif (count := count_in_a_row(run, metric, axis, point)) > 1:
        at_least = " or more" if count == MOST_COUNTED else ""
        pieces.append(Piece(f" {SEPARATOR} last of {count:,}{at_least} in a row", LABEL, 3))
    best = best_of(run, metric, axis)
    if best is not None:
        text = f"   best {format_value(best.value)} @{format_step(best.step)}"
        pieces.append(Piece(text, LABEL, 7))
    trend = trend_of(run, metric, axis, smoothing)
    if trend is not None:
        pieces.append(Piece(f"   {_trend_text(trend)}", LABEL, 4))
    return pieces


def _trend_text(trend: Trend) -> str:
    """Return since when a metric rises or falls: "rising since 3,000 (+0.027)"."""
    word, sign = ("rising", "+") if trend.change > 0 else ("falling", "-")
    about = "" if trend.exact else APPROXIMATELY
    change = format_value(abs(trend.change), _TREND_DIGITS)
    return f"{word} since {about}{format_step(trend.step)} ({sign}{change})"


def _name_of(run: Run) -> str:
    return cut_name(run.name or run.run_id, _WIDEST_RUN)


def _stretch_pieces(
    run: Run, metric: str, axis: XAxis, begin: float, end: float, whose: str | None
) -> list[Piece]:
    """Return the facts of the points between two places, in plain words; `whose` names the run
    where nothing else does.
    """
    from trackio_view.series.stretch_facts import facts_of

    low, high = min(begin, end), max(begin, end)
    rows = held(run.x(axis).rows_between(low, high), (low, high))
    series = run.series[metric]
    facts = facts_of(run.steps, series, series.stretches(rows))
    span = f"{x_text(low, axis)}{DASH}{x_text(high, axis)}"
    if facts is None:
        return [Piece(f"{span}: no finite value of {metric}", MUTED)]

    def told(position: int) -> str:
        step = format_step(run.steps[series.rows[position]])
        return f"{format_value(series.number(position))} @{step}"

    change = format_change(facts.change, value=facts.mean)
    pieces = [Piece(span, VALUE)]
    if whose is not None:
        pieces.append(Piece(f" of {whose}", LABEL, 1))
    if change:
        pieces.append(Piece(signed("  ", change), VALUE, 1))
    mean = f"  mean {format_value(facts.mean)}"
    if facts.value_count > 1:
        mean = signed(mean, " ", SPREAD, format_value(facts.deviation))
    pieces.append(Piece(mean, LABEL, 2))
    pieces.append(Piece(f"  min {told(facts.lowest)}", LABEL, 3))
    pieces.append(Piece(f"  max {told(facts.highest)}", LABEL, 4))
    if facts.slope == facts.slope:
        pieces.append(Piece(f"  slope {format_value(facts.slope * 1000)}/1k", LABEL, 5))
    if facts.nonfinite:
        pieces.append(Piece(f"  without {facts.nonfinite:,} NaN or infinite", LABEL, 8))
    return pieces
