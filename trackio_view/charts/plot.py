"""The place of a chart's lines: how wide it is, what its edges stand for, and its axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from trackio_view.charts.axes import (
    PlacedLabel,
    YAxis,
    YLabel,
    opened,
    padded,
    x_labels,
    y_axis,
)
from trackio_view.charts.palette import BORDER, LABEL, MUTED
from trackio_view.charts.raster import DOT_GRIDS, DotGrid
from trackio_view.charts.tick_labels import axis_number
from trackio_view.charts.x_units import XLabels
from trackio_view.light_typing import NamedTuple
from trackio_view.series.scale import Scale
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import fit, text_width

_LEAST_PLOT_WIDTH = 8
_LEAST_PLOT_HEIGHT = 2
_X_AXIS_HEIGHT = 2
NOTHING_FINITE = "no finite values"
WAITING = "waiting for data"
TICK_BELOW = "┬"
"""A tick of the x axis."""


def nothing_to_draw(logarithmic: bool) -> str:
    """Return the text in place of lines that have values without a place on the chart."""
    return "no values above 0" if logarithmic else NOTHING_FINITE


class Axes(NamedTuple):
    """The ranges of a chart's axes, where they do not follow from its lines."""

    x_range: tuple[float, float] | None = None
    """In steps."""
    y_range: tuple[float, float] | None = None
    limits: Limits = Limits.AUTO
    """How the y axis is chosen where its range is not given: up to round numbers around it."""
    has_x: bool = True
    x_labels: XLabels = x_labels
    x_text: Callable[[float], str] = axis_number
    """How a place on the x axis is written."""


OWN_AXES = Axes()
"""Axes that follow from the lines."""


class Plot(NamedTuple):
    """Where a chart's lines go, and what its edges stand for."""

    rect: Rect
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    axis: int | None
    """The row of the x axis; `None` where it gave way."""
    notes: tuple[StyledText, ...] = ()
    """What the chart says about its values, the gravest first."""
    logarithmic: bool = False
    """Whether the ends of the y axis are logarithms."""

    def dot_columns(self, grid: DotGrid) -> Scale:
        """Return the scale from steps to columns of dots."""
        return _scale_of_columns(*self.x_range, self.rect.width * grid.columns)

    def dot_rows(self, grid: DotGrid) -> Scale:
        """Return the scale from values to rows of dots."""
        return _scale_of_rows(*self.y_range, self.rect.height * grid.rows)

    def dot_row(self, value: float, grid: DotGrid) -> int | None:
        """Return the row of dots of a value, `None` where it is not drawn."""
        if self.logarithmic:
            value = math.log10(value) if value > 0 else math.nan
        return self.dot_rows(grid).place(value)


# A cursor asks each chart of a page where it is with every key.
_scale_of_columns = lru_cache(maxsize=64)(Scale.of_columns)
_scale_of_rows = lru_cache(maxsize=64)(Scale.of_rows)


def opened_range(y_range: tuple[float, float], *, logarithmic: bool) -> tuple[float, float]:
    """Return the range of the y axis that opens around another one, at every height."""
    y_range = padded(*y_range)
    if not logarithmic:
        return opened(*y_range)
    from trackio_view.charts.log_axis import opened_log

    return opened_log(*y_range)


def prepare_plot(
    frame: Frame,
    axes: Axes,
    x_range: tuple[float, float] | None,
    y_range: tuple[float, float] | None,
    *,
    repertoire: Repertoire,
    logarithmic: bool = False,
    empty: str = NOTHING_FINITE,
) -> Plot | None:
    """Draw the axes and return the place between them. Without a range, write the sentence `empty`
    and return `None`.

    Of a `logarithmic` y axis the range is one of logarithms. The axis opens to round numbers
    around its range, but ends where the range does if `axes` give it. Where room is short the x
    axis gives way first, then the y axis; any size is allowed.
    """
    if x_range is not None and not all(map(math.isfinite, x_range)):
        x_range = None
    if y_range is None or x_range is None:
        _write_centred(frame, empty)
        return None
    width, height = frame.width, frame.height
    edges = _edges(axes, y_range, width, height, repertoire, logarithmic)
    left, plot_height = edges.left, edges.plot_height
    if left:
        _draw_y_axis(frame, left, plot_height, edges.y_axis.labels)
    axis = plot_height if left and plot_height < height else None
    if axis is not None:
        _draw_x_axis(frame, left, plot_height, axes.x_labels(*x_range, width - left, left))
    y_range = edges.y_axis.low, edges.y_axis.high
    place = Rect(left, 0, width - left, plot_height)
    return Plot(place, x_range, y_range, axis, logarithmic=logarithmic)


class _Edges(NamedTuple):
    """Where a plot begins and ends in its frame."""

    left: int
    plot_height: int
    y_axis: YAxis


def _edges(
    axes: Axes,
    y_range: tuple[float, float],
    width: int,
    height: int,
    repertoire: Repertoire,
    logarithmic: bool,
) -> _Edges:
    plot_height = height - _X_AXIS_HEIGHT if axes.has_x else height
    if plot_height < _LEAST_PLOT_HEIGHT:
        plot_height = height
    if axes.y_range is None:
        y_range = opened_range(y_range, logarithmic=logarithmic)
    else:
        y_range = padded(*y_range)
    axis_of = y_axis
    if logarithmic:
        from trackio_view.charts.log_axis import log_axis as axis_of
    axis = axis_of(*y_range, plot_height, DOT_GRIDS[repertoire].rows)
    label_width = max((len(tick.text) for tick in axis.labels), default=0)
    left = label_width + 3 if axis.labels else 1
    if width - left < _LEAST_PLOT_WIDTH:
        left, axis, plot_height = 0, axis._replace(labels=()), height
    return _Edges(left, plot_height, axis)


def _write_centred(frame: Frame, text: str) -> None:
    shown = fit(text, frame.width)
    x = (frame.width - text_width(shown)) // 2
    frame.put(x, (frame.height - 1) // 2, shown, MUTED)


def _draw_y_axis(frame: Frame, left: int, height: int, ticks: Sequence[YLabel]) -> None:
    """Draw the axis in the column before `left`, its labels right-aligned before it."""
    frame.put_column(left - 1, 0, height, "│", BORDER)
    for tick in ticks:
        frame.put(left - 2 - len(tick.text), tick.row, tick.text, LABEL)
        frame.put_glyphs(left - 1, tick.row, ["┤"], BORDER)


def _draw_x_axis(frame: Frame, left: int, y: int, chosen: Sequence[PlacedLabel]) -> None:
    """Draw the axis in row `y`, its labels in the row below."""
    width = frame.width - left
    frame.put_glyphs(left - 1, y, ["└"] + ["─"] * width, BORDER)
    for label in chosen:
        if label.tick is not None:
            frame.put_glyphs(left + label.tick, y, [TICK_BELOW], BORDER)
        frame.put(left + label.start, y + 1, label.text, LABEL)
