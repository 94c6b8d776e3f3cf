"""Cards that sleep, idle, wake or disappear, and the few files that are read of each."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.sources.gpu.amd.conftest import CARD, DEVICE, HWMON, only_sampler
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.rest import IDLE_SECONDS, REST_SECONDS
from trackio_view.sources.gpu.sampler import Roots, Tier


def test_of_a_sleeping_card_nothing_but_its_state_is_read(write_tree, clock, opened) -> None:
    root = write_tree({**CARD, f"{DEVICE}/power/runtime_status": "suspended"})
    sampler = only_sampler(root, clock)
    discovery = [path for path in opened if path.startswith(str(root / DEVICE))]
    touching = ("uevent", "vendor", "device", "revision", "subsystem_vendor", "subsystem_device")
    assert {Path(path).name for path in discovery} <= {*touching, "runtime_status"}
    opened.clear()
    sample = sampler.sample(Tier.ALL)
    assert [Path(path).name for path in opened] == ["runtime_status"]
    assert sample.state is Absence.ASLEEP
    assert sample.identity.key == "0000:03:00.0"
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.ASLEEP
    assert sample.temperatures == {}


def test_a_card_that_wakes_is_read_whole(write_tree, clock) -> None:
    root = write_tree({**CARD, f"{DEVICE}/power/runtime_status": "suspended"})
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).state is Absence.ASLEEP
    write_tree(
        {f"{DEVICE}/power/runtime_status": "active", f"{DEVICE}/product_name": "Great Board"}
    )
    sample = sampler.sample(Tier.FAST)
    assert sample.state is None
    assert sample.power_limit == 250.0
    assert sample.identity.name == "AMD Great Board"
    assert sampler.identity == sample.identity


def test_a_card_that_falls_asleep_while_it_is_read(
    write_tree, clock, failing_reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    answers = iter([False, True])
    monkeypatch.setattr(
        "trackio_view.sources.gpu.card_sampler.is_asleep", lambda device: next(answers)
    )
    failing_reads["gpu_busy_percent"] = errno.EPERM
    assert sampler.sample(Tier.ALL).state is Absence.ASLEEP


IDLE = {**CARD, f"{DEVICE}/gpu_busy_percent": 0, f"{DEVICE}/power/control": "auto"}


def touched_after_idling(sampler, clock, opened: list[str], seconds: int = 60) -> list[int]:
    """Return the seconds in which other files of a card were read than that of its sleep."""
    touched = []
    for second in range(seconds):
        opened.clear()
        sampler.sample(Tier.FAST)
        if any(path.endswith("temp1_input") for path in opened):
            touched.append(second)
        clock.advance(1.0)
    return touched


def test_an_idle_card_is_left_alone_once_so_that_it_can_sleep(write_tree, clock, opened) -> None:
    sampler = only_sampler(write_tree(IDLE), clock)
    touched = touched_after_idling(sampler, clock, opened)
    assert touched == [*range(int(IDLE_SECONDS) + 1), *range(int(IDLE_SECONDS + REST_SECONDS), 60)]
    write_tree({f"{DEVICE}/power/runtime_status": "suspended"})
    assert sampler.sample(Tier.FAST).state is Absence.ASLEEP


@pytest.mark.parametrize(
    "tree",
    [
        {f"{DEVICE}/power/control": "on"},
        {f"{DEVICE}/gpu_busy_percent": 40},
        {f"{DEVICE}/drm/card1/card1-DP-1/status": "connected"},
        {
            "proc/9/fdinfo/5": "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 1",
        },
    ],
)
def test_a_card_that_works_or_cannot_sleep_is_read_on(write_tree, clock, opened, tree) -> None:
    sampler = only_sampler(write_tree({**IDLE, **tree}), clock)
    assert touched_after_idling(sampler, clock, opened) == [*range(60)]


def test_a_card_that_works_again_may_rest_again(write_tree, clock, opened) -> None:
    root = write_tree(IDLE)
    sampler = only_sampler(root, clock)
    touched_after_idling(sampler, clock, opened, 40)
    write_tree({f"{DEVICE}/gpu_busy_percent": 90})
    assert touched_after_idling(sampler, clock, opened, 3) == [0, 1, 2]
    write_tree({f"{DEVICE}/gpu_busy_percent": 0})
    assert len(touched_after_idling(sampler, clock, opened, 40)) < 40


def test_a_card_that_is_pulled_out_is_lost(write_tree, clock) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    sample = sampler.sample(Tier.FAST)
    assert sample.state is Absence.LOST
    assert (sample.utilization, sample.power) == (None, None)
    (root / "elsewhere").rename(root / "sys/class/drm/card1")
    assert sampler.sample(Tier.FAST).power_limit == 250.0


def test_a_card_keeps_its_name_when_numbers_change(write_tree, clock) -> None:
    def card(slot: str, busy: int) -> dict[str, object]:
        folder = f"sys/devices/pci0000:00/{slot}"
        return {
            f"{folder}/vendor": "0x1002",
            f"{folder}/uevent": f"DRIVER=amdgpu\nPCI_SLOT_NAME={slot}",
            f"{folder}/gpu_busy_percent": busy,
            f"{folder}/hwmon/hwmon2/name": "amdgpu",
            f"{folder}/hwmon/hwmon2/temp1_input": busy * 1000,
        }

    root = write_tree({**card("0000:03:00.0", 3), **card("0000:83:00.0", 83)})
    links = {number: root / f"sys/class/drm/card{number}/device" for number in (0, 1)}

    def number(*slots: str) -> None:
        for link, slot in zip(links.values(), slots, strict=True):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(root / "sys/devices/pci0000:00" / slot)

    number("0000:03:00.0", "0000:83:00.0")
    first, second = amd.discover(Roots.captured(root), clock).samplers
    assert [first.sample(Tier.ALL).utilization, second.sample(Tier.ALL).utilization] == [3, 83]
    number("0000:83:00.0", "0000:03:00.0")
    samples = [first.sample(Tier.FAST), second.sample(Tier.FAST)]
    assert [sample.utilization for sample in samples] == [3, 83]
    assert [sample.temperature for sample in samples] == [3, 83]
    links[0].unlink()
    assert second.sample(Tier.FAST).state is Absence.LOST
    assert first.sample(Tier.FAST).utilization == 3


def test_slower_tiers_are_carried(write_tree, clock) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    write_tree({f"{HWMON}/power1_cap": 200_000_000, f"{DEVICE}/gpu_busy_percent": 50})
    sample = sampler.sample(Tier.FAST)
    assert (sample.utilization, sample.power_limit) == (50.0, 250.0)
    assert sampler.sample(Tier.SLOW).power_limit == 200.0


def test_a_fast_reading_is_a_dozen_files_and_never_the_slow_one(write_tree, clock, opened) -> None:
    root = write_tree({**CARD, f"{DEVICE}/pcie_bw": "1 2 256", f"{DEVICE}/gpu_metrics": b"?"})
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    assert not any(path.endswith("pcie_bw") for path in opened)
    opened.clear()
    sampler.sample(Tier.FAST)
    assert len(opened) <= 14
