"""What an AMD card measures: memory, load, heat, power, clocks and fans, by files and by table."""

from __future__ import annotations

import struct

import pytest

from tests.sources.gpu.amd.conftest import (
    CARD,
    DEVICE,
    HWMON,
    UEVENT,
    blob,
    only_sample,
    only_sampler,
)
from trackio_view.sources.gpu.sampler import Tier


def test_the_pool_of_a_processor_is_the_machines_memory(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/in1_input": 700, f"{HWMON}/in1_label": "vddnb"}
    sample = only_sample(write_tree(tree), clock)
    assert sample.identity.unified_memory
    assert (sample.memory_used, sample.memory_total) == (1 << 20, 32 << 30)


def test_a_piece_set_apart_that_is_larger_is_the_pool(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/in1_input": 700, f"{HWMON}/in1_label": "vddnb"}
    tree[f"{DEVICE}/mem_info_vram_total"] = 96 << 30
    sample = only_sample(write_tree(tree), clock)
    assert (sample.memory_used, sample.memory_total) == (3 << 30, 96 << 30)


def test_a_processor_is_known_by_its_table_too(write_tree, clock) -> None:
    tree = {**CARD, f"{DEVICE}/gpu_metrics": blob((3, 0), load=("H", 42, 8800))}
    sample = only_sample(write_tree(tree), clock)
    assert sample.identity.unified_memory
    assert sample.utilization == 37.0
    assert sample.pcie_generation is None


def test_a_processor_is_known_by_what_it_lacks(write_tree, clock) -> None:
    tree: dict[str, object] = {
        f"{DEVICE}/uevent": UEVENT,
        f"{DEVICE}/gpu_busy_percent": 5,
        f"{DEVICE}/mem_info_vram_total": 512 << 20,
        f"{DEVICE}/mem_info_vram_used": 492 << 20,
        f"{DEVICE}/mem_info_gtt_total": 31 << 30,
        f"{DEVICE}/mem_info_gtt_used": 1 << 30,
        f"{HWMON}/name": "amdgpu",
        f"{HWMON}/temp1_input": 50000,
        f"{HWMON}/power1_input": 9_000_000,
    }
    sample = only_sample(write_tree(tree), clock)
    assert sample.identity.unified_memory
    assert (sample.memory_used, sample.memory_total) == (1 << 30, 31 << 30)
    write_tree({f"{HWMON}/fan1_input": 0})
    assert not only_sample(write_tree({}), clock).identity.unified_memory


def test_channels_without_labels_are_known_by_number(write_tree, clock) -> None:
    tree = {path: value for path, value in CARD.items() if not path.endswith("label")}
    sample = only_sample(write_tree(tree), clock)
    assert list(sample.temperatures) == ["gpu", "hotspot", "memory"]
    assert (sample.clock_graphics, sample.clock_memory) == (2400.0, 1000.0)
    assert sample.clock_soc is None


def test_more_used_than_there_is_is_no_number(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/mem_info_vram_used": 17 << 30}), clock)
    assert (sample.memory_used, sample.memory_total) == (None, 16 << 30)


def test_no_memory_is_not_zero_memory(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/mem_info_vram_total": 0}), clock)
    assert (sample.memory_used, sample.memory_total) == (None, None)


def test_the_table_fills_what_files_lack(write_tree, clock) -> None:
    tree: dict[str, object] = {
        f"{DEVICE}/uevent": UEVENT,
        f"{DEVICE}/gpu_metrics": blob(
            (1, 3),
            temperature=("H", 4, 55),
            load=("H", 16, 81),
            memory_load=("H", 18, 44),
            power=("H", 22, 199),
            clock=("H", 54, 1999),
            width=("H", 74, 8),
            speed=("H", 76, 80),
            throttle=("Q", 112, 1 << 16),
        ),
    }
    sample = only_sample(write_tree(tree), clock)
    assert (sample.utilization, sample.memory_bus_load) == (81.0, 44.0)
    assert (sample.power, sample.clock_graphics) == (199.0, 1999.0)
    assert dict(sample.temperatures) == {"gpu": 55.0}
    assert (sample.pcie_generation, sample.pcie_width) == (3, 8)
    assert sample.throttle_reasons == ("current limit",)


def test_what_the_firmware_counts_is_exact_for_the_interval(write_tree, clock) -> None:
    def metrics(work: int, steps: int) -> dict[str, object]:
        counters = {"work": ("I", 68, work), "steps": ("I", 32, steps)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counters)}

    root = write_tree({**CARD, **metrics((1 << 32) - 20_000, (1 << 32) - 500)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.FAST)
    assert first.kernels is None
    assert "kernels" not in first.reasons
    # 1,000 steps with 43 percent of work each; both counts begin anew in between.
    write_tree(metrics(23_000, 500))
    assert sampler.sample(Tier.FAST).kernels == 43.0
    assert sampler.sample(Tier.FAST).kernels is None
    assert only_sample(write_tree(CARD), clock).sm_busy is None


def test_the_time_that_a_card_was_held_back_by_cause(write_tree, clock) -> None:
    def metrics(steps: int, power: int, chip: int, memory: int) -> dict[str, object]:
        counts = {"steps": steps, "hot": 5, "power": power, "chip": chip, "vr": 0, "hbm": memory}
        places = dict(zip(counts, range(32, 56, 4), strict=True))
        table = {name: ("I", places[name], count) for name, count in counts.items()}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **table), f"{DEVICE}/pcie_replay_count": 3}

    root = write_tree({**CARD, **metrics(100, 10, 0, 0)})
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).throttled_power is None
    write_tree(metrics(1100, 320, 50, 200))
    sample = sampler.sample(Tier.ALL)
    assert (sample.throttled_power, sample.throttled_heat) == (31.0, 20.0)
    assert (sample.throttled_hardware_heat, sample.pcie_replays) == (0.0, 3)


def test_energy_of_an_older_card_is_counted_while_it_is_watched(write_tree, clock) -> None:
    def metrics(count: int) -> dict[str, object]:
        return {f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, count))}

    counts = [(1 << 32) - (3 << 16), 2 << 16, 7 << 16]
    root = write_tree({**CARD, **metrics(counts[0])})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.energy is None
    assert "energy" not in first.reasons
    energies = []
    for count in counts[1:]:
        write_tree(metrics(count))
        sample = sampler.sample(Tier.ALL)
        energies.append((sample.energy, sample.measures["energy"]))
    assert energies == [(5.0, "since the watch began"), (10.0, "since the watch began")]


