"""What a Prometheus answered -> the machines of a fleet, with the readings of their GPUs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackio_view.model.fleet import FleetHost
from trackio_view.model.gpu import GpuId, GpuSample
from trackio_view.model.natural_order import natural_order
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus.answers import AnsweredSeries
from trackio_view.sources.prometheus.families import (
    FAMILIES,
    FREE,
    RESERVED,
    SHARE,
    TEMPERATURE,
    FoundFamily,
    meanings,
)
from trackio_view.sources.prometheus.identities import GpuKey, Identities, KnownGpu
from trackio_view.sources.prometheus.queries import target_of
from trackio_view.sources.prometheus.readings import AnsweredReadings, readings
from trackio_view.sources.prometheus.whole_gpus import with_wholes

_OF_ENGINES = "time that an engine ran"
_OF_SHARE = "what is used, divided by its share"


def hosts_of(told: AnsweredReadings, identities: Identities, now: float) -> list[FleetHost]:
    """Return the machines that an answer tells of, by name; `now` is in epoch seconds.

    Where two exporters tell of one GPU, the first one in the table counts.
    """
    by_host: defaultdict[str, list[tuple[KnownGpu, GpuKey]]] = defaultdict(list)
    families: dict[str, str] = {}
    vendors: dict[tuple[str, str], str] = {}
    seen: set[GpuId | tuple[str, str]] = set()

    def order(key: GpuKey) -> tuple[int, float]:
        KEYS_FIRST.give_way()
        # Where an exporter came back at another address, the newer one counts.
        return _RANKS[key.family], -told.read_at(key, now)

    for key in sorted(told.values, key=order):
        KEYS_FIRST.give_way()
        known = identities.of(told.families[key], key)
        identity, host, card = known.identity, known.identity.host, known.card
        first = vendors.setdefault((host, identity.vendor), key.family)
        first_of_card = families.setdefault(card, key.family) if card else key.family
        # Two exporters may call a card's machine differently: it is one card all the same.
        told_before = (card, key.partition) if card else identity.id
        if not first == first_of_card == key.family or told_before in seen:
            continue
        seen.add(told_before)
        by_host[host].append((known, key))
    hosts = []
    for name, gpus in by_host.items():
        KEYS_FIRST.give_way()
        gpus.sort(key=lambda pair: pair[0].order)
        targets = dict.fromkeys(key.target for _, key in gpus)
        instances = tuple(target.instance for target in targets)
        time = max(told.times.get(target, now) for target in targets)
        samples = [
            _sample(known, told.values[key], told.read_at(key, now), told, key)
            for known, key in gpus
        ]
        profiles = [known.profile for known, _ in gpus]
        hosts.append(FleetHost(name, instances, tuple(with_wholes(samples, profiles)), time))
    return sorted(hosts, key=lambda host: natural_order(host.name))


def samples_over_time(
    series: Iterable[AnsweredSeries], found: Sequence[FoundFamily], identities: Identities
) -> list[FleetHost]:
    """Return the machines of an answer for a stretch of time, one for each time, oldest first."""
    meant = meanings(found, details=True)
    by_time: defaultdict[float, list[AnsweredSeries]] = defaultdict(list)
    for one in series:
        by_time[one.time].append(one)
    return [
        host
        for time in sorted(by_time)
        for host in hosts_of(readings(by_time[time], meant), identities, time)
    ]


def lost_hosts(
    series: Iterable[AnsweredSeries], found: Sequence[FoundFamily], identities: Identities
) -> list[FleetHost]:
    """Return the machines that told of GPUs lately but not now, with the time of their last
    reading.
    """
    labels = [label for one in found for label in one.family.host]
    hosts: dict[str, FleetHost] = {}
    for one in series:
        target = target_of(one.labels)
        name = identities.host_name(target, one.labels, labels)
        if math.isfinite(one.value):
            hosts[name] = FleetHost(name, (target.instance,), (), one.value, one.value)
    return list(hosts.values())


_RANKS: Mapping[str, int] = {family.name: rank for rank, family in enumerate(FAMILIES)}


def _sample(
    known: KnownGpu, values: Mapping[str, float], time: float, told: AnsweredReadings, key: GpuKey
) -> GpuSample:
    fields: dict[str, Any] = {
        name: value for name, value in values.items() if name in _PLAIN_FIELDS
    }
    measures = {"utilization": _OF_ENGINES} if key in told.by_engines else {}
    used, size = _memory(values)
    if size is not None and "memory_total" not in values and SHARE in values:
        measures["memory_total"] = _OF_SHARE
    if known.family.name == "node_exporter" and values.get("utilization") == 0 and size is None:
        # A card without the file of its memory lacks that of its load, too: both are printed as 0.
        del fields["utilization"]
    return GpuSample(
        known.identity,
        time,
        **fields,
        memory_used=used,
        memory_total=size,
        temperatures={
            name.removeprefix(TEMPERATURE): value
            for name, value in values.items()
            if name.startswith(TEMPERATURE)
        },
        measures=measures,
    )


_PLAIN_FIELDS = frozenset(
    {
        *("utilization", "power", "power_limit", "energy", "memory_bus_load", "memory_bandwidth"),
        *("clock_sm", "clock_graphics", "clock_memory", "encoder", "decoder", "sm_busy"),
        "tensor_cores",
    }
)


def _memory(values: Mapping[str, float]) -> tuple[int | None, int | None]:
    """Return the used and the total bytes; neither where the two contradict each other."""
    used, size = values.get("memory_used"), values.get("memory_total")
    if used is None:
        return None, None
    if size is None and FREE in values:
        size = used + values[FREE] + values.get(RESERVED, 0.0)
    if size is None and values.get(SHARE):
        size = used / values[SHARE]
    # A sum may be of zeros alone, which are printed for what cannot be read.
    if size is None or size < 1 or not used <= size:
        return None, None
    return round(used), round(size)
