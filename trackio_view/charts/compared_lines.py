"""Charts of several runs: a colour and a marker for each, or a mean and its spread for a group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import compress

from trackio_view.charts.beyond_notes import notes_on_beyond
from trackio_view.charts.chart_marks import (
    StepMark,
    draw_nonfinite,
    draw_step_marks,
    note_on_nonfinite,
    note_on_not_positive,
)
from trackio_view.charts.kept_columns import (
    keeping_nothing,
    kept_columns,
    kept_limits,
    kept_range,
)
from trackio_view.charts.line import ComparedLine, Overlay
from trackio_view.charts.line_looks import LineLook, marker_of, style_of
from trackio_view.charts.overlay import (
    Painting,
    paint_band,
    paint_groups,
    paint_lines,
)
from trackio_view.charts.plot import OWN_AXES, WAITING, Axes, Plot, nothing_to_draw, prepare_plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.light_typing import NamedTuple
from trackio_view.series.curves import Columns
from trackio_view.series.envelope import NonFinite, nonfinite
from trackio_view.series.logarithms import not_positive
from trackio_view.series.numpy_policy import has_numpy
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import (
    BEYOND_ABOVE,
    BEYOND_BELOW,
    ENDED,
    Repertoire,
)
from trackio_view.terminal.style import StyledText

_MARKER_DISTANCE = 12


def comparison_chart(
    overlay: Overlay,
    width: int,
    height: int,
    axes: Axes = OWN_AXES,
    *,
    repertoire: Repertoire = Repertoire.BRAILLE,
    step_marks: Sequence[StepMark] = (),
    waiting: str = WAITING,
    prepared: Callable[[Plot], None] | None = None,
) -> Frame:
    """Return the lines over common axes, in a frame of `width` x `height` cells.

    A cell keeps the dots of all lines that cross in it, and has the colour of one of them: of the
    last where the lines are many; else they take turns along the way. Where a line that is pinned
    or not dim passes, its dots alone are drawn.
    Where many points of a line share a column of dots, it runs through their medians. `prepared`
    is told where the lines went, if there are any.
    """
    frame = Frame(max(width, 0), max(height, 0))
    if width <= 0 or height <= 0:
        return frame
    if not has_numpy():
        missing = "several lines need numpy"
        prepare_plot(frame, axes, None, None, repertoire=repertoire, empty=missing)
        return frame
    curves = overlay.curves
    is_log = any(line.logged is not None for line in overlay.lines)
    keeping = overlay.keeping or keeping_nothing(len(curves))
    has_values = any(curve.parts for curve in curves)
    everything = kept_range(curves, keeping) if has_values and axes.x_range is not None else None
    y_range = axes.y_range or everything
    if axes.y_range is None and everything and axes.x_range:
        y_range = kept_limits(
            curves, axes.x_range, everything, axes.limits, keeping, logarithmic=is_log
        )
    plot = prepare_plot(
        frame,
        axes,
        axes.x_range,
        y_range if everything is not None else None,
        repertoire=repertoire,
        logarithmic=is_log,
        empty=nothing_to_draw(is_log) if has_values else waiting,
    )
    if plot is not None and everything is not None:
        count = plot.rect.width * DOT_GRIDS[repertoire].columns
        columns = kept_columns(curves, count, plot.x_range, keeping, means=bool(overlay.bands))
        notes = _draw_values(
            frame, plot, overlay, columns, everything, step_marks, repertoire, axes.x_text
        )
        if prepared is not None:
            prepared(plot._replace(notes=notes))
    return frame


def _draw_values(
    frame: Frame,
    plot: Plot,
    overlay: Overlay,
    columns: Columns,
    everything: tuple[float, float],
    step_marks: Sequence[StepMark],
    repertoire: Repertoire,
    x_text: Callable[[float], str],
) -> tuple[StyledText, ...]:
    """Draw the lines or the means of their groups, and what happened to the runs, graver events
    over others. Return what is said of values without a place.
    """
    lines, looks = overlay.lines, overlay.bands
    if looks:
        drawn = _draw_groups(frame, plot, lines, columns, looks, repertoire)
        # What happened to a run is marked as of its group, for no line of its own is drawn.
        lines = [line._replace(look=looks[line.group]) for line in lines]
    else:
        drawn = _draw_lines(frame, plot, overlay, columns, repertoire)
    beyond: list[StyledText] = []
    if everything[0] < plot.y_range[0] or everything[1] > plot.y_range[1]:
        # Values beyond are those of runs, also where the means of groups are drawn.
        own = [line.look for line in lines] if looks else drawn.looks
        _draw_beyond(frame, plot, columns, own, repertoire)
        # Where logged values are drawn behind a smoothed line, they are counted instead of the
        # smoothed ones.
        curves = overlay.curves
        beyond = notes_on_beyond(plot, [*curves[: len(lines) - 1], curves[-1]], x_text)
    events = [*_ends(lines), *step_marks] if overlay.marks_ends else step_marks
    draw_step_marks(frame, plot, events, repertoire)
    notes = _draw_missing(frame, plot, lines, repertoire)
    _draw_markers(frame, plot.rect, drawn)
    return (*notes, *beyond)


class _DrawnLines(NamedTuple):
    """Lines that were drawn, the look of each, and whether it is dim."""

    painting: Painting
    looks: list[LineLook]
    dim: list[bool]


def _draw_groups(
    frame: Frame,
    plot: Plot,
    lines: Sequence[ComparedLine],
    columns: Columns,
    looks: Sequence[LineLook],
    repertoire: Repertoire,
) -> _DrawnLines:
    """Draw the mean of each group over its spread."""
    rect = plot.rect
    groups = [line.group for line in lines]
    painting, band = paint_groups(
        columns, groups, len(looks), rect.width, rect.height, repertoire, plot.y_range
    )
    drawn = _DrawnLines(painting, list(looks), [False] * len(looks))
    _draw_painting(frame, rect, band, drawn.looks, repertoire, dim=drawn.dim)
    _draw_painting(frame, rect, painting, drawn.looks, repertoire, dim=drawn.dim)
    return drawn


def _draw_lines(
    frame: Frame, plot: Plot, overlay: Overlay, columns: Columns, repertoire: Repertoire
) -> _DrawnLines:
    """Draw every line, over the band of the last one's points where it has one."""
    lines, curve_count = overlay.lines, len(overlay.curves)
    place = (plot.rect.width, plot.rect.height, repertoire, plot.y_range)
    dimmed = sum(line.dim for line in lines)
    behind = dimmed or len(lines) - overlay.pinned
    medians = columns.of_first(len(lines)).medians()
    painting = paint_lines(medians, len(lines), *place, behind=behind)
    # The logged values behind the last line have its look.
    looks = [line.look for line in (*lines, *lines[-1:])][:curve_count]
    dim = [*(line.dim for line in lines), False][:curve_count]
    front = columns.band_of(curve_count - 1) if overlay.has_band else None
    if front is not None:
        band = paint_band(front, *place)
        _draw_painting(frame, plot.rect, band, looks[-1:], repertoire, dim=[True])
    _draw_painting(frame, plot.rect, painting, looks, repertoire, dim=dim)
    return _DrawnLines(painting, looks, dim)