def test_energy_beyond_32_bits_and_of_newer_cards_is_all_of_it(write_tree, clock) -> None:
    wide = {**CARD, f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, 70_000 << 16))}
    sample = only_sample(write_tree(wide), clock)
    assert (sample.energy, dict(sample.measures)) == (70_000.0, {})


def test_a_memory_sensor_at_exactly_0_is_none(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/temp3_input": 0}), clock)
    assert list(sample.temperatures) == ["gpu", "hotspot"]


@pytest.mark.parametrize(("fastest", "percent"), [({f"{HWMON}/fan1_max": 2400}, 50.0), ({}, None)])
def test_a_fan_that_the_firmware_drives_is_told_by_its_speed(
    write_tree, clock, fastest: dict[str, object], percent: float | None
) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/pwm1": 0, **fastest}), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (1200, percent)


@pytest.mark.parametrize(
    ("load", "celsius", "told"),
    [
        (0, 54_000, ("power limit",)),
        (0, 96_000, ("power limit", "hotspot temperature")),
        (80, 54_000, ("power limit", "hotspot temperature")),
    ],
)
def test_heat_is_no_reason_without_heat_and_without_work(
    write_tree, clock, load: int, celsius: int, told: tuple[str, ...]
) -> None:
    # As a Radeon RX 7600S was: the firmware told of a hot spot at 54 °C and 0 MHz.
    tree = {
        **CARD,
        f"{DEVICE}/gpu_busy_percent": load,
        f"{HWMON}/temp2_input": celsius,
        f"{HWMON}/temp2_crit": 110_000,
        f"{DEVICE}/gpu_metrics": blob((1, 3), throttle=("Q", 112, 1 << 36 | 1)),
    }
    assert only_sample(write_tree(tree), clock).throttle_reasons == told


def test_sensors_that_only_the_table_has_come_behind_those_of_the_driver(write_tree, clock) -> None:
    table = blob((1, 3), edge=("H", 4, 99), regulator=("H", 22 - 10, 64), nowhere=("H", 14, 0))
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/gpu_metrics": table}), clock)
    assert list(sample.temperatures.items()) == [
        ("gpu", 61.0),
        ("hotspot", 72.0),
        ("memory", 80.0),
        ("VR SoC", 64.0),
    ]


def test_the_load_is_the_files_while_the_file_is_there(write_tree, clock) -> None:
    tree = {
        **CARD,
        f"{DEVICE}/gpu_busy_percent": b"",
        f"{DEVICE}/gpu_metrics": blob((1, 3), load=("H", 16, 81)),
    }
    assert only_sample(write_tree(tree), clock).utilization is None


@pytest.mark.parametrize(
    "content", [b"", b"\1", struct.pack("<HBB", 120, 1, 77) + bytes(116), b"junk" * 40]
)
def test_an_unreadable_table_leaves_the_files(write_tree, clock, content: bytes) -> None:
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/gpu_metrics": content}), clock)
    assert (sample.utilization, sample.power) == (37.0, 187.5)
    assert sample.energy is None
    assert sample.throttle_reasons is None


def test_throttling_that_is_counted_shows_while_it_grows(write_tree, clock) -> None:
    def metrics(power: int) -> dict[str, object]:
        counters = {"a": ("I", 36, 5), "b": ("I", 40, power), "c": ("I", 48, 9)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counters)}

    root = write_tree({**CARD, **metrics(100)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.throttle_reasons is None
    assert "throttle_reasons" not in first.reasons
    assert sampler.sample(Tier.ALL).throttle_reasons == ()
    write_tree(metrics(101))
    assert sampler.sample(Tier.ALL).throttle_reasons == ("power limit",)


@pytest.mark.parametrize(
    ("text", "megahertz"),
    [
        ("0: 500Mhz\n1: 800MHz *\n2: 2000Mhz", 800.0),
        ("0: 400Mhz\n1: 687Mhz *\n2: 687Mhz *", 687.0),
        ("S: 19Mhz *\n0: 500Mhz\n1: 2000Mhz", 19.0),
        ("S: 500Mhz\n0: 500Mhz *", 500.0),
        ("0: 0Mhz *", 0.0),
        ("0: 300Mhz *\n1: 600Mhz *", None),
        ("0: 300Mhz\n1: 600Mhz", None),
        ("", None),
        ("garbage *", None),
    ],
)
def test_the_marked_level_is_the_clock_of_last_resort(
    write_tree, clock, text: str, megahertz: float | None
) -> None:
    sample = only_sample(
        write_tree({f"{DEVICE}/uevent": UEVENT, f"{DEVICE}/pp_dpm_mclk": text}), clock
    )
    assert sample.clock_memory == megahertz


def test_a_measured_clock_wins_over_the_marked_level(write_tree, clock) -> None:
    tree = {**CARD, f"{DEVICE}/pp_dpm_sclk": "0: 852Mhz *", f"{HWMON}/freq1_input": 26_000_000}
    assert only_sample(write_tree(tree), clock).clock_graphics == 26.0


def test_power_falls_back_from_the_average_to_the_moment(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/power1_input": 190_000_000}
    assert only_sample(write_tree(tree), clock).power == 187.5
    write_tree({f"{HWMON}/power1_average": ""})
    assert only_sample(write_tree({}), clock).power == 190.0


def test_sensors_are_known_by_label(write_tree, clock) -> None:
    root = write_tree(
        {
            f"{DEVICE}/uevent": UEVENT,
            f"{DEVICE}/hwmon/hwmon2/name": "other",
            f"{DEVICE}/hwmon/hwmon2/temp1_input": 1000,
            f"{HWMON}/name": "amdgpu",
            f"{HWMON}/temp1_input": 44000,
            f"{HWMON}/temp1_label": "mem",
            f"{HWMON}/temp2_input": 51000,
            f"{HWMON}/temp2_label": "junction",
            f"{HWMON}/temp3_input": -273150,
            f"{HWMON}/temp3_label": "edge",
        }
    )
    sample = only_sample(root, clock)
    assert list(sample.temperatures.items()) == [("hotspot", 51.0), ("memory", 44.0)]
    assert sample.temperature == 51.0


def test_a_fan_that_stands_still_is_not_driven(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/fan1_input": 0}), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (0, 0.0)
