"""Fields that the driver counts of the parts of a GPU, and of its links to others."""

from __future__ import annotations

from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_activity import Activity, sentence_of, teraflops_if_bf16
from trackio_view.sources.gpu.nvidia import activity
from trackio_view.sources.gpu.nvidia.device import NARROW_BITS, PCIE_COUNTS, NvidiaDevice, Reader
from trackio_view.sources.gpu.nvidia.mig import instances

MIB = 2**20
_CORES_PER_SM = 128
"""Of Hopper's and Blackwell's chips, the only ones whose counters are read."""


def traffic(direction: int) -> Reader:
    """Return what reads bytes a second by PCIe, into the GPU (0) or out of it (1)."""
    number = (activity.PCIE_READ, activity.PCIE_WRITE)[direction]

    def read(device: NvidiaDevice) -> Any:
        rate = device.figure(number)
        if not isinstance(rate, Absence):
            return rate and rate * MIB
        count = device.calls.field_count(PCIE_COUNTS[direction])
        if isinstance(count, Absence):
            return count
        if count.bits > NARROW_BITS:
            return device.counters.rate(f"pcie {direction}", device.time, count.number)
        return device.short_traffic()[direction]

    return read


def figure(number: int) -> Reader:
    """Return what reads one of the counters of the GPU's parts."""
    return lambda device: device.figure(number)


def nvlink(number: int) -> Reader:
    """Return what reads bytes a second by all NVLinks, in one direction."""

    def read(device: NvidiaDevice) -> Any:
        # Without a link the counters answer 0, and success.
        state = device.calls("nvmlDeviceGetNvLinkState", 0)
        if isinstance(state, Absence):
            return state
        rate = device.figure(number)
        return rate if rate is None or isinstance(rate, Absence) else rate * MIB

    return read


def bf16_estimate(device: NvidiaDevice) -> Any:
    """Return the most TFLOP/s that the time of the tensor cores can have been."""
    tensor_cores = device.figure(activity.TENSOR_CORES)
    if tensor_cores is None or isinstance(tensor_cores, Absence):
        return tensor_cores
    megahertz = device.number(("nvmlDeviceGetClockInfo", 1), high=50_000)
    cores = device.lasting("nvmlDeviceGetNumGpuCores")
    capability = device.lasting("nvmlDeviceGetCudaComputeCapability")
    for answer in (megahertz, cores, capability):
        if isinstance(answer, Absence):
            return answer
    sm_count = cores // _CORES_PER_SM
    estimate = teraflops_if_bf16(tensor_cores, megahertz, sm_count, capability)
    return Absence.UNSUPPORTED if estimate is None else estimate


def partition_activity(device: NvidiaDevice) -> Any:
    """Return what each MIG instance does, in words."""
    if not device.readings.values.get("partitions"):
        return Absence.UNSUPPORTED
    reader = device.reader()
    lack = reader.lack()
    if lack is not None:
        return lack
    words, present = [], set()
    for position, calls in instances(device):
        number, uuid = calls("nvmlDeviceGetGpuInstanceId"), calls("nvmlDeviceGetUUID")
        if isinstance(number, Absence):
            continue
        present.add((number, str(uuid)))
        figures = reader.read_instance(number, str(uuid), device.time)
        if isinstance(figures, Absence):
            return figures
        sentence = figures and sentence_of(
            Activity(
                kernels=figures.get(activity.KERNELS),
                sm_busy=figures.get(activity.SM_BUSY),
                tensor_cores=figures.get(activity.TENSOR_CORES),
                fp32=figures.get(activity.FP32),
                memory_bandwidth=figures.get(activity.MEMORY_BANDWIDTH),
            )
        )
        if sentence:
            words.append(f"MIG {position}: {sentence}")
    reader.keep_instances(present)
    return tuple(words) or None
