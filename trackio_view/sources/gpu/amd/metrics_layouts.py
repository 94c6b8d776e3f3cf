"""Where the values are in AMD's `gpu_metrics` and partition tables.

From the structures of the kernel's `kgd_pp_interface.h` (7.2), laid out as x86-64 does. An entry
reads `name:type[count]@offset`; the types are those of Python's `struct`, little-endian.
"""

from __future__ import annotations

import functools
import re
import struct
from dataclasses import dataclass

_XCP = """
    gfx_busy_inst:I[8]@0 jpeg_busy:H[32]@32 vcn_busy:H[4]@96 gfx_busy_acc:Q[8]@104
"""

_XCP_V1_1 = (
    _XCP
    + """
    gfx_below_host_limit_acc:Q[8]@168
"""
)

_XCP_V1_2 = """
    gfx_busy_inst:I[8]@0 jpeg_busy:H[40]@32 vcn_busy:H[4]@112 gfx_busy_acc:Q[8]@120
    gfx_below_host_limit_ppt_acc:Q[8]@184 gfx_below_host_limit_thm_acc:Q[8]@248
    gfx_low_utilization_acc:Q[8]@312 gfx_below_host_limit_total_acc:Q[8]@376
"""

_OWN_PARTITION = """
    current_gfxclk:H[8]@4 current_socclk:H[4]@20 current_vclk0:H[4]@28 current_dclk0:H[4]@36
    current_uclk:H@44 gfx_busy_inst:I[8]@48 jpeg_busy:H[40]@80 vcn_busy:H[4]@160
    gfx_busy_acc:Q[8]@168 gfx_below_host_limit_ppt_acc:Q[8]@232
    gfx_below_host_limit_thm_acc:Q[8]@296 gfx_low_utilization_acc:Q[8]@360
    gfx_below_host_limit_total_acc:Q[8]@424
"""

_V1_0 = """
    system_clock_counter:Q@8 temperature_edge:H@16 temperature_hotspot:H@18 temperature_mem:H@20
    temperature_vrgfx:H@22 temperature_vrsoc:H@24 temperature_vrmem:H@26
    average_gfx_activity:H@28 average_umc_activity:H@30 average_mm_activity:H@32
    average_socket_power:H@34 energy_accumulator:I@36 average_gfxclk_frequency:H@40
    average_socclk_frequency:H@42 average_uclk_frequency:H@44 average_vclk0_frequency:H@46
    average_dclk0_frequency:H@48 average_vclk1_frequency:H@50 average_dclk1_frequency:H@52
    current_gfxclk:H@54 current_socclk:H@56 current_uclk:H@58 current_vclk0:H@60
    current_dclk0:H@62 current_vclk1:H@64 current_dclk1:H@66 throttle_status:I@68
    current_fan_speed:H@72 pcie_link_width:B@74 pcie_link_speed:B@75
"""

_V1_1 = """
    temperature_edge:H@4 temperature_hotspot:H@6 temperature_mem:H@8 temperature_vrgfx:H@10
    temperature_vrsoc:H@12 temperature_vrmem:H@14 average_gfx_activity:H@16
    average_umc_activity:H@18 average_mm_activity:H@20 average_socket_power:H@22
    energy_accumulator:Q@24 system_clock_counter:Q@32 average_gfxclk_frequency:H@40
    average_socclk_frequency:H@42 average_uclk_frequency:H@44 average_vclk0_frequency:H@46
    average_dclk0_frequency:H@48 average_vclk1_frequency:H@50 average_dclk1_frequency:H@52
    current_gfxclk:H@54 current_socclk:H@56 current_uclk:H@58 current_vclk0:H@60
    current_dclk0:H@62 current_vclk1:H@64 current_dclk1:H@66 throttle_status:I@68
    current_fan_speed:H@72 pcie_link_width:H@74 pcie_link_speed:H@76 gfx_activity_acc:I@80
    mem_activity_acc:I@84 temperature_hbm:H[4]@88
"""

_V1_2 = (
    _V1_1
    + """
    firmware_timestamp:Q@96
"""
)

_V1_3 = (
    _V1_2
    + """
    voltage_soc:H@104 voltage_gfx:H@106 voltage_mem:H@108 indep_throttle_status:Q@112
"""
)

