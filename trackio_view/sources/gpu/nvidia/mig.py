"""The MIG instances of a GPU that is in partitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.device import MEMORY_V2, NvidiaDevice
from trackio_view.sources.gpu.nvidia.words import INSTANCES_UNKNOWN

MOST_INSTANCES = 16
"""More than any GPU has; a larger count is garbage, not worth as many calls."""


def partitions(device: NvidiaDevice) -> Any:
    """Return the instances in words; none where the GPU is one whole."""
    mode = device.calls("nvmlDeviceGetMigMode")
    if isinstance(mode, Absence):
        return mode
    if mode[0] not in (0, 1):
        return Absence.UNSUPPORTED
    if device.divided is not None and device.divided != bool(mode[0]):
        # A whole GPU answers questions that one in partitions does not.
        device.ask_again()
    device.divided = bool(mode[0])
    if not device.divided:
        return ()
    count = device.calls("nvmlDeviceGetMaxMigDeviceCount")
    if isinstance(count, Absence):
        # Instances that cannot be counted are instances all the same.
        return (INSTANCES_UNKNOWN,)
    words = [_partition_words(calls, position) for position, calls in instances(device)]
    # In MIG mode a GPU has no load of its own, even without an instance.
    return tuple(words) or ("MIG on, no instances",)


def instances(device: NvidiaDevice) -> Iterator[tuple[int, nvml.DeviceCalls]]:
    """Yield the place of each MIG instance, and the calls about it."""
    count = device.calls("nvmlDeviceGetMaxMigDeviceCount")
    if isinstance(count, Absence):
        return
    library = device.calls.library
    for position in range(min(count, MOST_INSTANCES)):
        # A place may be empty; it answers "not found".
        code, instance = library.ask(
            "nvmlDeviceGetMigDeviceHandleByIndex", device.calls.handle, position
        )
        if code == codes.SUCCESS:
            yield position, nvml.DeviceCalls(library, instance)


def _partition_words(calls: nvml.DeviceCalls, position: int) -> str:
    attributes = calls("nvmlDeviceGetAttributes_v2")
    memory = calls.first(("nvmlDeviceGetMemoryInfo", MEMORY_V2), ("nvmlDeviceGetMemoryInfo",))
    name = f"MIG {position}"
    if not isinstance(attributes, Absence) and attributes.memorySizeMB < 1 << 30:
        gigabytes = round(attributes.memorySizeMB / 1024)
        compute, whole = attributes.computeInstanceSliceCount, attributes.gpuInstanceSliceCount
        prefix = f"{compute}c." if compute and compute != whole else ""
        name += f" {prefix}{whole}g.{gigabytes}gb"
    if not isinstance(memory, Absence) and memory.used <= memory.total < 1 << 50:
        name += f" {memory.used / 2**30:.1f}/{memory.total / 2**30:.1f} GB"
    return name
