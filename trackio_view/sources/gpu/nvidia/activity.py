"""What the parts of an NVIDIA GPU do, by the driver's counters (GPM): Hopper and newer, no root.

A figure is the mean between two samples of all counters. The two are swapped at each reading; they
belong to one thread, and are freed before the library is shut down.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_activity import RecentActivity
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml

KERNELS, SM_BUSY, SM_OCCUPANCY, INTEGER, TENSOR_CORES = 1, 2, 3, 4, 5
TENSOR_DFMA, TENSOR_DMMA, TENSOR_IMMA = 6, 8, 9
MEMORY_BANDWIDTH, FP64, FP32, FP16 = 10, 11, 12, 13
PCIE_WRITE, PCIE_READ = 20, 21
NVLINK_READ, NVLINK_WRITE = 60, 61
C2C_WRITE, C2C_READ = 100, 101
CODECS: Mapping[int, str] = {
    **{30 + place: f"decoder {place}" for place in range(8)},
    **{40 + place: f"jpeg {place}" for place in range(8)},
    **{50 + place: f"optical flow {place}" for place in range(2)},
    **{166 + place: f"encoder {place}" for place in range(4)},
}
FIGURES = (
    *(KERNELS, SM_BUSY, SM_OCCUPANCY, INTEGER, TENSOR_CORES, MEMORY_BANDWIDTH),
    *(TENSOR_DFMA, TENSOR_DMMA, TENSOR_IMMA),
    *(FP64, FP32, FP16, PCIE_WRITE, PCIE_READ, NVLINK_READ, NVLINK_WRITE, C2C_WRITE, C2C_READ),
)
"""What is asked for at each reading, without the codecs: an H200's driver took 1 ms for 23 metrics,
and 2 ms for 37.
"""
METRICS = (*FIGURES, *CODECS)
"""NVML_GPM_METRIC_..."""
_HIGHEST_EARLY = 97
"""The highest metric that the first drivers with such counters know."""
RATES = frozenset({PCIE_WRITE, PCIE_READ, NVLINK_READ, NVLINK_WRITE, C2C_WRITE, C2C_READ})
"""In MiB a second; the others in percent."""
_MOST_MIB = 1e8
"""No link transfers more; infinity is no rate."""
LEAST_SECONDS = 0.1
"""The driver has no figure for the memory between samples that are closer together."""

Figures = Mapping[int, "float | None"]


@dataclass(slots=True, eq=False, repr=False)
class Samples:
    """Two samples of the counters of a GPU, or of one of its instances."""

    earlier: Any
    later: Any
    taken_at: float | None = None
    figures: Figures | Absence = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class ActivityReader:
    """Reads what a GPU, or each of its instances, did since the reading before."""

    calls: nvml.DeviceCalls
    generation: int
    """The generation of the library in which the samples were allocated."""
    _lack: Absence | None = None
    _is_known: bool = False
    """Whether the driver was asked if it counts."""
    _whole: Samples | Absence | None = None
    _is_early: bool = False
    """Whether the driver refuses questions about younger metrics."""
    _questions: dict[tuple[int, ...], Any] = field(default_factory=dict)
    """By metrics, the structure that the driver fills, made once."""
    codecs_due: bool = True
    """Whether the next figures come with new loads of the codecs."""
    codec_loads: Mapping[int, float] = field(default_factory=dict)
    """The loads of the codecs that were at work when they were asked for last."""
    _instances: dict[tuple[int, str], Samples] = field(default_factory=dict)
    """Samples by number and UUID: an instance that is made anew may get the number of an old one.
    """
    _recent: dict[tuple[int, str], RecentActivity] = field(default_factory=dict)
    """What each of these instances did over the last seconds."""

    def lack(self) -> Absence | None:
        """Return why nothing is counted; `None` where the driver counts."""
        if not self._is_known:
            support = self.calls("nvmlGpmQueryDeviceSupport")
            if isinstance(support, Absence):
                self._lack = support
            else:
                self._lack = None if support.isSupportedDevice else Absence.UNSUPPORTED
            self._is_known = self._lack not in codes.PASSING
        return self._lack

    def read(self, now: float) -> Figures | Absence | None:
        """Return the figures by the number of the metric; `None` at the first reading."""
        lack = self.lack()
        if lack is not None:
            return lack
        if self._whole is None or self._whole in codes.PASSING:
            self._whole = self._allocated()
        if isinstance(self._whole, Absence):
            return self._whole
        asked = METRICS if self.codecs_due else FIGURES
        return self._advanced(self._whole, now, asked, "nvmlGpmSampleGet", self.calls.handle)

    def read_instance(self, instance: int, uuid: str, now: float) -> Figures | Absence | None:
        """Return the figures of an instance, in percent of its own share."""
        lack = self.lack()
        if lack is not None:
            return lack
        samples = self._instances.get((instance, uuid))
        if samples is None:
            allocated = self._allocated()
            if isinstance(allocated, Absence):
                return allocated
            samples = self._instances[instance, uuid] = allocated
        handle = self.calls.handle
        return self._advanced(samples, now, FIGURES, "nvmlGpmMigSampleGet", handle, instance)

    def recent(self, instance: int, uuid: str) -> RecentActivity:
        """Return the record of what an instance did over the last seconds, for the caller to add
        to.
        """
        return self._recent.setdefault((instance, uuid), RecentActivity())

    def keep_instances(self, present: set[tuple[int, str]]) -> None:
        """Free the samples of instances that are gone."""
        for gone in self._instances.keys() - present:
            self._free(self._instances.pop(gone))
            self._recent.pop(gone, None)

    def forget(self) -> None:
        """Let no figure span the time in which nobody looked."""
        self._recent.clear()
        self.codecs_due = True
        for samples in self._all():
            samples.taken_at, samples.figures = None, {}

    def close(self) -> None:
        """Free the samples; a library that was shut down since has freed its own already."""
        for samples in self._all():
            self._free(samples)
        self._whole, self._instances = None, {}

    def _all(self) -> list[Samples]:
        whole = [self._whole] if isinstance(self._whole, Samples) else []
        return [*whole, *self._instances.values()]

    def _allocated(self) -> Samples | Absence:
        pair = []
        for _ in range(2):
            code, sample = self.calls.library.ask("nvmlGpmSampleAlloc")
            if code != codes.SUCCESS:
                return codes.absence_of(code)
            pair.append(sample)
        return Samples(*pair)

    def _free(self, samples: Samples) -> None:
        library = self.calls.library
        if library.generation == self.generation and not library.outdated:
            for sample in (samples.earlier, samples.later):
                library.ask("nvmlGpmSampleFree", sample)

    def _advanced(
        self, samples: Samples, now: float, asked: tuple[int, ...], call: str, *arguments: Any
    ) -> Figures | Absence | None:
        if samples.taken_at is not None and now - samples.taken_at < LEAST_SECONDS:
            return samples.figures or None
        code, _ = self.calls.library.ask(call, *arguments, samples.later)
        if code in codes.DEVICE_GONE:
            raise nvml.DeviceGone(code)
        if code != codes.SUCCESS:
            samples.taken_at, samples.figures = None, {}
            return codes.absence_of(code)
        had_one = samples.taken_at is not None
        samples.earlier, samples.later = samples.later, samples.earlier
        samples.taken_at = now
        figures = self._figures(samples.later, samples.earlier, asked) if had_one else {}
        samples.figures = figures
        if asked is METRICS and figures and not isinstance(figures, Absence):
            self.codecs_due = False
            self.codec_loads = {one: load for one in CODECS if (load := figures.get(one))}
        return figures or None

    def _figures(self, earlier: Any, later: Any, asked: tuple[int, ...]) -> Figures | Absence:
        """Return the driver's figures between two samples, without those that are no numbers; where
        the driver refuses the whole question, why.
        """
        code, answer = self._answer(earlier, later, asked)
        if code in codes.PERMANENT and not self._is_early:
            # A driver that is older than some of the metrics may refuse all for those.
            self._is_early = True
            code, answer = self._answer(earlier, later, asked)
        if code in codes.DEVICE_GONE:
            raise nvml.DeviceGone(code)
        if code != codes.SUCCESS:
            return codes.absence_of(code)
        begin = type(answer).metrics.offset
        answers = memoryview(answer).cast("B")[begin : begin + METRIC.size * answer.numMetrics]
        # A metric that the chip lacks has a code of its own. One that the window was too short for
        # is NaN, and may be known at the next reading.
        return {
            number: (value if value <= 100.0 or number in RATES else 100.0)
            if value == value
            else None
            for number, code, value in METRIC.iter_unpack(answers)
            if code == codes.SUCCESS
            and not (value < 0.0 or value > (_MOST_MIB if number in RATES else 101.0))
        }

    def _answer(self, earlier: Any, later: Any, asked: tuple[int, ...]) -> tuple[int, Any]:
        library = self.calls.library
        if self._is_early:
            asked = tuple(number for number in asked if number <= _HIGHEST_EARLY)
        question = self._questions.get(asked)
        if question is None:
            question = self._questions[asked] = _made_question(library.binding, asked)
        if question is None:
            return codes.FUNCTION_NOT_FOUND, None
        question.sample1, question.sample2 = earlier, later
        return library.ask("nvmlGpmMetricsGet", question)


METRIC = struct.Struct(f"@Iid{3 * struct.calcsize('P')}x")
"""nvmlGpmMetric_t: number, code, value, and three texts, which nobody needs. Reading all at once
takes a tenth of the time that the binding takes for one after the other."""


def _made_question(binding: Any, metrics: tuple[int, ...]) -> Any:
    """Return a question about metrics; `None` where the binding knows of none."""
    make = getattr(binding, "c_nvmlGpmMetricsGet_t", None)
    if make is None:
        return None
    question = make()
    question.version = 1
    question.numMetrics = len(metrics)
    for place, number in enumerate(metrics):
        question.metrics[place].metricId = number
    return question
