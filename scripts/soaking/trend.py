"""Whether the memory, files, threads or processor time of a program keep growing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WARM_UP_SECONDS = 60.0
"""Samples from before this time are never judged."""


class Sample(NamedTuple):
    """A sample of the program; its time is in seconds since the start."""

    time: float
    memory: float
    """Resident, in megabytes."""
    descriptors: float
    threads: float
    cpu: float
    """Seconds of processor time a minute, since the sample before."""


class Bound(NamedTuple):
    """How far a value may rise before it counts as a trend. Both bounds must be passed."""

    name: str
    unit: str
    most: float
    """The rise in its own unit."""
    share: float
    """The rise as a share of the value at the beginning of the judged samples."""


BOUNDS: tuple[Bound, ...] = (
    Bound("memory", "MB", 6.0, 0.05),
    Bound("descriptors", "", 3.0, 0.2),
    Bound("threads", "", 3.0, 0.2),
    Bound("cpu", "s/min", 3.0, 0.5),
)
"""The bounds of each field of a sample, except for its time."""


def later(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples of the later two thirds of the time, from the second minute on.

    Caches fill in the first minute, so a run that ends before has no samples to judge.
    """
    start = max(WARM_UP_SECONDS, samples[-1].time / 3) if samples else 0.0
    return [sample for sample in samples if sample.time >= start]


def rise(times: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Return the beginning and the rise of the straight line through the values.

    The line is that of least squares. With fewer than three values it is flat.
    """
    count = len(values)
    mean = sum(values) / count if count else 0.0
    if count < 3:
        return mean, 0.0
    middle = sum(times) / count
    spread = sum((time - middle) ** 2 for time in times)
    if not spread:
        return mean, 0.0
    products = ((time - middle) * value for time, value in zip(times, values, strict=True))
    slope = sum(products) / spread
    return mean + slope * (times[0] - middle), slope * (times[-1] - times[0])


def trends(samples: Sequence[Sample]) -> list[str]:
    """Return a sentence for each field that keeps growing.

    A straight line is laid through the later two thirds. A rise is a trend where it passes both
    bounds: in the field's own unit, and as a share of the line's beginning.
    """
    judged = later(samples)
    times = [sample.time for sample in judged]
    found = []
    for bound in BOUNDS:
        begin, rises = rise(times, [getattr(sample, bound.name) for sample in judged])
        if rises > bound.most and rises > bound.share * begin:
            unit = f" {bound.unit}" if bound.unit else ""
            minutes = (times[-1] - times[0]) / 60
            found.append(
                f"{bound.name}: from {begin:.1f}{unit} up by {rises:.1f} within {minutes:.1f} min"
            )
    return found
