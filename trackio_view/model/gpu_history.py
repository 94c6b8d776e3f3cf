"""What GPUs did over the last hours: one series a chart line, bounded in length."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import (
    TIME_AWAKE,
    GpuId,
    GpuSample,
    GpusRemembered,
    GpusSampled,
    VendorReport,
)
from trackio_view.model.gpu_fields import FIELD_BY_NAME, GPU_FIELDS, Joining, fields_of_chart
from trackio_view.model.health import gpus_in_use
from trackio_view.model.natural_order import natural_order
from trackio_view.series.series import Series
from trackio_view.series.sums import mean, total
from trackio_view.series.window import Window, last_seconds


class HistorySpan(NamedTuple):
    """How much history is on screen."""

    seconds: float
    label: str


HISTORY_SPANS = (
    HistorySpan(4 * 3600.0, "Last 4 hours"),
    HistorySpan(3600.0, "Last hour"),
    HistorySpan(900.0, "Last 15 minutes"),
    HistorySpan(300.0, "Last 5 minutes"),
    HistorySpan(60.0, "Last minute"),
)
DEFAULT_SPAN = 3
HOUR_SPAN = 1

# A quarter more than the longest span at one sample a second; older samples are deleted.
_MOST_SAMPLES = int(HISTORY_SPANS[0].seconds * 5 / 4)

MEMORY_LINE = "memory_percent"
TEMPERATURE_LINE = "temperature:"
"""What the name of each sensor's line begins with."""
_LINE_NAMES = {"memory_used": MEMORY_LINE, "temperatures": TEMPERATURE_LINE}
_LINE_FIELDS = tuple(
    field.name for field in GPU_FIELDS if field.chart and field.name not in _LINE_NAMES
)


@lru_cache(maxsize=64)
def lines_of_chart(title: str) -> tuple[str, ...]:
    """Return the names of a chart's lines; one that ends in `:` stands for all that begin so."""
    return tuple(_LINE_NAMES.get(field.name, field.name) for field in fields_of_chart(title))


def line_values(sample: GpuSample) -> Iterator[tuple[str, float]]:
    """Yield the name and value of every chart line that a sample adds to.

    Fields go by their names, memory as `memory_percent`, each temperature sensor as
    `temperature:SENSOR`.
    """
    for name in _LINE_FIELDS:
        value = getattr(sample, name)
        if value is not None:
            yield name, value
    if sample.memory_used is not None and sample.memory_total:
        yield MEMORY_LINE, 100 * sample.memory_used / sample.memory_total
    for sensor, degrees in sample.temperatures.items():
        yield f"{TEMPERATURE_LINE}{sensor}", degrees


@dataclass(slots=True, eq=False, repr=False)
class GpuHistory:
    """The history of one GPU: its newest sample, and its lines over time."""

    latest: GpuSample
    times: array[float] = field(default_factory=lambda: array("d"))
    """When each sample was taken, in seconds since the epoch; never falling."""
    lines: dict[str, Series] = field(default_factory=dict)
    dropped: int = 0
    """How many of the oldest samples were deleted. Drawings that are kept are known by this number,
    too.
    """
    _gap: bool = True
    """Whether the newest row is a gap already, or there is no row yet."""
    _read_at: float = math.nan
    """The source's own time of the newest reading, by which a reading that comes again is
    recognised."""

    def record(self, sample: GpuSample, moment: float) -> None:
        """Record a sample. A sample that is no live reading leaves a gap in every line.

        `moment` is when it was taken, in seconds since the epoch.
        """
        is_new = sample.time != self._read_at and math.isfinite(moment)
        self.latest = sample
        if sample.state is not None:
            if not self._gap:
                self._gap = True
                self._append(self.times[-1], dict.fromkeys(self.lines, math.nan))
        elif is_new:
            self._gap = False
            self._read_at = sample.time
            if self.times and moment < self.times[-1]:
                # The clock was set back. The older samples are moved by the same time, so that
                # their ages stay the same.
                late = self.times[-1] - moment
                self.times = array("d", (time - late for time in self.times))
            self._append(moment, dict(line_values(sample)))

    def _append(self, time: float, values: dict[str, float]) -> None:
        row = len(self.times)
        self.times.append(time)
        for name, value in values.items():
            series = self.lines.get(name)
            if series is None:
                series = self.lines[name] = Series()
            series.append_one(row, value)
        if len(self.times) > _MOST_SAMPLES * 5 // 4:
            self._shorten(len(self.times) - _MOST_SAMPLES)

    def _shorten(self, count: int) -> None:
        """Delete the oldest samples; this is rare, so it may copy."""
        self.times = self.times[count:]
        self.dropped += count
        for name, series in list(self.lines.items()):
            start = bisect_left(series.rows, count)
            rows = array("I", (row - count for row in series.rows[start:]))
            if rows:
                self.lines[name] = Series(rows, series.values[start:])
            else:
                # Charts ask each line for its newest value, so a line without a value left is
                # deleted.
                del self.lines[name]

    def window(self, seconds: float, end: float | None = None) -> Window:
        """Return the window of the last `seconds` of history, or of those up to a moment."""
        if end is None:
            return last_seconds(self.times, seconds)
        begin = end - seconds
        return Window(bisect_left(self.times, begin), bisect_right(self.times, end), (begin, end))


