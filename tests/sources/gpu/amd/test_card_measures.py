"""What an AMD card measures: memory and load, by files and by table, and what holds it back."""

from __future__ import annotations

import errno
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
from trackio_view.model.gpu import Absence
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


@pytest.mark.parametrize(("pool", "own"), [("gtt", 4), ("vram", 96)])
def test_the_pool_does_not_become_a_smaller_one_for_a_moment(
    write_tree, clock, failing_reads: dict[str, int], pool: str, own: int
) -> None:
    tree = {**CARD, f"{HWMON}/in1_input": 700, f"{HWMON}/in1_label": "vddnb"}
    root = write_tree({**tree, f"{DEVICE}/mem_info_vram_total": own << 30})
    failing_reads[f"mem_info_{pool}_total"] = errno.EIO
    sample = only_sample(root, clock)
    assert (sample.memory_used, sample.memory_total) == (None, None)
    assert sample.reasons["memory_total"] is Absence.LOST


@pytest.mark.parametrize("number", [errno.EIO, errno.EBUSY, errno.EPERM, errno.EAGAIN])
def test_a_processor_is_known_once_its_table_can_be_read(
    write_tree, clock, failing_reads: dict[str, int], number: int
) -> None:
    root = write_tree({**CARD, f"{DEVICE}/gpu_metrics": blob((3, 0))})
    failing_reads["gpu_metrics"] = number
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).memory_total == 16 << 30
    failing_reads.clear()
    assert sampler.sample(Tier.ALL).memory_total == 32 << 30
    assert sampler.identity.unified_memory


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


@pytest.mark.parametrize("processor", [False, True])
def test_nothing_stands_in_for_a_file_without_data(stand_ins, clock, processor) -> None:
    table = blob(
        (1, 3),
        edge=("H", 4, 61),
        load=("H", 16, 88),
        memory=("H", 18, 77),
        power=("H", 22, 99),
        clock=("H", 54, 1500),
        lanes=("H", 74, 8),
        speed=("H", 76, 25),
    )
    tree = {
        **CARD,
        f"{DEVICE}/gpu_metrics": table,
        f"{DEVICE}/vcn_busy_percent": 3,
        f"{DEVICE}/pp_dpm_sclk": "0: 500Mhz\n1: 2500Mhz *",
        f"{DEVICE}/pp_dpm_fclk": "0: 600Mhz\n1: 1800Mhz *",
        f"{HWMON}/power1_input": 190_000_000,
        f"{HWMON}/temp1_crit": 100_000,
        f"{HWMON}/temp2_crit": 110_000,
        f"{DEVICE}/pp_dpm_pcie": "0: 2.5GT/s, x8\n1: 8.0GT/s, x16 *",
        f"{DEVICE}/current_link_speed": "16.0 GT/s PCIe",
        f"{DEVICE}/current_link_width": 4,
    }
    if processor:
        tree |= {f"{HWMON}/in1_input": 700, f"{HWMON}/in1_label": "vddnb"}
    assert stand_ins(tree, lambda root: only_sampler(root, clock)) == []


def test_the_cards_own_link_stands_in_for_no_table_of_links(
    write_tree, clock, failing_reads: dict[str, int]
) -> None:
    root = write_tree(
        {
            **CARD,
            f"{DEVICE}/pp_dpm_pcie": "0: 2.5GT/s, x8\n1: 8.0GT/s, x16 *",
            f"{DEVICE}/current_link_speed": "16.0 GT/s PCIe",
            f"{DEVICE}/current_link_width": 4,
        }
    )
    failing_reads["pp_dpm_pcie"] = errno.EBUSY
    sample = only_sample(root, clock)
    assert (sample.pcie_generation, sample.pcie_width) == (None, None)
    assert sample.reasons["pcie_generation"] is Absence.STALE
    failing_reads.clear()
    assert (only_sample(root, clock).pcie_generation, sample.pcie_generation_max) == (3, None)


def test_after_a_sleep_a_value_may_come_from_elsewhere(write_tree, clock) -> None:
    root = write_tree({**CARD, f"{DEVICE}/gpu_metrics": blob((1, 3), load=("H", 16, 88))})
    sampler = only_sampler(root, clock)
    told = [sampler.sample(Tier.ALL).utilization]
    (root / DEVICE / "gpu_busy_percent").unlink()
    told.append(sampler.sample(Tier.ALL).utilization)
    for status in ("suspended", "active"):
        write_tree({f"{DEVICE}/power/runtime_status": status})
        told.append(sampler.sample(Tier.ALL).utilization)
    assert told == [37.0, None, None, 88.0]
