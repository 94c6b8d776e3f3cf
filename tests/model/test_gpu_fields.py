"""The table of a GPU's fields, and everything that is made from it."""

from __future__ import annotations

import pytest

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample
from trackio_view.model.gpu_fields import (
    FIELD_BY_NAME,
    FIELDS_THAT_MAY_LACK,
    GPU_FIELDS,
    Joining,
    absence_of,
    fields_by_label,
    fields_of_chart,
)
from trackio_view.model.gpu_history import line_values, lines_of_chart
from trackio_view.screens.panels.gpu_chart_content import GPU_CHARTS
from trackio_view.sources.gpu import jetson
from trackio_view.sources.gpu.amd import fields as amd
from trackio_view.sources.gpu.intel import fields as intel
from trackio_view.sources.gpu.nvidia import fields as nvidia
from trackio_view.sources.gpu.sampler import FieldReading, Readings, Tier

_APART = {"identity", "state", "state_text", "reasons"}


def test_the_table_has_every_field_of_a_sample_once() -> None:
    names = [field.name for field in GPU_FIELDS]
    assert len(names) == len(FIELD_BY_NAME)
    assert set(names) == set(GpuSample._fields) - _APART
    assert len({field.key for field in GPU_FIELDS}) == len(names)


def test_a_reading_without_any_value_lacks_what_may_lack() -> None:
    bare = GpuSample(GpuIdentity("0", "NVIDIA", "a GPU"), 1.0)
    empty = {field.name for field in GPU_FIELDS if getattr(bare, field.name) in (None, {})}
    assert empty == {*FIELDS_THAT_MAY_LACK, "measures"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("fan_percent", "fan_percent"),
        ("clock_fabric", "clock_fabric_megahertz"),
        ("pcie_width_max", "pcie_width_max_lanes"),
        ("pcie_generation_max", "pcie_generation_max"),
        ("time", "monotonic_seconds"),
        ("partitions", "partitions"),
    ],
)
def test_a_key_names_its_unit_once(name: str, key: str) -> None:
    assert FIELD_BY_NAME[name].key == key


def test_fields_of_a_label_stand_together_in_order() -> None:
    lines = fields_by_label()
    assert [field.name for field in lines["PCIe Link"]] == [
        "pcie_generation",
        "pcie_width",
        "pcie_generation_max",
        "pcie_width_max",
    ]
    assert "" not in lines


def test_every_chart_is_drawn_and_counts_one_thing() -> None:
    charts = {field.chart for field in GPU_FIELDS if field.chart}
    assert {chart.title for chart in GPU_CHARTS} == charts
    for title in charts:
        assert len({field.kind for field in fields_of_chart(title)}) == 1
    assert fields_of_chart("") == ()


def test_every_line_of_a_chart_comes_from_a_sample(gpus_sampled) -> None:
    numbers = {
        field.name: 7
        for field in GPU_FIELDS
        if field.chart and field.name not in ("temperatures", "memory_used")
    }
    (sample,) = gpus_sampled(1, **numbers).samples
    drawn = [line for chart in GPU_CHARTS for line in lines_of_chart(chart.title)]
    told = dict(line_values(sample))
    assert set(told) == {*(set(drawn) - {"temperature:"}), "temperature:gpu", "temperature:memory"}


_COUNTED = {line.name for line in nvidia.FIELDS if line.tier is Tier.ACTIVITY} | {"activity"}
"""Fields that only NVIDIA's newer chips count, and the sentence, which is made elsewhere for
all."""

_NVIDIAS = {
    *("rows_remapped_corrected", "rows_remapped_uncorrected", "banks_without_spare_rows"),
    *("pages_retired", "memory_repair", "recovery_action", "card_errors", "program_errors"),
    *("throttled_power_brake", "throttled_sync_boost"),
}
_DETAILS = {field.name for field in GPU_FIELDS if field.details} | {"xgmi_read", "xgmi_write"}
"""Fields that only the page of details shows, and AMD's links."""
_NVIDIAS_DETAILS = {
    *("memory_reserved", "power_memory", "power_module"),
    *("cuda_version", "persistence", "compute_mode"),
    *("confidential_computing", "fabric", "module_id"),
}
_HELD_BACK = {"throttled_power", "throttled_heat", "throttled_hardware_heat", "pcie_replays"}
"""Fields that NVIDIA and AMD count."""


