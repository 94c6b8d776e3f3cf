"""Words for what holds an NVIDIA GPU back, and for what has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sources.gpu.nvidia.answering import device_of
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia.health_fields import ecc_errors
from trackio_view.sources.gpu.nvidia.words import throttle_words

Ask = Callable[..., Any]


def test_health_of_a_board_for_data_centers(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        first = sampler.sample(Tier.ALL)
        now += 10.0
        put("held_74", 3100), put("held_269", 0), put("held_271", 20000)
        second = sampler.sample(Tier.ALL)
        names = ("rows_remapped_corrected", "rows_remapped_uncorrected", "memory_repair",
                 "recovery_action", "banks_without_spare_rows", "pcie_replays", "ecc_uncorrected",
                 "throttled_power", "throttled_heat", "throttled_power_brake")
        answer = [first.throttled_power, *(getattr(second, name) for name in names)]
        """,
        datacenter=1,
        field_142=4,
        field_143=1,
        field_144=1,
        field_230=2,
        spareless=3,
        uncorrected=2,
    )
    assert answer == [
        None,
        *(4, 1, "waits for a GPU reset", "reboot the machine", 3, 1, 2),
        # The window is ten seconds. More nanoseconds than that count as all of it.
        *(31.0, 0.0, 100.0),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"retiring": 1}, "waits for a GPU reset"),
        ({"retiring": 0}, "none due"),
        ({"datacenter": 1}, "none due"),
        # It answers 0 for the rows that its chip does not have.
        ({"datacenter": 1, "retiring": 1}, "waits for a GPU reset"),
        ({"datacenter": 1, "field_144": 1, "retiring": 0}, "waits for a GPU reset"),
        ({"datacenter": 1, "field_145": 1, "field_144": 1}, "failed"),
        ({}, None),
    ],
)
def test_memory_repair_of_newer_and_older_boards(
    ask_nvidia: Ask, options: dict[str, int], words: str | None
) -> None:
    script = "answer = discover(roots, clock).samplers[0].sample(Tier.ALL).memory_repair"
    assert ask_nvidia(script, **options) == words


def test_pages_of_boards_without_spare_rows_are_counted_over_both_kinds(ask_nvidia: Ask) -> None:
    script = "answer = discover(roots, clock).samplers[0].sample(Tier.ALL).pages_retired"
    assert ask_nvidia(script, datacenter=1, retiring=0, field_29=2, field_30=1) == 3
    assert ask_nvidia(script, datacenter=1) is None


def test_throttle_bits_in_words() -> None:
    assert throttle_words(0x1) == ()
    assert throttle_words(0x20 | 0x80) == ("software thermal slowdown", "power brake")
    assert throttle_words(0x1000) == ("reason 0x1000",)


@pytest.mark.parametrize(
    ("bit", "word"),
    [
        (0x2, "application clocks"),
        (0x4, "power cap"),
        (0x8, "hardware slowdown"),
        (0x10, "sync boost"),
        (0x20, "software thermal slowdown"),
        (0x40, "hardware thermal slowdown"),
        (0x80, "power brake"),
        (0x100, "display clocks"),
    ],
)
def test_each_reason_has_its_own_word(bit: int, word: str) -> None:
    assert throttle_words(bit | 0x1) == (word,)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (0, 0),
        (1 << 62, 1 << 62),
        ((1 << 62) + (1 << 11), Absence.UNSUPPORTED),
        ((1 << 64) - 1, Absence.UNSUPPORTED),
    ],
)
def test_errors_of_memory_are_counted_up_to_where_drivers_mean_none(
    kind: int, answered: int, told: int | Absence
) -> None:
    count = ("nvmlDeviceGetTotalEccErrors", "gpu", kind, 0)
    other = ("nvmlDeviceGetTotalEccErrors", "gpu", 1 - kind, 0)
    answers = {"nvmlDeviceGetEccMode": [1, 1], count: answered, other: 9}
    assert ecc_errors(kind)(device_of(answers)) == told
    # Counts of memory whose errors are not corrected mean nothing.
    answers["nvmlDeviceGetEccMode"] = [0, 1]
    assert ecc_errors(kind)(device_of(answers)) is Absence.UNSUPPORTED
    assert ecc_errors(kind)(device_of({})) is Absence.UNSUPPORTED
