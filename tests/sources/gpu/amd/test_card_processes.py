"""An AMD card's link, errors, partitions and processes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.sources.gpu.amd.conftest import CARD, DEVICE, UEVENT, blob, only_sample, only_sampler
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.amd.driver_texts import pcie_levels
from trackio_view.sources.gpu.sampler import Roots, Tier


def test_a_link_level_by_its_mark() -> None:
    text = "0: 2.5GT/s, x1 310Mhz \n1: 16.0GT/s, x8 619Mhz *\n2: 16.0GT/s, x16 619Mhz"
    link = pcie_levels(text)
    assert link is not None
    assert (link.generation, link.width, link.generation_max, link.width_max) == (4, 8, 4, 16)
    two_marks = pcie_levels("0: 8.0GT/s, x8 *\n1: 16.0GT/s, x8 *")
    assert two_marks is not None
    assert (two_marks.generation, two_marks.generation_max) == (None, 4)
    assert pcie_levels("") is None


def test_the_link_is_not_that_to_the_switch_on_the_card(write_tree, clock) -> None:
    upstream = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
    device = f"{upstream}/0000:02:00.0/0000:03:00.0"
    root = write_tree(
        {
            f"{device}/uevent": UEVENT,
            f"{device}/vendor": "0x1002",
            f"{device}/current_link_speed": "16.0 GT/s PCIe",
            f"{device}/current_link_width": 16,
            f"{upstream}/0000:02:00.0/class": "0x060400",
            f"{upstream}/0000:02:00.0/vendor": "0x1002",
            f"{upstream}/class": "0x060400",
            f"{upstream}/vendor": "0x1002",
            f"{upstream}/current_link_speed": "8.0 GT/s PCIe",
            f"{upstream}/current_link_width": 4,
            f"{upstream}/max_link_speed": "16.0 GT/s PCIe",
            f"{upstream}/max_link_width": 16,
        }
    )
    (root / "sys/class/drm/card0").mkdir(parents=True)
    (root / "sys/class/drm/card0/device").symlink_to(root / device)
    sample = only_sample(root, clock)
    assert (sample.pcie_generation, sample.pcie_width) == (3, 4)
    assert (sample.pcie_generation_max, sample.pcie_width_max) == (4, 16)


def test_memory_errors_of_all_blocks(write_tree, clock) -> None:
    root = write_tree(
        {
            **CARD,
            f"{DEVICE}/ras/umc_err_count": "ue: 1\nce: 20\nde: 5",
            f"{DEVICE}/ras/gfx_err_count": "ue: 2\nce: 3",
            f"{DEVICE}/ras/sdma_err_count": "",
            f"{DEVICE}/ras/xgmi_wafl_err_count": "ue: 7\nce: 0",
            f"{DEVICE}/ras/features": "feature mask: 0x1",
        }
    )
    sample = only_sample(root, clock)
    assert (sample.ecc_corrected, sample.ecc_uncorrected, sample.ecc_deferred) == (23, 3, 5)
    assert sample.card_errors == ("7 uncorrected errors of XGMI links",)


def test_a_card_without_an_address_does_not_say_that_nobody_uses_it(write_tree, clock) -> None:
    card = {**CARD, "proc/7/comm": "train"}
    assert only_sample(write_tree(card), clock).processes == ()
    without = {f"{DEVICE}/uevent": "DRIVER=amdgpu\nPCI_ID=1002:73BF"}
    sample = only_sample(write_tree(without), clock)
    assert sample.processes is None
    assert sample.reasons["processes"] is Absence.UNSUPPORTED


def test_partitions_belong_to_their_parent(write_tree, clock) -> None:
    def node(number: int, card: int, busy: int) -> dict[str, object]:
        values = struct.pack("<Q", 10 << 24 | 4 << 20 | 40 << 10 | 1) + struct.pack("<I", busy)
        table = struct.pack("<HBBi", 8 + len(values), 1, 1, 1) + values
        folder = f"sys/devices/platform/amdgpu_xcp.{number}"
        return {
            f"{folder}/drm/renderD{128 + card}/dev": "226:1",
            f"{folder}/uevent": "MODALIAS=platform:amdgpu_xcp",
            f"{folder}/xcp/xcp_metrics": table,
        }

    def compute(number: int, location: int, minor: int) -> dict[str, object]:
        folder = f"sys/class/kfd/kfd/topology/nodes/{number}"
        return {
            f"{folder}/gpu_id": 1000 + number,
            f"{folder}/properties": f"location_id {location}\ndomain 0\ndrm_render_minor {minor}",
        }

    other = "sys/class/drm/card5/device"
    root = write_tree(
        {
            **CARD,
            f"{DEVICE}/current_compute_partition": "DPX",
            f"{DEVICE}/current_memory_partition": "NPS1",
            f"{other}/uevent": "DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:83:00.0",
            f"{other}/current_compute_partition": "SPX",
            **node(0, 2, 64),
            **compute(1, 0x0300, 128),
            **compute(2, 0x1000_0300, 130),
            **compute(3, 0x8300, 131),
        }
    )
    for card in (2,):
        (root / f"sys/class/drm/card{card}").mkdir()
        (root / f"sys/class/drm/card{card}/device").symlink_to(
            root / "sys/devices/platform/amdgpu_xcp.0"
        )
    found = amd.discover(Roots.captured(root), clock)
    assert [sampler.identity.key for sampler in found.samplers] == ["0000:03:00.0", "0000:83:00.0"]
    parent, whole = (sampler.sample(Tier.ALL) for sampler in found.samplers)
    assert parent.partitions == ("DPX/NPS1 partition 0", "DPX/NPS1 partition 1: 64 %")
    assert whole.partitions == ()
    # The mode is changed while we watch.
    (root / "sys/class/drm/card2/device").unlink()
    write_tree({f"{DEVICE}/current_compute_partition": "SPX"})
    assert found.samplers[0].sample(Tier.SLOW).partitions == ()


def test_partitions_of_the_table(write_tree, clock) -> None:
    table = blob((1, 7), count=("H", 338, 2), first=("I", 344, 100), second=("I", 576, 7))
    tree = {
        **CARD,
        f"{DEVICE}/current_compute_partition": "DPX",
        f"{DEVICE}/gpu_metrics": table,
    }
    assert only_sample(write_tree(tree), clock).partitions == (
        "DPX partition 0: 100 %",
        "DPX partition 1: 7 %",
    )


def test_processes_of_both_drivers_are_joined(write_tree, clock) -> None:
    client = (
        "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 1\n"
        "drm-engine-gfx: {busy} ns\ndrm-engine-compute: 0 ns\ndrm-memory-vram: 2048 KiB"
    )
    root = write_tree(
        {
            **CARD,
            "proc/10/fdinfo/4": client.format(busy=0),
            "proc/10/comm": "train",
            "proc/20/fdinfo/4": client.format(busy=50).replace("id: 1", "id: 2"),
            "sys/class/kfd/kfd/topology/nodes/1/gpu_id": 35218,
            "sys/class/kfd/kfd/topology/nodes/1/properties": "location_id 768\ndomain 0",
            "sys/class/kfd/kfd/topology/nodes/2/gpu_id": 7,
            "sys/class/kfd/kfd/topology/nodes/2/properties": "location_id 1024\ndomain 0",
            "sys/class/kfd/kfd/proc/10/vram_35218": 8 << 30,
            "sys/class/kfd/kfd/proc/10/vram_7": 64 << 30,
            "sys/class/kfd/kfd/proc/30/vram_35218": 1 << 30,
            "sys/class/kfd/kfd/proc/40/vram_35218": 0,
        }
    )
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    write_tree({"proc/20/fdinfo/4": client.format(busy=250_000_050).replace("id: 1", "id: 2")})
    processes = sampler.sample(Tier.ALL).processes
    assert processes is not None
    assert [(p.pid, p.kind, p.memory) for p in processes] == [
        (10, "compute", 8 << 30),
        (20, "graphics", 2 << 20),
        (30, "compute", 1 << 30),
    ]
    # Compute work is not counted, so its 0 is no load, but that of the graphics client is.
    assert [p.load for p in processes] == [None, pytest.approx(25.0), None]
    assert processes[0].command == "[train]"


def test_processes_are_found_once_the_card_is_partitioned_anew(write_tree, clock) -> None:
    kfd = "sys/class/kfd/kfd"
    root = write_tree(
        {
            **CARD,
            f"{kfd}/topology/generation_id": 2,
            f"{kfd}/topology/nodes/1/gpu_id": 35218,
            f"{kfd}/topology/nodes/1/properties": "location_id 768\ndomain 0",
            "proc/10/comm": "train",
            f"{kfd}/proc/10/vram_35218": 8 << 30,
        }
    )
    sampler = only_sampler(root, clock)
    assert [process.memory for process in sampler.sample(Tier.ALL).processes] == [8 << 30]
    (root / kfd / "proc/10/vram_35218").unlink()
    write_tree(
        {
            f"{kfd}/topology/generation_id": 3,
            f"{kfd}/topology/nodes/1/gpu_id": 7,
            f"{kfd}/proc/10/vram_7": 2 << 30,
        }
    )
    clock.advance(3.0)
    assert [process.memory for process in sampler.sample(Tier.ALL).processes] == [2 << 30]


CLIENT = (
    "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: {number}\n"
    "drm-engine-gfx: {gfx} ns\ndrm-engine-enc: {enc} ns\ndrm-memory-vram: 2048 KiB"
)
WITHOUT_LOAD = {name: text for name, text in CARD.items() if "gpu_busy_percent" not in name}


def test_in_a_container_processes_are_those_that_are_visible(write_tree, clock) -> None:
    tree = {**CARD, "proc/self/ns/pid": Path("pid:[4026532001]"), "proc/1/comm": "init"}
    assert only_sample(write_tree(tree), clock).measures == {"processes": "visible processes"}


def test_in_a_container_the_compute_drivers_numbers_are_no_processes_of_it(
    write_tree, clock
) -> None:
    kfd = "sys/class/kfd/kfd"
    tree = {
        **CARD,
        f"{kfd}/topology/nodes/1/gpu_id": 35218,
        f"{kfd}/topology/nodes/1/properties": "location_id 768\ndomain 0",
        f"{kfd}/proc/10/vram_35218": 8 << 30,
        "proc/1/comm": "init",
        "proc/10/cmdline": b"bash\0",
        "proc/self/ns/pid": Path("pid:[4026532001]"),
    }
    (process,) = only_sample(write_tree(tree), clock).processes or ()
    assert (process.pid, process.memory, process.command) == (10, 8 << 30, None)
    fdinfo = "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 4\n"
    fdinfo += "drm-engine-compute: 0 ns\n"
    write_tree({"proc/12/cmdline": b"python\0", "proc/12/fdinfo/5": f"{fdinfo}drm-memory-vram: 9"})
    sampler = only_sampler(write_tree({}), clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    (process,) = sampler.sample(Tier.ALL).processes
    assert (process.pid, process.memory, process.command) == (12, 9, "python")
    assert process.load is None, "compute work is not counted"


def test_a_process_that_takes_memory_is_seen_at_once(write_tree, clock) -> None:
    root = write_tree({**CARD, "proc/12/cmdline": b"python\0", "proc/12/fd/0": Path("/dev/null")})
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).processes == ()
    clock.advance(1.0)
    fdinfo = "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 4\n"
    opened = {"proc/12/fd/5": Path("/dev/dri/renderD128"), "proc/12/fdinfo/5": fdinfo}
    write_tree(opened)
    assert sampler.sample(Tier.FAST).processes == ()
    write_tree({f"{DEVICE}/mem_info_vram_used": 4 << 30})
    clock.advance(0.1)
    (process,) = sampler.sample(Tier.FAST).processes
    assert process.pid == 12


def test_a_card_that_tells_no_load_has_that_of_the_visible_processes(write_tree, clock) -> None:
    def clients(gfx: int, enc: int = 0) -> dict[str, object]:
        return {
            "proc/10/fdinfo/4": CLIENT.format(number=1, gfx=gfx, enc=enc),
            "proc/20/fdinfo/4": CLIENT.format(number=2, gfx=gfx, enc=enc),
        }

    root = write_tree({**WITHOUT_LOAD, **clients(0)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.utilization is None
    assert "utilization" not in first.reasons, "the second reading tells it"
    clock.advance(1.0)
    write_tree(clients(200_000_000, enc=900_000_000))
    sample = sampler.sample(Tier.ALL)
    assert sample.utilization == pytest.approx(40.0), "video engines are told as such"
    assert sample.measures == {"utilization": "visible processes"}
    clock.advance(1.0)
    write_tree({f"{DEVICE}/gpu_busy_percent": 55, **clients(300_000_000)})
    sample = sampler.sample(Tier.ALL)
    assert (sample.utilization, sample.measures) == (55.0, {})


def test_an_early_kernels_percentages_are_the_load_of_such_a_card(write_tree, clock) -> None:
    early = "pdev:\t0000:03:00.0\npasid:\t{0}\nvram mem:\t2048 kB\ngfx0:\t{1}%\n"
    tree = {"proc/10/fdinfo/4": early.format(1, "30.5"), "proc/20/fdinfo/4": early.format(2, "5.0")}
    sample = only_sample(write_tree({**WITHOUT_LOAD, **tree}), clock)
    assert sample.utilization == pytest.approx(35.05)
    assert sample.measures == {"utilization": "visible processes"}


def test_no_process_and_compute_work_that_nobody_counts_are_no_load_of_zero(
    write_tree, clock
) -> None:
    sample = only_sample(write_tree(WITHOUT_LOAD), clock)
    assert (sample.utilization, sample.measures) == (None, {})
    root = write_tree(
        {
            "proc/10/fdinfo/4": CLIENT.format(number=1, gfx=7, enc=0),
            "sys/class/kfd/kfd/topology/nodes/1/gpu_id": 35218,
            "sys/class/kfd/kfd/topology/nodes/1/properties": "location_id 768\ndomain 0",
            "sys/class/kfd/kfd/proc/10/vram_35218": 8 << 30,
        }
    )
    clock.advance(1.0)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    sample = sampler.sample(Tier.ALL)
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED
    assert sample.measures == {}
