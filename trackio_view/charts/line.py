"""Line charts: a series becomes a frame of cells, at a cost that depends on its columns and not on
its points."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain

from trackio_view.charts.axes import x_labels
from trackio_view.charts.box import StyledText
from trackio_view.charts.chart_marks import (
    StepMark,
    draw_nonfinite,
    draw_step_marks,
    note_on_nonfinite,
    note_on_not_positive,
    notes_on_beyond,
)
from trackio_view.charts.palette import BAD, Gradient
from trackio_view.charts.plot import NOTHING_FINITE, Plot, PlotLayout, prepare_plot
from trackio_view.charts.raster import DOT_GRIDS, DotCanvas
from trackio_view.charts.tick_labels import axis_number
from trackio_view.charts.time_axis import XLabels
from trackio_view.model.roles import Direction
from trackio_view.named_tuple import NamedTuple
from trackio_view.series.envelope import (
    Envelope,
    envelope,
    finite_bounds,
    nonfinite,
    step_bounds,
)
from trackio_view.series.logarithms import not_positive
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.window import Window
from trackio_view.series.y_limits import Limits, automatic, middle_part
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import BEST, BEYOND_ABOVE, BEYOND_BELOW, NEWEST, Repertoire
from trackio_view.terminal.style import Meaning, Style


class Line(NamedTuple):
    """One line of a chart: what is drawn, and in which colour."""

    steps: array[float]
    """The steps of the run's rows (`Run.steps`)."""
    series: Series
    window: Window
    """Which of the run's rows are on screen."""
    color: Gradient | Meaning
    """By the value's height, or one for the whole line."""
    marker: str | None = None
    """What stands at the newest value; `None` for a dot."""
    direction: Direction = Direction.NEUTRAL
    """Which way is better; the best value is marked, unless there is none."""
    smoothed: Series | None = None
    """The smoothed values, of which the line is then drawn; the values are dots behind it."""
    logged: Series | None = None
    """The values as logged, where all others are their logarithms: then the y axis shows those."""


def line_chart(
    lines: Sequence[Line],
    width: int,
    height: int,
    *,
    repertoire: Repertoire = Repertoire.BRAILLE,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    limits: Limits = Limits.AUTO,
    mark_newest: bool = True,
    show_steps: bool = True,
    x_axis: XLabels = x_labels,
    x_text: Callable[[float], str] = axis_number,
    step_marks: Sequence[StepMark] = (),
    waiting: str = "waiting for data",
    prepared: Callable[[Plot], None] | None = None,
) -> Frame:
    """Return the lines over a common pair of axes, in a frame of `width` x `height` cells.

    Where lines meet, a cell keeps the dots of all, and they take turns with their colours: lines
    that run on one another are all seen. `x_range` is in steps, by default that of the lines;
    `y_range` is by default chosen by `limits`, up to round numbers around it; values beyond it are
    marked at the edge and told of in the plot's notes. The newest value of each line is marked
    where it is finite. `show_steps` draws the x axis, `x_axis` chooses its labels. Where room is
    short it gives way first, then the y axis; any size is allowed, and a sentence stands in for
    lines that have nothing to show. `prepared` is told where the lines went, if there are any.
    """
    frame = Frame(max(width, 0), max(height, 0))
    if width <= 0 or height <= 0:
        return frame
    everything = _common_range(
        finite_bounds(line.steps, line.series, line.window) for line in lines
    )
    x_range = x_range or _common_range(
        step_bounds(line.steps, line.series, line.window) for line in lines
    )
    is_log = any(line.logged is not None for line in lines)
    layout = PlotLayout(width, height, repertoire, show_steps, y_range is None, is_log)
    drawn: list[Envelope] = []
    if y_range is None and everything is not None and x_range is not None:
        y_range, drawn = _limited(lines, x_range, everything, limits, layout)
        y_range = _with_smoothed(lines, y_range, everything)
    plot = prepare_plot(
        frame,
        x_range,
        y_range if everything is not None else None,
        repertoire=repertoire,
        show_steps=show_steps,
        x_axis=x_axis,
        opens=layout.opens,
        logarithmic=is_log,
        empty=_nothing(is_log) if any(map(_has_values, lines)) else waiting,
    )
    if plot is None or everything is None:
        return frame
    if not drawn or plot.rect.width != layout.plot_width(everything):
        drawn = _envelopes(lines, plot.x_range, plot.rect.width, repertoire)
    smooth = _smoothed_envelopes(lines, plot, repertoire)
    _draw_lines(frame, plot, lines, drawn, smooth, repertoire)
    notes: list[StyledText] = []
    if everything[0] < plot.y_range[0] or everything[1] > plot.y_range[1]:
        _draw_beyond(frame, plot, lines, drawn, repertoire)
        _draw_beyond(frame, plot, lines, smooth, repertoire)
        notes = notes_on_beyond(
            plot, [(line.steps, line.series, line.window) for line in lines], x_text
        )
    draw_step_marks(frame, plot, step_marks, repertoire)
    notes = [*_mark_values(frame, plot, lines, drawn, repertoire, mark_newest), *notes]
    if prepared is not None:
        prepared(plot._replace(notes=tuple(notes)))
    return frame


