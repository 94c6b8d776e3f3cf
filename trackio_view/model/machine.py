"""What a run logged of its machine, put together as charts. Each device has a line, and so has the
aggregate.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from trackio_view.light_typing import NamedTuple
from trackio_view.model.health import gpus_in_use
from trackio_view.model.machine_keys import (
    GPU_LOAD,
    GPU_MEMORY,
    KnownKey,
    MachinePart,
    describe,
    is_system_key,
    of_one_device,
)
from trackio_view.model.newest_runs import newest_first
from trackio_view.model.run import Run
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.model.windows import Last, WindowChoice, window_of
from trackio_view.model.x_axis import CLOCK
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import ZOOM_LEVELS, Window, all_rows, from_time, held

_MOST_DIGITS = 18
"""Of a device's number. Python refuses to read one of thousands of digits."""
_ENDED_PAUSES = 3.0
"""How many times as long as its longest pause of late a key may be without a value."""
_RECENT_VALUES = 100


@dataclass(slots=True, eq=False, repr=False)
class SystemLog:
    """The rows that a run logged of its machine, beside those of its training."""

    rows: Run
    """A run whose steps are times in seconds since the epoch, as system rows have no steps."""
    _scaled: dict[str, Series] = field(default_factory=dict)

    def series(self, key: str) -> Series:
        """Return a key's values in the unit that the table of keys names."""
        series, scale = self.rows.series[key], describe(key).scale
        if scale == 1.0:
            return series
        scaled = self._scaled.setdefault(key, Series())
        done = len(scaled)
        if done < len(series):
            values = array("d", (value * scale for value in series.values[done:]))
            rows = series.rows[done:]
            scaled.append(MetricColumn(rows, values), rows)
        return scaled

    def recent_gpu_loads(self, now: float, seconds: float) -> Mapping[str, Sequence[float]]:
        """Return each GPU's loads in percent over the newest `seconds`, by the GPU's name.

        A GPU is left out whose newest row is older, that was not logged for that long, or whose
        memory is free while that of others is in use.
        """
        loads: dict[str, Sequence[float]] = {}
        memory: dict[str, float] = {}
        for key in self.rows.series:
            known = describe(key)
            if not of_one_device(known) or known.title not in (GPU_LOAD, GPU_MEMORY):
                continue
            name = f"GPU {known.device}"
            if known.title == GPU_MEMORY:
                memory[name] = self.series(key).values[-1]
            elif readings := self._recent(self.series(key), now, seconds):
                loads[name] = readings
        return gpus_in_use(loads, memory)

    def _recent(self, series: Series, now: float, seconds: float) -> list[float]:
        times, readings = self.rows.times, list[float]()
        newest = times[series.rows[-1]] if len(series) else math.nan
        if not now - newest <= seconds:
            return []
        for position in range(len(series) - 1, -1, -1):
            age = newest - times[series.rows[position]]
            if not age < seconds:
                return readings if age >= seconds else []
            if math.isfinite(series.values[position]):
                readings.append(series.values[position])
        return []


class SystemLine(NamedTuple):
    """A key as a line of a chart."""

    key: str
    known: KnownKey
    times: array[float]
    """When each row was written, in seconds since the epoch; NaN where unknown."""
    series: Series

    @property
    def label(self) -> str:
        """The device, or how the devices are joined: what differs between the lines of a chart."""
        if self.known.device is not None:
            return self.known.device
        return self.known.aggregate.value if self.known.aggregate else ""

    @property
    def last_time(self) -> float:
        """When its newest value was written, in seconds since the epoch; NaN where unknown."""
        return self.times[self.series.rows[-1]] if len(self.series) else math.nan

    def ended_before(self, time: float) -> bool:
        """Return whether the key would have another value by `time` if it were still logged,
        judging by its pauses.

        A GPU that fell off the bus is logged no more, and neither is a sensor that fails.
        """
        silence = time - self.last_time
        if not silence > 0:
            return False
        recent = [self.times[row] for row in self.series.rows[-_RECENT_VALUES:]]
        pauses = [after - before for before, after in pairwise(recent)]
        return bool(pauses) and silence > _ENDED_PAUSES * max(pauses)


