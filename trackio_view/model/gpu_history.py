"""What GPUs did over the last hours: one series a chart line, bounded in length."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.model.gpu import GpuSample, GpusSampled, VendorReport
from trackio_view.series.series import MetricColumn, Series
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

# A quarter more than the longest span at one sample a second; older samples are let go.
_MOST_SAMPLES = 18_000

_LINE_FIELDS = (
    "utilization",
    "memory_bus_load",
    "power",
    "power_limit",
    "clock_graphics",
    "clock_memory",
    "clock_fabric",
    "clock_soc",
    "clock_video",
    "fan_percent",
    "fan_rpm",
    "encoder",
    "decoder",
    "pcie_read",
    "pcie_write",
)


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
        yield "memory_percent", 100 * sample.memory_used / sample.memory_total
    for sensor, degrees in sample.temperatures.items():
        yield f"temperature:{sensor}", degrees


@dataclass(slots=True, eq=False)
class GpuHistory:
    """One GPU: its newest sample, and its lines over time."""

    latest: GpuSample
    times: array[float] = field(default_factory=lambda: array("d"))
    """When each sample was taken, in seconds of the sampler's clock."""
    lines: dict[str, Series] = field(default_factory=dict)
    dropped: int = 0
    """How many samples were let go; tells a shortened history from another one."""
    _gap: bool = True
    """Whether the newest row already is a gap, or nothing is there that could break."""

    def record(self, sample: GpuSample) -> None:
        """Take in a sample; one that is no live reading leaves a gap in every line."""
        is_new = not self.times or sample.time > self.times[-1]
        self.latest = sample
        if sample.state is not None:
            if not self._gap:
                self._gap = True
                self._append(self.times[-1], dict.fromkeys(self.lines, math.nan))
        elif is_new:
            self._gap = False
            self._append(sample.time, dict(line_values(sample)))

    def _append(self, time: float, values: dict[str, float]) -> None:
        row = array("I", (len(self.times),))
        self.times.append(time)
        for name, value in values.items():
            series = self.lines.get(name)
            if series is None:
                series = self.lines[name] = Series()
            series.append(MetricColumn(row, array("d", (value,))), row)
        if len(self.times) > _MOST_SAMPLES * 5 // 4:
            self._shorten(len(self.times) - _MOST_SAMPLES)

    def _shorten(self, count: int) -> None:
        """Let go of the oldest samples; rare, so that it may copy."""
        self.times = self.times[count:]
        self.dropped += count
        for name, series in self.lines.items():
            start = bisect_left(series.rows, count)
            rows = array("I", (row - count for row in series.rows[start:]))
            self.lines[name] = Series(rows, series.values[start:])

    def window(self, seconds: float) -> Window:
        """Return the window of the last `seconds` of history."""
        return last_seconds(self.times, seconds)


@dataclass(slots=True)
class Gpus:
    """Every GPU that was ever sampled, in a stable order, and what the search for them found."""

    histories: dict[str, GpuHistory] = field(default_factory=dict)
    """By the key of the GPU's identity."""
    report: tuple[VendorReport, ...] = ()
    sampled: bool = False
    """Whether the first look at the machine's GPUs is done."""

    def apply(self, event: GpusSampled) -> None:
        """Take in a tick's samples; a GPU that was unplugged leaves the screen."""
        self.sampled = True
        self.report = event.report
        histories: dict[str, GpuHistory] = {}
        for sample in event.samples:
            key = sample.identity.key
            history = self.histories.get(key)
            if history is None:
                history = GpuHistory(sample)
            history.record(sample)
            histories[key] = history
        self.histories = histories

    @property
    def samples(self) -> list[GpuSample]:
        """The newest sample of every GPU, in order."""
        return [history.latest for history in self.histories.values()]


class Totals(NamedTuple):
    """The sums over the GPUs that are read at present; `None` where none of them tells."""

    gpu_count: int
    utilization: float | None
    """The mean, in percent."""
    memory_used: int | None
    """Bytes, over the GPUs that tell both used and total."""
    memory_total: int | None
    power: float | None
    power_limit: float | None
    """Watts, `None` unless every GPU whose power is known has a limit."""
    hottest: float | None
    """The highest of all main temperatures, in degrees Celsius."""


def totals(samples: list[GpuSample]) -> Totals:
    """Return the aggregate of the newest samples; partitions count with their GPU."""
    live = [s for s in samples if s.state is None and s.identity.parent is None]
    loads = [s.utilization for s in live if s.utilization is not None]
    memory = [
        (s.memory_used, s.memory_total)
        for s in live
        if s.memory_used is not None and s.memory_total is not None
    ]
    power = [(s.power, s.power_limit) for s in live if s.power is not None]
    limits = [limit for _, limit in power if limit is not None]
    degrees = [s.temperature for s in live if s.temperature is not None]
    return Totals(
        gpu_count=len(samples),
        utilization=mean(loads) if loads else None,
        memory_used=sum(used for used, _ in memory) if memory else None,
        memory_total=sum(whole for _, whole in memory) if memory else None,
        power=total(watts for watts, _ in power) if power else None,
        power_limit=total(limits) if limits and len(limits) == len(power) else None,
        hottest=max(degrees, default=None),
    )
