"""The raw numbers in AMD's `gpu_metrics`: a header, and a fixed layout or a list of attributes.

Versions: the kernel's `kgd_pp_interface.h` and `amdgpu_smu` sources.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from trackio_view.sources.gpu.amd.metrics_layouts import (
    EARLY_LAYOUTS,
    LAYOUTS,
    OWN_PARTITION_LAYOUTS,
    PARTITION_SLOTS,
    TableLayout,
    fields_of,
    width_of,
)

RawValue = int | None
"""A raw number, or `None` where the firmware says not available: all bits one."""
RawTable = Mapping[str, "RawValue | list[RawValue]"]

_HEADER = struct.Struct("<HBB")
_SELF_DESCRIBING = (1, 9)
_SELF_DESCRIBING_PARTITIONS = ((1, 1), (1, 9))


def read_raw(blob: bytes) -> tuple[tuple[int, int], RawTable, list[RawTable]] | None:
    """Return the version, the raw numbers and those of every partition that is in use."""
    if len(blob) < _HEADER.size:
        return None
    size, format_revision, content_revision = _HEADER.unpack_from(blob)
    version = (format_revision, content_revision)
    if version == _SELF_DESCRIBING:
        attributes = _read_attributes(blob, size)
        return None if attributes is None else (version, attributes, [])
    layout = LAYOUTS.get(version)
    early = EARLY_LAYOUTS.get(version)
    if early is not None and size == early.size:
        layout = early
    if layout is None or size < layout.size or len(blob) < size:
        return None
    table = _read_layout(blob, 0, layout)
    partitions: list[RawTable] = []
    if layout.partitions:
        start, entry = layout.partitions
        in_use = number_in(table, "num_partition") or 0
        for place in range(min(in_use, PARTITION_SLOTS)):
            partitions.append(_read_layout(blob, start + place * entry.size, entry))
    return version, table, partitions


def _read_layout(blob: bytes, start: int, layout: TableLayout) -> RawTable:
    table: dict[str, RawValue | list[RawValue]] = {}
    for name, place in fields_of(layout).items():
        values = _numbers(blob, start + place.offset, place.code, max(place.count, 1))
        table[name] = values if place.count else values[0]
    return table


def _numbers(blob: bytes, offset: int, code: str, count: int) -> list[RawValue]:
    absent = (1 << 8 * width_of(code)) - 1
    numbers = struct.unpack_from(f"<{count}{code}", blob, offset)
    if code.islower():
        # A signed value is filled with the same ones, or with the largest number.
        return [None if number in (-1, absent >> 1) else number for number in numbers]
    return [None if number == absent else number for number in numbers]


def read_partition(blob: bytes) -> RawTable | None:
    """Return the raw numbers of a partition's own `xcp_metrics`; `None` if it has none."""
    if len(blob) < _HEADER.size:
        return None
    size, *revisions = _HEADER.unpack_from(blob)
    version = revisions[0], revisions[1]
    layout = OWN_PARTITION_LAYOUTS.get(version)
    if layout is not None:
        return _read_layout(blob, 0, layout) if layout.size <= size <= len(blob) else None
    return _read_attributes(blob, size) if version in _SELF_DESCRIBING_PARTITIONS else None


def number_in(table: RawTable, name: str) -> RawValue:
    """Return the number of a name, or the first of its numbers; `None` where there is none."""
    value = table.get(name)
    return next(iter(value), None) if isinstance(value, list) else value


def numbers_in(table: RawTable, name: str) -> list[RawValue]:
    """Return the numbers of a name, however many there are."""
    value = table.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


# Version 1.9 and the partitions' tables: the header, a count, and so many encodings, each with its
# values.
_ATTRIBUTE_TYPES = "BbHhIiQq"
_UNIT_GIGATRANSFERS = 6
ATTRIBUTES = [
    "temperature_hotspot",
    "temperature_mem",
    "temperature_vrsoc",
    "curr_socket_power",
    "average_gfx_activity",
    "average_umc_activity",
    "mem_max_bandwidth",
    "energy_accumulator",
    "system_clock_counter",
    "accumulation_counter",
    "prochot_residency_acc",
    "ppt_residency_acc",
    "socket_thm_residency_acc",
    "vr_thm_residency_acc",
    "hbm_thm_residency_acc",
    "gfxclk_lock_status",
    "pcie_link_width",
    "pcie_link_speed",
    "xgmi_link_width",
    "xgmi_link_speed",
    "gfx_activity_acc",
    "mem_activity_acc",
    "pcie_bandwidth_acc",
    "pcie_bandwidth_inst",
    "pcie_l0_to_recov_count_acc",
    "pcie_replay_count_acc",
    "pcie_replay_rover_count_acc",
    "pcie_nak_sent_count_acc",
    "pcie_nak_rcvd_count_acc",
    "xgmi_read_data_acc",
    "xgmi_write_data_acc",
    "xgmi_link_status",
    "firmware_timestamp",
    "current_gfxclk",
    "current_socclk",
    "current_vclk0",
    "current_dclk0",
    "current_uclk",
    "num_partition",
    "pcie_lc_perf_other_end_recovery",
    "gfx_busy_inst",
    "jpeg_busy",
    "vcn_busy",
    "gfx_busy_acc",
    "gfx_below_host_limit_ppt_acc",
    "gfx_below_host_limit_thm_acc",
    "gfx_low_utilization_acc",
    "gfx_below_host_limit_total_acc",
    "temperature_hbm",
    "temperature_mid",
    "temperature_aid",
    "temperature_xcd",
]
"""Names by attribute id; newer ids are skipped."""
_SHIFTED = {"temperature_mid": "temperature_aid", "temperature_aid": "temperature_xcd"}
"""What two names stand for in tables of the first kernels that send both. `mid` came in between
later, and a kernel that knows `mid` also tells of the last heat, `xcd`."""


def _read_attributes(blob: bytes, size: int) -> dict[str, RawValue | list[RawValue]] | None:
    if len(blob) < size or size < _HEADER.size + 4:
        return None
    (count,) = struct.unpack_from("<i", blob, _HEADER.size)
    offset = _HEADER.size + 4
    table: dict[str, RawValue | list[RawValue]] = {}
    if count < 0:
        return None
    for _ in range(count):
        if offset + 8 > size:
            return None
        (encoding,) = struct.unpack_from("<Q", blob, offset)
        offset += 8
        unit, kind = encoding >> 24 & 0xFF, encoding >> 20 & 0xF
        number, length = encoding >> 10 & 0x3FF, encoding & 0x3FF
        if kind >= len(_ATTRIBUTE_TYPES):
            # Its width is unknown, so nothing behind it can be found.
            break
        code = _ATTRIBUTE_TYPES[kind]
        end = offset + length * width_of(code)
        if end > size:
            return None
        values = _numbers(blob, offset, code, length)
        offset = end
        if number >= len(ATTRIBUTES):
            continue
        name = ATTRIBUTES[number]
        if name == "pcie_link_speed" and unit == _UNIT_GIGATRANSFERS:
            values = [None if value is None else value * 10 for value in values]
        table[name] = values[0] if length == 1 else values
    if "temperature_xcd" not in table:
        return {_SHIFTED.get(name, name): values for name, values in table.items()}
    return table
