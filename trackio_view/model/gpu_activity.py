"""What a GPU is really doing, in one sentence: from the counters of its parts, averaged.

`utilization` says 98 to 100 % for a full load of the tensor cores, for one that never touches them,
and for copies that run no kernel. The rules and their bounds come from measurements on an H200.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import TIME_AWAKE, Absence, GpuSample

AVERAGED_SECONDS = 10.0
"""How many seconds the sentence is about. A training step takes seconds, and so does a pause
between steps.
"""

# The bounds below are in percent, as the figures of a sample are, where nothing else is said.
_COPIES_FROM = 50.0
"""Utilization from which a GPU without kernels copies."""
_NO_KERNELS = 5.0
_WAITS_BELOW = 60.0
"""Percent of the time with kernels. Below it, the sentence also tells of the time without kernels.
"""
_FULL_KERNELS = 0.7
"""The share of a kernel's time that its SMs are busy for, where it fills the GPU."""
_SMALL_KERNELS = 0.4
_KERNELS_FROM = 10.0
_NO_TENSOR_CORES = 5.0
_USED_TENSOR_CORES = 40.0
"""Percent from which the tensor cores alone tell that a GPU works."""
_FP32_FROM = 30.0
_BANDWIDTH_FROM = 70.0
_NO_MATTER_OF_TENSOR_CORES = 30.0
_NEVER = (Absence.UNSUPPORTED, Absence.DENIED)
_IDLE_BELOW = 1.0
_IDLE = "idle: no kernels"
_LOAD_FROM = 5.0
"""Utilization from which a GPU does not idle."""
_CODECS = ("decoder", "encoder", "video", "jpeg", "optical flow")
"""What the names of engines begin with that code or decode images."""
_COPIED_FROM = 1e8
"""Bytes a second over PCIe from which a GPU without kernels does not idle. Fewer are not told."""
_BOTH_WAYS = 0.15
"""The share of the larger direction from which on the smaller one carries data, too."""


class Activity(NamedTuple):
    """Averages by the names of a sample's fields; `None` for what the GPU does not tell."""

    utilization: float | None = None
    kernels: float | None = None
    sm_busy: float | None = None
    tensor_cores: float | None = None
    fp32: float | None = None
    memory_bandwidth: float | None = None
    memory_controller: float | None = None
    """Percent of the time that the memory controller was busy, where the GPU tells it (AMD)."""
    awake: float | None = None
    """Percent of the time that it was awake, in which it may have done nothing (Intel)."""
    pcie_read: float | None = None
    pcie_write: float | None = None
    tensor_fp64: float | None = None
    """Percent of the time that the tensor cores computed in fp64, as a part of theirs."""
    tensor_int8: float | None = None
    codecs: float | None = None
    """Percent of the time that the busiest engine worked that codes or decodes images."""


def activity_of(sample: GpuSample) -> Activity:
    """Return what one reading tells.

    A load of visible processes tells nothing where others are hidden, which may do all the work.
    """
    load, measure = sample.utilization, sample.measures.get("utilization")
    return Activity(
        utilization=None if measure == TIME_AWAKE or sample.load_is_a_part else load,
        awake=load if measure == TIME_AWAKE else None,
        kernels=sample.kernels,
        sm_busy=sample.sm_busy,
        tensor_cores=sample.tensor_cores,
        tensor_fp64=sample.tensor_fp64,
        tensor_int8=sample.tensor_int8,
        fp32=sample.fp32,
        memory_bandwidth=sample.memory_bandwidth,
        memory_controller=sample.memory_bus_load if sample.identity.vendor == "AMD" else None,
        pcie_read=sample.pcie_read,
        pcie_write=sample.pcie_write,
        codecs=_codecs(sample),
    )


def _codecs(sample: GpuSample) -> float | None:
    loads = [load for load in (sample.decoder, sample.encoder) if load is not None]
    engines = sample.engines or {}
    loads += [load for name, load in engines.items() if name.startswith(_CODECS)]
    return max(loads, default=None)


def may_compute(sample: GpuSample) -> bool:
    """Return whether a process may wait for something between its kernels.

    A desktop draws, and waits for nobody. Where the processes are not known, a load as small as a
    desktop's tells of none. In a container, a driver may list none of them.
    """
    # A process without a kind has done no work on the GPU.
    processes = sample.processes or ()
    if any("compute" in (process.kind or "") for process in processes):
        return True
    is_known = bool(processes) and not sample.hides_processes
    return not is_known and (sample.utilization or 0.0) >= _LOAD_FROM


