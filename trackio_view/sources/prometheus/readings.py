"""The numbers of an answer by GPU; each field comes from the first metric that tells it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus.answers import AnsweredSeries
from trackio_view.sources.prometheus.families import (
    FREE,
    INSTANCE,
    RESERVED,
    GpuFamily,
    MetricMeaning,
    plausible,
)
from trackio_view.sources.prometheus.identities import GpuKey, key_of
from trackio_view.sources.prometheus.queries import CLUSTER, NAME, ScrapeTarget, target_of

_ADDED_UP = frozenset({"memory_used", "memory_total", FREE, RESERVED})
"""Fields that are added up over a card's pieces; of all other fields the highest value is taken."""


class AnsweredReadings(NamedTuple):
    """The numbers of an answer by GPU."""

    values: Mapping[GpuKey, Mapping[str, float]]
    """Field -> value; only plausible values."""
    families: Mapping[GpuKey, GpuFamily]
    by_engines: Collection[GpuKey]
    """GPUs whose load is that of their engines, because no metric tells another."""
    times: Mapping[ScrapeTarget, float]
    """Target -> when it was read, in epoch seconds."""

    def read_at(self, key: GpuKey, now: float) -> float:
        """Return when a GPU was read; `now` where that is unknown."""
        return self.times.get(key.target, now)


def readings(
    series: Iterable[AnsweredSeries], meant: Mapping[str, MetricMeaning]
) -> AnsweredReadings:
    """Return the numbers of an answer by GPU, each field's from the first place that tells it."""
    gpus: dict[GpuKey, _GpuReadings] = {}
    times: dict[ScrapeTarget, float] = {}
    # Keys are kept by their labels: a fleet has thousands of series, and each GPU has several.
    by_labels: dict[tuple[str | None, ...], _GpuReadings] = {}
    key_labels = {
        family.name: (INSTANCE, CLUSTER, *family.number, family.partition)
        for family in (one.found.family for one in meant.values())
    }
    give_way = KEYS_FIRST.give_way
    for labels, _, number in series:
        give_way()
        name = labels.get(NAME)
        if name is None:
            if math.isfinite(number):
                times[target_of(labels)] = number
            continue
        meaning = meant.get(name)
        if meaning is None:
            continue
        family = meaning.found.family
        gpu = None
        for place, told in meaning.told:
            if told.where and any(labels.get(label) != value for label, value in told.where):
                continue
            if gpu is None:
                made_of = (family.name, *map(labels.get, key_labels[family.name]))
                gpu = by_labels.get(made_of)
            if gpu is None:
                gpu = gpus.setdefault(key_of(family, labels), _GpuReadings(family))
                by_labels[made_of] = gpu
            value = plausible(family, told, number)
            if value is not None:
                gpu.take(place, told.field, value)
    by_engines: set[GpuKey] = set()
    values: dict[GpuKey, Mapping[str, float]] = {}
    families: dict[GpuKey, GpuFamily] = {}
    for key, gpu in gpus.items():
        give_way()
        values[key], families[key] = gpu.values, gpu.family
        if gpu.is_of_engines():
            by_engines.add(key)
    return AnsweredReadings(values, families, by_engines, times)


@dataclass(slots=True)
class _GpuReadings:
    """The numbers of one GPU while an answer is read."""

    family: GpuFamily
    values: dict[str, float] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    """Field -> the place, among those of its family, of the metric that tells it."""

    def take(self, place: int, name: str, value: float) -> None:
        """Keep a metric's value of a field, unless a metric in an earlier place told one."""
        before = self.places.get(name)
        if before is None or place < before:
            self.places[name], self.values[name] = place, value
        elif place == before:
            known = self.values[name]
            added = bool(self.family.piece) and name in _ADDED_UP
            self.values[name] = known + value if added else max(known, value)

    def is_of_engines(self) -> bool:
        place = self.places.get("utilization")
        return place is not None and "ENGINE" in self.family.fields[place].metric