_V1_4 = """
    temperature_hotspot:H@4 temperature_mem:H@6 temperature_vrsoc:H@8 curr_socket_power:H@10
    average_gfx_activity:H@12 average_umc_activity:H@14 vcn_activity:H[4]@16
    energy_accumulator:Q@24 system_clock_counter:Q@32 throttle_status:I@40
    gfxclk_lock_status:I@44 pcie_link_width:H@48 pcie_link_speed:H@50 xgmi_link_width:H@52
    xgmi_link_speed:H@54 gfx_activity_acc:I@56 mem_activity_acc:I@60 pcie_bandwidth_acc:Q@64
    pcie_bandwidth_inst:Q@72 pcie_l0_to_recov_count_acc:Q@80 pcie_replay_count_acc:Q@88
    pcie_replay_rover_count_acc:Q@96 xgmi_read_data_acc:Q[8]@104 xgmi_write_data_acc:Q[8]@168
    firmware_timestamp:Q@232 current_gfxclk:H[8]@240 current_socclk:H[4]@256
    current_vclk0:H[4]@264 current_dclk0:H[4]@272 current_uclk:H@280
"""

_V1_5 = """
    temperature_hotspot:H@4 temperature_mem:H@6 temperature_vrsoc:H@8 curr_socket_power:H@10
    average_gfx_activity:H@12 average_umc_activity:H@14 vcn_activity:H[4]@16
    jpeg_activity:H[32]@24 energy_accumulator:Q@88 system_clock_counter:Q@96
    throttle_status:I@104 gfxclk_lock_status:I@108 pcie_link_width:H@112 pcie_link_speed:H@114
    xgmi_link_width:H@116 xgmi_link_speed:H@118 gfx_activity_acc:I@120 mem_activity_acc:I@124
    pcie_bandwidth_acc:Q@128 pcie_bandwidth_inst:Q@136 pcie_l0_to_recov_count_acc:Q@144
    pcie_replay_count_acc:Q@152 pcie_replay_rover_count_acc:Q@160 pcie_nak_sent_count_acc:I@168
    pcie_nak_rcvd_count_acc:I@172 xgmi_read_data_acc:Q[8]@176 xgmi_write_data_acc:Q[8]@240
    firmware_timestamp:Q@304 current_gfxclk:H[8]@312 current_socclk:H[4]@328
    current_vclk0:H[4]@336 current_dclk0:H[4]@344 current_uclk:H@352
"""

_V1_6 = """
    temperature_hotspot:H@4 temperature_mem:H@6 temperature_vrsoc:H@8 curr_socket_power:H@10
    average_gfx_activity:H@12 average_umc_activity:H@14 energy_accumulator:Q@16
    system_clock_counter:Q@24 accumulation_counter:I@32 prochot_residency_acc:I@36
    ppt_residency_acc:I@40 socket_thm_residency_acc:I@44 vr_thm_residency_acc:I@48
    hbm_thm_residency_acc:I@52 gfxclk_lock_status:I@56 pcie_link_width:H@60 pcie_link_speed:H@62
    xgmi_link_width:H@64 xgmi_link_speed:H@66 gfx_activity_acc:I@68 mem_activity_acc:I@72
    pcie_bandwidth_acc:Q@80 pcie_bandwidth_inst:Q@88 pcie_l0_to_recov_count_acc:Q@96
    pcie_replay_count_acc:Q@104 pcie_replay_rover_count_acc:Q@112 pcie_nak_sent_count_acc:I@120
    pcie_nak_rcvd_count_acc:I@124 xgmi_read_data_acc:Q[8]@128 xgmi_write_data_acc:Q[8]@192
    firmware_timestamp:Q@256 current_gfxclk:H[8]@264 current_socclk:H[4]@280
    current_vclk0:H[4]@288 current_dclk0:H[4]@296 current_uclk:H@304 num_partition:H@306
    pcie_lc_perf_other_end_recovery:I@1656
"""

_V1_6_EARLY = """
    temperature_hotspot:H@4 temperature_mem:H@6 temperature_vrsoc:H@8 curr_socket_power:H@10
    average_gfx_activity:H@12 average_umc_activity:H@14 vcn_activity:H[4]@16
    jpeg_activity:H[32]@24 energy_accumulator:Q@88 system_clock_counter:Q@96
    accumulation_counter:I@104 prochot_residency_acc:I@108 ppt_residency_acc:I@112
    socket_thm_residency_acc:I@116 vr_thm_residency_acc:I@120 hbm_thm_residency_acc:I@124
    throttle_status:I@128 gfxclk_lock_status:I@132 pcie_link_width:H@136 pcie_link_speed:H@138
    xgmi_link_width:H@140 xgmi_link_speed:H@142 gfx_activity_acc:I@144 mem_activity_acc:I@148
    pcie_bandwidth_acc:Q@152 pcie_bandwidth_inst:Q@160 pcie_l0_to_recov_count_acc:Q@168
    pcie_replay_count_acc:Q@176 pcie_replay_rover_count_acc:Q@184 pcie_nak_sent_count_acc:I@192
    pcie_nak_rcvd_count_acc:I@196 xgmi_read_data_acc:Q[8]@200 xgmi_write_data_acc:Q[8]@264
    firmware_timestamp:Q@328 current_gfxclk:H[8]@336 current_socclk:H[4]@352
    current_vclk0:H[4]@360 current_dclk0:H[4]@368 current_uclk:H@376
"""

