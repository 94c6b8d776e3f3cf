"""The lines of a chart: what is drawn of a run, and what the y axis spans for one or several."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence

from trackio_view.charts.palette import Gradient
from trackio_view.charts.plot import opened_range
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.model.roles import Direction
from trackio_view.series.envelope import Envelope, envelope, finite_bounds, step_bounds
from trackio_view.series.scale import Range
from trackio_view.series.series import Series
from trackio_view.series.unlimited import shows_everything
from trackio_view.series.window import Window
from trackio_view.series.y_limits import (
    LIMIT_COLUMNS,
    Limits,
    automatic,
    undrawn,
)
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import Meaning

if TYPE_CHECKING:
    from trackio_view.charts.kept_columns import Keeping
    from trackio_view.charts.line_looks import LineLook
    from trackio_view.series.curves import Curve


class Line(NamedTuple):
    """One line of a chart: what is drawn, and in which colour."""

    steps: array[float]
    """The steps of the run's rows (`Run.steps`)."""
    series: Series
    window: Window
    """Which of the run's rows are on screen."""
    color: Gradient | Meaning
    """A gradient by the value's height, or one colour for the whole line."""
    marker: str | None = None
    """What stands at the newest value; `None` for a dot."""
    direction: Direction = Direction.NEUTRAL
    """Which direction is better. The best value is marked, unless no direction is better."""
    smoothed: Series | None = None
    """The smoothed values. The line is then drawn from them, and the values are dots behind it."""
    logged: Series | None = None
    """The values as logged, where all others are their logarithms. The y axis then shows
    logarithms.
    """
    has_band: bool = True
    """Whether the lowest and the highest values lie behind medians and smoothed values."""


class ComparedLine(NamedTuple):
    """A line among others: what is drawn, and by what it is told from them."""

    curve: Curve
    look: LineLook
    group: int
    """The number of its group, where means are drawn."""
    dim: bool = False
    """Whether the line is dim and lies behind those that are not."""
    logged: Series | None = None
    """The values as logged, where the curve is one of logarithms. The y axis then shows
    logarithms.
    """
    goes_on: bool = False
    """Whether more of it is to come, so that it does not end where it is drawn to."""


class Overlay(NamedTuple):
    """Lines of many runs in one painting, each told from the others by its look."""

    lines: Sequence[ComparedLine]
    """Lines that are not dim come after those that are."""
    bands: Sequence[LineLook] = ()
    """The looks of the groups. Each group is drawn as a mean and its standard deviation, in place
    of its lines.
    """
    pinned: bool = False
    """Whether the last line lies in front of all others."""
    behind: Curve | None = None
    """The logged values of the last line, where it is a smoothed one."""
    keeping: Keeping | None = None
    """Keeps the columns that were computed of the lines, from frame to frame."""
    has_band: bool = True
    """Whether the last line has the band of all its points behind it."""
    marks_ends: bool = True
    """Whether the ends of the runs that end before the others are marked."""

    @property
    def curves(self) -> list[Curve]:
        """What is drawn: a curve of each line, and last the logged values behind the last one."""
        curves = [line.curve for line in self.lines]
        return curves if self.behind is None or self.bands else [*curves, self.behind]


def step_range_of(lines: Sequence[Line]) -> Range | None:
    """Return the range of the lines' steps; `None` where no line has a row."""
    return _common(step_bounds(line.steps, line.series, line.window) for line in lines)


def value_range_of(lines: Sequence[Line]) -> Range | None:
    """Return the range of the lines' finite values; `None` where no line has one."""
    return _common(finite_bounds(line.steps, line.series, line.window) for line in lines)


def _common(ranges: Iterable[Range | None]) -> Range | None:
    known = [found for found in ranges if found is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def envelopes_of(
    lines: Sequence[Line], x_range: Range, width: int, repertoire: Repertoire
) -> list[Envelope]:
    """Return what each line does in each dot column of a plot that is `width` cells wide."""
    columns = width * DOT_GRIDS[repertoire].columns
    return [envelope(line.steps, line.series, line.window, columns, *x_range) for line in lines]


def smoothed_envelopes_of(
    lines: Sequence[Line], x_range: Range, width: int, repertoire: Repertoire
) -> list[Envelope]:
    """Return what the smoothed values of each line do; nothing of lines that are not smoothed."""
    columns = width * DOT_GRIDS[repertoire].columns
    return [
        _NOTHING
        if line.smoothed is None
        else envelope(line.steps, line.smoothed, line.window, columns, *x_range)
        for line in lines
    ]


_NOTHING = Envelope()


def shared_range(lines: Sequence[Line], x_range: Range, limits: Limits) -> Range | None:
    """Return one range of the y axis for lines of several charts, whatever the size of each.

    It is chosen as for lines of one chart; `None` where no line has a value.
    """
    everything = value_range_of(lines)
    if everything is None:
        return None
    chosen = limited_range(lines, x_range, everything, limits)
    is_log = any(line.logged is not None for line in lines)
    return opened_range(chosen, logarithmic=is_log)


def limited_range(
    lines: Sequence[Line], x_range: Range, everything: Range, limits: Limits
) -> Range:
    """Return the range of the y axis for lines with these values, the same at every size."""
    return _with_smoothed(lines, _chosen(lines, x_range, everything, limits), everything)


def _chosen(lines: Sequence[Line], x_range: Range, everything: Range, limits: Limits) -> Range:
    parts = [(line.series, line.window) for line in lines]
    is_log = any(line.logged is not None for line in lines)
    known = undrawn(limits, parts, everything, logarithmic=is_log)
    if known is not None or not all(map(math.isfinite, x_range)):
        return known or everything
    drawn = [(line.steps, line.series, line.window) for line in lines]
    if shows_everything(drawn, x_range, everything):
        return everything
    found = [envelope(*one, LIMIT_COLUMNS, *x_range).segments for one in drawn]
    return automatic(found, everything)


_ROUNDING = 1e-12


def _with_smoothed(lines: Sequence[Line], limits: Range, everything: Range) -> Range:
    """Return limits that show everything, widened by what is smoothed of it.

    Values before a window may keep its smoothed values beyond all values logged within it.
    """
    if limits[0] > everything[0] or limits[1] < everything[1]:
        return limits
    smoothed = _common(
        finite_bounds(line.steps, line.smoothed, line.window)
        for line in lines
        if line.smoothed is not None
    )
    if smoothed is None:
        return limits
    # The average of a constant may be wrong in its last digits. No axis should show that.
    low, high = (
        end if math.isclose(end, beyond, rel_tol=_ROUNDING) else pick(end, beyond)
        for pick, end, beyond in zip((min, max), limits, smoothed, strict=True)
    )
    return low, high