def sentence_of(activity: Activity, *, computes: bool = True) -> str | None:
    """Return what the GPU does; `None` where it only tells that it is busy.

    `computes` tells whether a process may wait for something while no kernel runs.
    """
    kernels, busy, tensor = activity.kernels, activity.sm_busy, activity.tensor_cores
    if kernels is None or busy is None:
        if tensor is not None and tensor >= _USED_TENSOR_CORES:
            return _tensor_cores(tensor, activity)
        return _without_counters(activity, computes=computes)
    # Tensor cores that are not counted may be at work.
    without_tensor_cores = tensor is not None and tensor < _NO_TENSOR_CORES
    if (activity.utilization or 0.0) >= _COPIES_FROM and kernels < _NO_KERNELS:
        return f"only copies data{_over_pcie(activity)}, no kernels"
    if kernels < _IDLE_BELOW:
        if _traffic(activity) >= _COPIED_FROM:
            return f"no kernels{_over_pcie(activity)}"
        load = activity.utilization or 0.0
        # Utilization counts copies, too.
        if load >= _LOAD_FROM:
            return f"no kernels, copies {load:.0f} % of the time"
        return _codecs_alone(activity) or _IDLE
    filled = busy / kernels
    if kernels < _WAITS_BELOW and filled >= _FULL_KERNELS:
        return _works(kernels)
    if kernels >= _KERNELS_FROM and filled < _SMALL_KERNELS:
        share = f"{busy:.0f} %" if busy >= _IDLE_BELOW else "less than 1 %"
        return f"kernels too small: {share} of the SMs busy"
    if without_tensor_cores and (activity.fp32 or 0.0) >= _FP32_FROM:
        return "fp32 without tensor cores (tf32 or mixed precision is off)"
    bandwidth = activity.memory_bandwidth or 0.0
    if bandwidth >= _BANDWIDTH_FROM and (tensor or 0.0) < _NO_MATTER_OF_TENSOR_CORES:
        return f"bound by memory bandwidth ({bandwidth:.0f} % of it in use)"
    if tensor is None or without_tensor_cores:
        lacking = ", without tensor cores" if without_tensor_cores else ""
        return f"kernels {kernels:.0f} % of the time{lacking}"
    return _tensor_cores(tensor, activity)


def _tensor_cores(percent: float, activity: Activity) -> str:
    """Return how long they worked, and in which precision where that is rare."""
    rare = {"fp64": activity.tensor_fp64, "int8": activity.tensor_int8}
    most = [name for name, share in rare.items() if share is not None and share > percent / 2]
    return f"tensor cores {percent:.0f} %{''.join(f', in {name}' for name in most)}"


def _without_counters(activity: Activity, *, computes: bool) -> str | None:
    """Return what load and memory alone allow to say."""
    load = activity.utilization if activity.kernels is None else activity.kernels
    if load is None:
        return _awake(activity.awake)
    if load < _IDLE_BELOW:
        return _codecs_alone(activity) or "idle"
    if (activity.memory_controller or 0.0) >= _BANDWIDTH_FROM:
        return f"bound by memory bandwidth (controller busy {activity.memory_controller:.0f} %)"
    if load >= _WAITS_BELOW:
        return None
    return _works(load) if computes else f"works {load:.0f} % of the time"


def _codecs_alone(activity: Activity) -> str | None:
    """Return how long images are coded or decoded while nothing else runs; `None` where none are.

    No load counts the engines that do it.
    """
    codecs = activity.codecs or 0.0
    return f"codecs alone: busy {codecs:.0f} % of the time" if codecs >= _LOAD_FROM else None


def _awake(percent: float | None) -> str | None:
    if percent is None:
        return None
    return "idle" if percent < _IDLE_BELOW else f"awake {percent:.0f} % of the time"


def _works(percent: float) -> str:
    return f"works {percent:.0f} % of the time, waits for the rest (data, CPU, other ranks)"


def _traffic(activity: Activity) -> float:
    """Return bytes a second over PCIe, 0 where it is not known.

    Where data go one way, traffic the other way asks for them: on an H200, 6 % as many bytes.
    """
    less, more = sorted((activity.pcie_read or 0.0, activity.pcie_write or 0.0))
    return more + less if less >= _BOTH_WAYS * more else more


def _over_pcie(activity: Activity) -> str:
    # A copy within the memory of the GPU uses no link.
    traffic = _traffic(activity)
    return f": {traffic / 1e9:.1f} GB/s over PCIe" if traffic >= _COPIED_FROM else ""