_V1_7_AND_8 = """
    temperature_hotspot:H@4 temperature_mem:H@6 temperature_vrsoc:H@8 curr_socket_power:H@10
    average_gfx_activity:H@12 average_umc_activity:H@14 mem_max_bandwidth:Q@16
    energy_accumulator:Q@24 system_clock_counter:Q@32 accumulation_counter:I@40
    prochot_residency_acc:I@44 ppt_residency_acc:I@48 socket_thm_residency_acc:I@52
    vr_thm_residency_acc:I@56 hbm_thm_residency_acc:I@60 gfxclk_lock_status:I@64
    pcie_link_width:H@68 pcie_link_speed:H@70 xgmi_link_width:H@72 xgmi_link_speed:H@74
    gfx_activity_acc:I@76 mem_activity_acc:I@80 pcie_bandwidth_acc:Q@88 pcie_bandwidth_inst:Q@96
    pcie_l0_to_recov_count_acc:Q@104 pcie_replay_count_acc:Q@112
    pcie_replay_rover_count_acc:Q@120 pcie_nak_sent_count_acc:I@128
    pcie_nak_rcvd_count_acc:I@132 xgmi_read_data_acc:Q[8]@136 xgmi_write_data_acc:Q[8]@200
    xgmi_link_status:H[8]@264 firmware_timestamp:Q@288 current_gfxclk:H[8]@296
    current_socclk:H[4]@312 current_vclk0:H[4]@320 current_dclk0:H[4]@328 current_uclk:H@336
    num_partition:H@338
"""

# The partitions in between have grown, so only what follows them has moved.
_V1_7 = _V1_7_AND_8 + " pcie_lc_perf_other_end_recovery:I@2200"
_V1_8 = _V1_7_AND_8 + " pcie_lc_perf_other_end_recovery:I@3864"

_V2_0 = """
    system_clock_counter:Q@8 temperature_gfx:H@16 temperature_soc:H@18 temperature_core:H[8]@20
    temperature_l3:H[2]@36 average_gfx_activity:H@40 average_mm_activity:H@42
    average_socket_power:H@44 average_cpu_power:H@46 average_soc_power:H@48
    average_gfx_power:H@50 average_core_power:H[8]@52 average_gfxclk_frequency:H@68
    average_socclk_frequency:H@70 average_uclk_frequency:H@72 average_fclk_frequency:H@74
    average_vclk_frequency:H@76 average_dclk_frequency:H@78 current_gfxclk:H@80
    current_socclk:H@82 current_uclk:H@84 current_fclk:H@86 current_vclk:H@88 current_dclk:H@90
    current_coreclk:H[8]@92 current_l3clk:H[2]@108 throttle_status:I@112 fan_pwm:H@116
"""

_V2_1 = """
    temperature_gfx:H@4 temperature_soc:H@6 temperature_core:H[8]@8 temperature_l3:H[2]@24
    average_gfx_activity:H@28 average_mm_activity:H@30 system_clock_counter:Q@32
    average_socket_power:H@40 average_cpu_power:H@42 average_soc_power:H@44
    average_gfx_power:H@46 average_core_power:H[8]@48 average_gfxclk_frequency:H@64
    average_socclk_frequency:H@66 average_uclk_frequency:H@68 average_fclk_frequency:H@70
    average_vclk_frequency:H@72 average_dclk_frequency:H@74 current_gfxclk:H@76
    current_socclk:H@78 current_uclk:H@80 current_fclk:H@82 current_vclk:H@84 current_dclk:H@86
    current_coreclk:H[8]@88 current_l3clk:H[2]@104 throttle_status:I@108 fan_pwm:H@112
"""

_V2_2 = (
    _V2_1
    + """
    indep_throttle_status:Q@120
"""
)

