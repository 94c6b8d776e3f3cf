"""NVIDIA's library is found and started, and any error of it becomes an absence."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pynvml
import pytest

from tests.sources.gpu.nvidia.answering import device_of, field
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml

Ask = Callable[..., Any]


def test_a_library_in_the_search_path_is_used(
    ask_nvidia: Ask, compile_stub: Callable[..., Path]
) -> None:
    folder = str(compile_stub().parent)
    answer = ask_nvidia(
        f"""
        import os
        if os.environ.get("LD_LIBRARY_PATH") != {folder!r}:
            os.environ["LD_LIBRARY_PATH"] = {folder!r}
            # The loader reads the path at a program's start only.
            os.execv(sys.executable, sys.orig_argv)
        answer = [sampler.identity.name for sampler in discover(roots, clock).samplers]
        """,
        library=False,
    )
    assert answer == ["NVIDIA Stub 0", "NVIDIA Stub 1"]


def test_a_call_that_the_binding_cannot_translate_is_absent(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.nvidia.library import load
        unversioned = "nvmlDeviceGetComputeRunningProcesses"
        discover(roots, clock)
        answer = load().ask(unversioned, load().ask("nvmlDeviceGetHandleByIndex", 0)[1])
        """,
        "-DOLDEST_DRIVER",
    )
    assert answer == [13, None]


def test_an_older_binding_costs_only_what_it_does_not_know(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        import pynvml
        # As releases before 580 are, which package managers have still.
        del pynvml.c_nvmlGpuFabricInfo_v2_t, pynvml.nvmlDeviceGetTemperatureV
        pynvml.nvmlDeviceGetModuleId = lambda device, number: None
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        lacking = [words(sample)[name] for name in ("fabric", "module_id")]
        answer = [sample.power, sample.temperatures, sample.firmware, lacking]
        """,
        details=1,
    )
    heat = {"gpu": 60.0, "memory": 77.0}
    assert answer == [250.5, heat, "96.00.99.00.01", ["UNSUPPORTED", "UNSUPPORTED"]]


@pytest.mark.parametrize("code", [4, 2, 17, 20, 4711])
def test_any_error_code_is_an_absence(ask_nvidia: Ask, code: int) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.utilization, sample.power, sample.processes, words(sample)["power"]]
        """,
        code=code,
    )
    assert answer == [None, None, None, {4: "DENIED", 2: "UNSUPPORTED"}.get(code, "FAILED")]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (9, "The library is there, but the kernel driver is not loaded."),
        (18, "Library and kernel driver differ in version; a restart is due."),
        (4, "This user may not talk to the driver."),
        (999, "The driver's library does not start (error 999)."),
    ],
)
def test_a_library_that_does_not_start_is_one_line(ask_nvidia: Ask, code: int, text: str) -> None:
    answer = ask_nvidia(
        """
        found = discover(roots, clock)
        answer = [len(found.samplers), found.report.text]
        """,
        init=code,
    )
    assert answer == [0, text]


def test_a_driver_without_its_library_is_one_line(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        (roots.proc / "driver" / "nvidia").mkdir(parents=True)
        found = discover(roots, clock)
        answer = [len(found.samplers), found.report.text]
        """,
        library=False,
    )
    if answer[0]:
        pytest.skip("this machine has NVIDIA's library")
    assert "libnvidia-ml.so.1 is not installed" in answer[1] or "not loaded" in answer[1]


def test_without_hardware_the_binding_is_not_even_imported(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        found = discover(roots, clock)
        answer = [found.report.text, "pynvml" in sys.modules]
        """,
        library=False,
    )
    assert answer == ["No NVIDIA GPU and no NVIDIA driver on this machine.", False]