FLOPS_PER_CLOCK = {(9, 0): 4096, (10, 0): 8192}
"""Compute capability -> what the tensor cores of one SM do of dense bf16 in one clock. The first
was checked by counting on an H200, the second is from NVIDIA's data sheet."""


def teraflops_if_bf16(
    tensor_cores: float, clock_sm: float, sm_count: int, capability: tuple[int, int]
) -> float | None:
    """Return the most TFLOP/s that percent of the time, at so many MHz, can have been; `None` for
    a chip whose tensor cores are not known.

    This is not the model FLOPs utilization: tensor cores also count as active while they stall, and
    other precisions have other figures. On an H200 it was 3 to 16 % above what was counted.
    """
    flops = FLOPS_PER_CLOCK.get(capability)
    return None if flops is None else tensor_cores / 100 * clock_sm * sm_count * flops / 1e6


def doing(sample: GpuSample) -> str | None:
    """Return what a GPU does, or each of its instances, in words; `None` where that is unknown."""
    return sample.activity or ", ".join(sample.partition_activity or ()) or None


_IN_FEW_WORDS = (
    (re.compile(r"(works [0-9]+ %) of the time, waits.*"), r"\1, waits"),
    (re.compile(r"((?:works|kernels|awake) [0-9]+ %) of the time.*"), r"\1"),
    (re.compile(r"fp32 without tensor cores.*"), "tensor cores idle"),
    (re.compile(r"bound by memory bandwidth.*"), "bandwidth-bound"),
    (re.compile(r"( \(|, |: ).*"), ""),
)
"""What a sentence becomes where there is no room for it; the first that finds its beginning."""


def in_few_words(sample: GpuSample) -> list[str]:
    """Return what a GPU does in 18 columns at most, or what each of its instances does."""
    if sample.activity is not None:
        return [_few(sample.activity)]
    parts = (one.partition(": ") for one in sample.partition_activity or ())
    return [f"{name}: {_few(sentence)}" for name, _, sentence in parts]


def in_ever_fewer_words(sample: GpuSample) -> Iterator[str]:
    """Yield what a GPU does, in ever fewer words; one empty text where it is unknown."""
    whole = doing(sample)
    if whole is None:
        yield ""
        return
    yield whole
    if sample.activity is not None:
        # The words in brackets may be left out of the sentence.
        yield whole.partition(" (")[0]
    few = in_few_words(sample)
    yield ", ".join(few)
    for count in range(len(few) - 1, 0, -1):
        yield ", ".join([*few[:count], "…"])


def _few(sentence: str) -> str:
    for pattern, words in _IN_FEW_WORDS:
        shorter = pattern.sub(words, sentence, count=1)
        if shorter != sentence:
            return shorter
    return sentence


@dataclass(slots=True, eq=False, repr=False)
class RecentActivity:
    """The readings of the last seconds of one GPU, or of one of its instances."""

    _readings: deque[tuple[float, Activity]] = field(default_factory=deque)

    def told(self, sample: GpuSample) -> GpuSample:
        """Return the sample with its sentence, which is about the readings before it, too."""
        reasons = dict(sample.reasons)
        reasons.pop("activity", None)
        sentence: str | None = None
        if sample.state is not None:
            self._readings.clear()
            # What it read before it fell silent is not what it does.
            sample = sample._replace(partition_activity=None)
        else:
            self.take_in(sample.time, activity_of(sample))
            why = reasons.get("kernels")
            # A GPU that counts only the time with work tells no more than its load does.
            is_all = why in _NEVER or reasons.get("sm_busy") in _NEVER
            if is_all or sample.kernels is not None:
                sentence = sentence_of(self.averages(), computes=may_compute(sample))
                if sentence is None and sample.utilization is not None:
                    # It is busy, and does not tell with what.
                    reasons["activity"] = why or Absence.UNSUPPORTED
                elif sentence is None and "utilization" in reasons:
                    reasons["activity"] = reasons["utilization"]
            elif why is not None:
                reasons["activity"] = why
        return sample._replace(activity=sentence, reasons=reasons)

    def take_in(self, time: float, activity: Activity) -> None:
        """Take in what a reading tells; one that comes again counts once."""
        if self._readings and self._readings[-1][0] == time:
            return
        self._readings.append((time, activity))
        while time - self._readings[0][0] > AVERAGED_SECONDS:
            self._readings.popleft()

    def averages(self) -> Activity:
        """Return the mean of each figure over the readings that have it."""
        columns = zip(*(activity for _, activity in self._readings), strict=True)
        return Activity(*map(_mean, columns))


def _mean(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
