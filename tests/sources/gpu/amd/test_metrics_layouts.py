"""Where the values lie in AMD's tables."""

from __future__ import annotations

import pytest

from trackio_view.sources.gpu.amd.metrics_layouts import (
    EARLY_LAYOUTS,
    LAYOUTS,
    OWN_PARTITION_LAYOUTS,
    PARTITION_SLOTS,
    TableLayout,
    fields_of,
    width_of,
)

VERSIONS = sorted(LAYOUTS)


# Version -> (hotspot or graphics temperature, power, graphics clock, last field) of the kernel's
# header, each as (field, type, offset). The tables are compared with these.
REFERENCE = {
    (1, 0): ("temperature_hotspot:H@18", "average_socket_power:H@34", "pcie_link_speed:B@75"),
    (1, 1): ("temperature_hotspot:H@6", "average_socket_power:H@22", "temperature_hbm:H@88"),
    (1, 2): ("energy_accumulator:Q@24", "current_gfxclk:H@54", "firmware_timestamp:Q@96"),
    (1, 3): ("pcie_link_width:H@74", "voltage_gfx:H@106", "indep_throttle_status:Q@112"),
    (1, 4): ("curr_socket_power:H@10", "gfx_activity_acc:I@56", "current_uclk:H@280"),
    (1, 5): ("jpeg_activity:H@24", "mem_activity_acc:I@124", "current_uclk:H@352"),
    (1, 6): (
        "accumulation_counter:I@32",
        "num_partition:H@306",
        "pcie_lc_perf_other_end_recovery:I@1656",
    ),
    (1, 7): (
        "mem_max_bandwidth:Q@16",
        "num_partition:H@338",
        "pcie_lc_perf_other_end_recovery:I@2200",
    ),
    (1, 8): ("ppt_residency_acc:I@48", "xgmi_link_status:H@264", "current_gfxclk:H@296"),
    (2, 0): ("temperature_gfx:H@16", "current_l3clk:H@108", "fan_pwm:H@116"),
    (2, 1): ("average_gfx_activity:H@28", "average_socket_power:H@40", "throttle_status:I@108"),
    (2, 2): ("current_gfxclk:H@76", "fan_pwm:H@112", "indep_throttle_status:Q@120"),
    (2, 3): ("temperature_l3:H@24", "current_coreclk:H@88", "average_temperature_l3:H@148"),
    (2, 4): ("system_clock_counter:Q@32", "average_cpu_voltage:H@152", "average_gfx_current:H@162"),
    (3, 0): (
        "average_gfx_activity:H@42",
        "average_sys_power:H@168",
        "throttle_residency_thm_soc:I@252",
    ),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_are_where_the_kernel_puts_them(version: tuple[int, int]) -> None:
    fields = fields_of(LAYOUTS[version])
    for text in REFERENCE[version]:
        name, _, place = text.partition(":")
        code, _, offset = place.partition("@")
        assert (fields[name].code, fields[name].offset) == (code, int(offset))


def test_fields_of_an_early_table_and_of_a_partitions_own_are_where_the_kernel_puts_them() -> None:
    early, own = fields_of(EARLY_LAYOUTS[1, 6]), fields_of(OWN_PARTITION_LAYOUTS[1, 0])
    assert early["hbm_thm_residency_acc"].offset == 124
    assert early["xgmi_read_data_acc"].offset == 200
    assert early["current_uclk"].offset == 376
    assert own["gfx_busy_inst"].offset == 48
    assert own["gfx_busy_acc"].offset == 168
    assert own["gfx_below_host_limit_total_acc"].offset == 424


@pytest.mark.parametrize(
    "layout", [*LAYOUTS.values(), *EARLY_LAYOUTS.values(), *OWN_PARTITION_LAYOUTS.values()]
)
def test_fields_are_aligned_apart_and_inside(layout: TableLayout) -> None:
    def check(layout: TableLayout, start: int) -> None:
        end = start
        for field in sorted(fields_of(layout).values(), key=lambda field: field.offset):
            width = width_of(field.code)
            assert field.offset % width == 0
            assert field.offset >= end
            end = field.offset + width * max(field.count, 1)
        assert end <= layout.size

    check(layout, 4)
    if layout.partitions:
        start, entry = layout.partitions
        check(entry, 0)
        after = fields_of(layout)["pcie_lc_perf_other_end_recovery"].offset
        assert start + PARTITION_SLOTS * entry.size == after


def test_there_is_a_layout_for_every_version_that_the_kernel_has() -> None:
    sizes = {".".join(map(str, version)): layout.size for version, layout in LAYOUTS.items()}
    first = {"1.0": 80, "1.1": 96, "1.2": 104, "1.3": 120, "1.4": 288, "1.5": 360}
    later = {"1.6": 1664, "1.7": 2208, "1.8": 3872}
    others = {"2.0": 120, "2.1": 120, "2.2": 128, "2.3": 152, "2.4": 168, "3.0": 264}
    assert sizes == first | later | others
