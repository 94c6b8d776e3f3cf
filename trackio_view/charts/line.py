"""Line charts: a series becomes a frame of cells, at a cost that depends on its columns and not on
its points."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain

from trackio_view.charts.axes import (
    PlacedLabel,
    YAxis,
    YLabel,
    axis_number,
    padded,
    x_labels,
    y_axis,
)
from trackio_view.charts.box import StyledText
from trackio_view.charts.palette import BORDER, LABEL, MUTED, Gradient
from trackio_view.charts.raster import DOT_GRIDS, DotCanvas, DotGrid
from trackio_view.charts.time_axis import XLabels
from trackio_view.named_tuple import NamedTuple
from trackio_view.series.envelope import Envelope, envelope, finite_bounds, step_bounds
from trackio_view.series.limits import Beyond, Limits, automatic, beyond, middle_part
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.window import Window
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import (
    ALERT,
    BEYOND_ABOVE,
    BEYOND_BELOW,
    NEWEST,
    Repertoire,
)
from trackio_view.terminal.style import Meaning, Style
from trackio_view.terminal.text import fit, signed, text_width


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


_LEAST_PLOT_WIDTH = 8
_LEAST_PLOT_HEIGHT = 2
_X_AXIS_HEIGHT = 2
_NOTHING_FINITE = "no finite values"


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
    layout = PlotLayout(width, height, repertoire, show_steps, opens=y_range is None)
    drawn: list[Envelope] = []
    if y_range is None and everything is not None and x_range is not None:
        y_range, drawn = _limited(lines, x_range, everything, limits, layout)
    plot = prepare_plot(
        frame,
        x_range,
        y_range if everything is not None else None,
        repertoire=repertoire,
        show_steps=show_steps,
        x_axis=x_axis,
        opens=layout.opens,
        empty=_NOTHING_FINITE if any(map(_has_values, lines)) else waiting,
    )
    if plot is None or everything is None:
        return frame
    if not drawn or plot.rect.width != layout.plot_width(everything):
        drawn = _envelopes(lines, plot.x_range, plot.rect.width, repertoire)
    _draw_lines(frame, plot, lines, drawn, repertoire)
    notes: list[StyledText] = []
    if everything[0] < plot.y_range[0] or everything[1] > plot.y_range[1]:
        _draw_beyond(frame, plot, lines, drawn, repertoire)
        notes = notes_on_beyond(plot, [(line.steps, line.series, line.window) for line in lines])
    draw_step_marks(frame, plot, step_marks, repertoire)
    if mark_newest:
        for line in lines:
            _mark_newest(frame, plot, line, repertoire)
    if prepared is not None:
        prepared(plot._replace(notes=tuple(notes)))
    return frame


class PlotLayout(NamedTuple):
    """What decides how wide the plot in a frame is."""

    width: int
    height: int
    repertoire: Repertoire
    show_steps: bool = True
    opens: bool = True

    def plot_width(self, y_range: tuple[float, float]) -> int:
        """Return the width of the plot whose y axis has that range."""
        return self.width - _edges(y_range, *self).left


def _limited(
    lines: Sequence[Line],
    x_range: tuple[float, float],
    everything: tuple[float, float],
    limits: Limits,
    layout: PlotLayout,
) -> tuple[tuple[float, float], list[Envelope]]:
    """Return the range of the y axis, and what the lines do in a plot that shows everything."""
    low, high = everything
    if limits is Limits.ZERO:
        return (min(low, 0.0), max(high, 0.0) or 1.0), []
    if limits is Limits.MIDDLE:
        return middle_part([(line.series, line.window) for line in lines], everything), []
    if limits is Limits.EVERY or not all(map(math.isfinite, x_range)):
        return everything, []
    drawn = _envelopes(lines, x_range, layout.plot_width(everything), layout.repertoire)
    return automatic([found.segments for found in drawn], everything), drawn


def _envelopes(
    lines: Sequence[Line], x_range: tuple[float, float], width: int, repertoire: Repertoire
) -> list[Envelope]:
    columns = width * DOT_GRIDS[repertoire].columns
    return [envelope(line.steps, line.series, line.window, columns, *x_range) for line in lines]


class Plot(NamedTuple):
    """Where a chart's lines go, and what its edges stand for."""

    rect: Rect
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    axis: int | None
    """The row of the x axis; `None` where it gave way."""
    notes: tuple[StyledText, ...] = ()
    """What is to be said of the chart, the gravest first."""

    def dot_columns(self, grid: DotGrid) -> Scale:
        """Return the scale from steps to columns of dots."""
        return Scale.of_columns(*self.x_range, self.rect.width * grid.columns)

    def dot_rows(self, grid: DotGrid) -> Scale:
        """Return the scale from values to rows of dots."""
        return Scale.of_rows(*self.y_range, self.rect.height * grid.rows)


