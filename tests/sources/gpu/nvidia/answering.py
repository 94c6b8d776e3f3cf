"""A stand-in for NVIDIA's library that answers from a table, in the test's own process."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pynvml

from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.device import NvidiaDevice
from trackio_view.sources.gpu.nvidia.processes import ProcessReader
from trackio_view.sources.gpu.sampler import Counters, Readings, Roots


class AnsweringLibrary:
    """Answers calls by their name and arguments (lists as tuples), or by their name alone.

    Other calls fail as not supported.
    """

    def __init__(self, answers: Mapping[Any, object]) -> None:
        self.answers = answers
        self.asked: list[tuple[Any, ...]] = []

    def ask(self, name: str, *arguments: Any) -> tuple[int, Any]:
        asked = [tuple(one) if isinstance(one, list) else one for one in arguments]
        self.asked.append((name, *asked))
        for key in ((name, *asked), name):
            if key in self.answers:
                answer = self.answers[key]
                return answer if isinstance(answer, tuple) else (codes.SUCCESS, answer)
        return codes.NOT_SUPPORTED, None


def device_of(
    answers: Mapping[Any, object], figures: Mapping[int, float] | object = None
) -> NvidiaDevice:
    """Return a GPU whose handle is `gpu` and whose parts have these figures.

    A tuple among the answers is an error code and a value. A test may change the answers.
    """
    library = cast("nvml.Library", AnsweringLibrary(answers))
    calls = nvml.DeviceCalls(library, "gpu")
    calls.begin()
    reader = cast("ProcessReader", SimpleNamespace())
    device = NvidiaDevice(calls, Roots(), 0.0, Readings(), Counters(), reader)
    device.watched, device._figures_read, device._figures = True, True, cast("Any", figures)
    return device


def field(number: int, kind: int = 3) -> Any:
    """Return the answer for a numbered field: kind 1 has 32 bits, kind 3 has 64."""
    values = (pynvml.c_nvmlFieldValue_t * 1)()
    values[0].nvmlReturn, values[0].valueType = codes.SUCCESS, kind
    values[0].value.ullVal = number
    return values