class SystemChart(NamedTuple):
    """Lines of one meaning and unit."""

    title: str
    unit: str
    group: MachinePart
    most: float | None
    lines: tuple[SystemLine, ...]
    """By the device's number, the aggregates last."""


class Machine(NamedTuple):
    """A run as a user of its machine: its training, its system rows, or both."""

    run_id: str
    name: str
    training: Run | None
    log: SystemLog | None

    @property
    def last_time(self) -> float:
        """When the newest system row was written, else the newest row of the training."""
        if self.log is not None:
            return self.log.rows.last_time
        return self.training.last_time if self.training is not None else math.nan

    @property
    def last_id(self) -> int:
        """The id of the training's newest row, else of the newest system row."""
        rows = self.training or (self.log.rows if self.log else None)
        return 0 if rows is None else rows.last_id

    @property
    def first_time(self) -> float:
        """When the run began, as far as its rows tell; NaN where they tell no time."""
        times = [
            run.first_time
            for run in (self.training, self.log.rows if self.log else None)
            if run is not None and run.first_time == run.first_time
        ]
        return min(times, default=math.nan)

    def lines(self) -> Iterator[SystemLine]:
        """Yield a line for each key: those of system rows, then older loggers' among metrics."""
        if self.log is not None:
            for key in self.log.rows.series:
                yield SystemLine(key, describe(key), self.log.rows.times, self.log.series(key))
        if self.training is not None:
            for key, series in self.training.series.items():
                # Where both tables have a key, the system rows are the better source.
                if is_system_key(key) and (self.log is None or key not in self.log.rows.series):
                    yield SystemLine(key, describe(key), self.training.times, series)

    def logged(self) -> bool:
        """Return whether there is anything to chart."""
        return next(self.lines(), None) is not None

    def charts(self, selection: Selection | None = None) -> list[SystemChart]:
        """Return the charts of the selected keys: by group, then as in the table of keys."""
        members: dict[tuple[MachinePart, str], list[SystemLine]] = {}
        logged = list(self.lines())
        if selection is not None and selection.metrics:
            selected = set(selection.metrics_among([line.key for line in logged]))
            logged = [line for line in logged if line.key in selected]
        for line in logged:
            members.setdefault((line.known.group, line.known.title), []).append(line)
        groups = list(MachinePart)
        charts = [
            SystemChart(
                title,
                next((line.known.unit for line in lines if line.known.unit), ""),
                group,
                next((line.known.most for line in lines if line.known.most is not None), None),
                tuple(sorted(lines, key=_line_order)),
            )
            for (group, title), lines in members.items()
        ]
        return sorted(
            charts,
            key=lambda chart: (
                groups.index(chart.group),
                min(line.known.rank for line in chart.lines),
                chart.title,
            ),
        )

    def time_range(self, distinct_steps: int | None) -> tuple[float, float] | None:
        """Return from when to when a zoom level reaches, in seconds since the epoch.

        It is the time of the training's last distinct steps, so that both screens show the same
        stretch; it ends with the newest row of either table. Without a training, the last
        distinct times of the system rows count instead. `None` where no time is known.
        """
        end = max(
            (
                run.last_time
                for run in (self.training, self.log.rows if self.log else None)
                if run is not None and run.last_time == run.last_time
            ),
            default=math.nan,
        )
        start = self.first_time
        if not self._is_whole(distinct_steps):
            start = _first_known(self.training, distinct_steps)
            if math.isnan(start) and self.log is not None:
                start = _first_known(self.log.rows, distinct_steps)
        return (start, end) if start <= end else None

    def _is_whole(self, distinct_steps: int | None) -> bool:
        """Return whether all rows are shown: no zoom level and no earliest time leaves any out."""
        runs = (self.training, self.log.rows if self.log else None)
        return distinct_steps is None and all(run is None or run.since is None for run in runs)

    def times_of(self, choice: WindowChoice) -> tuple[float, float] | None:
        """Return from when to when a chosen window of the training reaches; `None` if unknown.

        Without a training, the window is one of the system rows.
        """
        if isinstance(choice, Last):
            return self.time_range(ZOOM_LEVELS[choice.level].distinct_steps)
        runs = (self.training, self.log.rows if self.log else None)
        run = next((run for run in runs if run is not None), None)
        return None if run is None else window_of(run, choice, CLOCK).x_range

    def window_in(self, line: SystemLine, choice: WindowChoice) -> Window:
        """Return the window of a line's rows at the times of a chosen window."""
        if isinstance(choice, Last):
            return self.window_of(line, ZOOM_LEVELS[choice.level].distinct_steps)
        times = self.times_of(choice)
        if times is None:
            return held([], (0.0, 0.0))._replace(x_range=None)
        run = self.training
        if run is None or line.times is not run.times:
            run = self.log.rows if self.log is not None else None
        return held([] if run is None else run.x(CLOCK).rows_between(*times), times)

    def window_of(self, line: SystemLine, distinct_steps: int | None) -> Window:
        """Return the window of a line's rows at a zoom level; its x range is that of all lines."""
        x_range = self.time_range(distinct_steps)
        rows = all_rows(len(line.times))
        if not self._is_whole(distinct_steps):
            if self.training is not None and line.times is self.training.times:
                rows = self.training.window_rows(distinct_steps)
            else:
                if x_range is not None:
                    rows = from_time(line.times, x_range[0])
                if self.log is not None:
                    rows = rows.from_row(self.log.rows.window_rows(None).first)
        return rows._replace(x_range=x_range)


