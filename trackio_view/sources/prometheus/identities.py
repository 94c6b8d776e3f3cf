"""The GPUs that a Prometheus tells of, their machines, and who works on them: from their labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.model.gpu import GpuIdentity
from trackio_view.model.natural_order import natural_order
from trackio_view.sources.prometheus.answers import AnsweredSeries
from trackio_view.sources.prometheus.families import FoundFamily, GpuFamily, meanings
from trackio_view.sources.prometheus.queries import CLUSTER, NAME, ScrapeTarget, target_of

_NO_UUID = re.compile(r"[0-]*")


class GpuKey(NamedTuple):
    """The labels that all series of one GPU share, and no others."""

    family: str
    target: ScrapeTarget
    number: tuple[str, ...]
    partition: str


@dataclass(frozen=True, slots=True)
class KnownGpu:
    """The GPU that a key means."""

    identity: GpuIdentity
    family: GpuFamily
    card: str
    """By what a card is known to all exporters; empty where its UUID is not told."""
    order: tuple[object, ...]
    """The key by which the GPUs of a machine are sorted."""
    profile: str


@dataclass(slots=True)
class Identities:
    """Every GPU that a Prometheus tells of, and the targets that are exporters' own pods."""

    gpus: dict[GpuKey, KnownGpu] = field(default_factory=dict)
    pods: Mapping[ScrapeTarget, str] = field(default_factory=dict)
    """Target -> the pod that answers there."""
    up: Mapping[ScrapeTarget, bool] = field(default_factory=dict)
    """Target -> whether it answers; targets that Prometheus no longer asks are missing."""
    names_clusters: bool = False
    """Whether machines bear the name of their cluster, because there are several clusters."""

    def take_targets(self, series: Iterable[AnsweredSeries]) -> None:
        """Learn which targets answer, and which pods they are."""
        known = [(target_of(one.labels), one) for one in series]
        self.pods = {target: one.labels.get("pod", "") for target, one in known}
        # Several jobs may ask at one address: it answers if it answers any of them.
        up: dict[ScrapeTarget, bool] = {}
        for target, one in known:
            up[target] = up.get(target, False) or one.value == 1
        self.up = up

    def take_gpus(self, series: Iterable[AnsweredSeries], found: Sequence[FoundFamily]) -> None:
        """Learn which GPUs there are, and forget who used them before."""
        series = list(series)
        # It stays true: a cluster that is away for a while renames no machine.
        several = len({one.labels.get(CLUSTER) for one in series}) > 1
        self.names_clusters = self.names_clusters or several
        self.gpus = self._named(series, found)

    def add_gpus(self, series: Iterable[AnsweredSeries], found: Sequence[FoundFamily]) -> None:
        """Take in further GPUs; of those that are known already nothing changes."""
        self.gpus = {**self._named(series, found), **self.gpus}

    def _named(
        self, series: Iterable[AnsweredSeries], found: Sequence[FoundFamily]
    ) -> dict[GpuKey, KnownGpu]:
        families = {name: it.found.family for name, it in meanings(found, details=False).items()}
        families |= {one.anchor: one.family for one in found}
        gpus: dict[GpuKey, KnownGpu] = {}
        for one in series:
            family = families.get(one.labels.get(NAME, ""))
            if family is None:
                continue
            key = key_of(family, one.labels)
            known = self._known(family, key, one.labels)
            before = gpus.get(key)
            # A GPU that several share has a series for each: the names of all count.
            if before is None or (
                known.identity.workload is not None and before.identity.workload is None
            ):
                gpus[key] = known
        return gpus

    def of(self, family: GpuFamily, key: GpuKey) -> KnownGpu:
        """Return what is known of a GPU; of a very new one that is its number."""
        return self.gpus.get(key) or self._known(family, key, {})

    def host_name(
        self, target: ScrapeTarget, labels: Mapping[str, str], names: Sequence[str]
    ) -> str:
        """Return a machine's name, from the first label that tells it."""
        name = _host_name(target.instance, labels, names)
        return f"{target.cluster}/{name}" if self.names_clusters and target.cluster else name

    def _known(self, family: GpuFamily, key: GpuKey, labels: Mapping[str, str]) -> KnownGpu:
        host = self.host_name(key.target, labels, family.host)
        return _known(family, key, labels, self.pods.get(key.target, ""), host)


def key_of(family: GpuFamily, labels: Mapping[str, str]) -> GpuKey:
    """Return the key of a series' GPU, from its labels."""
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
    order = (natural_order(labels.get(family.sorted_by) or number), natural_order(key.partition))
    # NVIDIA's own tools write `GPU-` before what others write alone.
    card = (uuid or "").lower().removeprefix("gpu-")
    return KnownGpu(identity, family, card, order, labels.get(family.profile, ""))


def _number(parts: tuple[str, ...]) -> str:
    """Return a GPU's number, without partition 0 of an undivided card."""
    first, *others = parts
    further = [part for part in others if part not in ("", "0")]
    return ".".join([first, *further]) if len(first) < 4 else first


def _host_name(instance: str, labels: Mapping[str, str], names: Sequence[str]) -> str:
    told = _first(labels, names)
    if told is not None:
        return told
    # The port belongs to the exporter, not to the machine.
    return re.sub(r":\d+$", "", instance).strip("[]") or "unknown"


def _workload(family: GpuFamily, labels: Mapping[str, str], pod: str) -> str | None:
    for name_label, owner_label in family.workload:
        name, owner = labels.get(name_label, ""), labels.get(owner_label, "")
        # The series of an idle GPU may name the exporter's own pod, which answers for the target.
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
