"""One run: its rows' steps and times, its series, and the windows that a zoom level cuts."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any, NamedTuple

from trackio_view.model.config import ConfigValue, flatten_config
from trackio_view.model.project_id import ProjectId
from trackio_view.model.roles import Role, chart_order, first_of, main_loss
from trackio_view.series.series import MetricColumn, Number, Series
from trackio_view.series.window import Window, all_rows, last_steps, since, with_x_range

_NO_CONFIG: dict[str, ConfigValue] = {}


class RunKey(NamedTuple):
    """A run among those of all projects."""

    project: ProjectId
    run_id: str


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


class RunDetails(NamedTuple):
    """What a project says of a run outside its metric rows."""

    run_id: str
    run_name: str
    config: Mapping[str, Any] | None
    group: str | None = None


class Run:
    """Everything known of one run."""

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
        self.last_step: Number = math.nan
        self.steps: array[float] = array("d")
        self.times: array[float] = array("d")
        self.series: dict[str, Series] = {}
        self.first_time = math.nan
        """When the first row with a known time was written, in seconds since the epoch."""
        self.last_time = math.nan
        """When the newest row with a known time was written."""
        self.heartbeat = math.nan
        """When TrackIO last logged system metrics for the run: its process was alive then."""
        self.known_pace = (-1, 0, 0)
        """Row count, first and last row of the stretch by which `pace` judged the run last."""
        self.known_totals: tuple[object, float | None, float | None] = (None, None, None)
        """A flat config, and the steps and epochs in all that `progress` found in it."""
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
        return len(self.steps)

    def append(self, batch: RunRows) -> None:
        """Append a batch whose rows all come after those already here."""
        base = len(self.steps)
        self.steps.extend(batch.steps)
        self.times.extend(batch.times)
        self.last_id = batch.last_id
        self.last_step = batch.last_step
        self.name = batch.run_name
        if math.isnan(self.first_time):
            self.first_time = next((time for time in batch.times if time == time), math.nan)
        self.last_time = next(
            (time for time in reversed(batch.times) if time == time), self.last_time
        )
        shifted: dict[int, array[int]] = {}
        for metric, column in batch.columns.items():
            rows = shifted.get(id(column.rows))
            if rows is None:
                rows = _shifted(column.rows, base, len(batch.steps))
                shifted[id(column.rows)] = rows
            series = self.series.get(metric)
            if series is None:
                series = self.series[metric] = Series()
            series.append(column, rows)

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
                known = last_steps(self.steps, distinct_steps)
                known = known.from_row(self.window_rows(None).first)
            elif self.since is not None:
                known = since(self.times, self.since, known)
            else:
                known = all_rows(len(self.steps))
            self._window_rows[distinct_steps, self.since] = known
        return known


def _shifted(rows: array[int], base: int, row_count: int) -> array[int]:
    """Return offsets into a batch of `row_count` rows as row numbers of a run."""
    if base == 0:
        return rows
    if len(rows) == row_count:
        # The usual case: every row has a value.
        return array("I", range(base, base + row_count))
    return array("I", [row + base for row in rows])
