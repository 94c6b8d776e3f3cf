"""Fields that tell how well a GPU is: what holds it back, and what failed."""

from __future__ import annotations

from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_health import NO_ACTION, NO_REPAIR, REPAIR_FAILED, REPAIR_WAITS
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia.device import NARROW_BITS, NvidiaDevice, ReadField
from trackio_view.sources.gpu.nvidia.words import throttle_words


def throttle_reasons(device: NvidiaDevice) -> Any:
    """Return what holds the GPU back now, in words."""
    bits = device.calls.first(
        ("nvmlDeviceGetCurrentClocksEventReasons",), ("nvmlDeviceGetCurrentClocksThrottleReasons",)
    )
    if isinstance(bits, Absence):
        return bits
    return Absence.UNSUPPORTED if bits in codes.ALL_ONES else throttle_words(bits)


_PERCENT_PER_NANOSECOND = 1e-7
"""The time units in a second."""
_MOST_PERCENT = 1000.0
"""The driver counts in steps, some of which are longer than the time between two readings. A count
that leaps farther was set anew."""


def throttled(field_id: int) -> ReadField:
    """Return what reads the share of time in which a reason held the GPU back, by a counter of
    nanoseconds.

    The reason's bit flickers from one moment to the next.
    """

    def read(device: NvidiaDevice) -> Any:
        count = device.calls.field_count(field_id)
        if isinstance(count, Absence):
            return count
        if count.bits <= NARROW_BITS:
            # It would begin anew every four seconds.
            return Absence.UNSUPPORTED
        percent = device.counters.rate(
            f"throttled {field_id}", device.time, count.number, _PERCENT_PER_NANOSECOND
        )
        if percent is None or percent > _MOST_PERCENT:
            return None
        return min(percent, 100.0)

    return read


def memory_repair(device: NvidiaDevice) -> Any:
    """Return the state of memory repair, which uses spare rows, or retired pages on older chips."""
    failed = device.calls.field_value(145)  # NVML_FI_DEV_REMAPPED_FAILURE
    rows = device.calls.field_value(144)  # NVML_FI_DEV_REMAPPED_PENDING
    # A 0 for rows may stand for a chip that retires pages.
    pages = device.number(("nvmlDeviceGetRetiredPagesPendingStatus",), high=1)
    if not isinstance(failed, Absence) and failed:
        return REPAIR_FAILED
    known = [pending for pending in (rows, pages) if not isinstance(pending, Absence)]
    if not known:
        return rows if pages is Absence.UNSUPPORTED else pages
    return REPAIR_WAITS if any(known) else NO_REPAIR


RECOVERY_WORDS = {
    0: NO_ACTION,
    1: "reset the GPU",
    2: "reboot the machine",
    3: "end what runs on the GPUs that it talks to",
    4: "end what runs on the GPU and reset it",
    5: "end the transfers between machines (IMEX)",
    6: "reset the GPU by the bus",
    7: "reboot the machine",
}
"""The answers of NVML_FI_DEV_GET_GPU_RECOVERY_ACTION."""


def recovery_action(device: NvidiaDevice) -> Any:
    """Return what the driver asks a person to do, in words."""
    action = device.calls.field_value(230)
    if isinstance(action, Absence):
        return action
    return RECOVERY_WORDS.get(int(action), f"do what its manual says of action {action}")


def spare_rows(device: NvidiaDevice) -> Any:
    """Return how many banks of memory have no spare rows left."""
    histogram = device.calls("nvmlDeviceGetRowRemapperHistogram")
    if isinstance(histogram, Absence):
        return histogram
    return Absence.UNSUPPORTED if histogram.none in codes.ALL_ONES else histogram.none


def pages_retired(device: NvidiaDevice) -> Any:
    """Return how many pages of memory were taken out of use, for errors of either kind."""
    counts = [
        device.calls.field_value(29),  # NVML_FI_DEV_RETIRED_SBE
        device.calls.field_value(30),  # NVML_FI_DEV_RETIRED_DBE
    ]
    known = [count for count in counts if not isinstance(count, Absence)]
    return sum(known) if known else counts[0]


def seen_errors(member: str) -> ReadField:
    """Return what reads the errors that were reported while the GPU was watched."""

    def read(device: NvidiaDevice) -> Any:
        seen = device.seen_errors()
        return seen if isinstance(seen, Absence) else getattr(seen, member)

    return read


def ecc_errors(uncorrected: int) -> ReadField:
    """Return what counts errors of memory: corrected (0) or not (1)."""

    def read(device: NvidiaDevice) -> Any:
        mode = device.calls("nvmlDeviceGetEccMode")
        if isinstance(mode, Absence):
            return mode
        if not mode[0]:
            return Absence.UNSUPPORTED
        return device.number(("nvmlDeviceGetTotalEccErrors", uncorrected, 0), high=1 << 62)

    return read
