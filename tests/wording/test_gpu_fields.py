"""Fields of a GPU in words: what is absent is never a number, and what is odd says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample
from trackio_view.wording.gpu_fields import GIB, GPU_FIELDS, absence_of, memory_share

BY_LABEL = {line.label: line for line in GPU_FIELDS}


def sample(*, unified: bool = False, **fields) -> GpuSample:
    return GpuSample(GpuIdentity("a", "NVIDIA", "H100", unified_memory=unified), 0.0, **fields)


@pytest.mark.parametrize(
    ("label", "fields", "words"),
    [
        ("Utilization", {"utilization": 0.0}, "0%"),
        (
            "Utilization",
            {"utilization": 25.4, "measures": {"utilization": "time awake"}},
            "25% (time awake)",
        ),
        ("Memory", {"memory_used": 3 * GIB}, "3.0 GB"),
        ("Memory", {"memory_used": 0, "memory_total": 8 * GIB}, "0.0/8.0 GB (0%)"),
        ("Memory", {"memory_used": 3 * GIB, "memory_total": 0}, "3.0 GB"),
        ("Memory", {"memory_total": 8 * GIB}, None),
        (
            "Memory",
            {"memory_used": 4 * GIB, "memory_total": 8 * GIB, "unified": True},
            "4.0/8.0 GB (50%, unified)",
        ),
        ("Temperature", {"temperatures": {}}, None),
        ("Temperature", {"temperatures": {"gpu": 60.4}}, "60°C"),
        ("Temperature", {"temperatures": {"gpu": 60.0, "memory": 71.0}}, "60°C (memory 71°C)"),
        (
            "Temperature",
            {"temperatures": {"hotspot": 9.0, "gpu": 8.0}},
            "9°C (hotspot, gpu 8°C)",
        ),
        ("Power", {"power": 100.4}, "100W"),
        ("Power", {"power": 0.0, "power_limit": 700.0}, "0/700W"),
        ("Power", {"power_limit": 700.0}, None),
        ("Fan", {"fan_percent": 0.0}, "0%"),
        ("Fan", {"fan_rpm": 0.0}, "0 RPM"),
        ("Fan", {"fan_percent": 30.0, "fan_rpm": 1200.0}, "30% (1200 RPM)"),
        ("GPU Clock", {"clock_graphics": 0.0}, "0 MHz (idle)"),
        ("GPU Clock", {"clock_graphics": 1755.0}, "1755 MHz"),
        ("Throttling", {"throttle_reasons": ()}, "none"),
        ("Throttling", {"throttle_reasons": ("heat", "power")}, "heat, power"),
        ("PCIe Link", {"pcie_generation": 4}, "gen 4"),
        ("PCIe Link", {"pcie_width": 8}, "x8"),
        (
            "PCIe Link",
            {
                "pcie_generation": 4,
                "pcie_width": 16,
                "pcie_generation_max": 4,
                "pcie_width_max": 16,
            },
            "gen 4 x16",
        ),
        (
            "PCIe Link",
            {
                "pcie_generation": 1,
                "pcie_width": 16,
                "pcie_generation_max": 5,
                "pcie_width_max": 16,
            },
            "gen 1 x16 (of gen 5 x16)",
        ),
        ("PCIe Link", {"pcie_generation_max": 5}, None),
        ("PCIe Traffic", {"pcie_read": 5.0}, None),
        ("ECC Errors", {"ecc_corrected": 0}, "0 corrected"),
        ("ECC Errors", {"ecc_corrected": 1, "ecc_uncorrected": 2}, "1 corrected, 2 uncorrected"),
        ("Energy", {"energy": 0.0}, "0 J"),
        ("Energy", {"energy": 3599.0}, "3599 J"),
        ("Energy", {"energy": 3600.0}, "1.00 Wh"),
        ("Energy", {"energy": 7.2e6}, "2.00 kWh"),
    ],
)
def test_a_field_in_words(label: str, fields: dict[str, Any], words: str | None) -> None:
    assert BY_LABEL[label].write(sample(**fields)) == words


@pytest.mark.parametrize("line", GPU_FIELDS, ids=lambda line: line.label)
def test_what_is_absent_has_neither_words_nor_a_share(line) -> None:
    assert line.write(sample()) is None
    assert line.share is None or line.share(sample()) is None


@pytest.mark.parametrize("line", GPU_FIELDS, ids=lambda line: line.label)
def test_why_it_is_absent(line) -> None:
    assert absence_of(sample(), line) == "no rate measured yet"
    last = line.fields[-1]
    assert absence_of(sample(reasons={last: Absence.DENIED}), line) == "permission denied"
    reasons = dict.fromkeys(line.fields, Absence.DENIED) | {line.fields[0]: Absence.UNSUPPORTED}
    assert absence_of(sample(reasons=reasons), line) == "not supported"
    # That the whole GPU sleeps is said rather than what each field lacks.
    assert absence_of(sample(reasons=reasons, state=Absence.ASLEEP), line) == "asleep"
    said = sample(reasons=reasons, state=Absence.STALE, state_text="not answering for 12 s")
    assert absence_of(said, line) == "not answering for 12 s"


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_a_share_of_memory_is_of_what_there_is(used: int, total: int) -> None:
    share = memory_share(sample(memory_used=used, memory_total=total))
    if not total:
        assert share is None
    else:
        assert share == pytest.approx(used / total)
    assert memory_share(sample(memory_total=total)) is None


def test_shares_of_percents_and_of_power_go_from_0_to_1() -> None:
    full = sample(utilization=100.0, fan_percent=50.0, power=350.0, power_limit=700.0)
    shares = {line.label: line.share(full) for line in GPU_FIELDS if line.share is not None}
    assert shares == {"Utilization": 1.0, "Memory": None, "Power": 0.5, "Fan": 0.5}
    power = BY_LABEL["Power"].share
    assert power is not None
    assert power(sample(power=350.0, power_limit=0.0)) is None