class StepMark(NamedTuple):
    """Something that happened at a step, marked on the x axis."""

    step: float
    style: Style


def prepare_plot(
    frame: Frame,
    x_range: tuple[float, float] | None,
    y_range: tuple[float, float] | None,
    *,
    repertoire: Repertoire,
    show_steps: bool = True,
    x_axis: XLabels = x_labels,
    opens: bool = True,
    empty: str = _NOTHING_FINITE,
) -> Plot | None:
    """Draw the axes and return the place between them; or the sentence `empty`, and `None`.

    The y axis `opens` to round numbers around its range, else it ends where the range does. Where
    room is short the x axis gives way first, then the y axis; any size is allowed.
    """
    if x_range is not None and not all(map(math.isfinite, x_range)):
        x_range = None
    if y_range is None or x_range is None:
        _write_centred(frame, empty)
        return None
    width, height = frame.width, frame.height
    edges = _edges(y_range, width, height, repertoire, show_steps, opens)
    left, plot_height = edges.left, edges.plot_height
    if left:
        _draw_y_axis(frame, left, plot_height, edges.y_axis.labels)
    axis = plot_height if left and plot_height < height else None
    if axis is not None:
        _draw_x_axis(frame, left, plot_height, x_axis(*x_range, width - left, left))
    y_range = edges.y_axis.low, edges.y_axis.high
    return Plot(Rect(left, 0, width - left, plot_height), x_range, y_range, axis)


class _Edges(NamedTuple):
    """Where a plot begins and ends in its frame."""

    left: int
    plot_height: int
    y_axis: YAxis


def _edges(
    y_range: tuple[float, float],
    width: int,
    height: int,
    repertoire: Repertoire,
    show_steps: bool,
    opens: bool,
) -> _Edges:
    plot_height = height - _X_AXIS_HEIGHT if show_steps else height
    if plot_height < _LEAST_PLOT_HEIGHT:
        plot_height = height
    axis = y_axis(*padded(*y_range), plot_height, DOT_GRIDS[repertoire].rows, opens=opens)
    label_width = max((len(tick.text) for tick in axis.labels), default=0)
    left = label_width + 3 if axis.labels else 1
    if width - left < _LEAST_PLOT_WIDTH:
        left, axis, plot_height = 0, axis._replace(labels=()), height
    return _Edges(left, plot_height, axis)


def draw_step_marks(
    frame: Frame, plot: Plot, marks: Iterable[StepMark], repertoire: Repertoire
) -> None:
    """Draw a mark at each step that is on screen: on the x axis, else in the plot's last row."""
    rect, grid = plot.rect, DOT_GRIDS[repertoire]
    y = rect.y + rect.height - 1 if plot.axis is None else plot.axis
    columns = plot.dot_columns(grid)
    for mark in marks:
        column = columns.place(mark.step)
        if column is not None:
            x = rect.x + column // grid.columns
            frame.put_glyphs(x, y, [ALERT], mark.style)


def _has_values(line: Line) -> bool:
    return len(line.series.positions(line.window)) > 0


