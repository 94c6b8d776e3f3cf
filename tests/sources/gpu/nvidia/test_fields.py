"""The question to NVIDIA's driver for each field, and the words and units of the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.sources.gpu.nvidia.answering import device_of
from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_fields import GPU_FIELDS
from trackio_view.sources.gpu.nvidia.fields import FIELDS
from trackio_view.sources.gpu.sampler import Roots, Tier

Ask = Callable[..., Any]

GIB = 2**30
COUNTED_IN_DATA_CENTERS = {
    *("rows_remapped_corrected", "rows_remapped_uncorrected", "banks_without_spare_rows"),
    *("pages_retired", "memory_repair", "recovery_action", "throttled_power", "throttled_heat"),
    *("throttled_hardware_heat", "throttled_power_brake", "throttled_sync_boost"),
}
DETAILS = {field.name for field in GPU_FIELDS if field.details} - {
    *("memory_reserved", "cuda_version", "engines")
}
"""Fields that the stand-in has only where a test asks for them."""
COUNTED = {line.name for line in FIELDS if line.tier is Tier.ACTIVITY}


def test_every_field_of_two_gpus(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        put("pcie", 1000)
        found = discover(roots, clock)
        samples = [sampler.sample(Tier.ALL) for sampler in found.samplers]
        now += 2.0
        put("pcie", 5000)
        samples = [sampler.sample(Tier.FAST | Tier.ACTIVITY) for sampler in found.samplers]
        answer = []
        for sample in samples:
            told = sample._replace(identity=sample.identity._asdict(), reasons=words(sample))
            told = told._replace(processes=[one._asdict() for one in sample.processes or ()])
            answer.append(told._asdict())
        """
    )
    first, second = answer
    assert first["identity"] == {
        "key": "0000:3b:00.0",
        "vendor": "NVIDIA",
        "name": "NVIDIA Stub 0",
        "driver": "570.1",
        "unified_memory": False,
        "parent": None,
        "host": "",
        "uuid": "GPU-00000000",
        "workload": None,
    }
    assert second["identity"]["key"] == "0000:3c:00.0"
    assert (first["utilization"], second["utilization"]) == (40, 41)
    expected = {
        "time": 1002.0,
        "memory_used": 10 * GIB,
        "memory_total": 80 * GIB,
        "memory_bus_load": 20,
        "temperatures": {"gpu": 61.0, "memory": 77.0},
        "power": 250.5,
        "power_limit": 700.0,
        "energy": 123.456,
        "clock_graphics": 1000,
        "clock_sm": 1100,
        "clock_memory": 1200,
        "clock_video": 1300,
        "fan_percent": 31,
        "fan_rpm": 1450,
        "performance_state": "P2",
        "throttle_reasons": ["power cap", "hardware thermal slowdown"],
        "pcie_generation": 4,
        "pcie_width": 8,
        "pcie_generation_max": 5,
        "pcie_width_max": 16,
        "pcie_read": 4000.0,
        "pcie_write": 2000.0,
        "encoder": 3,
        "decoder": 4,
        "ecc_corrected": 7,
        "ecc_uncorrected": 0,
        "partitions": [],
        "state": None,
    }
    assert {name: first[name] for name in expected} == expected
    # The stand-in has no counters of the GPU's parts unless a test asks for them.
    lacking = {
        "clock_fabric",
        "clock_soc",
        "ecc_deferred",
        *COUNTED,
        "activity",
        *COUNTED_IN_DATA_CENTERS,
    }
    lacking |= {*DETAILS, "xgmi_read", "xgmi_write"}
    lacking -= {"engines"}
    errors = dict.fromkeys(("card_errors", "program_errors"), "UNSEEN")
    assert first["reasons"] == {**dict.fromkeys(lacking, "UNSUPPORTED"), **errors}


def test_unknown_memory_is_not_zero(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.memory_used, sample.memory_total, words(sample)["memory_used"]]
        """,
        unified=1,
    )
    assert answer == [None, None, "UNSUPPORTED"]


def test_only_a_gpu_that_never_told_of_memory_of_its_own_has_the_machines(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 134217728 kB\nMemAvailable: 67108864 kB\n")
    answers: dict[str, object] = {}
    device = device_of(answers)
    device.roots = Roots(proc=tmp_path)
    read = next(line.read for line in FIELDS if line.name == "memory_total")

    def told(answer: object) -> tuple[object, bool]:
        answers["nvmlDeviceGetMemoryInfo"] = answer
        device.calls.begin()
        device.calls.ask_again()
        return read(device), device.unified_memory

    nothing, own = SimpleNamespace(total=0, used=0), SimpleNamespace(total=80 * GIB, used=GIB)
    assert told((4, None)) == (Absence.DENIED, False)
    assert told(nothing) == (128 * GIB, True)
    assert told((3, None)) == (128 * GIB, True)
    assert told(own) == (80 * GIB, False)
    assert told(nothing) == (Absence.FAILED, False)
    assert told((3, None)) == (Absence.UNSUPPORTED, False)


def test_a_passive_board_has_no_fan(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.fan_percent, sample.fan_rpm, words(sample)["fan_percent"]]
        """,
        fans=0,
    )
    assert answer == [None, None, "UNSUPPORTED"]


def test_a_card_that_answers_0_for_a_missing_part_has_no_value(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        names = ["temperatures", "power", "power_limit", "fan_percent",
                 "pcie_generation", "pcie_width", "pcie_generation_max", "pcie_width_max"]
        told = {name: getattr(sample, name) for name in names}
        answer = [told, [words(sample).get(name) for name in names], sample.fan_rpm]
        """,
        celsius=0,
        memory_celsius=0,
        milliwatts=0,
        power_limit=0,
        fan_percent=0,
        no_link=1,
    )
    told, reasons, turns = answer
    assert [told.pop("temperatures"), *told.values()] == [{}, *[None] * 7]
    assert (reasons, turns) == (["UNSUPPORTED"] * 8, 1450)


def test_a_board_that_does_not_tell_how_fast_its_fan_turns(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.fan_percent, sample.fan_rpm, words(sample)["fan_rpm"]]
        """,
        rpm=0,
    )
    assert answer == [31, None, "UNSUPPORTED"]


def test_a_fan_that_stands_still_is_at_0_percent(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.fan_percent, sample.fan_rpm]
        """,
        fan_percent=0,
        rpm=0,
    )
    assert answer == [0, 0]


def test_power_that_the_usual_call_does_not_measure_is_that_of_a_field(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        answer = discover(roots, clock).samplers[0].sample(Tier.ALL).power
        """,
        milliwatts=0,
        details=1,
    )
    assert answer == 250.5


def test_all_ones_are_no_count(ask_nvidia: Ask) -> None:
    """They stand for a missing count. Taken as one, they would be four billion broken rows."""
    names = ("energy", "rows_remapped_corrected", "memory_repair", "recovery_action")
    answer = ask_nvidia(
        f"""
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [[getattr(sample, name), words(sample).get(name)] for name in {names}]
        """,
        datacenter=1,
        all_ones=1,
        field_142=-1,
        field_144=-1,
        field_145=-1,
        field_230=-1,
    )
    assert answer == [[None, "UNSUPPORTED"]] * len(names)


def test_what_takes_the_driver_milliseconds_is_read_rarely() -> None:
    tiers = {line.name: line.tier for line in FIELDS}
    for name in ("energy", "heat_margin", "heat_limits", "banks_without_spare_rows"):
        assert tiers[name] is Tier.SLOW, name
