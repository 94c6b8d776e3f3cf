"""A table of the firmware in the units of a sample."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.gpu.amd.conftest import attribute_table, metrics_table
from trackio_view.sources.gpu.amd import gpu_metrics
from trackio_view.sources.gpu.amd.metrics_layouts import LAYOUTS, fields_of
from trackio_view.sources.gpu.amd.raw_metrics import RawTable

VERSIONS = sorted(LAYOUTS)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_table_of_ones_says_nothing(version: tuple[int, int]) -> None:
    assert gpu_metrics.decode(metrics_table(version, {})) == gpu_metrics.GpuMetrics(version)


@given(st.binary(max_size=400), st.sampled_from([*VERSIONS, (1, 9)]), st.integers(0, 500))
def test_no_content_raises(content: bytes, version: tuple[int, int], size: int) -> None:
    gpu_metrics.decode(content)
    gpu_metrics.decode_partition(content)
    blob = struct.pack("<HBB", size, *version) + content
    gpu_metrics.decode(blob)
    gpu_metrics.decode_partition(blob)


def test_a_card_in_its_units() -> None:
    metrics = gpu_metrics.decode(
        metrics_table(
            (1, 3),
            {
                4: ("H", 61),
                6: ("H", 72),
                8: ("H", 0),
                16: ("H", 93),
                18: ("H", 41),
                20: ("H", 7),
                22: ("H", 287),
                24: ("Q", 3 << 16),
                54: ("H", 2500),
                56: ("H", 1200),
                58: ("H", 1250),
                60: ("H", 900),
                72: ("H", 1500),
                74: ("H", 16),
                76: ("H", 160),
                112: ("Q", 1 << 3 | 1 << 36),
            },
            extra=100,
        )
    )
    assert metrics == gpu_metrics.GpuMetrics(
        version=(1, 3),
        # A temperature of 0 is a sensor that is not there.
        temperatures={"gpu": 61.0, "hotspot": 72.0},
        power=287.0,
        energy_count=3 << 16,
        utilization=93.0,
        memory_bus_load=41.0,
        video_load=7.0,
        clock_graphics=2500.0,
        clock_soc=1200.0,
        clock_memory=1250.0,
        clock_video=900.0,
        fan_rpm=1500.0,
        pcie_generation=4,
        pcie_width=16,
        throttle_reasons=("power limit", "hotspot temperature"),
    )


def test_a_processor_in_its_units() -> None:
    metrics = gpu_metrics.decode(
        metrics_table(
            (2, 2),
            {
                4: ("H", 8175),
                40: ("H", 18844),
                76: ("H", 1040),
                80: ("H", 687),
                120: ("Q", 0x60),
            },
        )
    )
    assert metrics is not None
    assert metrics.integrated
    assert metrics.temperatures == {"gpu": 81.75}
    assert metrics.power == 18.844
    assert (metrics.clock_graphics, metrics.clock_memory) == (1040.0, 687.0)
    assert metrics.throttle_reasons == ("power limit",)


def test_a_newer_processor_in_its_units() -> None:
    values = {4: ("H", 4250), 42: ("H", 0), 112: ("I", 54_321), 174: ("H", 2900), 232: ("I", 7)}
    metrics = gpu_metrics.decode(metrics_table((3, 0), values))
    assert metrics is not None
    assert metrics.temperatures == {"gpu": 42.5}
    assert metrics.power == 54.321
    assert metrics.utilization == 0.0
    assert metrics.clock_graphics == 2900.0
    assert metrics.residencies == {"throttle_residency_spl": 7}


@pytest.mark.parametrize(
    ("raw", "percent"), [(0, 0.0), (79, None), (100, None), (7900, 79.0), (10_001, None)]
)
def test_a_processor_load_without_a_settled_unit(raw: int, percent: float | None) -> None:
    metrics = gpu_metrics.decode(metrics_table((2, 1), {28: ("H", raw)}))
    assert metrics is not None
    assert metrics.utilization == percent


def test_garbage_in_a_field_is_absent() -> None:
    values = {16: ("H", 37_100), 6: ("H", 4000), 22: ("H", 0), 76: ("H", 3), 74: ("H", 200)}
    metrics = gpu_metrics.decode(metrics_table((1, 3), values))
    assert metrics == gpu_metrics.GpuMetrics((1, 3))


@pytest.mark.parametrize(("raw", "percent"), [(0, 0.0), (100, 100.0), (101, None)])
def test_a_load_is_at_most_a_hundred_percent(raw: int, percent: float | None) -> None:
    metrics = gpu_metrics.decode(
        metrics_table((1, 3), {16: ("H", raw), 18: ("H", raw), 20: ("H", raw)})
    )
    assert metrics is not None
    loads = (metrics.utilization, metrics.memory_bus_load, metrics.video_load)
    assert loads == (percent, percent, percent)


def test_the_oldest_version_has_small_link_fields_and_a_short_energy_counter() -> None:
    metrics = gpu_metrics.decode(
        metrics_table((1, 0), {36: ("I", 1 << 17), 74: ("B", 8), 75: ("B", 80), 68: ("I", 0)})
    )
    assert metrics is not None
    assert (metrics.pcie_width, metrics.pcie_generation) == (8, 3)
    assert metrics.energy_count == 2 << 16
    assert metrics.throttle_reasons == ()


def test_an_old_throttle_status_is_told_without_a_reason() -> None:
    metrics = gpu_metrics.decode(metrics_table((1, 1), {68: ("I", 0x40)}))
    assert metrics is not None
    assert metrics.throttle_reasons == ("throttling (status 0x40)",)


@pytest.mark.parametrize(
    ("version", "number", "start", "stride"),
    [((1, 6), 306, 312, 168), ((1, 7), 338, 344, 232), ((1, 8), 338, 344, 440)],
)
def test_the_load_of_each_partition(
    version: tuple[int, int], number: int, start: int, stride: int
) -> None:
    values = {number: ("H", 3), start: ("I", 10), start + 4: ("I", 30)}
    values |= {start + stride: ("I", 100), start + 3 * stride: ("I", 50)}
    metrics = gpu_metrics.decode(metrics_table(version, values))
    assert metrics is not None
    assert metrics.partition_loads == (20.0, 100.0, None)
    assert not metrics.integrated


def test_self_describing_values_of_any_type_and_place() -> None:
    blob = attribute_table(
        (1, 9),
        (4, 0, 10, struct.pack("<B", 88), 1),
        (900, 7, 0, struct.pack("<2q", 1, 2), 2),
        (0, 3, 2, struct.pack("<h", 77), 1),
        (3, 4, 3, struct.pack("<I", 750), 1),
        (17, 2, 6, struct.pack("<H", 32), 1),
        (33, 2, 1, struct.pack("<3H", 2100, 0xFFFF, 2095), 3),
        (1, 3, 2, struct.pack("<h", -1), 1),
    )
    metrics = gpu_metrics.decode(blob)
    assert metrics == gpu_metrics.GpuMetrics(
        version=(1, 9),
        temperatures={"hotspot": 77.0},
        power=750.0,
        utilization=88.0,
        clock_graphics=2100.0,
        pcie_generation=5,
    )


def test_a_partition_tells_its_load() -> None:
    ones = struct.pack("<I", 0xFFFFFFFF)
    values = struct.pack("<2I", 40, 60) + ones
    assert gpu_metrics.decode_partition(attribute_table((1, 1), (40, 4, 10, values, 3))) == 50.0
    assert gpu_metrics.decode_partition(attribute_table((1, 1), (40, 4, 10, ones, 1))) is None
    assert gpu_metrics.decode_partition(b"") is None
    # The first version of the table is a structure.
    assert gpu_metrics.decode_partition(attribute_table((1, 0), (40, 4, 10, values, 3))) is None


def test_captured_tables(captures: Path) -> None:
    folder = captures / "gpu"
    card = gpu_metrics.decode((folder / "gpu_metrics-blobs/gpu_metrics").read_bytes())
    assert card is not None
    assert card.temperatures["gpu"] == 36.0
    assert (card.utilization, card.power, card.clock_graphics) == (64.0, 33.0, 2165.0)
    processor = gpu_metrics.decode((folder / "gpu_metrics-blobs/gpu_metrics_apu").read_bytes())
    assert processor is not None
    assert processor.version == (2, 2)
    assert processor.power == 18.844
    assert processor.throttle_reasons == ("power limit",)
    invalid = (folder / "gpu_metrics-blobs/gpu_metrics_invalid").read_bytes()
    assert gpu_metrics.decode(invalid) is None


def test_synthetic_self_describing_tables(captures: Path) -> None:
    folder = captures / "gpu" / "gpu_metrics-v1.9-synthetic"
    empty = gpu_metrics.decode((folder / "v19_empty.bin").read_bytes())
    assert empty == gpu_metrics.GpuMetrics((1, 9))
    filled = gpu_metrics.decode((folder / "v19_synth.bin").read_bytes())
    assert filled is not None
    assert filled.temperatures["hotspot"] == 51.0
    assert (filled.power, filled.utilization, filled.memory_bus_load) == (171.0, 97.0, 33.0)
    assert gpu_metrics.decode_partition((folder / "xcp_empty.bin").read_bytes()) is None


def test_captured_tables_agree_with_the_sensors_beside_them(captures: Path) -> None:
    padded = (captures / "gpu/amd/rx6900xt/card0/device/gpu_metrics").read_bytes()
    assert len(padded) == 4096
    metrics = gpu_metrics.decode(padded)
    assert metrics is not None
    assert metrics.temperatures["hotspot"] == 59.0
    assert metrics.power == 36.0
    assert (metrics.pcie_generation, metrics.pcie_width) == (4, 16)


def test_counters_of_each_part_of_a_chip_are_kept_apart() -> None:
    name = next(iter(gpu_metrics.RESIDENCY_WORDS))
    tables: list[RawTable] = [{name: [5, 6, 7]}, {name: [8, 9]}, {name: [10, None, 11]}]
    counts = gpu_metrics._residencies(tables[0], tables[1:])
    assert sorted(counts.values()) == [5, 6, 7, 8, 9, 10, 11], "none has the name of another"
    assert counts[name] == 5
    # The counters of other parts keep their names when a part comes or goes.
    alone = gpu_metrics._residencies(tables[0])
    assert alone.items() <= counts.items()
    assert gpu_metrics._residencies(tables[0], tables[1:2]).items() <= counts.items()


@pytest.mark.parametrize(
    ("field", "engine"), [("vcn_activity", "video"), ("jpeg_activity", "jpeg")]
)
def test_each_engine_that_exists_has_its_load_and_its_number(field: str, engine: str) -> None:
    having = [
        (version, fields_of(LAYOUTS[version])[field].offset)
        for version in VERSIONS
        if field in fields_of(LAYOUTS[version])
    ]
    assert having
    for version, offset in having:
        # The second one is none, the fourth tells nonsense.
        values = {offset: ("H", 40), offset + 4: ("H", 100), offset + 6: ("H", 101)}
        metrics = gpu_metrics.decode(metrics_table(version, values))
        assert metrics is not None
        assert metrics.engine_loads == {f"{engine} 0": 40.0, f"{engine} 2": 100.0}


def test_engines_of_several_partitions_are_not_counted_as_one_row() -> None:
    # Partitions share an engine where there are fewer engines than partitions.
    start, entry = LAYOUTS[1, 7].partitions or (0, LAYOUTS[1, 7])
    video = start + fields_of(entry)["vcn_busy"].offset
    values = {
        fields_of(LAYOUTS[1, 7])["num_partition"].offset: ("H", 2),
        video: ("H", 30),
        video + entry.size: ("H", 30),
        video + entry.size + 2: ("H", 5),
    }
    metrics = gpu_metrics.decode(metrics_table((1, 7), values))
    assert metrics is not None
    assert metrics.engine_loads == {
        "video 0 of partition 0": 30.0,
        "video 0 of partition 1": 30.0,
        "video 1 of partition 1": 5.0,
    }


_OF_POWER = ("PPT0", "PPT1", "PPT2", "PPT3", "SPL", "FPPT", "SPPT", "SPPT_APU")
_OF_CURRENT = ("TDC_GFX", "TDC_SOC", "TDC_MEM", "TDC_VDD", "TDC_CVIP", "EDC_CPU", "EDC_GFX", "APCC")
_OF_HEAT = {
    "TEMP_GPU": "temperature",
    "TEMP_CORE": "temperature",
    "TEMP_MEM": "memory temperature",
    "TEMP_EDGE": "temperature",
    "TEMP_HOTSPOT": "hotspot temperature",
    "TEMP_SOC": "temperature",
    "TEMP_VR_GFX": "voltage regulator temperature",
    "TEMP_VR_SOC": "voltage regulator temperature",
    "TEMP_VR_MEM0": "voltage regulator temperature",
    "TEMP_VR_MEM1": "voltage regulator temperature",
    "TEMP_LIQUID0": "temperature",
    "TEMP_LIQUID1": "temperature",
    "VRHOT0": "voltage regulator hot",
    "VRHOT1": "voltage regulator hot",
    "PROCHOT_CPU": "processor hot",
    "PROCHOT_GFX": "processor hot",
}
KERNEL_BITS = [
    *((bit, name, "power limit") for bit, name in enumerate(_OF_POWER)),
    *((bit, name, "current limit") for bit, name in enumerate(_OF_CURRENT, 16)),
    *((bit, name, word) for bit, (name, word) in enumerate(_OF_HEAT.items(), 32)),
    (56, "PPM", "peak power manager"),
    (57, "FIT", "reliability limit"),
]
"""The kernel's bits of why a card is held back, from `SMU_THROTTLER_PPT0_BIT` on, and our words."""


@pytest.mark.parametrize(("bit", "name", "word"), KERNEL_BITS)
def test_each_bit_of_the_kernel_has_its_word(bit: int, name: str, word: str) -> None:
    metrics = gpu_metrics.decode(metrics_table((1, 3), {112: ("Q", 1 << bit)}))
    assert metrics is not None
    assert metrics.throttle_reasons == (word,)


@pytest.mark.parametrize(
    ("version", "count", "wraps"),
    [((1, 3), 1 << 31, True), ((1, 3), 1 << 32, False), ((1, 4), 5, False), ((2, 0), 5, False)],
)
def test_the_energy_count_of_old_firmware_begins_anew_at_32_bits(
    version: tuple[int, int], count: int, wraps: bool
) -> None:
    assert gpu_metrics.GpuMetrics(version, energy_count=count).energy_wraps is wraps
