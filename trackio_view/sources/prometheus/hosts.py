"""What a Prometheus answered -> the machines of a fleet, and the readings of their GPUs."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from trackio_view.model.fleet import FleetHost
from trackio_view.model.gpu import GpuId, GpuIdentity, GpuSample
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus.answers import AnsweredSeries
from trackio_view.sources.prometheus.families import (
    FAMILIES,
    FREE,
    INSTANCE,
    RESERVED,
    SHARE,
    TEMPERATURE,
    FoundFamily,
    GpuFamily,
    MetricMeaning,
    meanings,
    plausible,
    slices,
)
from trackio_view.sources.prometheus.queries import CLUSTER, NAME, ScrapeTarget, target_of

_ADDED_UP = frozenset({"memory_used", "memory_total", FREE, RESERVED})
"""Fields of a card's pieces that are parts of a whole; of all others the highest is taken."""
_OF_ENGINES = "time that an engine ran"
_OF_SHARE = "what is used, divided by its share"
_NO_UUID = re.compile(r"[0-]*")
_SLICES_OF_A_GPU = 7


class GpuKey(NamedTuple):
    """By what the series of one GPU are known among those of all."""

    family: str
    target: ScrapeTarget
    number: tuple[str, ...]
    partition: str


@dataclass(frozen=True, slots=True)
class KnownGpu:
    """Which GPU a key means."""

    identity: GpuIdentity
    family: GpuFamily
    order: tuple[object, ...]
    """By what the GPUs of a machine are sorted."""
    profile: str = ""


@dataclass(slots=True)
class Identities:
    """Every GPU that a Prometheus tells of, and which of its targets are exporters' own pods."""

    gpus: dict[GpuKey, KnownGpu] = field(default_factory=dict)
    pods: Mapping[ScrapeTarget, str] = field(default_factory=dict)
    """Target -> the pod that answers there."""
    up: Mapping[ScrapeTarget, bool] = field(default_factory=dict)
    """Target -> whether it answers; those that are asked no more are missing."""
    names_clusters: bool = False
    """Whether machines bear the name of their cluster, as there are several."""

    def take_targets(self, series: Iterable[AnsweredSeries]) -> None:
        """Take in which targets answer, and the pods that they are."""
        known = [(target_of(one.labels), one) for one in series]
        self.pods = {target: one.labels.get("pod", "") for target, one in known}
        # Several jobs may ask at one address: it answers where any of them is answered.
        up: dict[ScrapeTarget, bool] = {}
        for target, one in known:
            up[target] = up.get(target, False) or one.value == 1
        self.up = up

    def take_gpus(self, series: Iterable[AnsweredSeries], found: Sequence[FoundFamily]) -> None:
        """Take in which GPUs there are; who had them before is forgotten."""
        series = list(series)
        # For good: one that is away for a while gives no machine another name.
        several = len({one.labels.get(CLUSTER) for one in series}) > 1
        self.names_clusters = self.names_clusters or several
        anchors = {one.anchor: one.family for one in found}
        gpus: dict[GpuKey, KnownGpu] = {}
        for one in series:
            family = anchors.get(one.labels.get(NAME, ""))
            if family is None:
                continue
            key = _key(family, one.labels)
            known = self._known(family, key, one.labels)
            before = gpus.get(key)
            # A GPU that several share has a series for each: it has whom any of them names.
            if before is None or (
                known.identity.workload is not None and before.identity.workload is None
            ):
                gpus[key] = known
        self.gpus = gpus

    def of(self, family: GpuFamily, key: GpuKey) -> KnownGpu:
        """Return what is known of a GPU, which may be too new for more than its number."""
        return self.gpus.get(key) or self._known(family, key, {})

    def host_name(
        self, target: ScrapeTarget, labels: Mapping[str, str], names: Sequence[str]
    ) -> str:
        """Return what a machine is called by the first label that tells it."""
        name = _host_name(target.instance, labels, names)
        return f"{target.cluster}/{name}" if self.names_clusters and target.cluster else name

    def _known(self, family: GpuFamily, key: GpuKey, labels: Mapping[str, str]) -> KnownGpu:
        host = self.host_name(key.target, labels, family.host)
        return _known(family, key, labels, self.pods.get(key.target, ""), host)


class AnsweredReadings(NamedTuple):
    """The numbers of an answer by GPU."""

    values: Mapping[GpuKey, Mapping[str, float]]
    """Field -> value, of which only those that can be one are there."""
    families: Mapping[GpuKey, GpuFamily]
    by_engines: Collection[GpuKey]
    """GPUs whose load is that of their engines, as nothing else is told."""
    times: Mapping[ScrapeTarget, float]
    """Target -> when it was read, in epoch seconds."""


