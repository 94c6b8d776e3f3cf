"""Line charts: a series becomes a frame of cells, at a cost that depends on its columns and not on
its points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from trackio_view.charts.chart_marks import (
    StepMark,
    draw_nonfinite,
    draw_step_marks,
    note_on_nonfinite,
    note_on_not_positive,
)
from trackio_view.charts.line import (
    Line,
    envelopes_of,
    limited_range,
    smoothed_envelopes_of,
    step_range_of,
    value_range_of,
)
from trackio_view.charts.line_cells import color_at, draw_lines
from trackio_view.charts.palette import BAD, style_in
from trackio_view.charts.plot import OWN_AXES, WAITING, Axes, Plot, nothing_to_draw, prepare_plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.model.roles import Direction
from trackio_view.series.envelope import Envelope, nonfinite
from trackio_view.series.scale import Range
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import BEST, BEYOND_ABOVE, BEYOND_BELOW, NEWEST, Repertoire
from trackio_view.terminal.style import StyledText


def line_chart(
    lines: Sequence[Line],
    width: int,
    height: int,
    axes: Axes = OWN_AXES,
    *,
    repertoire: Repertoire = Repertoire.BRAILLE,
    step_marks: Sequence[StepMark] = (),
    waiting: str = WAITING,
    prepared: Callable[[Plot], None] | None = None,
) -> Frame:
    """Return the lines over a common pair of axes, in a frame of `width` x `height` cells.

    Where lines meet, a cell keeps the dots of all, and they take turns with their colours: lines
    that run on one another are all seen. Values beyond the y axis are marked at the edge and told
    of in the plot's notes. The newest value of each line is marked where it is finite. Where room
    is short the x axis gives way first, then the y axis; any size is allowed, and a sentence stands
    in for lines that have nothing to show. `prepared` is told where the lines went, if there are
    any.
    """
    frame = Frame(max(width, 0), max(height, 0))
    if width <= 0 or height <= 0:
        return frame
    everything = value_range_of(lines)
    x_range, y_range = axes.x_range or step_range_of(lines), axes.y_range
    if y_range is None and everything is not None and x_range is not None:
        y_range = limited_range(lines, x_range, everything, axes.limits)
    is_log = any(line.logged is not None for line in lines)
    plot = prepare_plot(
        frame,
        axes,
        x_range,
        y_range if everything is not None else None,
        repertoire=repertoire,
        logarithmic=is_log,
        empty=nothing_to_draw(is_log) if any(map(_has_values, lines)) else waiting,
    )
    if plot is not None and everything is not None:
        notes = _draw_values(frame, plot, lines, everything, step_marks, repertoire, axes.x_text)
        if prepared is not None:
            prepared(plot._replace(notes=notes))
    return frame


def _draw_values(
    frame: Frame,
    plot: Plot,
    lines: Sequence[Line],
    everything: Range,
    step_marks: Sequence[StepMark],
    repertoire: Repertoire,
    x_text: Callable[[float], str],
) -> tuple[StyledText, ...]:
    """Draw the lines and their marks. Return what is said of values without a place."""
    drawn = envelopes_of(lines, plot.x_range, plot.rect.width, repertoire)
    smooth = smoothed_envelopes_of(lines, plot.x_range, plot.rect.width, repertoire)
    colors, bands = [line.color for line in lines], [line.has_band for line in lines]
    draw_lines(frame, plot, colors, drawn, smooth, bands, repertoire)
    beyond: list[StyledText] = []
    if everything[0] < plot.y_range[0] or everything[1] > plot.y_range[1]:
        _draw_beyond(frame, plot, lines, drawn, repertoire)
        _draw_beyond(frame, plot, lines, smooth, repertoire)
        from trackio_view.charts.beyond_notes import notes_on_beyond

        beyond = notes_on_beyond(
            plot, [(line.steps, line.series, line.window) for line in lines], x_text
        )
    draw_step_marks(frame, plot, step_marks, repertoire)
    return (*_mark_values(frame, plot, lines, drawn, repertoire), *beyond)


def _mark_values(
    frame: Frame,
    plot: Plot,
    lines: Sequence[Line],
    drawn: Sequence[Envelope],
    repertoire: Repertoire,
) -> list[StyledText]:
    """Mark what stands out of each line, and return notes on values that have no height."""
    columns = plot.dot_columns(DOT_GRIDS[repertoire])
    odd = [
        nonfinite(
            line.steps, line.series if line.logged is None else line.logged, line.window, columns
        )
        for line in lines
    ]
    for line, values, found in zip(lines, odd, drawn, strict=True):
        draw_nonfinite(frame, plot, values, BAD, repertoire)
        _mark_best(frame, plot, line, found, repertoire)
        _mark_newest(frame, plot, line, repertoire)
    return [*note_on_nonfinite(odd), *note_on_not_positive(_not_positive(lines))]


def _not_positive(lines: Sequence[Line]) -> int:
    """Return how many finite values have no logarithm, where lines are drawn by theirs."""
    logarithmic = [(line, line.logged) for line in lines if line.logged is not None]
    if not logarithmic:
        return 0
    from trackio_view.series.logarithms import not_positive

    return sum(
        not_positive(line.steps, logged, line.series, line.window) for line, logged in logarithmic
    )


def _has_values(line: Line) -> bool:
    return len(line.series.positions(line.window)) > 0


def _draw_beyond(
    frame: Frame,
    plot: Plot,
    lines: Sequence[Line],
    envelopes: Sequence[Envelope],
    repertoire: Repertoire,
) -> None:
    """Mark the columns in which values lie beyond the y axis, in the line's colour there."""
    height, columns = plot.rect.height, DOT_GRIDS[repertoire].columns
    for line, found in zip(lines, envelopes, strict=True):
        extents = list(chain.from_iterable(found.segments))
        for sign, y, places in (
            (BEYOND_ABOVE, 0, [e.column for e in extents if e.high > plot.y_range[1]]),
            (BEYOND_BELOW, height - 1, [e.column for e in extents if e.low < plot.y_range[0]]),
        ):
            style = style_in(color_at(line.color, y, height), bold=True)
            for column in places:
                frame.put_glyphs(plot.rect.x + column // columns, plot.rect.y + y, [sign], style)


def _mark_best(
    frame: Frame, plot: Plot, line: Line, found: Envelope, repertoire: Repertoire
) -> None:
    """Mark the best value, the first of several, where one was better than another."""
    extents = list(chain.from_iterable(found.segments))
    if line.direction is Direction.NEUTRAL or not extents:
        return
    lows, highs = [extent.low for extent in extents], [extent.high for extent in extents]
    lowest, highest = min(lows), max(highs)
    if lowest == highest:
        return
    grid = DOT_GRIDS[repertoire]
    is_low = line.direction is Direction.LOW_IS_GOOD
    best, place = (lowest, lows.index(lowest)) if is_low else (highest, highs.index(highest))
    column = extents[place].column
    row = plot.dot_rows(grid).place(best)
    if row is not None:
        x, y = column // grid.columns, row // grid.rows
        style = style_in(color_at(line.color, y, plot.rect.height), bold=True)
        frame.put_glyphs(plot.rect.x + x, plot.rect.y + y, [BEST], style)


def _mark_newest(frame: Frame, plot: Plot, line: Line, repertoire: Repertoire) -> None:
    series = line.series
    shown = series.positions(line.window)
    if not shown or (not line.window.follows and len(series) - 1 not in shown):
        # Nothing was logged within the window, or it is held and ends before the newest.
        return
    newest = shown[-1]
    grid = DOT_GRIDS[repertoire]
    column = plot.dot_columns(grid).place(line.steps[series.rows[newest]])
    row = plot.dot_rows(grid).place(series.values[newest])
    if column is None or row is None:
        return
    rect = plot.rect
    x, y = rect.x + column // grid.columns, rect.y + row // grid.rows
    style = style_in(color_at(line.color, y - rect.y, rect.height), bold=True)
    frame.put_glyphs(x, y, [line.marker or NEWEST], style)