def test_numbered_fields_are_read_at_once_unless_the_driver_refuses_that(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.nvidia import codes
        from trackio_view.sources.gpu.nvidia import library as nvml
        asked, refused = [], False
        class Counted(nvml.Library):
            def ask(self, name, *arguments):
                if name == "nvmlDeviceGetFieldValues":
                    asked.append(arguments[1])
                    if refused and len(arguments[1]) > 1:
                        return codes.INVALID_ARGUMENT, None
                return super().ask(name, *arguments)
        import pynvml
        library_of_ours = Counted(pynvml)
        library_of_ours.start()
        handle = library_of_ours.ask("nvmlDeviceGetHandleByIndex", 0)[1]
        calls = nvml.DeviceCalls(library_of_ours, handle)
        def tick(kind):
            calls.begin(kind)
            asked.clear()
            values = [calls.field_value(82), calls.field_value(74), calls.field_value(185, 2)]
            # What no board tells is asked for once.
            lacks = calls.field_value(9999).name
            return [values, lacks, list(asked)]
        answer = [tick("fast"), tick("fast"), tick("slow"), tick("fast")]
        refused = True
        answer += [tick("fast"), tick("fast")]
        """,
        datacenter=1,
        details=1,
    )
    values = [77, 0, 50200]
    each = [[82], [74], [[185, 2]]]
    assert [said[:2] for said in answer] == [[values, "UNSUPPORTED"]] * 6
    assert [said[2] for said in answer] == [
        [*each, [9999]],
        [[82, 74, [185, 2]]],
        each,
        [[82, 74, [185, 2]]],
        [[82, 74, [185, 2]], *each],
        each,
    ]


def test_fields_refused_for_the_moment_are_read_together_again() -> None:
    asked: list[Any] = []
    code = 20

    class Busy:
        def ask(self, name: str, handle: object, numbers: list[int]) -> tuple[int, Any]:
            asked.append(list(numbers))
            if len(numbers) > 1 and code != codes.SUCCESS:
                return code, None
            values = (pynvml.c_nvmlFieldValue_t * len(numbers))()
            for value in values:
                value.nvmlReturn, value.valueType, value.value.ullVal = codes.SUCCESS, 3, 5
            return codes.SUCCESS, values

    calls = nvml.DeviceCalls(cast("nvml.Library", Busy()), "gpu")

    def tick() -> list[Any]:
        calls.begin()
        asked.clear()
        assert [calls.field_value(number) for number in (1, 2, 3)] == [5, 5, 5]
        return list(asked)

    tick()
    assert tick() == [[1, 2, 3], [1], [2], [3]]
    code = codes.SUCCESS
    assert tick() == [[1, 2, 3]]
    code = codes.INVALID_ARGUMENT
    assert tick() == [[1, 2, 3], [1], [2], [3]]
    assert tick() == [[1], [2], [3]]


@pytest.mark.parametrize(
    ("code", "absence"),
    [
        *((code, Absence.UNSUPPORTED) for code in (2, 3, 6, 13, 24, 25, 26)),
        *((code, Absence.FAILED) for code in (7, 14, 17, 19, 20, 21, 4711)),
        (4, Absence.DENIED),
        *((code, Absence.LOST) for code in (10, 999)),
    ],
)
def test_an_error_says_why_there_is_no_value(code: int, absence: Absence) -> None:
    device = device_of({"nvmlDeviceGetPowerUsage": (code, None)})
    assert device.calls("nvmlDeviceGetPowerUsage") is absence
    device.calls.begin()
    device.calls("nvmlDeviceGetPowerUsage")
    # A call that is not supported is tried only once.
    times = len(device.calls.library.asked)  # type: ignore[attr-defined]
    assert times == (1 if code in (2, 3, 13, 25, 26) else 2)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "the driver was reloaded"),
        (9, "the driver is not loaded"),
        (15, "the GPU has fallen off the bus"),
        (16, "the GPU needs a reset"),
        (18, "library and kernel driver differ in version; a restart is due"),
    ],
)
def test_an_error_of_the_whole_device_is_raised_whatever_was_asked(code: int, text: str) -> None:
    for name in ("nvmlDeviceGetPowerUsage", "nvmlDeviceGetFieldValues"):
        device = device_of({name: (code, None)})
        with pytest.raises(nvml.DeviceGone, match=text) as gone:
            device.calls.field_count(1) if "Field" in name else device.calls(name)
        assert gone.value.code == code


def test_a_call_is_asked_once_a_tick_and_older_calls_take_its_place() -> None:
    device = device_of({("new", "gpu"): 5, ("old", "gpu"): 4})
    calls, asked = device.calls, device.calls.library.asked  # type: ignore[attr-defined]
    assert (calls("new"), calls("new"), len(asked)) == (5, 5, 1)
    calls.begin()
    assert calls("new") == 5
    assert len(asked) == 2
    assert calls.first(("none",), ("old",), ("new",)) == 4
    assert calls.first(("none",), ("neither",)) is Absence.UNSUPPORTED
    assert device_of({"new": (4, None), "old": 4}).calls.first(("new",), ("old",)) is Absence.DENIED


def test_a_call_that_was_answered_before_is_asked_on() -> None:
    """A driver that resets a GPU says for the moment that it supports nothing."""
    answers: dict[Any, object] = {"new": 5, "old": 4}
    answers["nvmlDeviceGetFieldValues"] = field(9)
    calls = device_of(answers).calls
    told = []
    for change in ({}, {"new": (3, None), "nvmlDeviceGetFieldValues": (3, None)}, {}, None):
        answers |= {"new": 6, "nvmlDeviceGetFieldValues": field(8)} if change is None else change
        calls.begin()
        told.append((calls.first(("new",), ("old",)), calls.field_value(82)))
    failed = (Absence.FAILED, Absence.FAILED)
    assert told == [(5, 9), failed, failed, (6, 8)]
    answers |= {"new": (3, None), "nvmlDeviceGetFieldValues": (3, None)}
    calls.begin()
    # A GPU that was divided has other answers, for good.
    calls.ask_again()
    assert (calls.first(("new",), ("old",)), calls.field_value(82)) == (4, Absence.UNSUPPORTED)


@pytest.mark.parametrize(
    ("answer", "text"),
    [(b" 550.54 ", "550.54"), ("550.54", "550.54"), ("  ", None), (b"\xff", "\ufffd"), (3, None)],
)
def test_text_of_any_binding_is_text(answer: object, text: str | None) -> None:
    assert nvml.text_of(answer) == text


def test_a_numbered_field_is_laid_out_as_the_binding_has_it() -> None:
    value = pynvml.c_nvmlFieldValue_t
    assert nvml.FIELD.size == ctypes.sizeof(value)
    assert (value.valueType.offset, value.nvmlReturn.offset, value.value.offset) == (24, 28, 32)