@pytest.mark.parametrize(
    ("table", "lacking"),
    [
        (
            nvidia.FIELDS,
            {"activity", "clock_fabric", "clock_soc", "voltage", "xgmi_read", "xgmi_write"}
            | {"memory_vendor", "ecc_deferred"},
        ),
        (
            amd.FIELDS,
            {
                *("clock_sm", "pcie_read", "pcie_write", "encoder"),
                *(_NVIDIAS - {"pages_retired", "card_errors"}),
                *_NVIDIAS_DETAILS,
                *(_COUNTED - {"kernels", "engines"}),
            },
        ),
        (
            intel.FIELDS,
            {
                *("memory_bus_load", "clock_sm", "clock_memory", "clock_fabric", "clock_soc"),
                *("pcie_read", "pcie_write", "encoder"),
                *("ecc_corrected", "ecc_uncorrected", "ecc_deferred", "partitions"),
                *(_COUNTED - {"engines"}),
                *_NVIDIAS,
                *_HELD_BACK,
                *(
                    _DETAILS
                    - {"engines", "heat_limits", "heat_margin", "power_limit_default"}
                    - {"voltage", "clock_graphics_max"}
                ),
            },
        ),
        (
            jetson.FIELDS,
            {
                *("memory_bus_load", "power_limit", "energy", "clock_sm", "clock_memory"),
                *("clock_fabric", "clock_soc", "clock_video", "performance_state"),
                *("pcie_generation", "pcie_width", "pcie_generation_max"),
                *("pcie_width_max", "pcie_read", "pcie_write", "encoder", "decoder"),
                *("ecc_corrected", "ecc_uncorrected", "ecc_deferred", "partitions", "processes"),
                *_COUNTED,
                *_NVIDIAS,
                *_HELD_BACK,
                *(_DETAILS - {"heat_limits", "heat_margin", "clock_graphics_max"}),
            },
        ),
    ],
    ids=["nvidia", "amd", "intel", "jetson"],
)
def test_a_vendor_lists_what_its_interface_offers(
    table: tuple[FieldReading[object], ...], lacking: set[str]
) -> None:
    listed = [line.name for line in table]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(FIELD_BY_NAME)
    assert set(FIELDS_THAT_MAY_LACK) - set(listed) == lacking


def test_a_field_that_a_vendor_does_not_list_is_absent_with_a_reason(gpus_sampled) -> None:
    table: tuple[FieldReading[object], ...] = (FieldReading("power", Tier.FAST, lambda _: None),)
    readings = Readings()
    readings.refresh(table, object(), Tier.FAST)
    sample = readings.sample(gpus_sampled(1).samples[0].identity, 1.0)
    assert set(sample.reasons) == set(FIELDS_THAT_MAY_LACK) - {"power"}
    assert absence_of(sample, "clock_fabric") == "not supported"
    assert absence_of(sample, "power") == "no rate measured yet"
    assert absence_of(sample, "power", "power_limit") == "not supported"


def test_the_state_of_a_gpu_explains_every_absence(gpus_sampled) -> None:
    (lost,) = gpus_sampled(1, state=Absence.LOST).samples
    assert absence_of(lost, "power") == "lost"
    gone = lost._replace(state_text="gone from the system")
    assert absence_of(gone, "fan_rpm") == "gone from the system"


def test_a_text_tells_of_the_absence_of_what_every_gpu_should_have() -> None:
    assert [field.name for field in GPU_FIELDS if field.common] == [
        *("utilization", "memory_used", "temperatures", "power", "fan_percent"),
        *("clock_graphics", "clock_memory", "performance_state"),
    ]


def test_several_gpus_are_one_figure_where_that_has_a_meaning() -> None:
    assert {field.name: field.joining for field in GPU_FIELDS if field.joining} == {
        "utilization": Joining.MEAN,
        "memory_used": Joining.TOTAL,
        "memory_total": Joining.TOTAL,
        "temperatures": Joining.HIGHEST,
        "power": Joining.TOTAL,
        "power_limit": Joining.TOTAL,
    }