_V2_3 = (
    _V2_2
    + """
    average_temperature_gfx:H@128 average_temperature_soc:H@130
    average_temperature_core:H[8]@132 average_temperature_l3:H[2]@148
"""
)

_V2_4 = (
    _V2_3
    + """
    average_cpu_voltage:H@152 average_soc_voltage:H@154 average_gfx_voltage:H@156
    average_cpu_current:H@158 average_soc_current:H@160 average_gfx_current:H@162
"""
)

_V3_0 = """
    temperature_gfx:H@4 temperature_soc:H@6 temperature_core:H[16]@8 temperature_skin:H@40
    average_gfx_activity:H@42 average_vcn_activity:H@44 average_ipu_activity:H[8]@46
    average_core_c0_activity:H[16]@62 average_dram_reads:H@94 average_dram_writes:H@96
    average_ipu_reads:H@98 average_ipu_writes:H@100 system_clock_counter:Q@104
    average_socket_power:I@112 average_ipu_power:H@116 average_apu_power:I@120
    average_gfx_power:I@124 average_dgpu_power:I@128 average_all_core_power:I@132
    average_core_power:H[16]@136 average_sys_power:H@168 stapm_power_limit:H@170
    current_stapm_power_limit:H@172 average_gfxclk_frequency:H@174
    average_socclk_frequency:H@176 average_vpeclk_frequency:H@178 average_ipuclk_frequency:H@180
    average_fclk_frequency:H@182 average_vclk_frequency:H@184 average_uclk_frequency:H@186
    average_mpipu_frequency:H@188 current_coreclk:H[16]@190 current_core_maxfreq:H@222
    current_gfx_maxfreq:H@224 throttle_residency_prochot:I@228 throttle_residency_spl:I@232
    throttle_residency_fppt:I@236 throttle_residency_sppt:I@240
    throttle_residency_thm_core:I@244 throttle_residency_thm_gfx:I@248
    throttle_residency_thm_soc:I@252 time_filter_alphavalue:I@256
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One value, or an array of them."""

    offset: int
    code: str
    """`struct`'s letter."""
    count: int
    """0 for a single value."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A table of one version."""

    size: int
    """Bytes. A newer kernel may send more, never fewer."""
    text: str
    partitions: tuple[int, TableLayout] | None = None
    """Where the array of per-partition tables starts, and an entry's layout."""


PARTITION_SLOTS = 8
"""Entries in the array of per-partition tables."""

_PARTITION_V1_0 = TableLayout(168, _XCP)
_PARTITION_V1_1 = TableLayout(232, _XCP_V1_1)
_PARTITION_V1_2 = TableLayout(440, _XCP_V1_2)

LAYOUTS = {
    (1, 0): TableLayout(80, _V1_0),
    (1, 1): TableLayout(96, _V1_1),
    (1, 2): TableLayout(104, _V1_2),
    (1, 3): TableLayout(120, _V1_3),
    (1, 4): TableLayout(288, _V1_4),
    (1, 5): TableLayout(360, _V1_5),
    (1, 6): TableLayout(1664, _V1_6, (312, _PARTITION_V1_0)),
    (1, 7): TableLayout(2208, _V1_7, (344, _PARTITION_V1_1)),
    (1, 8): TableLayout(3872, _V1_8, (344, _PARTITION_V1_2)),
    (2, 0): TableLayout(120, _V2_0),
    (2, 1): TableLayout(120, _V2_1),
    (2, 2): TableLayout(128, _V2_2),
    (2, 3): TableLayout(152, _V2_3),
    (2, 4): TableLayout(168, _V2_4),
    (3, 0): TableLayout(264, _V3_0),
}
"""By format and content revision. Version 1.9 has none: it describes itself."""

EARLY_LAYOUTS = {(1, 6): TableLayout(384, _V1_6_EARLY)}
"""The tables that the first kernels with a version sent. Later kernels changed the structure and
not its number, so each table is known by its size alone."""

OWN_PARTITION_LAYOUTS = {(1, 0): TableLayout(488, _OWN_PARTITION)}
"""The layouts of a partition's own table, `xcp_metrics`; later versions describe themselves."""

_FIELD = re.compile(r"(\w+):([BHIQ])(?:\[(\d+)])?@(\d+)")


@functools.cache
def fields_of(layout: TableLayout) -> dict[str, Field]:
    """Return a layout's fields by name."""
    return {
        name: Field(int(offset), code, int(count or 0))
        for name, code, count, offset in _FIELD.findall(layout.text)
    }


def width_of(code: str) -> int:
    """Return the bytes of a type."""
    return struct.calcsize("<" + code)
