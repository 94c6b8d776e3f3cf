"""A fleet of GPUs: what is known of many machines at once, and the sums over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import chain

from trackio_view.light_typing import NamedTuple
from trackio_view.model.clock import local_text
from trackio_view.model.gpu import Absence, GpuId, GpuSample, GpusSampled
from trackio_view.model.gpu_history import GpuHistory
from trackio_view.series.sums import mean, total

HOST_IDLE_PERCENT = 5.0
"""Percent of load. A GPU with less than this counts as idle among those of many machines."""


class _HostFields(NamedTuple):
    """What is told of a machine."""

    name: str
    """The name that the machine gives itself, else the address of its exporter."""
    instances: tuple[str, ...]
    """The targets that tell of it, as Prometheus names them."""
    samples: tuple[GpuSample, ...]
    """In the order of the GPUs' numbers; a partition stands behind the GPU it is part of."""
    time: float
    """When its GPUs were read last, in epoch seconds."""
    down_since: float | None = None
    """Since when the machine has not answered, in epoch seconds; `None` while it answers."""
    is_listed: bool = True
    """Whether the machine is still among the targets of Prometheus."""


class _HostSums(NamedTuple):
    """What the sums over machines are made of, as its whole GPUs tell it."""

    gpus: int
    busy: int
    idle: int
    loads: tuple[float, ...]
    """Those of the GPUs that tell their load. GPUs without a value are left out below, too."""
    powers: tuple[float, ...]
    memory: tuple[int, int] | None
    """Bytes in use, and bytes in all."""
    hottest: float | None
    """Degrees Celsius."""


class FleetHost(_HostFields):
    """A machine, and the newest readings of its GPUs: its last ones where it is down.

    What follows from them is computed once, where a source has it done before they are shown.
    """

    @cached_property
    def gpus(self) -> list[GpuSample]:
        """The GPUs of the machine, whole ones."""
        return [sample for sample in self.samples if sample.identity.parent is None]

    @cached_property
    def cells(self) -> list[GpuSample]:
        """What a program can have: a GPU, or each of its partitions in its place."""
        divided = {sample.identity.parent for sample in self.samples}
        return [sample for sample in self.samples if sample.identity.key not in divided]

    @cached_property
    def searched(self) -> dict[str, list[int]]:
        """What cells can be found by besides the machine's name, in lower case -> their places.

        Most of a machine's GPUs are alike.
        """
        places: dict[str, list[int]] = {}
        for place, sample in enumerate(self.cells):
            one = sample.identity
            text = f"{one.name}\n{one.workload or ''}\n{one.vendor}".lower()
            places.setdefault(text, []).append(place)
        return places

    @cached_property
    def load(self) -> float | None:
        """The mean load of its GPUs in percent; `None` where none tells, or the host is down."""
        loads = self.sums.loads
        return mean(loads) if loads and self.down_since is None else None

    def prepare(self) -> None:
        """Compute what a screen shows of it, for a thread that holds up no key."""
        _ = self.searched, self.load

    @cached_property
    def sums(self) -> _HostSums:
        """What the sums over machines are made of, whether it is down or not."""
        gpus = self.gpus
        loads = tuple(gpu.utilization for gpu in gpus if gpu.utilization is not None)
        memory = [
            (gpu.memory_used, gpu.memory_total)
            for gpu in gpus
            if gpu.memory_used is not None and gpu.memory_total is not None
        ]
        degrees = [gpu.temperature for gpu in gpus if gpu.temperature is not None]
        return _HostSums(
            gpus=len(gpus),
            busy=sum(load >= HOST_IDLE_PERCENT for load in loads),
            idle=sum(load < HOST_IDLE_PERCENT for load in loads),
            loads=loads,
            powers=tuple(gpu.power for gpu in gpus if gpu.power is not None),
            memory=(sum(pair[0] for pair in memory), sum(pair[1] for pair in memory))
            if memory
            else None,
            hottest=max(degrees, default=None),
        )


class _FleetFields(NamedTuple):
    """What is told of a fleet."""

    source: str
    """Where it comes from, as it is shown."""
    hosts: tuple[FleetHost, ...]
    """By name."""
    families: tuple[str, ...]
    """The exporters that tell of them."""
    time: float
    """When the source answered, in epoch seconds of this machine's clock."""
    report: str = ""
    """Where there is no GPU, what was looked for."""
    warning: str = ""
    """Why it may be only a part."""
    info: str = ""
    """What else the source says of its answer."""


class FleetSampled(_FleetFields):
    """The newest readings of every machine that a source knows; they take the place of all earlier
    ones.
    """

    @cached_property
    def totals(self) -> FleetTotals:
        """The sums over all its machines."""
        return fleet_totals(self.hosts)

    def prepare(self) -> None:
        """Compute what a screen shows of the fleet, after the same was done for its machines."""
        _ = self.totals


class FleetTotals(NamedTuple):
    """The sums over the machines that answer; `None` where no GPU has a value."""

    hosts: int
    down: int
    """Machines that do not answer."""
    gpus: int
    busy: int
    idle: int
    """GPUs with a load below `HOST_IDLE_PERCENT`; those whose load nobody tells are neither."""
    load: float | None
    """The mean, in percent."""
    power: float | None
    """Watts."""
    memory_used: int | None
    memory_total: int | None
    """Bytes, over the GPUs that tell both."""


def fleet_totals(hosts: Iterable[FleetHost]) -> FleetTotals:
    """Return the sums; partitions count with their GPU."""
    known = list(hosts)
    up = [host.sums for host in known if host.down_since is None]
    loads = list(chain.from_iterable(sums.loads for sums in up))
    powers = list(chain.from_iterable(sums.powers for sums in up))
    memory = [sums.memory for sums in up if sums.memory is not None]
    return FleetTotals(
        hosts=len(up),
        down=len(known) - len(up),
        gpus=sum(sums.gpus for sums in up),
        busy=sum(sums.busy for sums in up),
        idle=sum(sums.idle for sums in up),
        load=mean(loads) if loads else None,
        power=total(powers) if powers else None,
        memory_used=sum(used for used, _ in memory) if memory else None,
        memory_total=sum(size for _, size in memory) if memory else None,
    )


def gpus_of(host: FleetHost) -> GpusSampled:
    """Return the readings of a machine's GPUs as they are told of one machine alone.

    Those of a machine that is down are its last ones, marked.
    """
    samples = host.samples
    if host.down_since is not None:
        since = local_text(host.down_since, "%Y-%m-%d %H:%M") or "an unknown time"
        text = f"{host.name} is down since {since}"
        samples = tuple(one.unanswered(Absence.STALE, text) for one in samples)
    return GpusSampled(samples, (), host.name, 0.0)


def newer_readings(host: FleetHost, known: Mapping[GpuId, GpuHistory]) -> GpusSampled:
    """Return what a look at a fleet tells of a machine that is looked at by itself.

    What was told of the machine alone is more: a reading that is known already stays.
    """
    told = gpus_of(host)
    samples = []
    for one in told.samples:
        history = known.get(one.identity.id)
        latest = one if history is None else history.latest
        stays = one.state is None and latest.state is None and latest.time >= one.time
        samples.append(latest if stays else one)
    return told._replace(samples=tuple(samples))