def _mark_values(
    frame: Frame,
    plot: Plot,
    lines: Sequence[Line],
    drawn: Sequence[Envelope],
    repertoire: Repertoire,
    mark_newest: bool,
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
        if mark_newest:
            _mark_newest(frame, plot, line, repertoire)
    missing = sum(
        not_positive(line.steps, line.logged, line.series, line.window)
        for line in lines
        if line.logged is not None
    )
    return [*note_on_nonfinite(odd), *note_on_not_positive(missing)]


_SHARED = PlotLayout(64, 14, Repertoire.BRAILLE)
"""The plot for which a range is chosen that charts of several sizes have in common."""


def shared_range(
    lines: Sequence[Line], x_range: tuple[float, float], limits: Limits
) -> tuple[float, float] | None:
    """Return one range of the y axis for lines of several charts, whatever the size of each.

    It is chosen as for lines of one chart; `None` where no line has a value.
    """
    everything = _common_range(
        finite_bounds(line.steps, line.series, line.window) for line in lines
    )
    if everything is None:
        return None
    layout = _SHARED._replace(logarithmic=any(line.logged is not None for line in lines))
    limited, _ = _limited(lines, x_range, everything, limits, layout)
    return layout.opened(_with_smoothed(lines, limited, everything))


def _limited(
    lines: Sequence[Line],
    x_range: tuple[float, float],
    everything: tuple[float, float],
    limits: Limits,
    layout: PlotLayout,
) -> tuple[tuple[float, float], list[Envelope]]:
    """Return the range of the y axis, and what the lines do in a plot that shows everything."""
    low, high = everything
    if limits is Limits.ZERO and not layout.logarithmic:
        return (min(low, 0.0), max(high, 0.0) or 1.0), []
    if limits is Limits.MIDDLE:
        return middle_part([(line.series, line.window) for line in lines], everything), []
    if limits in (Limits.EVERY, Limits.ZERO) or not all(map(math.isfinite, x_range)):
        return everything, []
    drawn = _envelopes(lines, x_range, layout.plot_width(everything), layout.repertoire)
    return automatic([found.segments for found in drawn], everything), drawn


def _envelopes(
    lines: Sequence[Line], x_range: tuple[float, float], width: int, repertoire: Repertoire
) -> list[Envelope]:
    columns = width * DOT_GRIDS[repertoire].columns
    return [envelope(line.steps, line.series, line.window, columns, *x_range) for line in lines]


_ROUNDING = 1e-12


def _with_smoothed(
    lines: Sequence[Line], limits: tuple[float, float], everything: tuple[float, float]
) -> tuple[float, float]:
    """Return limits that show everything, widened by what is smoothed of it.

    Values from before a window may keep its smoothed ones beyond all that was logged within.
    """
    if limits[0] > everything[0] or limits[1] < everything[1]:
        return limits
    smoothed = _common_range(
        finite_bounds(line.steps, line.smoothed, line.window)
        for line in lines
        if line.smoothed is not None
    )
    if smoothed is None:
        return limits
    # An average of a constant may be off by its last digits, which no axis is to show.
    low, high = (
        end if math.isclose(end, beyond, rel_tol=_ROUNDING) else pick(end, beyond)
        for pick, end, beyond in zip((min, max), limits, smoothed, strict=True)
    )
    return low, high


_NOTHING = Envelope()


def _smoothed_envelopes(
    lines: Sequence[Line], plot: Plot, repertoire: Repertoire
) -> list[Envelope]:
    """Return what the smoothed values of each line do; nothing of lines that are not smoothed."""
    columns = plot.rect.width * DOT_GRIDS[repertoire].columns
    return [
        _NOTHING
        if line.smoothed is None
        else envelope(line.steps, line.smoothed, line.window, columns, *plot.x_range)
        for line in lines
    ]


def _nothing(is_log: bool) -> str:
    return "no values above 0" if is_log else NOTHING_FINITE


def _has_values(line: Line) -> bool:
    return len(line.series.positions(line.window)) > 0


def _common_range(
    ranges: Iterable[tuple[float, float] | None],
) -> tuple[float, float] | None:
    known = [found for found in ranges if found is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


_TURN_CELLS = 2
"""How many cells in a row have the colour of one of the lines that run on one another."""

_COARSE_BAND = {Repertoire.BLOCKS: "░", Repertoire.ASCII: ":"}
"""A cell of a band where dots are too few to leave some out."""
_COARSE_MEDIAN = {Repertoire.ASCII: "*"}
"""A cell of the median within such a band, where the glyphs of dots are like the band's."""


class _Layers(NamedTuple):
    """What is drawn of one line."""

    line: DotCanvas
    """Every point, or the median of each column where many points share one; or what is smoothed
    of them."""
    band: DotCanvas | None
    """From the lowest to the highest point of each column, dotted, behind the line."""


def _draw_lines(
    frame: Frame,
    plot: Plot,
    lines: Sequence[Line],
    envelopes: Sequence[Envelope],
    smoothed: Sequence[Envelope],
    repertoire: Repertoire,
) -> None:
    rect = plot.rect
    drawn = [
        _layers_of(found, smooth, plot, repertoire)
        for found, smooth in zip(envelopes, smoothed, strict=True)
    ]
    for y in range(rect.height):
        styles = [_style_of(_color_at(line.color, y, rect.height)) for line in lines]
        glyphs, row_styles = frame.glyphs[rect.y + y], frame.styles[rect.y + y]
        for layers, style in zip(drawn, styles, strict=True):
            if layers.band is not None:
                _draw_band_row(glyphs, row_styles, rect.x, layers.band.cells[y], style, repertoire)
        rows = [
            (layers.line.cells[y], style, layers.band is not None)
            for layers, style in zip(drawn, styles, strict=True)
            if any(layers.line.cells[y])
        ]
        if len(rows) == 1:
            ((cells, style, banded),) = rows
            shown = _glyphs_of(repertoire, banded=banded)
            for x, bits in enumerate(cells, rect.x):
                if bits:
                    glyphs[x] = shown[bits]
                    row_styles[x] = style
        elif rows:
            shown = _glyphs_of(repertoire, banded=any(banded for _, _, banded in rows))
            for x, column in enumerate(zip(*(cells for cells, _, _ in rows), strict=True)):
                dots = 0
                for bits in column:
                    dots |= bits
                if dots:
                    glyphs[rect.x + x] = shown[dots]
                    here = [place for place, bits in enumerate(column) if bits]
                    row_styles[rect.x + x] = rows[here[x // _TURN_CELLS % len(here)]][1]


def _draw_band_row(
    glyphs: list[str],
    styles: list[Style],
    left: int,
    cells: bytearray,
    style: Style,
    repertoire: Repertoire,
) -> None:
    """Draw a row of a band; where bands meet, a cell has the dots and the colour of one."""
    shown, coarse = DOT_GRIDS[repertoire].glyphs, _COARSE_BAND.get(repertoire)
    dim = _dim(style)
    for x, bits in enumerate(cells, left):
        if bits:
            glyphs[x] = coarse or shown[bits]
            styles[x] = dim


def _glyphs_of(repertoire: Repertoire, *, banded: bool) -> tuple[str, ...]:
    shown, median = DOT_GRIDS[repertoire].glyphs, _COARSE_MEDIAN.get(repertoire)
    return (shown[0], *[median] * (len(shown) - 1)) if banded and median else shown


def _layers_of(found: Envelope, smooth: Envelope, plot: Plot, repertoire: Repertoire) -> _Layers:
    canvas = DotCanvas(plot.rect.width, plot.rect.height, repertoire)
    rows = plot.dot_rows(DOT_GRIDS[repertoire])
    dot = rows.value_at(0) / rows.length - rows.value_at(rows.length) / rows.length
    in_front = smooth if smooth.segments else found
    is_crowded = in_front.has_band(dot)
    canvas.draw(in_front.medians() if is_crowded else in_front.segments, rows)
    if in_front is found and not is_crowded:
        return _Layers(canvas, None)
    band = DotCanvas(plot.rect.width, plot.rect.height, repertoire)
    band.draw_band(found.segments, rows, single_values=in_front is smooth)
    return _Layers(canvas, band)


@lru_cache(maxsize=1024)
def _dim(style: Style) -> Style:
    return style._replace(dim=True)


@lru_cache(maxsize=1024)
def _style_of(color: Meaning) -> Style:
    """Return the one style of a colour, as the differ compares styles by identity first."""
    return Style(color)


def _color_at(color: Gradient | Meaning, y: int, height: int) -> Meaning:
    """Return the colour of what lies in row `y` of a plot: by the value at the row's middle."""
    if isinstance(color, Meaning):
        return color
    return color.color(Scale.of_rows(0.0, 1.0, height).value_at(y))


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
            style = Style(_color_at(line.color, y, height), bold=True)
            for column in places:
                frame.put_glyphs(plot.rect.x + column // columns, plot.rect.y + y, [sign], style)


def _mark_best(
    frame: Frame, plot: Plot, line: Line, found: Envelope, repertoire: Repertoire
) -> None:
    """Mark the best value, the first of several, where one was better than another."""
    extents = list(chain.from_iterable(found.segments))
    if line.direction is Direction.NEUTRAL or not extents:
        return
    lowest, highest = (min(e.low for e in extents), max(e.high for e in extents))
    if lowest == highest:
        return
    grid = DOT_GRIDS[repertoire]
    if line.direction is Direction.LOW_IS_GOOD:
        best, column = lowest, next(e.column for e in extents if e.low == lowest)
    else:
        best, column = highest, next(e.column for e in extents if e.high == highest)
    row = plot.dot_rows(grid).place(best)
    if row is not None:
        x, y = column // grid.columns, row // grid.rows
        style = Style(_color_at(line.color, y, plot.rect.height), bold=True)
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
    style = Style(_color_at(line.color, y - rect.y, rect.height), bold=True)
    frame.put_glyphs(x, y, [line.marker or NEWEST], style)
