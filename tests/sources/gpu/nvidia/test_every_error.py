"""Any call to NVIDIA's driver may answer any error: at the start, or after it has worked."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pynvml
import pytest

from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.fields import FIELDS
from trackio_view.sources.gpu.sampler import Tier

Ask = Callable[..., Any]

LASTING = (codes.NOT_SUPPORTED, 26)
"""What was asked for is not there. `test_library.py` has all codes."""
PASSING = (7, codes.UNKNOWN, 4711)
"""The driver failed; the last is a number that the binding does not know."""
RATES = tuple(
    line.name
    for line in FIELDS
    if line.tier is Tier.ACTIVITY or line.name.startswith(("throttled", "pcie_"))
)
"""Fields that need a second reading after a start."""
OF_DEVICE = (codes.UNINITIALIZED, codes.GPU_IS_LOST, codes.LIB_RM_VERSION_MISMATCH)
DENIED = 4
ERRORS = (*LASTING, *PASSING, *OF_DEVICE, DENIED)

NOT_OF_ONE_GPU = ("nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex")
"""Calls that decide about all GPUs."""
OTHERWISE_KNOWN = {
    "nvmlDeviceGetMemoryInfo": {"memory_used", "memory_total"},
    "nvmlDeviceGetTemperatureV": {"temperatures", "heat_limits"},
    "nvmlDeviceGetTemperatureThreshold": {"heat_limits"},
    "nvmlDeviceGetFieldValues": {"temperatures"},
    "nvmlDeviceGetCurrentClocksEventReasons": {"throttle_reasons"},
    "nvmlDeviceGetComputeRunningProcesses_v3": {"processes"},
    "nvmlDeviceGetGraphicsRunningProcesses_v3": {"processes"},
    "nvmlDeviceGetMPSComputeRunningProcesses_v3": {"processes"},
    "nvmlDeviceGetProcessUtilization": {"processes"},
    "nvmlGpmQueryDeviceSupport": {"engines"},
    "nvmlGpmSampleAlloc": {"engines"},
    "nvmlGpmSampleGet": {"engines"},
    "nvmlGpmMetricsGet": {"engines"},
}
"""A call -> the fields of which another call, or the rest of the same one, tells something too."""

EVERY_CALL = """
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
roots.proc.mkdir(parents=True, exist_ok=True)
(roots.proc / "meminfo").write_text("MemTotal: 134217728 kB\\nMemAvailable: 67108864 kB\\n")
put("pcie", 1000)
faults, asked, sound = {}, [], nvml.Library.ask
def ask(self, name, *arguments):
    code = faults.get(name, 0)
    # Only the first GPU has the fault, and whatever is asked of the machine.
    of_other = arguments and getattr(arguments[0], "contents", None) is not None \
        and ctypes.cast(arguments[0], ctypes.c_void_p).value == 2
    asked.append(name)
    return (code, None) if code and not of_other else sound(self, name, *arguments)
nvml.Library.ask = ask
def found():
    nvml._shared.clear()
    return discover(roots, clock)
def told(sample):
    return {
        name: value if (value := getattr(sample, name)) != {} else None
        for name in FIELDS_THAT_MAY_LACK
    }
first, second = found().samplers
for _ in range(2):
    good, good_second = first.sample(Tier.ALL), second.sample(Tier.ALL)
    now += 5.0
names = sorted(set(asked))
answer = []
for name in names:
    if name not in NOT_OF_ONE_GPU:
        for at_start in (True, False):
            faults.clear()
            now += 100.0
            if at_start:
                faults[name] = CODE
            samplers = found().samplers
            for _ in range(2):
                for one in samplers: one.sample(Tier.ALL)
                now += 5.0
            faults[name] = CODE
            for _ in range(2):
                sample, other = [one.sample(Tier.ALL) for one in samplers]
                now += 5.0
            faults.clear()
            back = samplers[0].sample(Tier.ALL)
            for one in samplers: one.close()
            values, best = told(sample), told(good)
            answer.append({
                "case": [name, CODE, at_start],
                "state": sample.state and sample.state.name,
                "state_text": sample.state_text,
                "other_state": other.state and other.state.name,
                "state_after": back.state and back.state.name,
                "wrong": [k for k in best if values[k] not in (None, best[k])],
                "lacking": {
                    k: words(sample).get(k) for k in best
                    if values[k] is None and best[k] is not None and k not in RATES
                },
            })
