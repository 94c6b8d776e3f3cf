"""One run: its rows' steps and times, its series, and the windows that a zoom level cuts."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple
from trackio_view.model.config import ConfigValue, flatten_config
from trackio_view.model.kept_facts import KeptFacts
from trackio_view.model.project_id import ProjectId
from trackio_view.model.roles import Role, chart_order, first_of, main_loss
from trackio_view.model.training_step import TrainingStep
from trackio_view.model.x_axis import LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.series.series import MetricColumn, Number, Series
from trackio_view.series.step_order import StepOrder
from trackio_view.series.window import Window, all_rows, last_steps, since, with_x_range

if TYPE_CHECKING:
    from trackio_view.model.along import Along
    from trackio_view.series.logarithms import Logarithms
    from trackio_view.series.smoothed import SmoothedSeries
    from trackio_view.series.smoothing import Smoothing
    from trackio_view.series.x_column import XColumn

NO_NAME = "(no name)"
"""What a person reads where a run, a metric or a key has an empty name."""
_NO_CONFIG: dict[str, ConfigValue] = {}


class RunKey(NamedTuple):
    """A run among those of all projects."""

    project: ProjectId
    run_id: str


RunOfRows = tuple[str | None, str]
"""A run as its rows tell it: its id, which projects from before 0.24 do not have, and its name."""


class RunRows(NamedTuple):
    """A batch of consecutive rows of one run, decoded into columns by a source."""

    run_id: str
    """The run's identity: TrackIO's run id, or its name in projects from before run ids."""
    run_name: str
    last_id: int
    """The highest row id in the batch."""
    steps: array[float]
    """One step a row, typecode `d`."""
    times: array[float]
    """Seconds since the epoch, one a row; NaN where the row's time is unknown."""
    columns: dict[str, MetricColumn]
    last_step: Number = math.nan
    """The last row's step as logged: an integer where it is one."""


def unknown_times(count: int) -> array[float]:
    """Return the times of so many rows of which nobody asked for any, as `RunRows` has them."""
    return array("d", [math.nan]) * count


class RunDetails(NamedTuple):
    """What a project says of a run outside its metric rows."""

    run_id: str
    run_name: str
    config: Mapping[str, Any] | None
    group: str | None = None