def readings(
    series: Iterable[AnsweredSeries], meant: Mapping[str, MetricMeaning]
) -> AnsweredReadings:
    """Return the numbers of an answer by GPU, each field's from the first place that tells it."""
    gpus: dict[GpuKey, _GpuReadings] = {}
    times: dict[ScrapeTarget, float] = {}
    # By the labels that make a key: a fleet has thousands of series, and each GPU has several.
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
                gpu = gpus.setdefault(_key(family, labels), _GpuReadings(family))
                by_labels[made_of] = gpu
            value = plausible(family, told, number)
            if value is not None:
                gpu.take(place, told.field, value)
    by_engines = {key for key, gpu in gpus.items() if gpu.is_of_engines()}
    values = {key: gpu.values for key, gpu in gpus.items()}
    families = {key: gpu.family for key, gpu in gpus.items()}
    return AnsweredReadings(values, families, by_engines, times)


@dataclass(slots=True)
class _GpuReadings:
    """The numbers of one GPU while an answer is read."""

    family: GpuFamily
    values: dict[str, float] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    """Field -> the place, among those of its family, of the metric that tells it."""

    def take(self, place: int, name: str, value: float) -> None:
        """Take in what the metric in a place tells of a field; the first place holds."""
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


def hosts_of(told: AnsweredReadings, identities: Identities, now: float) -> list[FleetHost]:
    """Return the machines that an answer tells of, by name; `now` is in epoch seconds.

    A GPU that two exporters tell of is taken from the one that stands first in the table.
    """
    by_host: defaultdict[str, list[tuple[KnownGpu, GpuKey]]] = defaultdict(list)
    families: dict[str, str] = {}
    vendors: dict[tuple[str, str], str] = {}
    seen: set[GpuId] = set()
    # Where an exporter came back at another address, the newer one holds.
    for key in sorted(told.values, key=lambda it: (_RANKS[it.family], -_read_at(told, it, now))):
        KEYS_FIRST.give_way()
        known = identities.of(told.families[key], key)
        identity, host, uuid = known.identity, known.identity.host, known.identity.uuid
        first = vendors.setdefault((host, identity.vendor), key.family)
        first_of_gpu = families.setdefault(uuid, key.family) if uuid else key.family
        if not first == first_of_gpu == key.family or identity.id in seen:
            continue
        seen.add(identity.id)
        by_host[host].append((known, key))
    hosts = []
    for name, gpus in by_host.items():
        KEYS_FIRST.give_way()
        gpus.sort(key=lambda pair: pair[0].order)
        targets = dict.fromkeys(key.target for _, key in gpus)
        instances = tuple(target.instance for target in targets)
        time = max(told.times.get(target, now) for target in targets)
        samples = [
            _sample(known, told.values[key], _read_at(told, key, now), told, key)
            for known, key in gpus
        ]
        hosts.append(FleetHost(name, instances, tuple(_with_wholes(samples, gpus)), time))
    return sorted(hosts, key=lambda host: natural(host.name))


def samples_over_time(
    series: Iterable[AnsweredSeries], found: Sequence[FoundFamily], identities: Identities
) -> list[FleetHost]:
    """Return what the answer for a stretch of time says, a machine and time each, oldest first."""
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
    """Return the machines that told of GPUs lately and do not now; the values are times."""
    labels = [label for one in found for label in one.family.host]
    hosts: dict[str, FleetHost] = {}
    for one in series:
        target = target_of(one.labels)
        name = identities.host_name(target, one.labels, labels)
        if math.isfinite(one.value):
            hosts[name] = FleetHost(name, (target.instance,), (), one.value, one.value)
    return list(hosts.values())


def _read_at(told: AnsweredReadings, key: GpuKey, now: float) -> float:
    return told.times.get(key.target, now)


_RANKS: Mapping[str, int] = {family.name: rank for rank, family in enumerate(FAMILIES)}


def _key(family: GpuFamily, labels: Mapping[str, str]) -> GpuKey:
    number = tuple(labels.get(label, "") for label in family.number)
    partition = labels.get(family.partition, "") if family.partition else ""
    return GpuKey(family.name, target_of(labels), number, partition)


def _known(
    family: GpuFamily, key: GpuKey, labels: Mapping[str, str], pod: str, host: str
) -> KnownGpu:
    uuid = _first(labels, family.uuid)
    if uuid is not None and _NO_UUID.fullmatch(uuid):
        uuid = None
    number = _number(key.number)
    model = _first(labels, family.model) or f"{family.vendor} GPU".lstrip()
    vendor = family.vendor or _vendor(model)
    whole = uuid or number
    identity = GpuIdentity(
        key=f"{whole}/{key.partition}" if key.partition else whole,
        vendor=vendor,
        name=f"{model} {labels.get(family.profile, '')}".rstrip() if key.partition else model,
        driver=_first(labels, family.driver),
        parent=whole if key.partition else None,
        host=host,
        uuid=uuid,
        workload=_workload(family, labels, pod),
    )
    order = (natural(labels.get(family.sorted_by) or number), natural(key.partition))
    return KnownGpu(identity, family, order, labels.get(family.profile, ""))


