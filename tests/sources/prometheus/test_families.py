"""The table of exporters: names, units, and values that stand for no number."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from trackio_view.model.gpu import CHIP_SENSORS, GpuSample
from trackio_view.sources.prometheus.families import (
    FAMILIES,
    FREE,
    PLAUSIBLE,
    RESERVED,
    SHARE,
    TEMPERATURE,
    GpuFamily,
    anchors_expression,
    found_families,
    meanings,
    plausible,
    slices,
)

DCGM = FAMILIES[0]


def told_of(family: GpuFamily, metric: str) -> float | None:
    told = next(told for told in family.fields if told.metric == metric)
    return plausible(family, told, 50.0)


def test_each_field_is_one_of_a_reading_and_has_bounds() -> None:
    known = set(GpuSample._fields) | {FREE, RESERVED, SHARE}
    for family in FAMILIES:
        for told in family.fields:
            if told.field.startswith(TEMPERATURE):
                continue
            assert told.field in known, family.name
            assert told.field in PLAUSIBLE, family.name


def test_a_gpu_that_rests_has_zeros_but_neither_heat_nor_power_nor_size_of_zero() -> None:
    for family in FAMILIES:
        for told in family.fields:
            name = told.field
            never = name in {"power", "power_limit", "memory_total"} or name.startswith(TEMPERATURE)
            assert plausible(family, told, 0.0) == (None if never else 0.0), told
            if name == "power":
                assert plausible(family, told, 0.5) == 0.5, "a GPU that sleeps"


LOADS = {
    *("utilization", "memory_bus_load", "encoder", "decoder"),
    *("sm_busy", "tensor_cores", "memory_bandwidth"),
}


def test_a_load_is_at_most_the_whole() -> None:
    for family in FAMILIES:
        for told in family.fields:
            if told.field in LOADS:
                assert plausible(family, told, 100.0 / told.factor) == 100.0
                assert plausible(family, told, 100.5 / told.factor) is None


def test_a_temperature_that_is_shown_beside_the_load_is_the_chips() -> None:
    for family in FAMILIES:
        told = {one.field for one in family.fields if not one.is_detail}
        sensors = {name.removeprefix(TEMPERATURE) for name in told if name.startswith(TEMPERATURE)}
        assert sensors <= set(CHIP_SENSORS), family.name


def test_every_family_tells_load_and_memory() -> None:
    for family in FAMILIES:
        told = {one.field for one in family.fields if not one.is_detail}
        assert {"utilization", "memory_used"} <= told, family.name
        assert told & {"memory_total", SHARE}, family.name


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("DCGM_FI_DEV_GPU_UTIL", 9.223372036854776e18),
        ("DCGM_FI_DEV_GPU_UTIL", 2147483632),
        ("DCGM_FI_DEV_GPU_UTIL", 101),
        ("DCGM_FI_DEV_GPU_UTIL", -1),
        ("DCGM_FI_DEV_GPU_UTIL", math.nan),
        ("DCGM_FI_DEV_FB_USED", 140737488355328),
        ("DCGM_FI_DEV_FB_USED", 2147483633),
        ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 2147483634),
        ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", math.inf),
        ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 9223372036854775794),
        # Values of a card without the sensor, and values seen of cards with it.
        ("DCGM_FI_DEV_MEMORY_TEMP", 0),
        ("DCGM_FI_DEV_GPU_TEMP", 345),
        ("DCGM_FI_DEV_GPU_TEMP", 82505),
        ("DCGM_FI_DEV_POWER_USAGE", 0),
    ],
)
def test_an_exporters_sign_for_none_is_no_number(name: str, number: float) -> None:
    told = next(told for told in DCGM.fields if told.metric == name)
    assert plausible(DCGM, told, number) is None


def test_a_spike_of_power_is_no_power() -> None:
    xpumanager = next(family for family in FAMILIES if family.anchor == "xpum_engine_ratio")
    told = next(told for told in xpumanager.fields if told.field == "power")
    assert plausible(xpumanager, told, 3.7e12) is None
    assert plausible(xpumanager, told, 149.5) == 149.5


def test_units() -> None:
    assert told_of(DCGM, "DCGM_FI_DEV_FB_USED") == 50 * 2**20
    assert told_of(DCGM, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION") == 0.05
    told = next(told for told in DCGM.fields if told.metric == "DCGM_FI_PROF_GR_ENGINE_ACTIVE")
    assert plausible(DCGM, told, 0.97) == 97


def test_families_are_found_by_their_anchors_and_a_prefix_where_one_may_be() -> None:
    found = found_families(["amd_gpu_gfx_activity", "x_hw_gpu_info", "DCGM_FI_DEV_FB_USED"])
    assert [(one.family.name, one.prefix) for one in found] == [
        ("dcgm-exporter", ""),
        ("AMD device-metrics-exporter", "amd_"),
    ]
    meant = meanings(found, details=False)
    assert "amd_gpu_used_vram" in meant
    assert "DCGM_FI_DEV_MEMORY_TEMP" not in meant
    assert "DCGM_FI_DEV_MEMORY_TEMP" in meanings(found, details=True)
    assert "(.+_)?gpu_gfx_activity" in anchors_expression()


def test_a_family_without_its_anchor_is_found_by_its_load_and_once() -> None:
    (found,) = found_families(["DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_DEV_GPU_UTIL"])
    assert (found.family.name, found.anchor) == ("dcgm-exporter", "DCGM_FI_DEV_GPU_UTIL")
    (found,) = found_families(["DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED"])
    assert found.anchor == "DCGM_FI_DEV_FB_USED"
    assert "DCGM_FI_DEV_GPU_UTIL" in anchors_expression().split("|")


def test_slices_of_profiles() -> None:
    assert [slices(name) for name in ("1g.10gb", "3g.40gb", "1c.2g.20gb", "", "odd")] == [
        *(1, 3, 2, None, None),
    ]


UNITS = {
    "_hz": 1e-6,  # clocks in MHz
    "_mhz": 1.0,
    "_bytes": 1.0,
    "_ratio": 100.0,  # loads in percent
    "_watts": 1.0,
    "_celsius": 1.0,
    "_percent": 1.0,
}
"""The unit at the end of a series' name: the factor to the field's own unit."""


def test_a_unit_that_a_name_tells_is_heeded() -> None:
    told = [one for family in FAMILIES for one in family.fields if one.field not in {FREE, SHARE}]
    for one in told:
        for end, factor in UNITS.items():
            if one.metric.endswith(end) and "_mhz" not in one.metric.replace(end, ""):
                assert one.factor == factor or (end == "_hz" and one.metric.endswith("_mhz")), one


UNITS_IN_WORDS = {
    r"\(in mJ\)$": 1e-3,  # energy in joules
    r"in uJ$": 1e-6,
    r"\(in MiB\)|VRAM in MB$": float(1 << 20),
    r"^Ratio of (time|cycles)": 100.0,
    r"\(in (%|W|C|MHz)\)|in (Watts|Celsius|MHz)$|percentage": 1.0,
}
"""What an exporter says of a metric: the factor to the field's own unit."""


def test_a_unit_that_an_exporter_tells_in_words_is_heeded(captures: Path) -> None:
    said: dict[str, str] = {}
    for path in sorted((captures / "prometheus").rglob("*.prom")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("# HELP "):
                name, words = line.removeprefix("# HELP ").split(" ", 1)
                said[name] = words.removesuffix(".")
    heeded = 0
    for told in (told for family in FAMILIES for told in family.fields):
        for pattern, factor in UNITS_IN_WORDS.items():
            if re.search(pattern, said.get(told.metric, "")):
                assert told.factor == factor, told
                heeded += 1
    assert heeded > 20


def test_an_exporter_is_of_the_vendor_whose_cards_its_names_tell_of() -> None:
    assert {family.anchor: family.vendor for family in FAMILIES} == {
        "DCGM_FI_DEV_FB_USED": "NVIDIA",
        "gpu_gfx_activity": "AMD",
        "hw_gpu_info": "Intel",
        "xpum_engine_ratio": "Intel",
        "nvidia_smi_gpu_info": "NVIDIA",
        "gpu_memory_percent_Percentage": "NVIDIA",
        "all_smi_gpu_memory_total_bytes": "",
        "node_drm_card_info": "AMD",
    }, "all-smi serves several, and its model tells whose"