class Run:
    """Everything known of one run."""

    # Beyond 30 attributes, each run of a thousand would have a table of their names of its own.
    __slots__ = (
        "_along",
        "_by_role",
        "_chart_metrics",
        "_flat",
        "_logarithms",
        "_loss",
        "_number_rows",
        "_smoothed",
        "_smoothed_as",
        "_training_step",
        "_window_rows",
        "_windows",
        "config",
        "first_step",
        "first_time",
        "group",
        "heard_until",
        "heartbeat",
        "kept",
        "last_id",
        "last_logged_step",
        "last_step",
        "last_time",
        "logged_steps",
        "name",
        "order",
        "run_id",
        "series",
        "since",
        "steps",
        "times",
    )

    def __init__(
        self,
        run_id: str,
        name: str,
        *,
        config: Mapping[str, Any] | None = None,
        group: str | None = None,
        since: float | None = None,
    ) -> None:
        self.run_id = run_id
        self.name = name
        self.config = config
        self.group = group
        self.since = since
        """Seconds since the epoch: no window reaches back to a row from before."""
        self.last_id = 0
        self.first_step = math.nan
        """The step with which the run began, where its rows here begin later; else NaN."""
        self.last_step: Number = math.nan
        """The highest step of the newest attempt; NaN where no row has one."""
        self.logged_steps: array[float] = array("d")
        """The step of each row as TrackIO has it: without one, the number of `log()` calls."""
        self.last_logged_step: Number = math.nan
        """The last row's, as logged: an integer where it is one."""
        self.steps: array[float] = self.logged_steps
        """The step that is meant, of each row: `step_metric` carries it, else it is as logged."""
        self.order = StepOrder()
        """Which rows begin again, and which come late, by `steps`."""
        self.times: array[float] = array("d")
        self.series: dict[str, Series] = {}
        self.first_time = math.nan
        """When the first row with a known time was written, in seconds since the epoch."""
        self.last_time = math.nan
        """When the newest row with a known time was written; a late row makes it no earlier."""
        self.heartbeat = math.nan
        """When TrackIO last logged system metrics for the run: its process was alive then."""
        self.heard_until = math.inf
        """Until when its origin answered, in seconds since the epoch; infinity while it answers."""
        self.kept = KeptFacts()
        self._along: dict[XAxis, Along] = {}
        self._smoothed: dict[str, SmoothedSeries] = {}
        """By metric, of the smoothing and the axis that were asked for last."""
        self._logarithms: dict[tuple[XAxis, str, Smoothing | None], Logarithms] = {}
        self._smoothed_as: tuple[XAxis, Smoothing] | None = None
        self._training_step = TrainingStep()
        self._number_rows = 0
        self._windows: dict[tuple[int | None, float | None], Window] = {}
        """The windows by distinct steps and `since`, as they were when they were last asked for."""
        self._window_rows: dict[tuple[int | None, float | None], Window] = {}
        self._chart_metrics: list[str] = []
        self._by_role: dict[Role, str | None] = {}
        self._loss: str | None = None
        self._flat: tuple[Mapping[str, Any] | None, dict[str, ConfigValue]] = (None, _NO_CONFIG)

    @property
    def chart_metrics(self) -> list[str]:
        """The run's metrics in the order of their charts."""
        if len(self._chart_metrics) != len(self.series):
            self._chart_metrics = chart_order(self.series)
            self._loss = main_loss(self.series)
            self._by_role.clear()
        return self._chart_metrics

    @property
    def loss(self) -> str | None:
        """The metric that is "the loss" (`roles.main_loss`), `None` where nothing was logged."""
        return self._loss if self.chart_metrics else None

    def first_of(self, role: Role) -> str | None:
        """Return the first metric logged that plays `role`, or `None`."""
        if not self.chart_metrics:
            return None
        if role not in self._by_role:
            self._by_role[role] = first_of(self.series, role)
        return self._by_role[role]

    @property
    def flat_config(self) -> dict[str, ConfigValue]:
        """The config's leaves by key, nested keys joined by dots; empty without a config."""
        if self._flat[0] is not self.config:
            self._flat = (self.config, flatten_config(self.config))
        return self._flat[1]

    @property
    def row_count(self) -> int:
        return len(self.logged_steps)

    @property
    def step_metric(self) -> str | None:
        """The metric that carries the step (`training_step`), `None` where TrackIO's own does."""
        return self._training_step.metric

    def append(self, batch: RunRows) -> None:
        """Append a batch whose rows all come after those already here."""
        base = len(self.logged_steps)
        self.logged_steps.extend(batch.steps)
        self.times.extend(batch.times)
        self.last_id = batch.last_id
        self.last_logged_step = batch.last_step
        self.name = batch.run_name
        # Times that nobody asked for are all unknown. Then no row has to be looked at by itself.
        has_times = batch.times.tobytes() != unknown_times(len(batch.times)).tobytes()
        if has_times and math.isnan(self.first_time):
            known = (time for time in batch.times if time == time)
            self.first_time = next(known, math.nan)
        shifted: dict[int, array[int]] = {}
        for metric, column in batch.columns.items():
            rows = shifted.get(id(column.rows))
            if rows is None:
                rows = _shifted(column.rows, base, len(batch.steps))
                shifted[id(column.rows)] = rows
            series = self.series.get(metric)
            if series is None:
                series = self.series[metric] = Series()
                self._training_step.consider(metric)
            series.append(column, rows)
        self._number_rows += _number_rows(batch)
        self._follow_steps()
        if has_times:
            self._follow_times(base)

    def _follow_steps(self) -> None:
        """Bring what depends on the order of steps up to date with the rows that came."""
        training = self._training_step
        if training.look(self.series, self.logged_steps, self._number_rows):
            self.steps = self.logged_steps if training.metric is None else training.steps
            self.order = StepOrder()
            self.kept = KeptFacts()
            self._windows.clear()
            self._window_rows.clear()
            self._forget_smoothed()
            self._along.pop(LOG_STEPS, None)
        self.order.look(self.steps, self.times, self.series)
        newest = self.order.highest_row
        if training.metric is None and newest in (-1, self.row_count - 1):
            self.last_step = self.last_logged_step
        else:
            highest = self.order.highest
            self.last_step = int(highest) if highest.is_integer() else highest

    def _follow_times(self, base: int) -> None:
        """Bring the time of the newest row up to date with the rows from `base` on.

        A late row shows that the run was alive then, and not that it was silent since.
        """
        came = []
        for row in reversed(range(base, self.row_count)):
            time = self.times[row]
            if time == time:
                came.append(time)
                if not self.order.is_late(row):
                    break
        else:
            came.append(self.last_time)
        self.last_time = max(came)

    def step_at(self, step: Number, time: float = math.nan) -> Number:
        """Return the step that is meant by one that was not logged in a row of metrics.

        TrackIO counts rows where nobody names a step, and a person names the training's: where
        the `time` of what was logged is known, it tells which of both is meant.
        """
        if self.step_metric is None or not self.row_count:
            return step
        highest = self._training_step.counted(self.logged_steps)
        counted = self._step_of_row(bisect_right(highest, step) - 1)
        if step > max(highest[-1], self.last_logged_step):
            return step
        if time == time:
            then = self._step_of_row(bisect_right(self.times, time) - 1)
            if abs(step - then) < abs(counted - then):
                return step
        return counted

    def resumed_at(self) -> list[float]:
        """Return the steps at which the run was resumed, in the order of their rows."""
        return [self.steps[row] for row in self.order.restarts]

    def _step_of_row(self, row: int) -> Number:
        step = self.steps[max(row, 0)]
        return int(step) if step.is_integer() else step

    def window(self, distinct_steps: int | None) -> Window:
        """Return the window of the last `distinct_steps` distinct steps, its x range with it.

        That range is the x axis of all charts of the run.
        """
        rows = self.window_rows(distinct_steps)
        known = self._windows.get((distinct_steps, self.since))
        if known is None or known.end != rows.end:
            known = with_x_range(rows, self.steps, known)
            self._windows[distinct_steps, self.since] = known
        return known

    def window_rows(self, distinct_steps: int | None) -> Window:
        """Return the window without its x range, for those who draw nothing.

        Distinct steps are counted over all rows of the run, so that a metric logged rarely shows
        its points of the same stretch. `None` is all rows. No window has a row from before
        `since`.
        """
        known = self._window_rows.get((distinct_steps, self.since))
        if known is None or known.end != len(self.steps):
            if distinct_steps is not None:
                known = last_steps(self.steps, distinct_steps, self.order)
                known = known.from_row(self.window_rows(None).first)
            elif self.since is not None:
                known = since(self.times, self.since, known)
            else:
                known = all_rows(len(self.steps))
            self._window_rows[distinct_steps, self.since] = known
        return known

    def x(self, axis: XAxis = STEPS) -> XColumn:
        """Return the x of each row along an axis; each row is looked at once."""
        along = self._along.get(axis)
        if along is None:
            # Text is drawn along the steps as they were logged, and does not need this import.
            from trackio_view.model.along import Along

            along = self._along[axis] = Along()
        column = along.x
        if axis.kind is XKind.STEP:
            column.follow(self.steps)
        elif axis.kind is XKind.CLOCK:
            column.follow(self.times)
        elif len(column.values) != self.row_count:
            from trackio_view.model.along import extend_carried, extend_elapsed, extend_logarithms

            if axis.kind is XKind.ELAPSED:
                extend_elapsed(column, self.times, self.first_time)
            elif axis.kind is XKind.LOG_STEP:
                extend_logarithms(column, self.steps)
            else:
                extend_carried(column, self.series.get(axis.metric), self.row_count)
            column.look()
        return column

    def along(self, axis: XAxis, metric: str) -> Series:
        """Return a metric's series as drawings along an axis take it (`along.Along`)."""
        if axis == STEPS:
            return self.series[metric]
        self.x(axis)
        return self._along[axis].series(metric, self.series, self.order.restarts)

    def smoothed(self, axis: XAxis, metric: str, smoothing: Smoothing) -> Series:
        """Return a metric's smoothed values, one for each logged; each is looked at once.

        Those of one smoothing along one axis are kept, as they take as much room as the logged.
        """
        series = self._smoothed_series(axis, metric, smoothing).update(
            self.x(axis).values, self.order.restarts
        )
        series.overview.breaks = self.along(axis, metric).overview.breaks
        return series

    def unsmoothed(self, axis: XAxis, metric: str, smoothing: Smoothing) -> int:
        """Return how many values of a metric `smoothed` would have to look at."""
        return self._smoothed_series(axis, metric, smoothing).behind

    def _forget_smoothed(self) -> None:
        self._smoothed.clear()
        self._logarithms.clear()

    def logarithms(self, axis: XAxis, metric: str, smoothing: Smoothing | None = None) -> Series:
        """Return the logarithms of a metric's values, or of its smoothed ones; each is looked at
        once.
        """
        logged = self.along(axis, metric)
        source = logged if smoothing is None else self.smoothed(axis, metric, smoothing)
        known = self._logarithms.get((axis, metric, smoothing))
        if known is None or known.source is not source:
            from trackio_view.series.logarithms import Logarithms

            known = self._logarithms[axis, metric, smoothing] = Logarithms(source)
        series = known.update()
        series.overview.breaks = logged.overview.breaks
        return series

    def _smoothed_series(self, axis: XAxis, metric: str, smoothing: Smoothing) -> SmoothedSeries:
        from trackio_view.series.smoothed import SmoothedSeries

        if self._smoothed_as != (axis, smoothing):
            self._forget_smoothed()
            self._smoothed_as = (axis, smoothing)
        known = self._smoothed.get(metric)
        if known is None:
            known = self._smoothed[metric] = SmoothedSeries(self.series[metric], smoothing)
        return known


def _number_rows(batch: RunRows) -> int:
    """Return how many rows of a batch hold a number."""
    count = len(batch.steps)
    columns = batch.columns.values()
    if any(len(column.rows) == count for column in columns):
        return count
    rows: Iterable[array[int]] = {id(column.rows): column.rows for column in columns}.values()
    return len(set().union(*rows))


def _shifted(rows: array[int], base: int, row_count: int) -> array[int]:
    """Return offsets into a batch of `row_count` rows as row numbers of a run."""
    if base == 0:
        return rows
    if len(rows) == row_count:
        # The usual case: every row has a value.
        return array("I", range(base, base + row_count))
    return array("I", [row + base for row in rows])
