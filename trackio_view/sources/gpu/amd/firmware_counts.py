"""What the firmware of an AMD card counts, as shares of the time since the last reading."""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd.gpu_metrics import (
    JOULES_PER_COUNT,
    RESIDENCY_WORDS,
    GpuMetrics,
)
from trackio_view.sources.gpu.sampler import Counters, transferred

_COUNT_WRAPS = 1 << 32


def grown(earlier: int, later: int) -> int | None:
    """Return by how much a count grew that has 32 bits; `None` where it was reset.

    Between two readings a count grows by far less than half of its range; growth beyond that is a
    reset of the chip.
    """
    step = (later - earlier) % _COUNT_WRAPS
    return step if step < _COUNT_WRAPS // 2 else None


@dataclass(slots=True, eq=False, repr=False)
class FirmwareCounts:
    """The counts as they were read last, from which a share of time and a sum follow.

    A first reading tells nothing yet, which is `None`.
    """

    _residencies: dict[str, int] = field(default_factory=dict)
    _activity: tuple[int, int] | None = None
    """The counts of work and of steps."""
    _throttled: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict)
    _rates: Counters = field(default_factory=Counters)
    _energy: int | None = None
    _energy_grown: int = 0
    """By how much the count of energy grew while it was watched."""

    @property
    def sums_energy(self) -> bool:
        """Whether energy is counted here, as the firmware's own count wraps."""
        return self._energy is not None

    def kernels(self, metrics: GpuMetrics) -> float | Absence | None:
        """Return the percent of the time since the last reading in which anything ran.

        The firmware of newer cards counts it at each of its steps; `utilization` is a mean over the
        firmware's own window. Only a profiler tells the load of matrix cores.
        """
        if metrics.activity_count is None or metrics.steps is None:
            return Absence.UNSUPPORTED
        earlier, self._activity = self._activity, (metrics.activity_count, metrics.steps)
        if earlier is None:
            return None
        work, steps = map(grown, earlier, self._activity)
        if work is None or not steps:
            return None
        return work / steps if work <= 100 * steps else None

    def energy(self, metrics: GpuMetrics) -> float | Absence | None:
        """Return joules: since power came, or since the watch began where the count wraps.

        The firmware of cards up to RDNA2 counts in 32 bits, and so begins anew after 65,536 J,
        which are minutes of work.
        """
        if metrics.energy_count is None:
            return Absence.UNSUPPORTED
        if not metrics.energy_wraps:
            # A chip that counts farther has passed the range of the others.
            self._energy = None
            return metrics.energy_count * JOULES_PER_COUNT
        earlier, self._energy = self._energy, metrics.energy_count
        if earlier is None:
            return None
        step = grown(earlier, metrics.energy_count)
        # A chip that was reset counts from 0 again.
        self._energy_grown += metrics.energy_count if step is None else step
        return self._energy_grown * JOULES_PER_COUNT

    def xgmi(self, metrics: GpuMetrics, way: str, now: float) -> float | Absence | None:
        """Return bytes a second over all links to other cards: `read` or `write`."""
        counts = {"read": metrics.xgmi_read_counts, "write": metrics.xgmi_write_counts}[way]
        if not metrics.xgmi_width or not counts:
            return Absence.UNSUPPORTED
        # Each link has a count of its own: one that comes up shows all that it ever transferred.
        rates = [
            transferred(self._rates.rate(f"{way} {link}", now, counts[link], 1024))
            for link in counts
        ]
        measured = [rate for rate in rates if rate is not None]
        return sum(measured) if measured else None

    def throttle_reasons(self, metrics: GpuMetrics) -> tuple[str, ...] | Absence | None:
        """Return why the chip was held back since the last table, as the firmware counts it."""
        earlier, self._residencies = self._residencies, dict(metrics.residencies)
        if metrics.throttle_reasons is None and not earlier:
            return None if metrics.residencies else Absence.UNSUPPORTED
        return tuple(
            RESIDENCY_WORDS[name.partition(" ")[0]]
            for name, count in metrics.residencies.items()
            if grown(earlier.get(name, count), count)
        )

    def throttled(self, metrics: GpuMetrics, names: tuple[str, ...]) -> float | Absence | None:
        """Return the percent of the time since the last reading in which any of the counters grew.

        The firmware counts its steps at which the chip was held back.
        """
        counts = [metrics.residencies[name] for name in names if name in metrics.residencies]
        if not counts or metrics.steps is None:
            return Absence.UNSUPPORTED
        later = (*counts, metrics.steps)
        earlier, self._throttled[names] = self._throttled.get(names), later
        if earlier is None or len(earlier) != len(later):
            return None
        *held, steps = map(grown, earlier, later)
        known = [count for count in held if count is not None]
        return min(100 * max(known) / steps, 100.0) if steps and known else None
