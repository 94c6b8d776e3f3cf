"""Which stretch of a run is on screen, and what has to change before a chart of it is
drawn anew.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable

from trackio_view.charts.axes import grown_end, x_labels
from trackio_view.charts.line import Line
from trackio_view.charts.palette import Gradient, gradient_for
from trackio_view.charts.tick_labels import axis_number
from trackio_view.charts.x_units import XLabels, named
from trackio_view.light_typing import NamedTuple
from trackio_view.model.project import Project
from trackio_view.model.roles import Direction, kind_of
from trackio_view.model.run import Run
from trackio_view.model.windows import EVERYTHING, window_of
from trackio_view.model.x_axis import STEPS, XAxis, XKind
from trackio_view.screens.memo import Memo
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import Number, Series, Summary
from trackio_view.series.smoothing import Smoothing
from trackio_view.series.window import Window
from trackio_view.terminal.glyphs import APPROXIMATELY
from trackio_view.terminal.text import fit, sanitize
from trackio_view.view.charts.charts_view import Framing
from trackio_view.wording.numbers import format_value
from trackio_view.wording.windows import x_text

_WIDEST_AXIS = 24
_MIDDLE = 0.5
"""Where the one colour of a gradient lies, if a person wants but one."""
NEW_POINTS_A_FRAME = 400_000
"""How many points a hurried frame looks at for the first time: about as many as 6 ms allow."""


class Stretch(NamedTuple):
    """The window of a run that is on screen, and a key that changes whenever it does."""

    run: Run
    window: Window
    key: tuple[object, ...]
    axis: XAxis
    smoothing: Smoothing | None

    @property
    def x(self) -> array[float]:
        """The x of each row of the run, along the axis of the charts."""
        if self.axis.kind is XKind.STEP:
            # A frame of many runs asks for each line of each chart.
            return self.run.steps
        return self.run.x(self.axis).values

    def x_of_step(self, step: float) -> float:
        """Return where a step lies along that axis; NaN where that is not known."""
        if self.axis == STEPS:
            return step
        row = self.run.x().row_up_to(step)
        return math.nan if row is None else self.x[row]

    @property
    def x_labels(self) -> XLabels:
        """What labels that axis. Its unit stands once, at the right end."""
        if self.axis.is_time:
            from trackio_view.charts.time_axis import clock_labels, since

            return clock_labels if self.axis.kind is XKind.CLOCK else since(0.0)
        if self.axis.kind is XKind.LOG_STEP:
            from trackio_view.charts.log_axis import log_x_labels

            return named(log_x_labels, "steps")
        is_metric = self.axis.kind is XKind.METRIC
        return named(x_labels, self.axis.metric.rpartition("/")[2] if is_metric else "steps")

    def x_text(self, x: float) -> str:
        """Return how a place along that axis is written on a chart."""
        if self.axis.is_time or self.axis.kind is XKind.LOG_STEP:
            return x_text(x, self.axis)
        return axis_number(x)

    def without_place(self, metric: str) -> int:
        """Return how many values of a metric in the window have no place on that axis."""
        x = self.run.x(self.axis)
        if not x.gaps:
            return 0
        series = self.run.series[metric]
        return sum(x.count_without(series.rows, at) for at in series.stretches(self.window))

    def has_place(self, metric: str) -> bool:
        """Return whether a value of a metric in the window has a place on that axis."""
        without = self.without_place(metric)
        if not without:
            return True
        return without < sum(len(at) for at in self.run.series[metric].stretches(self.window))

    @property
    def why_without_place(self) -> str:
        """Why a value has no place along that axis, in a few words."""
        if self.axis.is_time:
            return "without a time"
        return "at step 0 or less" if self.axis.kind is XKind.LOG_STEP else "without an x"

    @property
    def why_nothing_has_place(self) -> str:
        """What is said in a chart none of whose values has a place along that axis."""
        if self.axis.kind is XKind.METRIC:
            return f"no value has {fit(sanitize(self.axis.metric), _WIDEST_AXIS)}"
        return f"all values are {self.why_without_place}"

    def series(self, metric: str) -> Series:
        """Return a metric's values, as drawings along that axis take them."""
        return self.run.along(self.axis, metric)

    def smoothed(self, metric: str) -> Series | None:
        """Return a metric's smoothed values, `None` where they are not smoothed."""
        if self.smoothing is None:
            return None
        return self.run.smoothed(self.axis, metric, self.smoothing)

    def logarithms(self, metric: str) -> Series:
        """Return the logarithms of a metric's values, for a logarithmic y axis."""
        return self.run.logarithms(self.axis, metric)

    def smoothed_logarithms(self, metric: str) -> Series | None:
        """Return the logarithms of a metric's smoothed values, `None` where they are not
        smoothed.
        """
        if self.smoothing is None:
            return None
        return self.run.logarithms(self.axis, metric, self.smoothing)

    def unsmoothed(self, metric: str) -> int:
        """Return how many values of a metric smoothing still has to look at."""
        if self.smoothing is None:
            return 0
        return self.run.unsmoothed(self.axis, metric, self.smoothing)

    def new_points(self, metric: str) -> int:
        """Return how many points of a metric nobody looked at yet, where its window has any."""
        series = self.series(metric)
        if not series.positions(self.window):
            return 0
        return max(0, len(series) - series.overview.count) + self.unsmoothed(metric)

    def summary(self, metric: str, memo: Memo) -> Summary | None:
        """Return the exact facts of a metric within the window, or `None` where it has none."""
        series = self.run.series[metric]
        places = self.places(metric)
        return memo.get(("summary", metric, places, self.key), lambda: series.summary(self.window))

    def places(self, metric: str) -> tuple[int, int]:
        """Return which of a metric's values are on screen, the first and the one after the last."""
        positions = self.run.series[metric].positions(self.window)
        return positions.start, positions.stop

    def has_values(self, metric: str) -> bool:
        """Return whether any value of a metric is on screen."""
        start, end = self.places(metric)
        return start < end

    def latest(self, metric: str) -> Number:
        """Return a metric's latest value within the window, or its newest where it has none."""
        return self.run.series[metric].number(self._latest_place(metric))

    def counts(self, metric: str) -> bool:
        """Return whether all values of a metric are whole numbers, up to the end of the window."""
        series = self.run.series[metric]
        newest = self._latest_place(metric) % len(series)
        return holds_counts(self.run.steps, series, newest + 1)

    def latest_text(self, metric: str, text: str) -> str:
        """Return the text of a metric's latest value, with the smoothed one behind it where there
        is one.
        """
        smoothed = self.smoothed(metric)
        if smoothed is None:
            return text
        return beside_smoothed(text, smoothed, self._latest_place(metric))

    def _latest_place(self, metric: str) -> int:
        start, end = self.places(metric)
        return end - 1 if start < end else -1

    def version(self, metric: str) -> tuple[object, ...]:
        """Return what changes with whatever a chart shows of a metric.

        A window that follows is another one with each row. Rows that come after a held window
        change no value in it. But they change which value is the newest of all: that one is marked,
        and stands above a chart without any other value.
        """
        return self.key if self.window.follows else (*self.shown(metric), self.key)

    def shown(self, metric: str) -> tuple[int, ...]:
        """Return what further rows of a metric may change in a window that is held."""
        start, end = self.places(metric)
        count = len(self.run.series[metric])
        return (start, end, end == count if start < end else count)