def _number(parts: tuple[str, ...]) -> str:
    """Return by what a GPU is numbered; an undivided card's partition 0 is not told."""
    first, *others = parts
    further = [part for part in others if part not in ("", "0")]
    return ".".join([first, *further]) if len(first) < 4 else first


def _host_name(instance: str, labels: Mapping[str, str], names: Sequence[str]) -> str:
    told = _first(labels, names)
    if told is not None:
        return told
    # The port is the exporter's.
    return re.sub(r":\d+$", "", instance).strip("[]") or "unknown"


def _workload(family: GpuFamily, labels: Mapping[str, str], pod: str) -> str | None:
    for name_label, owner_label in family.workload:
        name, owner = labels.get(name_label, ""), labels.get(owner_label, "")
        # An idle GPU may be told with the exporter's own pod, which answers for the target.
        if not name or (name_label == "pod" and name == pod):
            continue
        if "job" in name_label:
            return f"job {name} of {owner}" if owner else f"job {name}"
        return f"{owner}/{name}" if owner else name
    return None


def _vendor(model: str) -> str:
    folded = model.lower()
    for vendor, words in (("AMD", ("amd", "radeon", "instinct")), ("Intel", ("intel",))):
        if any(word in folded for word in words):
            return vendor
    return "NVIDIA" if any(word in folded for word in _NVIDIA_WORDS) else ""


_NVIDIA_WORDS = ("nvidia", "geforce", "tesla", "quadro", "rtx", "gtx")


def _first(labels: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which `node-9` comes before `node-10`."""
    parts = re.findall(r"(\d{1,18})|(\D+|\d)", text)
    return tuple((0, int(digits), "") if digits else (1, 0, word) for digits, word in parts)


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
    """Return how many bytes are used and how many there are; neither where they do not fit."""
    used, size = values.get("memory_used"), values.get("memory_total")
    if used is None:
        return None, None
    if size is None and FREE in values:
        size = used + values[FREE] + values.get(RESERVED, 0.0)
    if size is None and values.get(SHARE):
        size = used / values[SHARE]
    if size is None or not used <= size:
        return None, None
    return round(used), round(size)


def _with_wholes(
    samples: Sequence[GpuSample], gpus: Sequence[tuple[KnownGpu, GpuKey]]
) -> list[GpuSample]:
    """Return readings with one of each GPU that only its partitions tell of, before them.

    The sensors are the GPU's own, and so the same at each; the load is the partitions' by their
    sizes, where each tells its own.
    """
    parts: defaultdict[str, list[tuple[GpuSample, str]]] = defaultdict(list)
    for sample, (known, _) in zip(samples, gpus, strict=True):
        if sample.identity.parent is not None:
            parts[sample.identity.parent].append((sample, known.profile))
    if not parts:
        return list(samples)
    told = {sample.identity.key for sample in samples}
    together: list[GpuSample] = []
    for sample in samples:
        parent = sample.identity.parent
        if parent is not None and parent not in told:
            told.add(parent)
            together.append(_whole(parent, parts[parent]))
        together.append(_without_sensors(sample) if parent is not None else sample)
    return together


def _whole(key: str, parts: Sequence[tuple[GpuSample, str]]) -> GpuSample:
    first = parts[0][0]
    identity = first.identity
    profiles = [profile for _, profile in parts]
    sizes = [slices(profile) for profile in profiles]
    loads = [sample.utilization for sample, _ in parts]
    load = None
    if None not in sizes and None not in loads:
        shares = zip(loads, sizes, strict=True)
        load = sum((one or 0.0) * (size or 0) for one, size in shares) / _SLICES_OF_A_GPU
    memory = [s for s, _ in parts if s.memory_used is not None and s.memory_total is not None]
    return GpuSample(
        GpuIdentity(
            key,
            identity.vendor,
            identity.name.removesuffix(f" {profiles[0]}"),
            identity.driver,
            host=identity.host,
            uuid=identity.uuid,
        ),
        first.time,
        utilization=None if load is None else min(load, 100.0),
        memory_used=sum(sample.memory_used or 0 for sample in memory) if memory else None,
        memory_total=sum(sample.memory_total or 0 for sample in memory) if memory else None,
        temperatures=first.temperatures,
        power=first.power,
        power_limit=first.power_limit,
        clock_sm=first.clock_sm,
        energy=first.energy,
        partitions=tuple(sample.identity.name for sample, _ in parts),
        measures={} if load is None else {"utilization": "its partitions, by their sizes"},
    )


def _without_sensors(sample: GpuSample) -> GpuSample:
    """Return a partition's reading without what is its GPU's, so that no sum has it twice."""
    sample.power = sample.power_limit = sample.energy = None
    sample.temperatures = {}
    return sample