def ended_gpu_keys(charts: Iterable[SystemChart]) -> frozenset[str]:
    """Return the keys of GPUs that have no value any more, while other ones are still logged."""
    lines = [line for chart in charts if chart.group is MachinePart.GPU for line in chart.lines]
    newest: dict[int, float] = {}
    for line in lines:
        table, time = id(line.times), line.last_time
        newest[table] = max(newest.get(table, -math.inf), -math.inf if math.isnan(time) else time)
    return frozenset(line.key for line in lines if line.ended_before(newest[id(line.times)]))


def machine_of(run_id: str, training: Run | None, log: SystemLog | None) -> Machine:
    """Return a run as a user of its machine, by the name that its rows give it."""
    named = training or (log.rows if log else None)
    return Machine(run_id, named.name if named else run_id, training, log)


def chosen_machine(machines: Iterable[Machine], selection: Selection) -> Machine | None:
    """Return the selected run; without a choice, the newest of those that logged their machine."""
    ordered = newest_first(machines, time.time())
    ordered.sort(key=lambda machine: machine.training is None)
    if selection.run is not None:
        ranks = [selection.rank(RunLabel(it.run_id, it.name)) for it in ordered]
        best = max(ranks, default=0)
        ordered = [it for it, rank in zip(ordered, ranks, strict=True) if best and rank == best]
    return next(filter(Machine.logged, ordered), ordered[0] if ordered else None)


def _line_order(line: SystemLine) -> tuple[bool, int, int, str, str]:
    device = line.known.device
    name, _, rank = (device or "").partition(" of rank ")
    return device is None, _number(rank), _number(name), name, line.key


def _number(text: str) -> int:
    """Return the number that a text is, -1 where it is none, or too long to be read."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else -1


def _first_known(run: Run | None, distinct_steps: int | None) -> float:
    """Return the first known time of a run's window, NaN where there is none."""
    if run is None:
        return math.nan
    start = run.window_rows(distinct_steps).first
    return next((time for time in run.times[start:] if time == time), math.nan)
