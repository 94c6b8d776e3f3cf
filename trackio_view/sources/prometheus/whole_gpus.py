"""Whole GPUs, put together from their partitions where a Prometheus tells only of those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from trackio_view.model.gpu import GpuIdentity, GpuSample
from trackio_view.sources.prometheus.families import slices

_SLICES_OF_A_GPU = 7


def with_wholes(samples: Sequence[GpuSample], profiles: Sequence[str]) -> list[GpuSample]:
    """Return the readings, with a whole GPU before its partitions where only those were told of.

    `profiles` are the sizes of partitions in the vendor's words, one a reading.

    All partitions of a GPU share its sensors; its load is the sum of theirs, weighted by size,
    where each tells its own.
    """
    parts: defaultdict[str, list[tuple[GpuSample, str]]] = defaultdict(list)
    for sample, profile in zip(samples, profiles, strict=True):
        if sample.identity.parent is not None:
            parts[sample.identity.parent].append((sample, profile))
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
    memory = [
        (sample.memory_used, sample.memory_total)
        for sample, _ in parts
        if sample.memory_used is not None and sample.memory_total is not None
    ]
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
        memory_used=sum(used for used, _ in memory) if memory else None,
        memory_total=sum(total for _, total in memory) if memory else None,
        temperatures=first.temperatures,
        power=first.power,
        power_limit=first.power_limit,
        clock_sm=first.clock_sm,
        energy=first.energy,
        partitions=tuple(sample.identity.name for sample, _ in parts),
        measures={} if load is None else {"utilization": "its partitions, by their sizes"},
    )


def _without_sensors(sample: GpuSample) -> GpuSample:
    """Return a partition's reading without its GPU's sensors, so that no sum has them twice."""
    return sample._replace(power=None, power_limit=None, energy=None, temperatures={})