def stretch_of(project: Project, run: Run, framing: Framing) -> Stretch:
    """Return what of a run is on screen."""
    window = window_of(run, framing.window, framing.axis)
    version = (project.id, project.generation, project.complete, project.previewed_rows)
    return Stretch(run, window, (*version, run.run_id, window), framing.axis, framing.smoothing)


def line_of(stretch: Stretch, metric: str, *, logarithmic: bool = False) -> Line:
    """Return the line of a metric, as charts of one run and of many draw it."""
    line = Line(
        stretch.x,
        stretch.series(metric),
        stretch.window,
        gradient_for(metric),
        direction=kind_of(metric).direction,
        smoothed=stretch.smoothed(metric),
    )
    if not logarithmic:
        return line
    smoothed = stretch.smoothed_logarithms(metric)
    return line._replace(series=stretch.logarithms(metric), smoothed=smoothed, logged=line.series)


def in_framing(line: Line, framing: Framing) -> Line:
    """Return the line with as much of it as a person wants drawn."""
    if framing.band and framing.marks and framing.gradient:
        return line
    color = line.color
    if isinstance(color, Gradient) and not framing.gradient:
        color = color.color(_MIDDLE)
    direction = line.direction if framing.marks else Direction.NEUTRAL
    return line._replace(color=color, direction=direction, has_band=framing.band)


def beside_smoothed(text: str, smoothed: Series, position: int) -> str:
    """Return a logged value's text and its smoothed value, but where it is no finite number."""
    value = smoothed.values[position]
    return f"{text} {APPROXIMATELY} {format_value(value)}" if math.isfinite(value) else text


def whole_range(stretches: Iterable[Stretch]) -> tuple[float, float] | None:
    """Return the range of x that holds each of them, `None` where none has any."""
    known = [x_range for one in stretches if (x_range := one.window.x_range) is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None


def grown(x_range: tuple[float, float] | None, framing: Framing) -> tuple[float, float] | None:
    """Return the range of an x axis of steps or of a metric, which has room for more where all data
    is on screen.
    """
    grows = framing.axis.kind in (XKind.STEP, XKind.METRIC)
    if x_range is None or framing.window != EVERYTHING or not grows:
        return x_range
    left, right = x_range
    return left, grown_end(left, right)
