"""The processes on an NVIDIA GPU: three lists and a log of samples, merged by process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from trackio_view.model.gpu import Absence, GpuProcess
from trackio_view.sources.gpu.kernel.procfs import (
    has_gpu_open,
    is_in_first_namespace,
    process_command,
    process_user,
)
from trackio_view.sources.gpu.nvidia.codes import ALL_ONES
from trackio_view.sources.gpu.nvidia.library import DeviceCalls
from trackio_view.sources.gpu.sampler import MOST_MEMORY, Roots

LISTS: tuple[tuple[str, str], ...] = (
    ("compute", "nvmlDeviceGetComputeRunningProcesses"),
    ("graphics", "nvmlDeviceGetGraphicsRunningProcesses"),
    ("compute", "nvmlDeviceGetMPSComputeRunningProcesses"),
)
VERSIONS = ("_v3", "_v2")
"""The versions of the lists; drivers before release 510 have the older one only."""
_NO_PROCESS = ALL_ONES | {0}
"""What stands in place of the number of a process that the driver does not have."""
RECENT = 5_000_000
"""Microseconds: the driver's log also holds older samples, which are out of date."""


@dataclass(slots=True, eq=False, repr=False)
class ProcessReader:
    """Reads a device's processes. The calls take the driver's lock for milliseconds."""

    roots: Roots
    read_user: Callable[[int], str | None]
    """Returns the name of a user by number."""
    last_seen: int = 0
    """Microseconds: the newest load sample seen."""
    described: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)

    def read(self, calls: DeviceCalls) -> tuple[GpuProcess, ...] | Absence:
        """Return the processes, those with the most memory first."""
        running: dict[int, tuple[set[str], int | None]] = {}
        reason: Absence | None = Absence.UNSUPPORTED
        failure: Absence | None = None
        for kind, call in LISTS:
            listed = calls.first(*((call + version,) for version in VERSIONS))
            if isinstance(listed, Absence):
                reason = reason and listed
                failure = failure if listed is Absence.UNSUPPORTED else listed
                continue
            reason = None
            for process in listed:
                if process.pid in _NO_PROCESS:
                    continue
                kinds, memory = running.setdefault(process.pid, (set(), None))
                kinds.add(kind)
                running[process.pid] = (kinds, larger(memory, process.usedGpuMemory))
        if reason is not None:
            return reason
        if not running and failure is not None:
            # The list that failed may be the one that has a process.
            return failure
        loads = self._loads(calls, running)
        # The kernel may reuse a number, but not that of a process that stayed in the list.
        self.described = {pid: self.described.get(pid) or self._describe(pid) for pid in running}
        processes = (
            GpuProcess(pid, "+".join(sorted(kinds)), memory, loads.get(pid), *self.described[pid])
            for pid, (kinds, memory) in running.items()
        )
        return tuple(sorted(processes, key=lambda process: (-(process.memory or 0), process.pid)))

    def _loads(self, calls: DeviceCalls, running: Iterable[int]) -> dict[int, float]:
        if not running:
            return {}
        samples = calls.since("nvmlDeviceGetProcessUtilization", self.last_seen)
        if isinstance(samples, Absence):
            return {}
        believable = believable_samples(samples, running)
        self.last_seen = max([self.last_seen, *(sample.timeStamp for sample in believable)])
        return {
            sample.pid: float(sample.smUtil)
            for sample in believable
            if sample.timeStamp >= self.last_seen - RECENT
        }

    def _describe(self, pid: int) -> tuple[str | None, str | None]:
        # In a container, the driver's number may be that of an unlike process.
        if not is_in_first_namespace(self.roots.proc) and not has_gpu_open(self.roots.proc, pid):
            return None, None
        user = process_user(self.roots, pid, self.read_user)
        return user, process_command(self.roots, pid)


def larger(one: int | None, other: int | None) -> int | None:
    """Return the larger of two amounts of memory: the lists count the same memory twice."""
    present = [amount for amount in (one, other) if amount is not None and amount < MOST_MEMORY]
    return max(present, default=None)


def believable_samples(samples: Iterable[Any], running: Iterable[int]) -> list[Any]:
    """Return the load samples of running processes, oldest first, without the driver's garbage.

    Drivers are known to answer with loads of thousands of percent, process 0, and processes
    that are not on the GPU.
    """
    known = set(running)
    kept = [
        sample
        for sample in samples
        if sample.pid and sample.pid in known and sample.smUtil <= 100 and sample.memUtil <= 100
    ]
    return sorted(kept, key=lambda sample: sample.timeStamp)


def process_memory(processes: Iterable[GpuProcess] | None) -> int | None:
    """Return the sum of what processes use; `None` where no process tells."""
    amounts = [process.memory for process in processes or () if process.memory is not None]
    return sum(amounts) if amounts else None