def made_history(readings: Sequence[tuple[float, GpuSample]]) -> GpuHistory:
    """Return the history of one GPU's readings, at least one, each with its moment.

    They are live ones in the order of time, which is what `GpuHistory.record` makes of them.
    """
    history = GpuHistory(readings[-1][1])
    columns: dict[str, tuple[array[int], array[float]]] = {}
    for moment, sample in readings:
        if sample.state is not None or not math.isfinite(moment):
            continue
        row = len(history.times)
        history.times.append(moment)
        for name, value in line_values(sample):
            rows, values = columns.setdefault(name, (array("I"), array("d")))
            rows.append(row)
            values.append(value)
        history._gap, history._read_at = False, sample.time
    history.lines = {name: Series(rows, values) for name, (rows, values) in columns.items()}
    return history


@dataclass(slots=True, eq=False, repr=False)
class Gpus:
    """Every GPU that a source tells of, in a stable order, and what the search for them found."""

    histories: dict[GpuId, GpuHistory] = field(default_factory=dict)
    """Those of this machine come first, then machines by name: their places are their numbers,
    whichever answers first.
    """
    sampled: bool = False
    """Whether the first look at any machine's GPUs is done."""
    _told: dict[str, tuple[GpuId, ...]] = field(default_factory=dict)
    """The GPUs that each source told of last."""
    _reports: dict[str, tuple[VendorReport, ...]] = field(default_factory=dict)

    def apply(self, event: GpusSampled) -> None:
        """Take in a tick's samples; a GPU that its source tells of no more leaves the screen."""
        self.sampled = True
        self._reports[event.source] = event.report
        others = {id for source, ids in self._told.items() if source != event.source for id in ids}
        known = dict(self.histories)
        told = []
        for sample in event.samples:
            id = sample.identity.id
            # Where two sources sample one GPU, only the samples of the first are taken: those of
            # both would mix in one line.
            if id not in others:
                history = known.setdefault(id, GpuHistory(sample))
                history.record(sample, event.moment(sample))
                told.append(id)
        self._told[event.source] = tuple(told)
        self.histories = {id: known[id] for source in self._sources for id in self._told[source]}

    def remember(self, event: GpusRemembered) -> None:
        """Record what a source's GPUs did before. It replaces all that is known of these GPUs."""
        for id in self._told.get(event.source, ()):
            del self.histories[id]
        self._told[event.source] = ()
        readings: dict[GpuId, list[tuple[float, GpuSample]]] = {}
        for moment in event.moments[:-1]:
            for sample in moment.samples:
                of_gpu = readings.setdefault(sample.identity.id, [])
                of_gpu.append((moment.moment(sample), sample))
        # All readings are recorded in one go. Recording an hour of them one by one would hold up
        # keys.
        self.histories |= {id: made_history(of_gpu) for id, of_gpu in readings.items()}
        for newest in event.moments[-1:]:
            self.apply(newest)

    @property
    def _sources(self) -> list[str]:
        """The sources by name, this machine's own, which has none, before all others."""
        return sorted(self._told, key=natural_order)

    @property
    def report(self) -> tuple[VendorReport, ...]:
        """What the searches found."""
        # A source that told only that it remembers nothing has searched for nothing.
        return tuple(line for source in self._sources for line in self._reports.get(source, ()))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The machines that the GPUs are in, each once."""
        return tuple(dict.fromkeys(id.host for id in self.histories))

    def recent_loads(
        self, now: float, seconds: float, host: str = ""
    ) -> Mapping[str, Sequence[float]]:
        """Return the loads in percent, over the newest `seconds`, of each GPU of a machine: this
        one, where no `host` is named.

        The keys are `GPU` and the number on screen; `now` is in seconds since the epoch. A GPU is
        left out whose newest reading is older, or whose memory is free while that of others is in
        use. One that was not sampled for that long, or that does not tell all of its load, has no
        loads.
        """
        loads: dict[str, Sequence[float]] = {}
        memory: dict[str, float] = {}
        for number, (id, history) in enumerate(self.histories.items()):
            series, times = history.lines.get("utilization"), history.times
            if id.host != host or not times or now - times[-1] > seconds:
                continue
            name = f"GPU {number}"
            # A load that tells a part of the work alone, or none, does not tell that a GPU idles.
            loads[name] = []
            if (
                series is not None
                and times[-1] - times[0] >= seconds
                and not history.latest.load_is_a_part
            ):
                recent = series.within(history.window(seconds))
                loads[name] = [value for value in recent if value == value]
            if MEMORY_LINE in history.lines:
                memory[name] = history.lines[MEMORY_LINE].values[-1]
        return gpus_in_use(loads, memory)

    @property
    def samples(self) -> list[GpuSample]:
        """The newest sample of every GPU, in order."""
        return [history.latest for history in self.histories.values()]


class Totals(NamedTuple):
    """The sums over the GPUs that are read at present; `None` where none of them has a value."""

    gpu_count: int
    """How many GPUs are told of, with partitions and with those that cannot be read at present."""
    utilization: float | None
    """The mean, in percent."""
    memory_used: float | None
    """Bytes, over the GPUs that tell both used and total."""
    memory_total: float | None
    power: float | None
    power_limit: float | None
    """Watts, `None` unless every GPU whose power is known has a limit."""
    hottest: float | None
    """The highest of all main temperatures, in degrees Celsius."""


def totals(samples: list[GpuSample]) -> Totals:
    """Return the aggregate of the newest samples; partitions count with their GPU.

    Beside cards, the graphics of a processor do not count with the machine's memory, nor does any
    GPU with figures that only bound what it does.
    """
    live = [s for s in samples if s.state is None and s.identity.parent is None]
    measured = [s for s in live if s.utilization is not None and not _is_bound(s)] or live
    told = [s for s in live if s.memory_used is not None and s.memory_total is not None]
    own = [s for s in told if not s.identity.unified_memory and "memory_used" not in s.measures]
    with_memory = own or told
    powered = [s for s in live if s.power is not None]
    limited = bool(powered) and all(s.power_limit is not None for s in powered)
    return Totals(
        gpu_count=len(samples),
        utilization=_joined("utilization", [s.utilization for s in measured]),
        memory_used=_joined("memory_used", [s.memory_used for s in with_memory]),
        memory_total=_joined("memory_total", [s.memory_total for s in with_memory]),
        power=_joined("power", [s.power for s in powered]),
        power_limit=_joined("power_limit", [s.power_limit for s in powered]) if limited else None,
        hottest=_joined("temperatures", [s.temperature for s in live]),
    )


def _is_bound(sample: GpuSample) -> bool:
    return sample.measures.get("utilization") == TIME_AWAKE or sample.load_is_a_part


def _total(values: Sequence[float]) -> float:
    # Bytes are integers. Their sum is exact and is never beyond a float.
    whole = all(isinstance(value, int) for value in values)
    return sum(values) if whole else total(values)


_JOIN: Mapping[Joining, Callable[[Sequence[float]], float]] = {
    Joining.MEAN: mean,
    Joining.TOTAL: _total,
    Joining.HIGHEST: max,
}


def _joined(name: str, values: Sequence[float | None]) -> float | None:
    """Return the figure for all GPUs as the table of fields has it, `None` where none tells."""
    known = [value for value in values if value is not None]
    joining = FIELD_BY_NAME[name].joining
    return _JOIN[joining](known) if known and joining is not None else None