"""


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_of_any_call_costs_what_it_tells_and_nothing_else(
    ask_nvidia: Ask, code: int
) -> None:
    given = f"CODE, NOT_OF_ONE_GPU, RATES = {code}, {NOT_OF_ONE_GPU}, {RATES}"
    answers = ask_nvidia(
        f"{given}\n{EVERY_CALL}",
        datacenter=1,
        details=1,
        gpm=1,
        nvlink=1,
        nvlink_kib=5,
        c2c=1,
        # The wait for errors has a thread of its own, and tests of its own.
        events=0,
    )
    assert len(answers) > 80
    for answer in answers:
        case, (name, _, at_start) = answer, answer["case"]
        opens = name == "nvmlDeviceGetHandleByPciBusId" and at_start
        known = OTHERWISE_KNOWN.get(name, set())
        assert set(answer["wrong"]) <= known, case
        assert answer["other_state"] is None or opens or name == "nvmlGpmMetricsGet", case
        assert answer["state_after"] is None, case
        if answer["state"] is not None:
            assert opens or code in OF_DEVICE, case
            assert answer["state_text"], case
            continue
        for field, reason in answer["lacking"].items():
            assert reason is not None, (case, field)
            if code in PASSING and name != "nvmlSystemGetCudaDriverVersion_v2":
                assert reason in ("FAILED", "LOST"), (case, field)


@pytest.mark.parametrize("at_start", [True, False])
@pytest.mark.parametrize(
    ("code", "text"),
    [
        (DENIED, "this user may not talk to the GPU"),
        (8, "the GPU lacks power: its cables are not attached as they should be"),
        (11, "the kernel has a problem with the interrupts of the GPU"),
        (18, "library and kernel driver differ in version; a restart is due"),
        (20, "the driver does not let the GPU be opened (error 20)"),
    ],
)
def test_a_gpu_that_cannot_be_opened_says_why(
    ask_nvidia: Ask, code: int, text: str, at_start: bool
) -> None:
    answer = ask_nvidia(
        f"""
        from trackio_view.sources.gpu.nvidia import codes
        from trackio_view.sources.gpu.nvidia import library as nvml
        sampler = discover(roots, clock).samplers[0]
        if not {at_start}:
            sampler.sample(Tier.ALL)
            put("uninitialized", 1)
            sampler.sample(Tier.FAST)
        sound = nvml.Library.ask
        def ask(self, name, *arguments):
            if name == "nvmlDeviceGetHandleByPciBusId":
                return {code}, None
            return sound(self, name, *arguments)
        nvml.Library.ask = ask
        sample = sampler.sample(Tier.FAST)
        answer = [sample.state.name, sample.state_text]
        nvml.Library.ask = sound
        answer.append(sampler.sample(Tier.FAST).utilization)
        """
    )
    assert answer == ["LOST", text, 40]


def test_the_memory_of_the_machine_is_not_that_of_a_gpu_that_told_of_its_own(
    ask_nvidia: Ask,
) -> None:
    answer = ask_nvidia(
        """
        roots.proc.mkdir(parents=True)
        (roots.proc / "meminfo").write_text("MemTotal: 134217728 kB\\nMemAvailable: 6710886 kB\\n")
        sampler = discover(roots, clock).samplers[0]
        answer = []
        for unified in (0, 1):
            put("unified", unified)
            sample = sampler.sample(Tier.ALL)
            answer.append([sample.memory_total, sample.identity.unified_memory])
        """
    )
    assert answer == [[80 << 30, False], [None, False]]


def test_a_list_longer_than_was_said_is_a_failure_of_the_driver() -> None:
    for fault in (IndexError, ValueError, OverflowError, MemoryError):

        def call(fault: type[Exception] = fault) -> None:
            raise fault

        binding = SimpleNamespace(NVMLError=pynvml.NVMLError, nvmlCall=call)
        assert nvml.Library(cast("Any", binding)).ask("nvmlCall") == (codes.UNKNOWN, None)
