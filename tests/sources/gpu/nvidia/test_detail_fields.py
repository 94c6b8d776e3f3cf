"""The fields of the page of details, asked of NVIDIA's driver."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import detail_fields as details

Ask = Callable[..., Any]

GIB = 2**30


def test_numbers_are_those_of_the_binding() -> None:
    assert (details.POWER_AVERAGE, details.POWER_INSTANT) == (
        pynvml.NVML_FI_DEV_POWER_AVERAGE,
        pynvml.NVML_FI_DEV_POWER_INSTANT,
    )
    assert (details.POWER_LIMIT_MIN, details.POWER_LIMIT_MAX, details.POWER_LIMIT_DEFAULT) == (
        pynvml.NVML_FI_DEV_POWER_MIN_LIMIT,
        pynvml.NVML_FI_DEV_POWER_MAX_LIMIT,
        pynvml.NVML_FI_DEV_POWER_DEFAULT_LIMIT,
    )


def test_every_detail_as_an_h200_tells_it(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.model.gpu_fields import GPU_FIELDS
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        names = [field.name for field in GPU_FIELDS if field.details]
        answer = {name: getattr(sample, name) for name in names}
        answer["lacking"] = sorted(set(names) & set(sample.reasons))
        """,
        details=1,
    )
    assert answer == {
        "memory_reserved": GIB,
        "bar1_used": 2 * 2**20,
        "bar1_total": 256 * GIB,
        "heat_limits": {"slowdown": 89.0, "shutdown": 95.0, "memory": 95.0, "GPU": 87.0},
        "heat_margin": 26.0,
        "power_instant": 276.0,
        "power_average": 250.5,
        "power_memory": 50.2,
        "power_module": None,
        "power_limit_min": 200.0,
        "power_limit_max": 710.0,
        "power_limit_default": 690.0,
        "voltage": None,
        "clock_graphics_max": 1980,
        "clock_memory_max": 3201,
        "engines": {"jpeg": 5, "optical flow": 0},
        "cuda_version": "12.9",
        "firmware": "96.00.99.00.01",
        "persistence": "on",
        "compute_mode": "shared",
        "confidential_computing": "off",
        "fabric": "joined",
        "module_id": 2,
        "memory_vendor": None,
        "lacking": ["memory_vendor", "power_module", "voltage"],
    }


def test_a_driver_without_the_fields_has_calls_for_the_limits(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.power_limit_min, sample.power_limit_max, sample.power_limit_default]
        """,
        details=1,
        fieldless=1,
    )
    assert answer == [200.0, 710.0, 690.0]


def test_a_lowest_limit_of_0_is_none(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.power_limit_min, sample.power_limit_max]
        """,
        details=1,
        fieldless=1,
        least_watts=0,
    )
    assert answer == [None, 710.0]


def test_limits_of_heat_follow_from_the_margin_where_there_are_no_thresholds(
    ask_nvidia: Ask,
) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = sample.heat_limits
        """,
        details=1,
        tlimit=1,
    )
    assert answer == {"GPU": 87.0, "slowdown": 89.0, "shutdown": 95.0}


def test_lasting_facts_are_asked_for_once(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        for _ in range(3):
            sampler.sample(Tier.ALL)
            now += 1.0
        answer = library.stub_calls(14)
        """,
        details=1,
    )
    assert answer == 2, "the highest graphics and memory clock"


def test_the_compute_mode_is_told_in_words(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        answer = discover(roots, clock).samplers[0].sample(Tier.ALL).compute_mode
        """,
        details=1,
        compute_mode=3,
    )
    assert answer == "one program alone"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fabric": 0}, None),
        ({"fabric": 1}, "not joined yet"),
        ({"fabric": 2}, "joining"),
        ({"fabric": 3, "fabric_health": 2}, "joined"),
        ({"fabric": 3, "fabric_health": 1}, "joined, bandwidth degraded"),
        ({"fabric": 3, "fabric_status": 999}, "could not join (error 999)"),
        ({"fabric": 77}, None),
    ],
)
def test_the_fabric_is_told_in_words_while_a_gpu_joins_its_switches(
    ask_nvidia: Ask, options: dict[str, int], words: str | None
) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.fabric, "fabric" in sample.reasons]
        """,
        details=1,
        **options,
    )
    assert answer == [words, words is None]


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "off"), ({"cc": 1}, "on"), ({"cc": 1, "cc_tools": 1}, "on, open to developer tools")],
)
def test_whether_the_memory_is_closed_to_the_machines_owner(
    ask_nvidia: Ask, options: dict[str, int], words: str
) -> None:
    code = "answer = discover(roots, clock).samplers[0].sample(Tier.ALL).confidential_computing"
    assert ask_nvidia(code, details=1, **options) == words


def test_a_driver_that_tells_nothing_of_them(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        names = ("confidential_computing", "fabric", "module_id")
        answer = {name: [getattr(sample, name), sample.reasons[name].value] for name in names}
        """
    )
    names = ("confidential_computing", "fabric", "module_id")
    assert answer == {name: [None, "not supported"] for name in names}


@pytest.mark.parametrize(
    ("milliwatts", "watts"),
    [(0, None), (1, 0.001), (20_000_000, 20_000.0), (20_000_001, None)],
)
def test_no_board_draws_nothing_or_more_than_20_kilowatts(
    milliwatts: int, watts: float | None
) -> None:
    device: Any = SimpleNamespace(calls=SimpleNamespace(field_value=lambda *_: milliwatts))
    told = details.power(details.POWER_INSTANT)(device)
    assert told == (Absence.UNSUPPORTED if watts is None else watts)