def _common_range(
    ranges: Iterable[tuple[float, float] | None],
) -> tuple[float, float] | None:
    known = [found for found in ranges if found is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _write_centred(frame: Frame, text: str) -> None:
    shown = fit(text, frame.width)
    x = (frame.width - text_width(shown)) // 2
    frame.put(x, (frame.height - 1) // 2, shown, MUTED)


def _draw_y_axis(frame: Frame, left: int, height: int, ticks: Sequence[YLabel]) -> None:
    """Draw the axis in the column before `left`, its labels right-aligned before it."""
    for y in range(height):
        frame.put_glyphs(left - 1, y, ["│"], BORDER)
    for tick in ticks:
        frame.put(left - 2 - len(tick.text), tick.row, tick.text, LABEL)
        frame.put_glyphs(left - 1, tick.row, ["┤"], BORDER)


def _draw_x_axis(frame: Frame, left: int, y: int, chosen: Sequence[PlacedLabel]) -> None:
    """Draw the axis in row `y`, its labels in the row below."""
    width = frame.width - left
    frame.put_glyphs(left - 1, y, ["└"] + ["─"] * width, BORDER)
    for label in chosen:
        frame.put_glyphs(left + label.tick, y, ["┬"], BORDER)
        frame.put(left + label.start, y + 1, label.text, LABEL)


_TURN_CELLS = 2
"""How many cells in a row have the colour of one of the lines that run on one another."""

_COARSE_BAND = {Repertoire.BLOCKS: "░", Repertoire.ASCII: ":"}
"""A cell of a band where dots are too few to leave some out."""
_COARSE_MEDIAN = {Repertoire.ASCII: "*"}
"""A cell of the median within such a band, where the glyphs of dots are like the band's."""


class _Layers(NamedTuple):
    """What is drawn of one line."""

    line: DotCanvas
    """Every point; or the median of each column, where many points share one."""
    band: DotCanvas | None
    """From the lowest to the highest point of each column, dotted, behind the median."""


def _draw_lines(
    frame: Frame,
    plot: Plot,
    lines: Sequence[Line],
    envelopes: Sequence[Envelope],
    repertoire: Repertoire,
) -> None:
    rect = plot.rect
    drawn = [_layers_of(found, plot, repertoire) for found in envelopes]
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


def _layers_of(found: Envelope, plot: Plot, repertoire: Repertoire) -> _Layers:
    canvas = DotCanvas(plot.rect.width, plot.rect.height, repertoire)
    rows = plot.dot_rows(DOT_GRIDS[repertoire])
    dot = rows.value_at(0) / rows.length - rows.value_at(rows.length) / rows.length
    if not found.has_band(dot):
        canvas.draw(found.segments, rows)
        return _Layers(canvas, None)
    canvas.draw(found.medians(), rows)
    band = DotCanvas(plot.rect.width, plot.rect.height, repertoire)
    band.draw_band(found.segments, rows)
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


def notes_on_beyond(
    plot: Plot, lines: Iterable[tuple[array[float], Series, Window]]
) -> list[StyledText]:
    """Return how many values of lines lie beyond the y axis, and the furthest of them."""
    below, above = [], []
    for steps, series, window in lines:
        lower, higher = beyond(steps, series, window, plot.y_range)
        below.append(lower)
        above.append(higher)
    low, high = plot.y_range
    return [
        StyledText(signed(sign, f" {_beyond_sentence(found, end, word)}"), LABEL)
        for sign, end, word, found in (
            (BEYOND_ABOVE, high, "highest", _most(above, 1)),
            (BEYOND_BELOW, low, "lowest", _most(below, -1)),
        )
        if found.found
    ]


def _most(parts: Sequence[Beyond], sign: int) -> Beyond:
    """Return how many values of all lines lie beyond an end, and the furthest of them."""
    known = [part for part in parts if part.found]
    if not known:
        return Beyond()
    furthest = max(known, key=lambda part: sign * part.extreme)
    return furthest._replace(found=sum(part.found for part in known))


def _beyond_sentence(found: Beyond, end: float, word: str) -> str:
    extreme, step = axis_number(found.extreme), axis_number(found.step)
    return f"{found.found:,} beyond {axis_number(end)}, {word} {extreme} @{step}"


def _mark_newest(frame: Frame, plot: Plot, line: Line, repertoire: Repertoire) -> None:
    series = line.series
    if not len(series) or len(series) - 1 not in series.positions(line.window):
        # Nothing was logged within the window, or it is held and ends before the newest.
        return
    grid = DOT_GRIDS[repertoire]
    column = plot.dot_columns(grid).place(line.steps[series.rows[-1]])
    row = plot.dot_rows(grid).place(series.values[-1])
    if column is None or row is None:
        return
    rect = plot.rect
    x, y = rect.x + column // grid.columns, rect.y + row // grid.rows
    style = Style(_color_at(line.color, y - rect.y, rect.height), bold=True)
    frame.put_glyphs(x, y, [line.marker or NEWEST], style)
