"""Fields that the driver counts of the parts of a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_activity import Activity, sentence_of, teraflops_if_bf16
from trackio_view.sources.gpu.nvidia import activity
from trackio_view.sources.gpu.nvidia.device import NvidiaDevice, ReadField
from trackio_view.sources.gpu.nvidia.mig import instances

_CORES_PER_SM = 128
"""For the chips of Hopper and Blackwell, the only ones whose counters are read."""
_MOST_CORES = 1_000_000


def figure(number: int) -> ReadField:
    """Return what reads one of the counters of the GPU's parts."""
    return lambda device: device.figure(number)


def tensor_fp64(device: NvidiaDevice) -> Any:
    """Return how long the tensor cores computed in fp64: the driver counts two instructions of it.

    On an H200, products of matrices used the first alone.
    """
    one, other = device.figure(activity.TENSOR_DFMA), device.figure(activity.TENSOR_DMMA)
    if isinstance(one, float) and isinstance(other, float):
        return min(100.0, one + other)
    return other if isinstance(other, float) else one


def busy_codecs(device: NvidiaDevice) -> Any:
    """Return the loads of the codecs that are at work, by name and number.

    A codec that idles answers like one that the chip lacks, so neither is told.
    """
    figures = device.figures()
    if figures is Absence.UNSUPPORTED:
        return _told_codecs(device)
    coders = device.lasting("nvmlDeviceGetDecoderUtilization")
    if coders is Absence.UNSUPPORTED:
        coders = device.lasting("nvmlDeviceGetEncoderUtilization")
    if isinstance(coders, Absence):
        return coders
    if figures is None or isinstance(figures, Absence):
        return figures
    return {activity.CODECS[one]: load for one, load in device.reader().codec_loads.items()}


def _told_codecs(device: NvidiaDevice) -> Any:
    """Return the driver's loads of the codecs that have no field of their own."""
    told = {name: device.number((call,), high=100) for name, call in _OTHER_CODECS.items()}
    loads = {name: load for name, load in told.items() if not isinstance(load, Absence)}
    return loads or next(iter(told.values()))


_OTHER_CODECS: Mapping[str, str] = {
    "jpeg": "nvmlDeviceGetJpgUtilization",
    "optical flow": "nvmlDeviceGetOfaUtilization",
}


def bf16_estimate(device: NvidiaDevice) -> Any:
    """Return the most TFLOP/s that the time of the tensor cores can have been, without what they
    computed in fp64 and int8.
    """
    tensor_cores = device.figure(activity.TENSOR_CORES)
    if tensor_cores is None or isinstance(tensor_cores, Absence):
        return tensor_cores
    for other in (tensor_fp64(device), device.figure(activity.TENSOR_IMMA)):
        tensor_cores -= other if isinstance(other, float) else 0.0
    megahertz = device.number(("nvmlDeviceGetClockInfo", 1), high=50_000)
    cores = device.lasting("nvmlDeviceGetNumGpuCores")
    capability = device.lasting("nvmlDeviceGetCudaComputeCapability")
    if not isinstance(cores, Absence) and not 0 < cores <= _MOST_CORES:
        cores = Absence.UNSUPPORTED
    for answer in (megahertz, cores, capability):
        if isinstance(answer, Absence):
            return answer
    sm_count = cores // _CORES_PER_SM
    estimate = teraflops_if_bf16(max(0.0, tensor_cores), megahertz, sm_count, capability)
    return Absence.UNSUPPORTED if estimate is None else estimate


def partition_activity(device: NvidiaDevice) -> Any:
    """Return what each MIG instance does, in words."""
    if not device.divided:
        return Absence.UNSUPPORTED
    reader = device.reader()
    lack = reader.lack()
    if lack is not None:
        return lack
    words, present = [], set()
    # Without an instance, and where they cannot be counted, no rate is to come.
    reason: Absence | None = Absence.UNSUPPORTED
    for position, calls in instances(device):
        number, uuid = calls("nvmlDeviceGetGpuInstanceId"), calls("nvmlDeviceGetUUID")
        if isinstance(number, Absence):
            continue
        present.add((number, str(uuid)))
        figures = reader.read_instance(number, str(uuid), device.time)
        if isinstance(figures, Absence):
            # The others are counted all the same.
            reason = reason and figures
            continue
        reason = None
        if not figures:
            continue
        recent = reader.recent(number, str(uuid))
        told = Activity(
            kernels=figures.get(activity.KERNELS),
            sm_busy=figures.get(activity.SM_BUSY),
            tensor_cores=figures.get(activity.TENSOR_CORES),
            fp32=figures.get(activity.FP32),
            tensor_fp64=figures.get(activity.TENSOR_DFMA),
            tensor_int8=figures.get(activity.TENSOR_IMMA),
            memory_bandwidth=figures.get(activity.MEMORY_BANDWIDTH),
        )
        recent.take_in(device.time, told)
        sentence = sentence_of(recent.averages())
        if sentence:
            words.append(f"MIG {position}: {sentence}")
    reader.keep_instances(present)
    return tuple(words) or reason
