"""The raw numbers of a table, and tables that are cut off or garbled."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from tests.sources.gpu.amd.conftest import attribute_table, metrics_table
from trackio_view.sources.gpu.amd.metrics_layouts import (
    EARLY_LAYOUTS,
    LAYOUTS,
    OWN_PARTITION_LAYOUTS,
    PARTITION_SLOTS,
)
from trackio_view.sources.gpu.amd.raw_metrics import number_in, numbers_in, read_partition, read_raw

VERSIONS = sorted(LAYOUTS)


@pytest.mark.parametrize("version", VERSIONS)
def test_truncated_tables_say_nothing_and_longer_ones_the_same(version: tuple[int, int]) -> None:
    whole = metrics_table(version, {})
    for length in (0, 3, 4, 5, len(whole) // 2, len(whole) - 1):
        assert read_raw(whole[:length]) is None
    assert read_raw(whole + bytes(4096 - len(whole) % 4096)) is not None
    smaller = bytearray(whole)
    struct.pack_into("<H", smaller, 0, len(whole) - 1)
    assert read_raw(bytes(smaller)) is None


@pytest.mark.parametrize("version", [(1, 10), (1, 255), (2, 5), (3, 1), (4, 0), (0, 0), (255, 255)])
def test_an_unknown_version_is_not_guessed_at(version: tuple[int, int]) -> None:
    blob = struct.pack("<HBB", 400, *version) + bytes(396)
    assert read_raw(blob) is None


def test_an_absurd_number_of_partitions_stays_inside() -> None:
    raw = read_raw(metrics_table((1, 7), {338: ("H", 60_000)}))
    assert raw is not None
    assert len(raw[2]) == PARTITION_SLOTS


def test_an_unknown_type_ends_the_list() -> None:
    entries = (4, 2, 10, struct.pack("<H", 50), 1), (0, 9, 2, b"??", 1), (3, 2, 3, b"\x07\0", 1)
    raw = read_raw(attribute_table((1, 9), *entries))
    assert raw == ((1, 9), {"average_gfx_activity": 50}, [])


def test_a_self_describing_list_that_overruns_its_size_says_nothing() -> None:
    blob = attribute_table((1, 9), (4, 2, 10, struct.pack("<H", 50), 1))
    for length in range(len(blob)):
        assert read_raw(blob[:length]) is None
    longer = bytearray(blob)
    struct.pack_into("<i", longer, 4, 2)
    assert read_raw(bytes(longer)) is None
    struct.pack_into("<i", longer, 4, -1)
    assert read_raw(bytes(longer)) is None


def test_whatever_a_list_says_of_itself_nothing_beyond_its_size_is_read() -> None:
    """The file is longer than the table: the kernel gives a whole page."""
    entries = [(place, 2, 2, struct.pack("<4h", *range(4)), 4) for place in range(3)]
    blob = attribute_table((1, 9), *entries)
    chance = random.Random(1)
    for _ in range(2_000):
        garbled = bytearray(blob)
        # All but the header, which has the size.
        for _ in range(chance.randrange(1, 4)):
            garbled[chance.randrange(4, len(blob))] = chance.randrange(256)
        read = read_raw(bytes(garbled))
        assert read_raw(bytes(garbled) + bytes(4096)) == read
        assert read_raw(bytes(garbled) + b"\7" * 4096) == read


def test_an_attribute_that_is_not_available_is_no_number() -> None:
    raw = read_raw(
        attribute_table(
            (1, 9),
            (0, 3, 2, struct.pack("<3h", -1, 77, 0x7FFF), 3),
            (3, 4, 3, struct.pack("<I", 0xFFFFFFFF), 1),
        )
    )
    assert raw is not None
    table = raw[1]
    assert numbers_in(table, "temperature_hotspot") == [None, 77, None]
    assert number_in(table, "temperature_hotspot") is None, "the first of them"
    assert number_in(table, "curr_socket_power") is None
    assert numbers_in(table, "temperature_mem") == []


def test_attributes_of_newer_firmware_are_passed_over() -> None:
    entries = (900, 7, 0, struct.pack("<2q", 1, 2), 2), (3, 2, 3, b"\x07\0", 1)
    assert read_raw(attribute_table((1, 9), *entries)) == ((1, 9), {"curr_socket_power": 7}, [])


def test_the_speed_of_a_link_is_in_tenths_of_gigatransfers() -> None:
    for unit, tenths in ((6, 320), (0, 32)):
        raw = read_raw(attribute_table((1, 9), (17, 2, unit, struct.pack("<H", 32), 1)))
        assert raw is not None
        assert raw[1] == {"pcie_link_speed": tenths}


def test_a_heat_that_came_in_later_has_no_name_in_earlier_tables() -> None:
    def heats(first: int) -> dict[str, object]:
        kinds = [(first + place, 2, 2, struct.pack("<H", 40 + place), 1) for place in range(3)]
        raw = read_raw(attribute_table((1, 9), *kinds))
        assert raw is not None
        return dict(raw[1])

    aid, xcd = "temperature_aid", "temperature_xcd"
    assert heats(48) == {"temperature_hbm": 40, aid: 41, xcd: 42}
    assert heats(49) == {"temperature_mid": 40, aid: 41, xcd: 42}


def test_the_first_table_of_a_version_is_known_by_its_size() -> None:
    early = EARLY_LAYOUTS[1, 6]
    blob = bytearray(b"\xff" * early.size)
    struct.pack_into("<HBB", blob, 0, early.size, 1, 6)
    for offset, code, number in ((12, "H", 93), (104, "I", 7000), (144, "I", 651_000)):
        struct.pack_into(f"<{code}", blob, offset, number)
    raw = read_raw(bytes(blob))
    assert raw is not None
    version, table, partitions = raw
    assert version == (1, 6)
    told = {name: value for name, value in table.items() if isinstance(value, int)}
    assert told == {
        "average_gfx_activity": 93,
        "accumulation_counter": 7000,
        "gfx_activity_acc": 651_000,
    }
    assert partitions == []
    struct.pack_into("<H", blob, 0, early.size - 8)
    assert read_raw(bytes(blob)) is None


def test_a_partition_has_a_table_of_its_own() -> None:
    values = struct.pack("<2I", 40, 60)
    told = {"gfx_busy_inst": [40, 60]}
    assert read_partition(attribute_table((1, 1), (40, 4, 10, values, 2))) == told
    assert read_partition(b"") is None
    # Its first version is a structure.
    assert read_partition(attribute_table((1, 0), (40, 4, 10, values, 2))) is None
    blob = bytearray(b"\xff" * OWN_PARTITION_LAYOUTS[1, 0].size)
    struct.pack_into("<HBB", blob, 0, len(blob), 1, 0)
    struct.pack_into("<2I", blob, 48, 40, 60)
    table = read_partition(bytes(blob))
    assert table is not None
    assert numbers_in(table, "gfx_busy_inst") == [40, 60, *[None] * 6]
    assert read_partition(bytes(blob[:-1])) is None


def test_a_captured_table(captures: Path) -> None:
    phoenix = captures / "gpu/amd/phoenix/card1/device"
    raw = read_raw((phoenix / "gpu_metrics").read_bytes())
    assert raw is not None
    version, values, _ = raw
    assert version == (2, 1)
    assert values["average_gfx_activity"] == 79
