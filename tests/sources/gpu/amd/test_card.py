"""An AMD card, read from its driver's files: its values, and the reasons for absent ones."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.sources.gpu.amd.conftest import CARD, DEVICE, HWMON, only_sample, only_sampler
from trackio_view.model.gpu import Absence, GpuSample
from trackio_view.sources.gpu.amd.kfd import rocm_uuid
from trackio_view.sources.gpu.sampler import Tier


def test_a_card(write_tree, clock) -> None:
    sample = only_sample(write_tree(CARD), clock)
    assert sample.identity.key == "0000:03:00.0"
    assert (sample.identity.vendor, sample.identity.driver) == ("AMD", "amdgpu")
    assert not sample.identity.unified_memory
    assert (sample.utilization, sample.memory_bus_load) == (37.0, 12.0)
    assert (sample.memory_used, sample.memory_total) == (3 << 30, 16 << 30)
    assert list(sample.temperatures.items()) == [("gpu", 61.0), ("hotspot", 72.0), ("memory", 80.0)]
    assert (sample.power, sample.power_limit) == (187.5, 250.0)
    assert (sample.clock_graphics, sample.clock_memory) == (2400.0, 1000.0)
    assert (sample.fan_rpm, sample.fan_percent) == (1200, pytest.approx(40.0))
    assert sample.state is None
    assert sample.time == clock.now


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\0\0\0\0", b"101", b"-1", b"65535", b"4294967295", b"N/A", b"\xff"]
)
def test_unreadable_content_is_absent_everywhere(write_tree, clock, content: bytes) -> None:
    kept = {"uevent", "vendor", "name"}
    tree = {
        path: value if path.rpartition("/")[2] in kept or path.endswith("label") else content
        for path, value in CARD.items()
    }
    sample = only_sample(write_tree(tree), clock)
    for field in ("utilization", "memory_bus_load", "power_limit", "clock_graphics"):
        value = getattr(sample, field)
        # A hundred or so microwatts or hertz are odd, but they are numbers.
        assert value is None or value > 0
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED


def test_padding_of_a_capture_is_no_content(write_tree, clock) -> None:
    tree = {path: f"{value}\n".encode().ljust(4096, b"\0") for path, value in CARD.items()}
    assert only_sample(write_tree(tree), clock).utilization == 37.0


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, Absence.DENIED),
        (errno.EPERM, Absence.DENIED),
        (errno.EBUSY, Absence.STALE),
        (errno.EINVAL, Absence.UNSUPPORTED),
    ],
)
def test_one_refused_file_costs_one_field(
    write_tree, clock, failing_reads, number: int, reason: Absence
) -> None:
    root = write_tree(CARD)
    failing_reads["gpu_busy_percent"] = number
    sample = only_sample(root, clock)
    assert sample.utilization is None
    assert sample.reasons["utilization"] is reason
    assert sample.power == 187.5
    assert sample.state is None


def test_a_card_that_refuses_all_is_denied(write_tree, clock, failing_reads) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    for path in CARD:
        if not path.endswith(("uevent", "vendor", "name", "label")):
            failing_reads[path] = errno.EACCES
    sample = sampler.sample(Tier.ALL)
    assert sample.state is Absence.DENIED
    assert sample.utilization is None


def test_an_old_radeon_card_has_its_temperature_and_no_made_up_zero(write_tree, clock) -> None:
    root = write_tree(
        {
            f"{DEVICE}/uevent": "DRIVER=radeon\nPCI_ID=1002:6818\nPCI_SLOT_NAME=0000:01:00.0",
            f"{HWMON}/name": "radeon",
            f"{HWMON}/temp1_input": 43000,
            f"{DEVICE}/power_dpm_state": "performance",
        }
    )
    sample = only_sample(root, clock)
    assert sample.identity.driver == "radeon"
    assert dict(sample.temperatures) == {"gpu": 43.0}
    for field in ("utilization", "power", "memory_used", "memory_total", "fan_rpm", "decoder"):
        assert getattr(sample, field) is None
        assert sample.reasons[field] is Absence.UNSUPPORTED


@pytest.fixture
def captured(captures: Path, clock):
    def sample(name: str) -> GpuSample:
        return only_sample(captures / "gpu" / "amd" / name, clock)

    return sample


def test_captured_processors(captured) -> None:
    phoenix = captured("phoenix")
    assert phoenix.identity.key == "0000:64:00.0"
    assert phoenix.identity.unified_memory
    assert phoenix.utilization == 0.0
    assert (phoenix.memory_used, phoenix.memory_total) == (211_398_656, 31_433_977_856)
    assert (phoenix.power, phoenix.power_limit) == (3.103, None)
    assert phoenix.measures == {"power": "with the processor"}
    assert phoenix.pcie_width is None
    vangogh = captured("vangogh")
    assert (vangogh.power, vangogh.power_limit) == (3.218, 15.0)
    assert (vangogh.clock_graphics, vangogh.clock_memory) == (200.0, 687.0)
    assert vangogh.identity.unified_memory
    assert (vangogh.fan_rpm, vangogh.memory_total) == (None, None)


def test_captured_cards(captured) -> None:
    mobile = captured("rx7600s")
    assert (mobile.clock_graphics, mobile.clock_memory) == (0.0, 96.0)
    assert (mobile.fan_rpm, mobile.fan_percent) == (0, 0.0)
    assert (mobile.pcie_generation, mobile.pcie_width) == (4, 8)
    assert mobile.energy is None
    padded = captured("rx6900xt")
    assert (padded.utilization, padded.memory_bus_load) == (3.0, 0.0)
    assert (padded.memory_used, padded.memory_total) == (668_274_688, 17_163_091_968)
    assert padded.clock_fabric == 1302.0
    plain = captured("rx5700xt")
    assert (plain.clock_graphics, plain.clock_memory) == (10.0, 875.0)
    assert (plain.pcie_generation, plain.pcie_width) == (3, 16)
    assert list(plain.temperatures) == ["gpu", "hotspot", "memory"]
    assert (plain.memory_used, plain.throttle_reasons) == (None, None)


@pytest.mark.parametrize("digits", ["9" * 5000, "٣" * 30])
def test_numbers_too_long_for_any_driver_are_passed_over(write_tree, clock, digits: str) -> None:
    odd = {
        f"{DEVICE}/ras/umc_err_count": f"ue: {digits}\nce: {digits}",
        f"{DEVICE}/pp_dpm_pcie": f"0: 8.0GT/s, x{digits} 619Mhz *",
    }
    sample = only_sample(write_tree({**CARD, **odd}), clock)
    assert sample.utilization == 37.0
    assert sample.pcie_width is None


def test_a_card_of_which_no_file_can_be_read_says_so_at_once(
    write_tree, clock, failing_reads: dict[str, int]
) -> None:
    sampler = only_sampler(write_tree({**CARD, f"{HWMON}/temp1_crit": 100_000}), clock)
    assert sampler.sample(Tier.ALL).heat_limits == {"gpu critical": 100.0}
    failing_reads[""] = errno.EIO
    failed = sampler.sample(Tier.ALL)
    assert (failed.state, failed.state_text) == (Absence.LOST, "its driver reports errors")
    failing_reads.clear()
    assert sampler.sample(Tier.ALL).state is None


def test_a_card_that_is_swapped_for_one_of_its_kind_has_the_number_of_that_one(
    write_tree, clock
) -> None:
    root = write_tree({**CARD, f"{DEVICE}/unique_id": "1a2b"})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL).identity
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    assert sampler.sample(Tier.ALL).state is Absence.LOST
    write_tree({**CARD, f"{DEVICE}/unique_id": "3c4d"})
    swapped = sampler.sample(Tier.ALL).identity
    assert (swapped.key, swapped.name) == (first.key, first.name)
    assert first.uuid != swapped.uuid == rocm_uuid("3c4d")


def test_a_card_that_is_swapped_for_another_one_has_the_name_of_that_one(write_tree, clock) -> None:
    root = write_tree({**CARD, f"{DEVICE}/unique_id": "1a2b"})
    sampler = only_sampler(root, clock)
    assert "6800" in sampler.sample(Tier.ALL).identity.name
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    assert sampler.sample(Tier.ALL).state is Absence.LOST
    uevent = "DRIVER=amdgpu\nPCI_ID=1002:7550\nPCI_SLOT_NAME=0000:03:00.0"
    write_tree({**CARD, f"{DEVICE}/uevent": uevent})
    swapped = sampler.sample(Tier.ALL).identity
    assert (swapped.key, swapped.uuid) == ("0000:03:00.0", None)
    assert "9070" in swapped.name
