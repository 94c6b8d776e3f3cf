"""Fields that tell what goes over a GPU's links: PCIe, NVLink, C2C to the processor beside it."""

from __future__ import annotations

from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import activity, codes
from trackio_view.sources.gpu.nvidia.device import NARROW_BITS, PCIE_COUNTS, NvidiaDevice, ReadField
from trackio_view.sources.gpu.sampler import transferred

MIB = 2**20


def traffic(direction: int) -> ReadField:
    """Return what reads bytes a second by PCIe, into the GPU (0) or out of it (1)."""
    number = (activity.PCIE_READ, activity.PCIE_WRITE)[direction]

    def read(device: NvidiaDevice) -> Any:
        rate = device.figure(number)
        if rate is not None and not isinstance(rate, Absence):
            return rate * MIB
        # The first sample has no rate yet. The bytes are counted from then on, as the driver may
        # refuse the second one.
        count = device.calls.field_count(PCIE_COUNTS[direction])
        if isinstance(count, Absence):
            return count if rate is not None else None
        if count.bits > NARROW_BITS:
            name = f"pcie {direction}"
            return transferred(device.counters.rate(name, device.time, count.number))
        return device.short_traffic()[direction] if rate is not None else None

    return read


def nvlink(number: int) -> ReadField:
    """Return what reads bytes a second by all NVLinks, in one direction."""

    def read(device: NvidiaDevice) -> Any:
        # Without a link the counters answer 0, and success.
        lack = _lack_of_links(device)
        if lack is not None:
            return lack
        rate = device.figure(number)
        if rate is Absence.UNWATCHED:
            return rate
        if rate is not None and not isinstance(rate, Absence):
            return rate * MIB
        counted = _counted_nvlink(device, number)
        told_by_neither = isinstance(counted, Absence) and rate is not Absence.UNSUPPORTED
        return rate if told_by_neither else counted

    return read


_MOST_LINKS = 36


def _lack_of_links(device: NvidiaDevice) -> Absence | None:
    """Return why no link is up; `None` where one is. A board without a bridge has links, too."""
    if not device.links_due:
        return device.lack_of_links
    lack: Absence | None = Absence.UNSUPPORTED
    for link in range(_MOST_LINKS):
        is_up = device.calls("nvmlDeviceGetNvLinkState", link)
        if is_up:
            # An `Absence` is true, too: the number is beyond the last link, or there is none.
            lack = is_up if isinstance(is_up, Absence) else None
            break
    device.lack_of_links, device.links_due = lack, lack in codes.PASSING
    return lack


_ALL_LINKS = 0xFFFFFFFF
_NVLINK_COUNTS = {activity.NVLINK_WRITE: 138, activity.NVLINK_READ: 139}
"""NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX and _RX: KiB since the driver loaded, before Hopper."""


def _counted_nvlink(device: NvidiaDevice, number: int) -> Any:
    field_id = _NVLINK_COUNTS[number]
    count = device.calls.field_count(field_id, _ALL_LINKS)
    if isinstance(count, Absence):
        return count
    name = f"nvlink {field_id}"
    return transferred(device.counters.rate(name, device.time, count.number, 1024, count.bits))


def c2c(number: int) -> ReadField:
    """Return what reads bytes a second by the link to the processor beside it, in one direction."""

    def read(device: NvidiaDevice) -> Any:
        links = device.calls.field_value(170)  # NVML_FI_DEV_C2C_LINK_COUNT
        if isinstance(links, Absence):
            return links
        rate = device.figure(number) if links else Absence.UNSUPPORTED
        return rate if rate is None or isinstance(rate, Absence) else rate * MIB

    return read