def _draw_missing(
    frame: Frame, plot: Plot, lines: Sequence[ComparedLine], repertoire: Repertoire
) -> list[StyledText]:
    """Mark the values that have no place on the axes; return what is said of them."""
    places = plot.dot_columns(DOT_GRIDS[repertoire])
    odd: list[NonFinite] = []
    low_count = 0
    for line in lines:
        steps, series, window = line.curve
        own = series if line.logged is None else line.logged
        found = nonfinite(steps, own, window, places)
        if found.nan or found.infinite:
            odd.append(found)
            draw_nonfinite(frame, plot, found, style_of(line.look, bold=True), repertoire)
        if line.logged is not None:
            low_count += not_positive(steps, line.logged, series, window)
    return [*note_on_nonfinite(odd), *note_on_not_positive(low_count)]


def _ends(lines: Sequence[ComparedLine]) -> list[StepMark]:
    """Return the marks of where runs ended before the one that goes furthest on screen."""
    ends: list[tuple[float, LineLook]] = []
    furthest = -math.inf
    for line in lines:
        steps, _, window = line.curve
        count = len(steps)
        row = min(window.end, count) - 1
        if row >= 0 and math.isfinite(step := steps[row]):
            furthest = max(furthest, step)
            # A window that is held may end before the run does.
            if row == count - 1 and not line.goes_on:
                ends.append((step, line.look))
    return [StepMark(step, style_of(look), ENDED) for step, look in ends if step < furthest]


def _draw_beyond(
    frame: Frame, plot: Plot, columns: Columns, looks: Sequence[LineLook], repertoire: Repertoire
) -> None:
    """Mark the columns in which values lie beyond the y axis, in the line's colour."""
    rect, dots = plot.rect, DOT_GRIDS[repertoire].columns
    for sign, y, beyond in (
        (BEYOND_ABOVE, rect.y, columns.high > plot.y_range[1]),
        (BEYOND_BELOW, rect.y + rect.height - 1, columns.low < plot.y_range[0]),
    ):
        for curve, column in zip(
            columns.curve[beyond].tolist(), columns.column[beyond].tolist(), strict=True
        ):
            style = style_of(looks[curve], bold=True)
            frame.put_glyphs(rect.x + column // dots, y, [sign], style)


def _draw_painting(
    frame: Frame,
    rect: Rect,
    painting: Painting,
    looks: Sequence[LineLook],
    repertoire: Repertoire,
    *,
    dim: Sequence[bool],
) -> None:
    glyphs = DOT_GRIDS[repertoire].glyphs
    styles = [style_of(look, dim=is_dim) for look, is_dim in zip(looks, dim, strict=True)]
    for y, (bits, owners) in enumerate(zip(painting.bits, painting.owners, strict=True), rect.y):
        row_glyphs, row_styles = frame.glyphs[y], frame.styles[y]
        for column in compress(range(len(bits)), bits):
            row_glyphs[rect.x + column] = glyphs[bits[column]]
            row_styles[rect.x + column] = styles[owners[column]]


def _draw_markers(frame: Frame, rect: Rect, drawn: _DrawnLines) -> None:
    """Draw each line's marker at its newest point, and along it where there is room."""
    looks = drawn.looks[: len(drawn.painting.spots)]
    for number, (look, spots) in enumerate(zip(looks, drawn.painting.spots, strict=True)):
        marker = [marker_of(look)]
        style = style_of(look, bold=not drawn.dim[number], dim=drawn.dim[number])
        # The markers of each line begin at another column, so that markers of lines that run
        # together stand side by side.
        phase = number * _MARKER_DISTANCE // len(looks)
        # There is one marker in a column of cells, however steep the line is there.
        for x, y in dict(spots).items():
            if x % _MARKER_DISTANCE == phase:
                frame.put_glyphs(rect.x + x, rect.y + y, marker, style)
        if spots:
            x, y = spots[-1]
            frame.put_glyphs(rect.x + x, rect.y + y, marker, style)
